//! Agreement of predicted probabilities with observed frequencies.

use serde::Serialize;

use crate::error::Result;
use crate::interrupt::{Interrupt, ROWS_PER_LOOK};

/// Number of bins of equal width that the probabilities are divided into.
const BINS: usize = 10;

/// Reliability of probabilities: the rows in ten bins of equal width, without the empty ones. An upper edge belongs to
/// its bin.
///
/// With two labels, the probabilities are those of the positive one. With more classes, they are those of the predicted
/// class, and the observed fraction is the accuracy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalibrationCurve {
    /// Mean probability of the rows of each bin, ascending.
    pub mean_probability: Vec<f64>,
    /// Fraction of the rows of each bin for which the predicted event is true.
    pub observed_fraction: Vec<f64>,
    /// Weight of the rows of each bin.
    pub weight: Vec<f64>,
    /// Mean absolute difference of probability and observed fraction over the bins, weighted by their rows (Naeini,
    /// Cooper & Hauskrecht 2015).
    pub expected_calibration_error: f64,
}

impl CalibrationCurve {
    /// Computes the curve of rows with a probability and an event that is true or false.
    pub(super) fn new(
        rows: usize,
        weight: impl Fn(usize) -> f64,
        probability: impl Fn(usize) -> f64,
        event: impl Fn(usize) -> bool,
        interrupt: Interrupt<'_>,
    ) -> Result<Self> {
        let mut bins = [[0.0; 3]; BINS];
        for i in 0..rows {
            if i % ROWS_PER_LOOK == 0 {
                interrupt.check()?;
            }
            let (w, p) = (weight(i), probability(i));
            // Edges as multiples of a tenth, as other programs round them.
            let bin = (1..BINS).filter(|&edge| edge as f64 / (BINS as f64) < p).count();
            let [weight, probabilities, events] = &mut bins[bin];
            *weight += w;
            *probabilities += w * p;
            *events += if event(i) { w } else { 0.0 };
        }
        let used: Vec<_> = bins.into_iter().filter(|bin| bin[0] > 0.0).collect();
        let total: f64 = used.iter().map(|bin| bin[0]).sum();
        let differences = used.iter().map(|[_, probabilities, events]| (probabilities - events).abs());
        Ok(Self {
            mean_probability: used.iter().map(|[weight, sum, _]| sum / weight).collect(),
            observed_fraction: used.iter().map(|[weight, _, sum]| sum / weight).collect(),
            weight: used.iter().map(|bin| bin[0]).collect(),
            expected_calibration_error: differences.sum::<f64>() / total,
        })
    }
}
