//! The linear family: a row's score is Σ wᵢxᵢ + intercept, and a loss says how wrong it is.

use rayon::prelude::*;

use super::loss::Loss;
use crate::data::Rows;

/// Rows summed by one worker. Sums are cut here and nowhere else, so they are the same bits on any number of threads.
const LEAF: usize = 512;

/// The scores of all rows. `parameters` are the weights, then the intercept.
pub fn scores(rows: &Rows, parameters: &[f64]) -> Vec<f64> {
    (0..rows.len()).into_par_iter().with_min_len(LEAF).map(|i| score(rows, parameters, i)).collect()
}

#[inline]
fn score(rows: &Rows, parameters: &[f64], i: usize) -> f64 {
    let (numbers, codes) = rows.row(i);
    let (weights, intercept) = parameters.split_at(rows.features);
    let of_numbers: f64 = numbers.iter().zip(weights).map(|(x, w)| x * w).sum();
    // A level never seen has no weight: get() passes over it.
    let of_levels: f64 = codes.iter().filter_map(|&code| weights.get(code as usize)).sum();
    intercept.iter().sum::<f64>() + of_numbers + of_levels
}

/// Mean weighted loss over the rows listed, and its gradient by the parameters added to `gradient`.
pub fn mean_loss(rows: &Rows, listed: &[u32], loss: Loss, parameters: &[f64], gradient: &mut [f64]) -> f64 {
    let share = 1.0 / listed.len().max(1) as f64;
    sum(rows, listed, loss, parameters, share, gradient) * share
}

/// The fixed tree over the rows: the left part is summed into `gradient`, the right part beside it.
fn sum(rows: &Rows, listed: &[u32], loss: Loss, parameters: &[f64], share: f64, gradient: &mut [f64]) -> f64 {
    if listed.len() <= LEAF {
        return leaf(rows, listed, loss, parameters, share, gradient);
    }
    let (left, right) = listed.split_at((listed.len() / 2).next_multiple_of(LEAF));
    let mut beside = vec![0.0; gradient.len()];
    let (a, b) = rayon::join(
        || sum(rows, left, loss, parameters, share, gradient),
        || sum(rows, right, loss, parameters, share, &mut beside),
    );
    gradient.iter_mut().zip(beside).for_each(|(g, b)| *g += b);
    a + b
}

fn leaf(rows: &Rows, listed: &[u32], loss: Loss, parameters: &[f64], share: f64, gradient: &mut [f64]) -> f64 {
    let mut total = 0.0;
    for &row in listed {
        let i = row as usize;
        let (value, slope) = loss.at(score(rows, parameters, i), rows.target[i]);
        let weight = rows.loss_weight(i);
        total += weight * value;
        let slope = slope * (weight * share);
        let (numbers, codes) = rows.row(i);
        let (of_weights, of_intercept) = gradient.split_at_mut(rows.features);
        of_weights.iter_mut().zip(numbers).for_each(|(g, x)| *g += slope * x);
        for &code in codes {
            if let Some(g) = of_weights.get_mut(code as usize) {
                *g += slope;
            }
        }
        for g in of_intercept {
            *g += slope;
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        Rows {
            numbers: vec![1.0, 2.0, -1.0, 0.5, 0.0, -2.0],
            codes: vec![2, 3, 4],
            width: 2,
            code_width: 1,
            features: 4,
            target: vec![1.0, 0.0, 1.0],
            ..Rows::default()
        }
    }

    const PARAMETERS: [f64; 5] = [0.3, -0.2, 0.7, -1.1, 0.25];

    #[test]
    fn a_score_is_the_sum_said_out_loud() {
        let found = scores(&rows(), &PARAMETERS);
        // The third row's level, 4, was never seen.
        let by_hand = [0.3 - 0.4 + 0.7 + 0.25, -0.3 - 0.1 - 1.1 + 0.25, 0.4 + 0.25];
        found.iter().zip(by_hand).for_each(|(a, b)| assert!((a - b).abs() < 1e-15, "{a} is not {b}"));
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        for loss in [Loss::Squared, Loss::Logistic] {
            let at = |parameters: &[f64]| {
                let mut gradient = [0.0; 5];
                let value = mean_loss(&rows(), &[0, 1, 2], loss, parameters, &mut gradient);
                (value, gradient)
            };
            let (_, gradient) = at(&PARAMETERS);
            for i in 0..5 {
                let moved = |by: f64| {
                    let mut parameters = PARAMETERS;
                    parameters[i] += by;
                    at(&parameters).0
                };
                // Central difference: truncation h²·f'''/6 ≈ 1e-11, rounding ε/h ≈ 1e-11.
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((gradient[i] - slope).abs() < 1e-9, "{loss:?} by {i}: {} is not {slope}", gradient[i]);
            }
        }
    }

    #[test]
    fn the_sum_is_the_same_on_any_threads() {
        let n = 5 * LEAF + 77;
        let rows = Rows {
            numbers: (0..2 * n).map(|i| libm::sin(i as f64)).collect(),
            width: 2,
            features: 2,
            target: (0..n).map(|i| (i % 2) as f64).collect(),
            ..Rows::default()
        };
        let listed: Vec<u32> = (0..n as u32).rev().collect();
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| {
                let mut gradient = vec![0.0; 3];
                let value = mean_loss(&rows, &listed, Loss::Logistic, &[0.1, 0.2, 0.3], &mut gradient);
                (value.to_bits(), gradient.iter().map(|g| g.to_bits()).collect::<Vec<_>>())
            })
        };
        assert!([2, 3, 7].into_iter().all(|threads| on(threads) == on(1)));
    }
}
