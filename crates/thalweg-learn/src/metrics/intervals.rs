//! Metrics with bootstrap intervals.

use serde::Serialize;

/// Main metrics of a model, of the best constant prediction, and their differences, with intervals of the bootstrap of
/// rows (Efron 1979).
///
/// The rows are drawn with replacement, as many as there are, and both predictions are measured on the same draws. A
/// weight that is a number of repetitions stands for this number of rows; other weights stay with their rows. The ends
/// of an interval are the percentiles 2.5 and 97.5. Draws in which a metric is not defined, such as an area under the
/// ROC curve of one label, are skipped.
///
/// Of more than 2,048 rows nothing is drawn: the interval is ±1.96 standard errors of the infinitesimal jackknife
/// (Jaeckel 1972), which the bootstrap approaches with the number of rows, within the range of the metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricIntervals {
    /// Probability that an interval contains the metric of the population: 0.95.
    pub confidence: f64,
    /// Number of draws; 0 for intervals by standard errors.
    pub resamples: usize,
    /// Metrics in the order of [`Metrics`](super::Metrics).
    pub metrics: Vec<MetricInterval>,
}

/// Intervals of one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricInterval {
    /// Name of the metric, as in [`Metrics`](super::Metrics).
    pub metric: String,
    /// Metric of the model.
    pub model: Estimate,
    /// Metric of the best constant prediction.
    pub baseline: Estimate,
    /// Metric of the model minus that of the constant. If the interval contains 0, the difference may be chance.
    pub difference: Estimate,
}

/// Value with a 95 % interval, whose ends are NaN (in JSON `null`) for fewer than three rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Value on the rows as they are.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl MetricIntervals {
    /// Returns the intervals of a metric.
    pub fn get(&self, metric: &str) -> Option<&MetricInterval> {
        self.metrics.iter().find(|interval| interval.metric == metric)
    }
}
