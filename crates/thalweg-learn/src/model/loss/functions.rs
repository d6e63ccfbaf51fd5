//! Functions of the losses.

use crate::error::Result;
use crate::interrupt::{Interrupt, ROWS_PER_LOOK};
use crate::model::exp::{exp, exp_array, log1p_array};
use crate::sort::sort_until;

/// Number of classes whose exponentials are computed together.
const SOFTMAX_LANES: usize = 4;

/// Number of rows whose logistic losses are computed together.
pub(super) const LOGISTIC_LANES: usize = 16;

/// Returns softplus(z) − y·z and sigmoid(z) − y from a single exponential.
#[inline(always)]
pub(super) fn logistic<const N: usize>(z: &[f64; N], y: &[f64; N]) -> ([f64; N], [f64; N]) {
    let e = exp_array(&z.map(|z| -z.abs()));
    let (mut values, mut derivatives) = (log1p_array(&e), [0.0; N]);
    for k in 0..N {
        let larger = 1.0 / (1.0 + e[k]);
        let p = if z[k] >= 0.0 { larger } else { e[k] * larger };
        values[k] = z[k].max(0.0) + values[k] - y[k] * z[k];
        derivatives[k] = p - y[k];
    }
    (values, derivatives)
}

/// Returns the smallest number such that at least a fraction `q` of the weight is at or below it; 0 for no numbers.
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
pub(super) fn quantile(
    numbers: &[f64],
    weight: impl Fn(usize) -> f64,
    q: f64,
    interrupt: Interrupt<'_>,
) -> Result<f64> {
    let ascending = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    let order = sort_until(numbers.iter().copied().zip(0..).collect(), ascending, interrupt)?;
    let total = interrupt.sum_rows(order.len(), |at| weight(order[at].1))?;
    let mut below = 0.0;
    for rows in order.chunks(ROWS_PER_LOOK) {
        interrupt.check()?;
        for &(number, row) in rows {
            below += weight(row);
            if below >= q * total {
                return Ok(number);
            }
        }
    }
    Ok(order.last().map_or(0.0, |&(number, _)| number))
}

/// Returns log Σⱼ exp zⱼ − z(y) and writes its derivatives, the probabilities minus 1 at y.
#[inline(always)]
pub(super) fn softmax_cross_entropy(z: &[f64], y: usize, derivatives: &mut [f64]) -> f64 {
    let log_sum = softmax(z, derivatives);
    derivatives[y] -= 1.0;
    log_sum - z[y]
}

/// Writes the probabilities e^zⱼ / Σ e^z of the scores z and returns log Σ e^z. The largest score is subtracted first,
/// so that nothing overflows.
#[inline(always)]
pub fn softmax(z: &[f64], out: &mut [f64]) -> f64 {
    let largest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (groups, remainder) = z.as_chunks::<SOFTMAX_LANES>();
    let (grouped, remaining) = out.split_at_mut(groups.len() * SOFTMAX_LANES);
    for (out, z) in grouped.as_chunks_mut().0.iter_mut().zip(groups) {
        let mut below = *z;
        for z in &mut below {
            *z -= largest;
        }
        *out = exp_array::<SOFTMAX_LANES>(&below);
    }
    for (out, &z) in remaining.iter_mut().zip(remainder) {
        *out = exp(z - largest);
    }
    let mut sum = 0.0;
    for &exponential in &out[..z.len()] {
        sum += exponential;
    }
    for p in out {
        *p /= sum;
    }
    libm::log(sum) + largest
}

/// Returns 1/(1 + e⁻ᶻ), the probability of the positive label for the score `z`.
#[inline(always)]
pub fn sigmoid(z: f64) -> f64 {
    let e = exp(-z.abs());
    let larger = 1.0 / (1.0 + e);
    if z >= 0.0 { larger } else { e * larger }
}
