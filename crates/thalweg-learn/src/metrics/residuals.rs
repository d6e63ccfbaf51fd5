//! Distribution of the residuals of predicted numbers.

use serde::Serialize;

use super::weighted_quantile::WeightedNumbers;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::sort::sort_until;

/// Fractions of the weight at which quantiles are given.
const LEVELS: [f64; 11] = [0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0];

/// Number of bins of predictions of about equal weight.
const BINS: usize = 20;

/// Distribution of the residuals y − ŷ, and predicted against observed numbers, in the units of the target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResidualSummary {
    /// Mean of the residuals.
    pub mean: f64,
    /// Standard deviation of the residuals.
    pub standard_deviation: f64,
    /// Fractions of the weight, ascending from 0 to 1.
    pub level: Vec<f64>,
    /// Smallest residual at or below which at least each of these fractions is.
    pub quantile: Vec<f64>,
    /// Rows in the order of their predictions, in at most 20 bins of about equal weight.
    pub bins: PredictionBins,
}

/// Means of rows with similar predictions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PredictionBins {
    /// Mean prediction of each bin, ascending.
    pub mean_predicted: Vec<f64>,
    /// Mean target of each bin.
    pub mean_observed: Vec<f64>,
    /// Root mean squared residual of each bin.
    pub rmse: Vec<f64>,
    /// Weight of the rows of each bin.
    pub weight: Vec<f64>,
}

impl ResidualSummary {
    /// Computes the summary of predicted numbers.
    pub(super) fn new(
        predicted: &[f64],
        target: &[f64],
        weight: impl Fn(usize) -> f64,
        interrupt: Interrupt<'_>,
    ) -> Result<Self> {
        let n = interrupt.sum_rows(target.len(), &weight)?;
        let residuals: Vec<f64> = target.iter().zip(predicted).map(|(y, p)| y - p).collect();
        let mean = interrupt.sum_rows(target.len(), |i| weight(i) / n * residuals[i])?;
        let square = |i: usize| weight(i) / n * ((residuals[i] - mean) * (residuals[i] - mean));
        let standard_deviation = interrupt.sum_rows(target.len(), square)?.sqrt();
        let sorted = WeightedNumbers::new(&residuals, &weight, interrupt)?;
        let quantile = LEVELS.iter().map(|&level| sorted.quantile(level)).collect();
        let bins = PredictionBins::new(predicted, target, n, weight, interrupt)?;
        Ok(Self { mean, standard_deviation, level: LEVELS.to_vec(), quantile, bins })
    }
}

impl PredictionBins {
    /// Divides rows of the weight `total`; equal predictions are in the same bin.
    fn new(
        predicted: &[f64],
        target: &[f64],
        total: f64,
        weight: impl Fn(usize) -> f64,
        interrupt: Interrupt<'_>,
    ) -> Result<Self> {
        let ascending = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        let order = sort_until(predicted.iter().copied().zip(0..).collect(), ascending, interrupt)?;
        let (mut sums, mut below) = ([[0.0; 4]; BINS], 0.0);
        for tied in order.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            let bin = ((BINS as f64 * below / total) as usize).min(BINS - 1);
            for &(prediction, row) in tied {
                let (w, residual) = (weight(row), target[row] - prediction);
                let terms = [w, w * prediction, w * target[row], w * residual * residual];
                sums[bin].iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
                below += w;
            }
        }
        let used: Vec<_> = sums.into_iter().filter(|sums| sums[0] > 0.0).collect();
        let mean = |k: usize| used.iter().map(|sums| sums[k] / sums[0]).collect::<Vec<_>>();
        Ok(Self {
            mean_predicted: mean(1),
            mean_observed: mean(2),
            rmse: mean(3).into_iter().map(f64::sqrt).collect(),
            weight: used.iter().map(|sums| sums[0]).collect(),
        })
    }
}
