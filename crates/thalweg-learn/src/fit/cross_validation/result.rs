//! Results of a cross-validation.

use serde::Serialize;
use thalweg::statistics::mean_interval;

use crate::metrics::{Diagnostics, MetricIntervals, Metrics};

/// Quality of a fit, measured by cross-validation: each row is predicted by a model that has not seen it.
#[derive(Clone, Debug, Serialize)]
pub struct CrossValidation {
    /// Metrics of all rows, each predicted by the model that was fitted without its fold.
    pub metrics: Metrics,
    /// Metrics of the best constant predictions for the rows of the same fits.
    pub baseline: Metrics,
    /// Intervals of these metrics by the bootstrap of rows.
    pub intervals: MetricIntervals,
    /// Curves and residuals of all rows.
    pub diagnostics: Diagnostics,
    /// Metrics of each fold.
    pub folds: Vec<FoldMetrics>,
    /// Means of the metrics over the folds.
    pub means: Vec<FoldMean>,
}

/// Metrics of one fold, by the model that was fitted without it.
#[derive(Clone, Debug, Serialize)]
pub struct FoldMetrics {
    /// Number of rows of the fold.
    pub rows: usize,
    /// Metrics of the model.
    pub metrics: Metrics,
    /// Metrics of the best constant prediction for the rows that the model was fitted to.
    pub baseline: Metrics,
}

/// Means of one metric over the folds.
#[derive(Clone, Debug, Serialize)]
pub struct FoldMean {
    /// Name of the metric, as in [`Metrics`].
    pub metric: String,
    /// Metric of the model.
    pub model: MeanEstimate,
    /// Metric of the constant prediction.
    pub baseline: MeanEstimate,
    /// Metric of the model minus that of the constant.
    pub difference: MeanEstimate,
}

/// Mean with its standard error and its 95 % interval, by Student's t distribution of the values of the folds.
///
/// The fits share rows, so that their metrics vary less than those of independent samples would.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct MeanEstimate {
    /// Mean of the values.
    pub mean: f64,
    /// Standard deviation of the values, divided by the square root of their number.
    pub standard_error: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl CrossValidation {
    /// Returns the means of a metric over the folds.
    pub fn mean(&self, metric: &str) -> Option<&FoldMean> {
        self.means.iter().find(|mean| mean.metric == metric)
    }
}

impl FoldMean {
    /// Returns the means of all metrics that have intervals.
    pub(super) fn of_all(folds: &[FoldMetrics]) -> Vec<Self> {
        let names = folds.first().map(|fold| fold.metrics.main()).unwrap_or_default();
        let mean_of = |(k, name): (usize, &'static str)| {
            let values =
                |of: &dyn Fn(&FoldMetrics) -> f64| MeanEstimate::new(&folds.iter().map(of).collect::<Vec<_>>());
            let (model, baseline) =
                (|fold: &FoldMetrics| fold.metrics.main()[k].value, |fold: &FoldMetrics| fold.baseline.main()[k].value);
            Self {
                metric: name.to_owned(),
                model: values(&model),
                baseline: values(&baseline),
                difference: values(&|fold| model(fold) - baseline(fold)),
            }
        };
        names.iter().map(|metric| metric.name).enumerate().map(mean_of).collect()
    }
}

impl MeanEstimate {
    fn new(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let [low, high] = mean_interval(values);
        Self { mean, standard_error: (squares / (n - 1.0) / n).sqrt(), low, high }
    }
}
