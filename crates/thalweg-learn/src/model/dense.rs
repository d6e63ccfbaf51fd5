//! Rows of numbers alone, with one score each: the loop that a fit of a large table spends its time in.

use std::hint::black_box;

use super::Loss;
use crate::data::Rows;

/// Numbers that are taken together, whatever the machine has.
pub(super) const LANES: usize = 8;

/// Rows that are fetched together: a shuffled row is a miss of the cache, and many misses at once take hardly longer than one.
const GROUP: usize = 32;

/// Numbers on a line of memory.
const LINE: usize = 16;

/// The sum of the losses of the rows listed, and its gradient times `share` added to `gradient`.
#[inline(always)]
pub(super) fn leaf(
    rows: &Rows,
    listed: &[u32],
    loss: Loss,
    parameters: &[f64],
    (share, gradient): (f64, &mut [f64]),
) -> f64 {
    // Rows, weights and gradient are filled up with zeros to whole lanes.
    let (width, lanes) = (rows.width, rows.width.div_ceil(LANES));
    let mut near = vec![[0.0_f32; LANES]; GROUP * lanes];
    let (mut weights, mut sums) = (vec![[0.0; LANES]; lanes], vec![[0.0; LANES]; lanes]);
    weights.as_flattened_mut()[..width].copy_from_slice(&parameters[..width]);
    let intercept = parameters.get(width).copied().unwrap_or(0.0);
    let (mut y, mut z, mut values, mut slopes) = ([0.0; GROUP], [0.0; GROUP], [0.0; GROUP], [0.0; GROUP]);
    let (mut total, mut of_intercept) = (0.0, 0.0);
    for group in listed.chunks(GROUP) {
        fetch(rows, group, &mut y);
        for (&row, near) in group.iter().zip(near.chunks_exact_mut(lanes)) {
            copy(&rows.numbers[row as usize * width..(row as usize + 1) * width], near);
        }
        for (near, z) in near.chunks_exact(lanes).zip(&mut z) {
            *z = dot(near, &weights) + intercept;
        }
        loss.of_group(1, &z, &y, &mut values, &mut slopes);
        for (i, &row) in group.iter().enumerate() {
            let weight = rows.loss_weight(row as usize);
            total += weight * values[i];
            slopes[i] *= weight * share;
            of_intercept += slopes[i];
        }
        for (near, &slope) in near.chunks_exact(lanes).zip(&slopes).take(group.len()) {
            let pairs = sums.as_flattened_mut().iter_mut().zip(near.as_flattened());
            pairs.for_each(|(sum, &x)| *sum += slope * f64::from(x));
        }
    }
    gradient.iter_mut().zip(&sums.as_flattened()[..width]).for_each(|(g, sum)| *g += sum);
    gradient.iter_mut().skip(width).for_each(|g| *g += of_intercept);
    total
}

/// Reads the targets, and one number of each line of memory that the rows lie on, so that all of them are on their way at
/// once.
#[inline(always)]
fn fetch(rows: &Rows, group: &[u32], y: &mut [f64]) {
    let mut touched = 0.0;
    for (&row, y) in group.iter().zip(y) {
        let start = row as usize * rows.width;
        touched += rows.numbers[start..start + rows.width].iter().step_by(LINE).sum::<f32>();
        *y = rows.target[row as usize];
    }
    black_box(touched);
}

/// Copies a row to whole lanes.
#[inline(always)]
fn copy(row: &[f32], near: &mut [[f32; LANES]]) {
    let (wide, rest) = row.as_chunks::<LANES>();
    near.iter_mut().zip(wide).for_each(|(near, x)| *near = *x);
    if let Some(near) = near.get_mut(wide.len()) {
        near.iter_mut().zip(rest).for_each(|(near, x)| *near = *x);
    }
}

/// Σ xᵢwᵢ, each lane on its own first.
#[inline(always)]
pub(super) fn dot(x: &[[f32; LANES]], w: &[[f64; LANES]]) -> f64 {
    let mut lanes = [0.0; LANES];
    for (x, w) in x.iter().zip(w) {
        for k in 0..LANES {
            lanes[k] += f64::from(x[k]) * w[k];
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}
