//! Metrics of predicted numbers.

use super::Metrics;
use super::weighted_quantile::weighted_median;
use crate::error::Result;
use crate::interrupt::Interrupt;

/// Ratio of the mean to the standard deviation up to which the rounding of the mean does not matter.
const MAX_OFFSET: f64 = 1e9;

/// Computes the metrics of predicted numbers.
pub(super) fn metrics(
    predicted: &[f64],
    target: &[f64],
    weight: impl Fn(usize) -> f64,
    mean_loss: f64,
    interrupt: Interrupt<'_>,
) -> Result<Metrics> {
    let (rmse, r2) = rmse_and_r2(predicted, target, &weight, interrupt)?;
    let n = interrupt.sum_rows(target.len(), &weight)?;
    let mae = interrupt.sum_rows(target.len(), |i| weight(i) / n * (predicted[i] - target[i]).abs())?;
    let errors = predicted.iter().zip(target).map(|(a, b)| (a - b).abs()).collect();
    let median_absolute_error = weighted_median(errors, &weight, interrupt)?;
    Ok(Metrics::Regression { loss: mean_loss, rmse, r2, mae, median_absolute_error })
}

/// Returns the root mean squared error and the coefficient of determination.
fn rmse_and_r2(
    predicted: &[f64],
    target: &[f64],
    weight: impl Fn(usize) -> f64,
    interrupt: Interrupt<'_>,
) -> Result<(f64, f64)> {
    let sum = |of: &dyn Fn(usize) -> f64| interrupt.sum_rows(target.len(), |i| weight(i) * of(i));
    let n = interrupt.sum_rows(target.len(), &weight)?;
    let mean = sum(&|i| target[i])? / n;
    let residual = sum(&|i| (predicted[i] - target[i]) * (predicted[i] - target[i]))?;
    let total = sum(&|i| (target[i] - mean) * (target[i] - mean))?;
    let is_precise = total.is_normal() && residual.is_finite() && mean.abs() < MAX_OFFSET * (total / n).sqrt();
    if is_precise {
        return Ok(((residual / n).sqrt(), 1.0 - residual / total));
    }
    // Numbers are divided by the largest, so that squares neither overflow nor vanish.
    let mean = sum(&|i| target[i] / n)?;
    let rounding = sum(&|i| (target[i] - mean) / n)?;
    let deviation = |of: &dyn Fn(usize) -> f64| {
        let largest = (0..target.len()).map(|i| of(i).abs()).fold(0.0, f64::max);
        let squares = sum(&|i| if largest == 0.0 { 0.0 } else { (of(i) / largest) * (of(i) / largest) });
        squares.map(|squares| largest * (squares / n).sqrt())
    };
    let (rmse, total) = (deviation(&|i| predicted[i] - target[i])?, deviation(&|i| target[i] - mean - rounding)?);
    let rmse = if residual.is_normal() { (residual / n).sqrt() } else { rmse };
    Ok((rmse, 1.0 - (rmse / total) * (rmse / total)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn computed(predicted: &[f64], target: &[f64]) -> [f64; 5] {
        match Metrics::regression(predicted, target, |_| 1.0, 1.0) {
            Metrics::Regression { loss, rmse, r2, mae, median_absolute_error } => {
                [loss, rmse, r2, mae, median_absolute_error]
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn errors_by_hand() {
        let [_, rmse, r2, mae, median] = computed(&[1.0, 2.0, 5.0], &[1.0, 3.0, 3.0]);
        assert!((rmse * rmse - 5.0 / 3.0).abs() < 1e-15);
        assert!((r2 - (1.0 - 5.0 / (8.0 / 3.0))).abs() < 1e-15, "{r2}");
        assert!((mae - 1.0).abs() < 1e-15 && (median - 1.0).abs() < 1e-15, "{mae} {median}");
    }

    #[test]
    fn squares_neither_overflow_nor_vanish() {
        let (predicted, target) = ([1.0, 2.0, 5.0], [1.0, 3.0, 3.0]);
        for (factor, offset) in [(1e200, 0.0), (1e-200, 0.0), (1e300, 0.0), (8.0, 1e15)] {
            let scaled = |numbers: [f64; 3]| numbers.map(|number| number * factor + offset);
            let [_, rmse, r2, mae, _] = computed(&scaled(predicted), &scaled(target));
            assert!((rmse / factor - (5.0_f64 / 3.0).sqrt()).abs() < 1e-12, "{rmse}");
            assert!((r2 - (1.0 - 5.0 / (8.0 / 3.0))).abs() < 1e-12, "{factor}: {r2}");
            assert!((mae / factor - 1.0).abs() < 1e-12, "{factor}: {mae}");
        }
        let [_, _, r2, ..] = computed(&[2.0, 2.0], &[1.0, 1.0]);
        assert!(r2 == f64::NEG_INFINITY, "a constant has no R²");
    }
}
