//! The charts of a comparison: progress, sensitivity to the learning rate, steps to a target.

use thalweg_compare::{ComparisonReport, MethodResult, ProtocolResult, Quartiles};
use thalweg_plot::{Axis, Bar, BarChart, Chart, Series};
use thalweg_problems::ProblemInstance;

use crate::picture::gap_label;
use crate::report::format::group_digits;

/// Target of the bar chart if no target is reached by most runs.
const FALLBACK_TARGET: f64 = 0.1;
/// The axis of a function without a lower bound ends at this multiple of the reference value.
const UNBOUNDED_AXIS_END: f64 = 1.25;

/// Returns the index of the style of a method: its position in the list of methods, so that it is the same in all
/// charts.
pub(super) fn style(report: &ComparisonReport, method: &MethodResult) -> usize {
    let position = report.header.methods.iter().position(|name| *name == method.method);
    position.expect("the header lists every method of the report")
}

/// Returns the methods in the order in which they were given, which is that of the legends.
pub(super) fn in_given_order<'a>(report: &ComparisonReport, protocol: &'a ProtocolResult) -> Vec<&'a MethodResult> {
    let mut methods: Vec<&MethodResult> = protocol.methods.iter().collect();
    methods.sort_by_key(|method| style(report, method));
    methods
}

/// The vertical axis of values: the gap on a logarithmic scale down to the tightest target, or, for a function without
/// a lower bound, the value itself.
pub(super) struct ValueAxis {
    base: f64,
    floor: f64,
    axis: Axis,
}

impl ValueAxis {
    pub(super) fn new(report: &ComparisonReport, instance: Option<&ProblemInstance>) -> Self {
        let (metric, reference) = (&report.header.metric, report.reference_value);
        if instance.is_some_and(ProblemInstance::is_unbounded_below) {
            return Self { base: 0.0, floor: UNBOUNDED_AXIS_END * reference, axis: Axis::linear(metric.clone()) };
        }
        let methods = report.results.iter().flat_map(|protocol| &protocol.methods);
        let starts = methods.filter_map(|method| method.curve.first());
        let gap = starts.map(|(_, value)| value.median - reference).fold(0.0, f64::max);
        let tightest = report.header.targets().last().copied().unwrap_or(0.0);
        let axis = Axis::log(gap_label(metric, reference));
        Self { base: reference, floor: (tightest * gap).max(f64::MIN_POSITIVE), axis }
    }

    fn position(&self, value: f64) -> f64 {
        (value - self.base).max(self.floor)
    }

    fn positions(&self, x: f64, quartiles: &Quartiles) -> [f64; 3] {
        [x, self.position(quartiles.low), self.position(quartiles.high)]
    }
}

/// Returns the chart of the remaining gap over the steps, with quartiles.
pub(super) fn progress(report: &ComparisonReport, protocol: &ProtocolResult, axis: &ValueAxis) -> Chart {
    let series = in_given_order(report, protocol).into_iter().map(|method| {
        let points = method.curve.iter().filter(|(step, _)| *step > 0);
        let line = points.clone().map(|(step, value)| [*step as f64, axis.position(value.median)]).collect();
        let band = points.map(|(step, value)| axis.positions(*step as f64, value)).collect();
        Series::line(method.method.clone(), line, style(report, method)).band(band)
    });
    Chart {
        title: "Progress".into(),
        note: "median and quartiles over the seeds".into(),
        x: Axis::log("step"),
        y: axis.axis.clone(),
        series: series.collect(),
        ..Chart::default()
    }
}

/// Returns the chart of the final gap over the learning rate, if any method was tuned.
pub(super) fn sensitivity(report: &ComparisonReport, protocol: &ProtocolResult, axis: &ValueAxis) -> Option<Chart> {
    if protocol.methods.iter().all(|method| method.lr_points.len() <= 1) {
        return None;
    }
    let series = in_given_order(report, protocol).into_iter().map(|method| {
        let line = method.lr_points.iter().map(|point| [point.lr, axis.position(point.lowest_value.median)]).collect();
        let finite = method.lr_points.iter().filter(|point| has_finite_quartiles(&point.lowest_value));
        let band = finite.map(|point| axis.positions(point.lr, &point.lowest_value)).collect();
        Series::line(method.method.clone(), line, style(report, method)).band(band).dots()
    });
    Some(Chart {
        title: "Sensitivity to the learning rate".into(),
        note: "final values of the tuning runs".into(),
        x: Axis::log("learning rate"),
        y: axis.axis.clone(),
        series: series.collect(),
        ..Chart::default()
    })
}

fn has_finite_quartiles(quartiles: &Quartiles) -> bool {
    quartiles.low.is_finite() && quartiles.high.is_finite()
}

/// Returns the bar chart of the steps to the headline target, best method first.
pub(super) fn steps_to_target(report: &ComparisonReport, protocol: &ProtocolResult) -> BarChart {
    let gap_fraction = protocol.headline_target.unwrap_or(FALLBACK_TARGET);
    let bars = protocol.methods.iter().map(|method| {
        let target = method.targets.iter().find(|target| target.gap_fraction.to_bits() == gap_fraction.to_bits());
        let steps = target.map(|target| target.steps).filter(|steps| steps.median.is_finite());
        Bar {
            label: method.method.clone(),
            value: steps.map(|steps| steps.median),
            interval: steps.filter(has_finite_quartiles).map(|steps| [steps.low, steps.high]),
            value_label: match steps {
                Some(steps) => group_digits(steps.median.round() as u64),
                None => format!(">{}", group_digits(report.header.steps)),
            },
            style: style(report, method),
        }
    });
    BarChart {
        title: format!("Steps to {gap_fraction:.0e} of the initial gap"),
        note: "median and quartiles; hatched: not reached within the budget".into(),
        x: Axis::linear("steps"),
        bars: bars.collect(),
    }
}
