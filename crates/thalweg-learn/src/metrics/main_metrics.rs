//! The metrics that have intervals.

use super::Metrics;

/// Metric that has an interval.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MainMetric {
    /// Name, as in [`Metrics`].
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    /// Smallest and largest possible value.
    pub(super) range: [f64; 2],
}

impl Metrics {
    /// Returns the metrics that have intervals.
    pub(crate) fn main(&self) -> Vec<MainMetric> {
        let at_least_0 = |name, value| MainMetric { name, value, range: [0.0, f64::INFINITY] };
        let fraction = |name, value| MainMetric { name, value, range: [0.0, 1.0] };
        match *self {
            Self::Regression { loss, rmse, r2, mae, .. } => {
                let r2 = MainMetric { name: "r2", value: r2, range: [f64::NEG_INFINITY, 1.0] };
                vec![at_least_0("loss", loss), at_least_0("rmse", rmse), r2, at_least_0("mae", mae)]
            }
            Self::Binary { loss, accuracy, auc, average_precision, balanced_accuracy, brier_score, .. } => {
                let mut metrics = vec![
                    at_least_0("loss", loss),
                    fraction("accuracy", accuracy),
                    fraction("auc", auc),
                    fraction("average_precision", average_precision),
                    fraction("balanced_accuracy", balanced_accuracy),
                ];
                metrics.extend(brier_score.map(|brier_score| fraction("brier_score", brier_score)));
                metrics
            }
            Self::Multiclass { loss, accuracy, macro_f1, balanced_accuracy, .. } => vec![
                at_least_0("loss", loss),
                fraction("accuracy", accuracy),
                fraction("macro_f1", macro_f1),
                fraction("balanced_accuracy", balanced_accuracy),
            ],
        }
    }
}
