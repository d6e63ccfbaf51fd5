//! Rows of numbers alone, with one score each: the loop that a fit of a large table spends its time in.

use super::Loss;
use crate::data::Rows;

/// Numbers that are taken together, whatever the machine has.
pub(super) const LANES: usize = 8;

/// Rows whose losses are worked out together; the next so many are on their way from memory meanwhile.
const GROUP: usize = 32;

/// Rows whose gradients are added together, so that the sums are read and written once for all of them.
const FOUR: usize = 4;

/// The sum of the losses of the rows listed, and its gradient times `share` added to `gradient`; `then` are rows that are
/// likely to be wanted next.
///
/// A row is taken in whole lanes, the last of which overlap where the width is no multiple of them: there the weights are 0, and
/// the sums are not looked at. So nothing is copied, and no lane is for itself.
#[inline(always)]
pub(super) fn leaf(
    rows: &Rows,
    (listed, then): (&[u32], &[u32]),
    loss: Loss,
    parameters: &[f64],
    (share, gradient): (f64, &mut [f64]),
) -> f64 {
    let Some(shape) = Shape::of(rows) else { return 0.0 };
    let weights = shape.spread(&parameters[..rows.width]);
    let intercept = parameters.get(rows.width).copied().unwrap_or(0.0);
    let mut sums = vec![[0.0; LANES]; weights.len()];
    let (mut halves, mut y) = ([[0.0; LANES / 2]; GROUP], [0.0; GROUP]);
    let (mut z, mut values, mut slopes) = ([0.0; GROUP], [0.0; GROUP], [0.0; GROUP]);
    let (mut total, mut of_intercept) = (0.0, 0.0);
    let mut coming = listed.iter().chain(then);
    for &row in coming.by_ref().take(GROUP) {
        rows.fetch(row as usize);
    }
    for group in listed.chunks(GROUP) {
        for ((&row, halves), y) in group.iter().zip(&mut halves).zip(&mut y) {
            if let Some(&row) = coming.next() {
                rows.fetch(row as usize);
            }
            *halves = dot_halves(shape.row(rows, row), &weights);
            *y = rows.target[row as usize];
        }
        // From memory again, so that the lanes of four rows are added at once.
        for (&[a, b, c, d], z) in halves.iter().zip(&mut z) {
            *z = ((a + c) + (b + d)) + intercept;
        }
        loss.eval_rows(1, &z, &y, &mut values, &mut slopes);
        for (i, &row) in group.iter().enumerate() {
            let weight = rows.loss_weight(row as usize);
            total += weight * values[i];
            slopes[i] *= weight * share;
            of_intercept += slopes[i];
        }
        let (fours, rest) = group.as_chunks::<FOUR>();
        for (&[a, b, c, d], slopes) in fours.iter().zip(slopes.as_chunks().0) {
            let four = [shape.row(rows, a), shape.row(rows, b), shape.row(rows, c), shape.row(rows, d)];
            add::<FOUR>(&mut sums, slopes, four);
        }
        for (&row, &slope) in rest.iter().zip(&slopes[fours.len() * FOUR..]) {
            add(&mut sums, &[slope], [shape.row(rows, row)]);
        }
    }
    shape.gather(&sums, gradient);
    gradient.iter_mut().skip(rows.width).for_each(|g| *g += of_intercept);
    total
}

/// How a row of a width lies in lanes.
#[derive(Clone, Copy)]
struct Shape {
    width: usize,
    /// Numbers in the whole lanes that do not overlap.
    whole: usize,
}

/// A row in lanes: the whole ones, and the last, which may overlap them.
type Lanes<'r> = (&'r [[f32; LANES]], &'r [f32; LANES]);

impl Shape {
    /// None for rows without numbers; narrow ones have none, and are for the other loop.
    fn of(rows: &Rows) -> Option<Shape> {
        (rows.width >= LANES).then(|| Shape { width: rows.width, whole: (rows.width - 1) / LANES * LANES })
    }

    #[inline(always)]
    fn row<'r>(&self, rows: &'r Rows, row: u32) -> Lanes<'r> {
        let row = &rows.numbers[row as usize * self.width..][..self.width];
        let none = &[0.0; LANES];
        (row[..self.whole].as_chunks().0, row.last_chunk().unwrap_or(none))
    }

    /// The weights in lanes, 0 where the last ones overlap.
    fn spread(&self, weights: &[f64]) -> Vec<[f64; LANES]> {
        let mut lanes = vec![[0.0; LANES]; self.whole / LANES + 1];
        let (whole, last) = weights.split_at(self.whole);
        let lanes_flat = lanes.as_flattened_mut();
        lanes_flat[..self.whole].copy_from_slice(whole);
        let end = lanes_flat.len();
        lanes_flat[end - last.len()..].copy_from_slice(last);
        lanes
    }

    /// Adds sums in lanes to the gradient.
    fn gather(&self, sums: &[[f64; LANES]], gradient: &mut [f64]) {
        let (whole, last) = gradient[..self.width].split_at_mut(self.whole);
        let sums = sums.as_flattened();
        whole.iter_mut().zip(sums).for_each(|(g, sum)| *g += sum);
        last.iter_mut().rev().zip(sums.iter().rev()).for_each(|(g, sum)| *g += sum);
    }
}

/// Σ xᵢwᵢ, each lane on its own, then one half of the lanes added to the other.
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

/// Adds slope·x of several rows to the sums.
#[inline(always)]
fn add<const N: usize>(sums: &mut [[f64; LANES]], slopes: &[f64; N], rows: [Lanes<'_>; N]) {
    let Some((last, whole)) = sums.split_last_mut() else { return };
    for (k, sum) in whole.iter_mut().enumerate() {
        let mut added = *sum;
        for (slope, (whole, _)) in slopes.iter().zip(&rows) {
            more(&mut added, *slope, &whole[k]);
        }
        *sum = added;
    }
    for (slope, (_, x)) in slopes.iter().zip(&rows) {
        more(last, *slope, x);
    }
}

#[inline(always)]
fn more(sum: &mut [f64; LANES], slope: f64, x: &[f32; LANES]) {
    for (sum, &x) in sum.iter_mut().zip(x) {
        *sum += slope * f64::from(x);
    }
}

/// Σ xᵢwᵢ, each lane on its own first.
#[inline(always)]
pub(super) fn dot(x: &[[f32; LANES]], w: &[[f64; LANES]]) -> f64 {
    let Some((last, whole)) = x.split_last() else { return 0.0 };
    let [a, b, c, d] = dot_halves((whole, last), w);
    (a + c) + (b + d)
}

/// Whether rows are for this loop.
pub(super) fn fits(rows: &Rows) -> bool {
    rows.is_dense() && Shape::of(rows).is_some()
}
