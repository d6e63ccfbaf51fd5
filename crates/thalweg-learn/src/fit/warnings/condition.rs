//! Warning about columns of numbers that almost depend on each other.

use super::{FitEvidence, MAX_CELLS};
use crate::fit::fit_warning::FitWarning;
use crate::interrupt::Interrupt;
use crate::model::Architecture;

/// Condition number from which steps by gradients are slow: about as many steps as that reach the optimum.
const MIN_CONDITION_NUMBER: f64 = 1e4;

/// Number of columns up to which the eigenvalues are computed.
const MAX_COLUMNS: usize = 64;

/// Number of rows for each column from which their correlations are known.
const ROWS_PER_COLUMN: usize = 10;

/// Eigenvalue, relative to the largest, below which columns depend on each other exactly, up to the rounding of single
/// precision. The gradient has no component in that direction, which therefore slows nothing down.
const ROUNDING: f64 = 1e-9;

/// Largest number of sweeps over all pairs of columns; a few suffice.
const MAX_SWEEPS: usize = 50;

/// Warns of an ill-conditioned objective of a linear model that is trained by steps: the eigenvalues are those of the
/// correlations of the columns of numbers times the largest curvature of the loss, plus the L2 penalty.
pub(super) fn check(evidence: FitEvidence<'_>, _: Interrupt<'_>) -> Vec<FitWarning> {
    let FitEvidence { data, config, .. } = evidence;
    let rows = data.train.sample();
    if config.spec.method.is_solver() || data.architecture != Architecture::Linear || rows.width() > MAX_COLUMNS {
        return Vec::new();
    }
    let sample = evidence.sample(MAX_CELLS / (rows.width() * rows.width()).max(1));
    let (columns, matrix) = correlations(rows, &sample);
    let size = columns.len();
    if size < 2 || sample.len() < ROWS_PER_COLUMN * size {
        return Vec::new();
    }
    let (values, vectors) = eigen(matrix, size);
    let largest = values.iter().copied().fold(0.0, f64::max);
    let varying = (0..size).filter(|&i| values[i] > ROUNDING * largest);
    let Some(smallest) = varying.min_by(|&a, &b| values[a].total_cmp(&values[b])) else { return Vec::new() };
    let curvature = data.loss().max_curvature().unwrap_or(1.0);
    let condition_number = (curvature * largest + config.l2) / (curvature * values[smallest] + config.l2);
    if condition_number < MIN_CONDITION_NUMBER {
        return Vec::new();
    }
    let mut by_share: Vec<usize> = (0..size).collect();
    by_share.sort_by(|&a, &b| vectors[b * size + smallest].abs().total_cmp(&vectors[a * size + smallest].abs()));
    let names = data.schema.lazy_coefficient_names();
    vec![FitWarning::IllConditioned {
        condition_number,
        largest_eigenvalue: largest,
        smallest_eigenvalue: values[smallest],
        columns: [by_share[0], by_share[1]].map(|i| names.name(columns[i])),
        rows: sample.len(),
    }]
}

/// Returns the columns of numbers that are not constant, and the matrix of their correlations.
fn correlations(rows: &crate::data::Rows, sample: &[usize]) -> (Vec<usize>, Vec<f64>) {
    let (width, n) = (rows.width(), sample.len().max(1) as f64);
    let row = |i: usize| rows.numbers.row(i);
    let mut means = vec![0.0; width];
    for &i in sample {
        means.iter_mut().zip(row(i)).for_each(|(mean, &x)| *mean += f64::from(x) / n);
    }
    let mut sums = vec![0.0; width * width];
    for &i in sample {
        let deviations: Vec<f64> = row(i).iter().zip(&means).map(|(&x, mean)| f64::from(x) - mean).collect();
        for (a, x) in deviations.iter().enumerate() {
            sums[a * width..=a * width + a].iter_mut().zip(&deviations).for_each(|(sum, y)| *sum += x * y);
        }
    }
    let columns: Vec<usize> = (0..width).filter(|&column| sums[column * width + column] > 0.0).collect();
    let correlation = |a: usize, b: usize| {
        let product = sums[a.max(b) * width + a.min(b)];
        product / (sums[a * width + a] * sums[b * width + b]).sqrt()
    };
    let matrix = columns.iter().flat_map(|&a| columns.iter().map(move |&b| (a, b))).map(|(a, b)| correlation(a, b));
    let matrix = matrix.collect();
    (columns, matrix)
}

/// Returns the eigenvalues of a symmetric matrix and the matrix whose columns are the eigenvectors, by rotations that
/// make one element after the other zero (Jacobi 1846).
fn eigen(mut matrix: Vec<f64>, size: usize) -> (Vec<f64>, Vec<f64>) {
    let mut vectors: Vec<f64> = (0..size * size).map(|i| f64::from(u8::from(i % (size + 1) == 0))).collect();
    for _ in 0..MAX_SWEEPS {
        let rest: f64 =
            (0..size).flat_map(|a| (0..a).map(move |b| (a, b))).map(|(a, b)| matrix[a * size + b].abs()).sum();
        if rest < f64::EPSILON {
            break;
        }
        for a in 0..size {
            for b in a + 1..size {
                rotate(&mut matrix, &mut vectors, size, (a, b));
            }
        }
    }
    ((0..size).map(|i| matrix[i * size + i]).collect(), vectors)
}

/// Makes the element at a row and a column zero.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], size: usize, (a, b): (usize, usize)) {
    let element = matrix[a * size + b];
    if element == 0.0 {
        return;
    }
    let half = (matrix[b * size + b] - matrix[a * size + a]) / (2.0 * element);
    let tangent = half.signum() / (half.abs() + (half * half + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    let turn = |values: &mut [f64], i: usize, j: usize| {
        (values[i], values[j]) = (cosine * values[i] - sine * values[j], sine * values[i] + cosine * values[j]);
    };
    (0..size).for_each(|k| turn(matrix, k * size + a, k * size + b));
    (0..size).for_each(|k| turn(matrix, a * size + k, b * size + k));
    (0..size).for_each(|k| turn(vectors, k * size + a, k * size + b));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvectors_are_stretched_by_their_eigenvalues() {
        // The second difference has the eigenvalues 2 − 2·cos(πk/(n + 1)).
        let size = 9;
        let element = |a: usize, b: usize| match a.abs_diff(b) {
            0 => 2.0,
            1 => -1.0,
            _ => 0.0,
        };
        let matrix: Vec<f64> = (0..size * size).map(|i| element(i / size, i % size)).collect();
        let (values, vectors) = eigen(matrix.clone(), size);
        for i in 0..size {
            for row in 0..size {
                let product: f64 = (0..size).map(|k| matrix[row * size + k] * vectors[k * size + i]).sum();
                assert!((product - values[i] * vectors[row * size + i]).abs() < 1e-13);
            }
        }
        let mut values = values;
        values.sort_by(f64::total_cmp);
        for (k, value) in (1..).zip(values) {
            let expected = 2.0 - 2.0 * (std::f64::consts::PI * f64::from(k) / (size as f64 + 1.0)).cos();
            assert!((value - expected).abs() < 1e-13, "{value} {expected}");
        }
    }
}
