//! Charts of the curves of a classifier and of the residuals of a regression.

use thalweg_learn::metrics::{CalibrationCurve, Diagnostics, PrecisionRecallCurve, ResidualSummary, RocCurve};
use thalweg_plot::{Axis, Chart, Orientation, ReferenceLine, Series};

use crate::report::format::format_significant;

/// Style of the curve.
const CURVE: usize = 0;

/// Style of the line that the curve is compared with.
const COMPARED: usize = 6;

/// Returns the charts of these diagnostics of a target.
pub(super) fn charts(diagnostics: &Diagnostics, target: &str) -> Vec<Chart> {
    let Diagnostics { roc, precision_recall, calibration, residuals } = diagnostics;
    let curves = [roc.as_ref().map(roc_chart), precision_recall.as_ref().map(precision_chart)];
    let calibration = calibration.as_ref().map(calibration_chart);
    let residuals = residuals.iter().flat_map(|residuals| residual_charts(residuals, target));
    curves.into_iter().flatten().chain(calibration).chain(residuals).collect()
}

fn roc_chart(curve: &RocCurve) -> Chart {
    unit_chart(
        ["ROC curve", "at every threshold of the prediction"],
        ["false positive rate", "true positive rate"],
        vec![
            Series::line("model", points(&curve.false_positive_rate, &curve.true_positive_rate), CURVE),
            diagonal("chance"),
        ],
    )
}

fn precision_chart(curve: &PrecisionRecallCurve) -> Chart {
    unit_chart(
        ["Precision and recall", "at every threshold of the prediction"],
        ["recall", "precision"],
        vec![Series::line("", points(&curve.recall, &curve.precision), CURVE)],
    )
}

fn calibration_chart(curve: &CalibrationCurve) -> Chart {
    let note = format!("expected calibration error {}", format_significant(curve.expected_calibration_error));
    let observed = points(&curve.mean_probability, &curve.observed_fraction);
    unit_chart(
        ["Calibration", &note],
        ["predicted probability", "observed fraction"],
        vec![Series::line("model", observed, CURVE).dots(), diagonal("exact")],
    )
}

fn residual_charts(residuals: &ResidualSummary, target: &str) -> [Chart; 2] {
    let ResidualSummary { mean, standard_deviation, level, quantile, bins } = residuals;
    let [mean, deviation] = [mean, standard_deviation].map(|number| format_significant(*number));
    let predicted = &bins.mean_predicted;
    let exact = points(predicted, predicted);
    let agreement = Chart {
        title: "Observed against predicted".into(),
        note: "means of rows with similar predictions".into(),
        x: Axis::linear(format!("predicted {target}")),
        y: Axis::linear(format!("observed {target}")),
        series: vec![
            Series::line("model", points(predicted, &bins.mean_observed), CURVE).dots(),
            Series::line("exact", exact, COMPARED),
        ],
        ..Chart::default()
    };
    let zero = ReferenceLine { orientation: Orientation::Horizontal, value: 0.0, label: String::new() };
    let distribution = Chart {
        title: "Residuals".into(),
        note: format!("mean {mean}, standard deviation {deviation}"),
        x: Axis::linear("fraction of the rows").range(0.0, 1.0),
        y: Axis::linear("observed − predicted, at most"),
        series: vec![Series::line("", points(level, quantile), CURVE).dots()],
        reference_lines: vec![zero],
    };
    [agreement, distribution]
}

/// Returns a chart whose axes are fractions.
fn unit_chart([title, note]: [&str; 2], [x, y]: [&str; 2], series: Vec<Series>) -> Chart {
    let axis = |label: &str| Axis::linear(label).range(0.0, 1.0);
    let (title, note) = (title.to_owned(), note.to_owned());
    Chart { title, note, x: axis(x), y: axis(y), series, ..Chart::default() }
}

fn diagonal(name: &str) -> Series {
    Series::line(name, vec![[0.0, 0.0], [1.0, 1.0]], COMPARED)
}

fn points(x: &[f64], y: &[f64]) -> Vec<[f64; 2]> {
    x.iter().zip(y).map(|(&x, &y)| [x, y]).collect()
}
