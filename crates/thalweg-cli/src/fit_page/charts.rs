//! Charts of a fit: losses, learning rate, range test, coefficients.

use thalweg_learn::FitReport;
use thalweg_learn::train::{EpochRecord, RangeTestStep};
use thalweg_plot::{Axis, AxisScale, Bar, BarChart, Chart, Orientation, ReferenceLine, Series};

use crate::report::fit_report::coefficient_name;
use crate::report::format::format_signed;

/// Ratio of the largest to the smallest value from which an axis is logarithmic.
const LOG_RATIO: f64 = 30.0;

/// Number of bars of coefficients.
const MAX_BARS: usize = 20;

/// Losses of the epochs, and what their charts say besides.
#[derive(Clone, Copy, Debug)]
pub struct TrainingCurve<'a> {
    /// Losses of the epochs.
    pub records: &'a [EpochRecord],
    /// Name of the loss.
    pub loss: &'a str,
    /// If true, the monitored loss is that of validation rows.
    pub has_validation: bool,
    /// If true, the method is a solver, which has no learning rate of its own.
    pub is_solver: bool,
    /// Epoch whose weights are kept; 0 for none.
    pub best_epoch: u64,
    /// Number of epochs.
    pub epochs: u64,
}

impl<'a> From<&'a FitReport> for TrainingCurve<'a> {
    fn from(fit: &'a FitReport) -> Self {
        Self {
            records: fit.history.records(),
            loss: fit.loss.name(),
            has_validation: fit.validation.is_some(),
            is_solver: fit.gradient_norm.is_some(),
            best_epoch: fit.best_epoch,
            epochs: fit.epochs,
        }
    }
}

/// Returns the charts of the losses and of the learning rate over the epochs; none without an epoch.
pub(super) fn training(curve: &TrainingCurve<'_>) -> Vec<Chart> {
    let TrainingCurve { records, best_epoch, .. } = *curve;
    let points = |of: fn(&EpochRecord) -> f64| -> Vec<[f64; 2]> {
        records.iter().map(|record| [record.epoch as f64, of(record)]).collect()
    };
    let (train, monitored) = (points(|record| record.train_loss), points(|record| record.monitored_loss));
    let rates = points(|record| record.lr);
    if train.is_empty() {
        return Vec::new();
    }
    let dots = |series: Series| if records.len() == 1 { series.dots() } else { series };
    let (watched, note) = if curve.has_validation {
        ("validation", "training: mean of the batches of an epoch")
    } else {
        ("objective", "objective: loss of the training rows with penalties")
    };
    let best = (best_epoch > 0 && best_epoch < curve.epochs).then(|| ReferenceLine {
        orientation: Orientation::Vertical,
        value: best_epoch as f64,
        label: format!("epoch {best_epoch} is kept"),
    });
    let losses = Chart {
        title: "Loss".into(),
        note: note.into(),
        x: Axis::linear("epoch"),
        y: axis(curve.loss, train.iter().chain(&monitored)),
        series: vec![dots(Series::line("training", train, 0)), dots(Series::line(watched, monitored, 1))],
        reference_lines: best.into_iter().collect(),
    };
    let is_shown = !curve.is_solver && rates.iter().any(|point| point[1] > 0.0);
    let rate = is_shown.then(|| Chart {
        title: "Learning rate".into(),
        note: "at the end of each epoch".into(),
        x: Axis::linear("epoch"),
        y: axis("learning rate", rates.iter()),
        series: vec![dots(Series::line("", rates.clone(), 0))],
        ..Chart::default()
    });
    std::iter::once(losses).chain(rate).collect()
}

/// Returns the chart of a learning rate range test; `None` if there was none, or if it ended at once.
pub(super) fn range_test(fit: &FitReport) -> Option<Chart> {
    let test = fit.range_test.as_ref().filter(|test| test.steps.len() > 1)?;
    let points = |of: fn(&RangeTestStep) -> f64| -> Vec<[f64; 2]> {
        test.steps.iter().map(|step| [step.lr, of(step)]).collect()
    };
    let (measured, smoothed) = (points(|step| step.loss), points(|step| step.smoothed_loss));
    let chosen = test.chosen.map(|lr| ReferenceLine {
        orientation: Orientation::Vertical,
        value: lr,
        label: format!("{lr} is chosen"),
    });
    Some(Chart {
        title: "Learning rate range test".into(),
        note: "of some training rows, before each step of a short training".into(),
        x: Axis { label: "learning rate".into(), scale: AxisScale::Log, range: None },
        y: axis(fit.loss.name(), measured.iter().chain(&smoothed)),
        series: vec![Series::line("loss", measured, 0), Series::line("smoothed", smoothed, 1)],
        reference_lines: chosen.into_iter().collect(),
    })
}

/// Returns an axis for these points, a logarithmic one if they have different magnitudes.
fn axis<'p>(label: &str, points: impl Iterator<Item = &'p [f64; 2]>) -> Axis {
    let finite = points.map(|point| point[1]).filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let scale = if low > 0.0 && high > LOG_RATIO * low { AxisScale::Log } else { AxisScale::Linear };
    Axis { label: label.into(), scale, range: None }
}

/// Returns the bars of the largest coefficients.
pub(super) fn coefficients(fit: &FitReport, unit: &str) -> BarChart {
    let bars = fit.coefficients.iter().take(MAX_BARS).map(|coefficient| Bar {
        label: coefficient_name(&coefficient.name, coefficient.class.as_ref()),
        value: Some(coefficient.weight),
        interval: None,
        value_label: format_signed(coefficient.weight),
        style: usize::from(coefficient.weight < 0.0),
    });
    BarChart {
        title: "Largest coefficients".into(),
        note: format!("by absolute value; {unit}"),
        x: Axis::linear("coefficient"),
        bars: bars.collect(),
    }
}
