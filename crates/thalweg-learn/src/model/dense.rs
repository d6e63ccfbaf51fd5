//! Loss of dense rows with one score each: the inner loop of fits of large tables.

use super::Loss;
use super::parallel_sum::RowChunk;
use crate::data::Rows;

/// Numbers processed together, independent of the vector width of the machine.
pub(super) const LANES: usize = 8;

/// Rows whose losses are computed together while the next ones are prefetched.
const LOSS_GROUP: usize = 32;

/// Rows whose gradients are added together, so that the sums are loaded and stored once for all of them.
const GRADIENT_GROUP: usize = 4;

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
    let layout = LaneLayout::of(rows).expect("rows at least as wide as a vector");
    let weights = layout.spread(&parameters[..rows.width]);
    // The intercept is optional.
    let intercept = parameters.get(rows.width).copied().unwrap_or(0.0);
    let mut sums = vec![[0.0; LANES]; weights.len()];
    let (mut halves, mut y) = ([[0.0; LANES / 2]; LOSS_GROUP], [0.0; LOSS_GROUP]);
    let (mut z, mut values, mut derivatives) = ([0.0; LOSS_GROUP], [0.0; LOSS_GROUP], [0.0; LOSS_GROUP]);
    let (mut total, mut intercept_gradient) = (0.0, 0.0);
    let mut upcoming = chunk.indices.iter().chain(chunk.next);
    for &row in upcoming.by_ref().take(LOSS_GROUP) {
        rows.fetch(row as usize);
    }
    for group in chunk.indices.chunks(LOSS_GROUP) {
        for ((&row, halves), y) in group.iter().zip(&mut halves).zip(&mut y) {
            if let Some(&row) = upcoming.next() {
                rows.fetch(row as usize);
            }
            *halves = dot_halves(layout.row(rows, row), &weights);
            *y = rows.target[row as usize];
        }
        // In a loop of its own, so that the lanes of four rows are added by one instruction.
        for (&[a, b, c, d], z) in halves.iter().zip(&mut z) {
            *z = ((a + c) + (b + d)) + intercept;
        }
        loss.eval_rows(1, &z, &y, &mut values, &mut derivatives);
        for (i, &row) in group.iter().enumerate() {
            let weight = rows.loss_weight(row as usize);
            total += weight * values[i];
            derivatives[i] *= weight * scale;
            intercept_gradient += derivatives[i];
        }
        let (fours, remainder) = group.as_chunks::<GRADIENT_GROUP>();
        for (&[a, b, c, d], derivatives) in fours.iter().zip(derivatives.as_chunks().0) {
            let four = [layout.row(rows, a), layout.row(rows, b), layout.row(rows, c), layout.row(rows, d)];
            add_scaled_rows::<GRADIENT_GROUP>(&mut sums, derivatives, four);
        }
        for (&row, &derivative) in remainder.iter().zip(&derivatives[fours.len() * GRADIENT_GROUP..]) {
            add_scaled_rows(&mut sums, &[derivative], [layout.row(rows, row)]);
        }
    }
    layout.add_to_gradient(&sums, gradient);
    gradient.iter_mut().skip(rows.width).for_each(|g| *g += intercept_gradient);
    total
}

/// Returns `true` if [`sum_chunk`] supports these rows: only numbers, and at least [`LANES`] of them.
pub(super) fn supported(rows: &Rows) -> bool {
    rows.is_dense() && LaneLayout::of(rows).is_some()
}

/// Division of a row into vectors of [`LANES`] numbers.
#[derive(Clone, Copy)]
struct LaneLayout {
    width: usize,
    /// Numbers before the last vector, which may overlap the one before.
    whole: usize,
}

/// Row in vectors: those before the last, and the last, which may overlap them.
type Lanes<'r> = (&'r [[f32; LANES]], &'r [f32; LANES]);

impl LaneLayout {
    /// Returns `None` for rows narrower than a vector.
    fn of(rows: &Rows) -> Option<LaneLayout> {
        (rows.width >= LANES).then(|| LaneLayout { width: rows.width, whole: (rows.width - 1) / LANES * LANES })
    }

    #[inline(always)]
    fn row<'r>(&self, rows: &'r Rows, row: u32) -> Lanes<'r> {
        let row = &rows.numbers[row as usize * self.width..][..self.width];
        (row[..self.whole].as_chunks().0, row.last_chunk().expect("rows at least as wide as a vector"))
    }

    /// Returns the weights in vectors, 0 where the last one overlaps.
    fn spread(&self, weights: &[f64]) -> Vec<[f64; LANES]> {
        let mut lanes = vec![[0.0; LANES]; self.whole / LANES + 1];
        let (whole, last) = weights.split_at(self.whole);
        let flat = lanes.as_flattened_mut();
        flat[..self.whole].copy_from_slice(whole);
        let end = flat.len();
        flat[end - last.len()..].copy_from_slice(last);
        lanes
    }

    /// Adds sums in vectors to the gradient.
    fn add_to_gradient(&self, sums: &[[f64; LANES]], gradient: &mut [f64]) {
        let (whole, last) = gradient[..self.width].split_at_mut(self.whole);
        let sums = sums.as_flattened();
        whole.iter_mut().zip(sums).for_each(|(g, sum)| *g += sum);
        last.iter_mut().rev().zip(sums.iter().rev()).for_each(|(g, sum)| *g += sum);
    }
}

/// Returns Σ xᵢwᵢ for each lane, with the upper half of the lanes added to the lower.
#[inline(always)]
fn dot_halves((whole, last): Lanes<'_>, w: &[[f64; LANES]]) -> [f64; LANES / 2] {
    let mut lanes = [0.0; LANES];
    for (x, w) in whole.iter().chain([last]).zip(w) {
        for k in 0..LANES {
            lanes[k] += f64::from(x[k]) * w[k];
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    [a + e, b + f, c + g, d + h]
}

/// Adds `factors[i]`·`rows[i]` of several rows to the sums.
#[inline(always)]
fn add_scaled_rows<const N: usize>(sums: &mut [[f64; LANES]], factors: &[f64; N], rows: [Lanes<'_>; N]) {
    let (last, whole) = sums.split_last_mut().expect("a row has at least one vector");
    for (k, sum) in whole.iter_mut().enumerate() {
        let mut added = *sum;
        for (factor, (whole, _)) in factors.iter().zip(&rows) {
            add_scaled(&mut added, *factor, &whole[k]);
        }
        *sum = added;
    }
    for (factor, (_, x)) in factors.iter().zip(&rows) {
        add_scaled(last, *factor, x);
    }
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
    let [a, b, c, d] = dot_halves((whole, last), w);
    (a + c) + (b + d)
}
