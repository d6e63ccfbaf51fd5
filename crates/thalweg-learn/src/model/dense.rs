//! Loss of dense rows with one score each: the inner loop of fits of large tables.

use prefetch_index::prefetch_index;
use smallvec::{SmallVec, smallvec};

use super::Loss;
use super::parallel_sum::RowChunk;
use crate::data::{RowView, Rows};

/// Numbers processed together, independent of the vector width of the machine.
pub(super) const LANES: usize = 8;

/// Rows whose losses are computed together while the next ones are prefetched.
const LOSS_GROUP: usize = 32;

/// Rows whose scores are computed together, so that the weights are loaded once for all of them, and whose gradients
/// are added together, so that the sums are loaded and stored once.
const ROW_GROUP: usize = 4;

/// Returns the sum of the losses of the rows of a chunk, and adds its gradient times `scale` to `gradient`.
///
/// A row is processed in whole vectors of [`LANES`] numbers. If the width is no multiple of them, the last vector
/// overlaps the one before; there its weights are 0 and its sums are ignored. So nothing is copied, and there is no
/// scalar remainder.
///
/// # Panics
/// If the rows are not [`supported`].
#[inline(always)]
pub(super) fn sum_chunk(
    rows: &Rows,
    chunk: RowChunk<'_>,
    loss: Loss,
    parameters: &[f64],
    scale: f64,
    gradient: &mut [f64],
) -> f64 {
    let layout = LaneLayout::new(rows).expect("rows at least as wide as a vector");
    let (weights, intercept) = parameters.split_at(layout.width);
    // The intercept is optional.
    let (weights, intercept) = (layout.spread(weights), intercept.first().copied().unwrap_or(0.0));
    let mut sums: LaneVec = smallvec![[0.0; LANES]; weights.len()];
    let (mut halves, mut y) = ([[0.0; LANES / 2]; LOSS_GROUP], [0.0; LOSS_GROUP]);
    let (mut z, mut values, mut derivatives) = ([0.0; LOSS_GROUP], [0.0; LOSS_GROUP], [0.0; LOSS_GROUP]);
    let (mut total, mut intercept_gradient) = (0.0, 0.0);
    let is_weighted = !rows.weight.is_empty() || !rows.class_weight.is_empty();
    for &row in chunk.indices.iter().take(LOSS_GROUP) {
        layout.fetch(row);
    }
    let mut groups = chunk.indices.chunks(LOSS_GROUP).peekable();
    while let Some(group) = groups.next() {
        let upcoming = groups.peek().copied().unwrap_or(&chunk.next[..chunk.next.len().min(LOSS_GROUP)]);
        let mut upcoming = upcoming.chunks(ROW_GROUP);
        let (fours, remainder) = group.as_chunks::<ROW_GROUP>();
        let (four_halves, remaining_halves) = halves.as_chunks_mut::<ROW_GROUP>().0.split_at_mut(fours.len());
        for (four, halves) in fours.iter().zip(four_halves) {
            for &row in upcoming.next().unwrap_or_default() {
                layout.fetch(row);
            }
            *halves = dot_halves(layout.four(four), &weights);
        }
        for (&row, halves) in remainder.iter().zip(remaining_halves.as_flattened_mut()) {
            [*halves] = dot_halves([layout.row(row)], &weights);
        }
        for (&row, y) in group.iter().zip(&mut y) {
            *y = layout.target(row);
        }
        // In a loop of its own, so that the lanes of four rows are added by one instruction.
        for (&[a, b, c, d], z) in halves.iter().zip(&mut z) {
            *z = ((a + c) + (b + d)) + intercept;
        }
        loss.eval_rows(1, &z, &y, &mut values, &mut derivatives);
        if is_weighted {
            for (i, &row) in group.iter().enumerate() {
                let weight = rows.loss_weight(row as usize);
                values[i] *= weight;
                derivatives[i] *= weight * scale;
            }
        } else {
            for derivative in &mut derivatives {
                *derivative *= scale;
            }
        }
        for (value, derivative) in values.iter().zip(&derivatives).take(group.len()) {
            total += value;
            intercept_gradient += derivative;
        }
        let (four_derivatives, remaining_derivatives) = derivatives.as_chunks().0.split_at(fours.len());
        for (four, derivatives) in fours.iter().zip(four_derivatives) {
            add_scaled_rows::<ROW_GROUP>(&mut sums, derivatives, layout.four(four));
        }
        for (&row, &derivative) in remainder.iter().zip(remaining_derivatives.as_flattened()) {
            add_scaled_rows(&mut sums, &[derivative], [layout.row(row)]);
        }
    }
    layout.add_to_gradient(&sums, gradient);
    gradient.iter_mut().skip(layout.width).for_each(|g| *g += intercept_gradient);
    total
}

/// Returns `true` if [`sum_chunk`] supports these rows: only numbers, and at least [`LANES`] of them.
pub(super) fn supported(rows: &Rows) -> bool {
    rows.is_dense() && LaneLayout::new(rows).is_some()
}

/// Numbers of a row in vectors: on the stack for narrow rows, where an allocation would take as long as several rows.
type LaneVec = SmallVec<[[f64; LANES]; 8]>;

/// Rows divided into vectors of [`LANES`] numbers.
#[derive(Clone, Copy)]
struct LaneLayout<'r> {
    numbers: RowView<'r>,
    /// Targets, unless they are behind the numbers.
    targets: Option<&'r [f64]>,
    width: usize,
    /// Numbers before the last vector, which may overlap the one before.
    whole: usize,
}

/// Row in vectors: those before the last, and the last, which may overlap them.
type Lanes<'r> = (&'r [[f32; LANES]], &'r [f32; LANES]);

impl<'r> LaneLayout<'r> {
    /// Returns `None` for rows narrower than a vector.
    fn new(rows: &'r Rows) -> Option<Self> {
        let (width, numbers) = (rows.width(), rows.numbers.view());
        let targets = (!rows.numbers.has_targets()).then_some(&rows.target[..]);
        (width >= LANES).then(|| Self { numbers, targets, width, whole: (width - 1) / LANES * LANES })
    }

    #[inline(always)]
    fn row(self, row: u32) -> Lanes<'r> {
        let row = self.numbers.row(row as usize);
        (row[..self.whole].as_chunks().0, row.last_chunk().expect("rows at least as wide as a vector"))
    }

    /// Returns four rows. `array::map` would call its function, which may not be compiled for the instruction set.
    #[inline(always)]
    fn four(self, &[a, b, c, d]: &[u32; ROW_GROUP]) -> [Lanes<'r>; ROW_GROUP] {
        [self.row(a), self.row(b), self.row(c), self.row(d)]
    }

    #[inline(always)]
    fn target(self, row: u32) -> f64 {
        match self.targets {
            Some(targets) => targets[row as usize],
            None => self.numbers.target(row as usize),
        }
    }

    #[inline(always)]
    fn fetch(self, row: u32) {
        self.numbers.fetch(row as usize);
        if let Some(targets) = self.targets {
            prefetch_index(targets, row as usize);
        }
    }

    /// Returns the weights in vectors, 0 where the last one overlaps.
    fn spread(self, weights: &[f64]) -> LaneVec {
        let mut lanes: LaneVec = smallvec![[0.0; LANES]; self.whole / LANES + 1];
        let (whole, last) = weights.split_at(self.whole);
        let flat = lanes.as_flattened_mut();
        flat[..self.whole].copy_from_slice(whole);
        let end = flat.len();
        flat[end - last.len()..].copy_from_slice(last);
        lanes
    }

    /// Adds sums in vectors to the gradient.
    fn add_to_gradient(self, sums: &[[f64; LANES]], gradient: &mut [f64]) {
        let (whole, last) = gradient[..self.width].split_at_mut(self.whole);
        let sums = sums.as_flattened();
        whole.iter_mut().zip(sums).for_each(|(g, sum)| *g += sum);
        last.iter_mut().rev().zip(sums.iter().rev()).for_each(|(g, sum)| *g += sum);
    }
}

/// Returns Σ xᵢwᵢ of several rows for each lane, with the upper half of the lanes added to the lower.
#[inline(always)]
fn dot_halves<const N: usize>(rows: [Lanes<'_>; N], w: &[[f64; LANES]]) -> [[f64; LANES / 2]; N] {
    let (last, w) = w.split_last().expect("a row has at least one vector");
    let whole = whole_vectors(&rows, w.len());
    let mut lanes = [[0.0; LANES]; N];
    for (k, w) in w.iter().enumerate() {
        for i in 0..N {
            add_products(&mut lanes[i], &whole[i][k], w);
        }
    }
    let mut halves = [[0.0; LANES / 2]; N];
    for i in 0..N {
        add_products(&mut lanes[i], rows[i].1, last);
        for k in 0..LANES / 2 {
            halves[i][k] = lanes[i][k] + lanes[i][k + LANES / 2];
        }
    }
    halves
}

/// Returns the first `len` vectors of several rows, so that the compiler knows that all have as many.
#[inline(always)]
fn whole_vectors<'r, const N: usize>(rows: &[Lanes<'r>; N], len: usize) -> [&'r [[f32; LANES]]; N] {
    let mut vectors: [&[[f32; LANES]]; N] = [&[]; N];
    for (vectors, (whole, _)) in vectors.iter_mut().zip(rows) {
        *vectors = &whole[..len];
    }
    vectors
}

#[inline(always)]
fn add_products(lanes: &mut [f64; LANES], x: &[f32; LANES], w: &[f64; LANES]) {
    for k in 0..LANES {
        lanes[k] += f64::from(x[k]) * w[k];
    }
}

/// Adds `factors[i]`·`rows[i]` of several rows to the sums.
#[inline(always)]
fn add_scaled_rows<const N: usize>(sums: &mut [[f64; LANES]], factors: &[f64; N], rows: [Lanes<'_>; N]) {
    let (last, sums) = sums.split_last_mut().expect("a row has at least one vector");
    let whole = whole_vectors(&rows, sums.len());
    for (k, sum) in sums.iter_mut().enumerate() {
        let mut added = *sum;
        for i in 0..N {
            add_scaled(&mut added, factors[i], &whole[i][k]);
        }
        *sum = added;
    }
    let mut added = *last;
    for i in 0..N {
        add_scaled(&mut added, factors[i], rows[i].1);
    }
    *last = added;
}

#[inline(always)]
fn add_scaled(sum: &mut [f64; LANES], factor: f64, x: &[f32; LANES]) {
    for (sum, &x) in sum.iter_mut().zip(x) {
        *sum += factor * f64::from(x);
    }
}

/// Returns Σ xᵢwᵢ, summed for each lane first.
#[inline(always)]
pub(super) fn dot(x: &[[f32; LANES]], w: &[[f64; LANES]]) -> f64 {
    // Rows narrower than a vector have none.
    let Some((last, whole)) = x.split_last() else { return 0.0 };
    let [[a, b, c, d]] = dot_halves([(whole, last)], w);
    (a + c) + (b + d)
}
