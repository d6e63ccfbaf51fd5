//! Results of one method.

use serde::Serialize;
use thalweg::statistics::quantile;

use super::significance::MedianRatio;
use crate::benchmark::EndReason;
use crate::curve::CurvePoint;
use crate::run::{ComparisonHeader, Phase, Protocol, Run};
use crate::score::{first_at_target, gap_fraction, lowest};

/// Median and quartiles over runs. Infinite (in JSON `null`) if that many runs missed a target or diverged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quartiles {
    /// Lower quartile: 25 % of the runs are below.
    pub low: f64,
    /// Median: half of the runs are below.
    pub median: f64,
    /// Upper quartile: 75 % of the runs are below.
    pub high: f64,
}

impl Quartiles {
    fn new(values: impl Iterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.collect();
        let [low, median, high] = [0.25, 0.5, 0.75].map(|q| quantile(&values, q));
        Self { low, median, high }
    }
}

/// Cost of reaching one target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TargetResult {
    /// Target: remaining fraction of the initial gap.
    #[serde(rename = "share")]
    pub gap_fraction: f64,
    /// Number of runs that reached the target.
    pub reached: u64,
    /// Steps to the target; infinite for a run that missed it.
    pub steps: Quartiles,
    /// Gradient evaluations to the target.
    pub evaluations: Quartiles,
    /// Seconds to the target.
    pub seconds: Quartiles,
}

/// Results of the tuning runs at one learning rate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LrPoint {
    /// Learning rate of these runs.
    pub lr: f64,
    /// Lowest value of a run; infinite if the run diverged.
    #[serde(rename = "value")]
    pub lowest_value: Quartiles,
    /// Number of runs that diverged.
    pub diverged: u64,
}

/// Results of one method in one protocol.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MethodResult {
    /// Method as given by the user.
    pub method: String,
    /// Chosen setting, as a spec that can be parsed.
    pub setting: String,
    /// Learning rate of the chosen setting.
    pub lr: f64,
    /// Number of settings tried.
    pub trials: u64,
    /// Number of reported runs.
    pub runs: u64,
    /// Number of reported runs that diverged.
    pub diverged: u64,
    /// Lowest value of a run.
    #[serde(rename = "value")]
    pub lowest_value: Quartiles,
    /// Remaining fraction of the initial gap.
    #[serde(rename = "share")]
    pub gap_fraction: Quartiles,
    /// Cost of each target, loosest target first.
    pub targets: Vec<TargetResult>,
    /// Cost to the headline target relative to the best method; `None` for the best method itself.
    #[serde(rename = "by_best")]
    pub ratio_to_best: Option<MedianRatio>,
    /// Lowest value so far against steps.
    #[serde(skip)]
    pub curve: Vec<(u64, Quartiles)>,
    /// Lowest value against the learning rate, over the tuning runs.
    #[serde(rename = "rates")]
    pub lr_points: Vec<LrPoint>,
    /// Reported run of the first report seed. [`ComparisonHeader::replay`] returns its path.
    #[serde(skip)]
    pub first_run: Run,
}

impl MethodResult {
    /// Returns `true` if the chosen learning rate is the smallest or the largest that was tried.
    pub(super) fn lr_is_at_edge(&self) -> bool {
        let edges = [self.lr_points.first(), self.lr_points.last()];
        self.lr_points.len() > 1 && edges.into_iter().flatten().any(|point| point.lr.to_bits() == self.lr.to_bits())
    }

    /// Returns `true` if some run went below the lowest start.
    pub(super) fn improves(&self) -> bool {
        self.curve.first().is_none_or(|(_, start)| self.lowest_value.low < start.low)
    }
}

/// The runs of one method in one protocol.
pub(super) struct MethodRuns<'a> {
    method: &'a str,
    /// Runs of the chosen setting, one for each report seed; never empty.
    pub(super) report: Vec<&'a Run>,
    /// Runs for choosing the setting.
    tune: Vec<&'a Run>,
}

impl<'a> MethodRuns<'a> {
    /// Selects the runs of a method; `None` if none is reported.
    pub(super) fn select(
        header: &ComparisonHeader,
        runs: &'a [Run],
        protocol: Protocol,
        method: &'a str,
    ) -> Option<Self> {
        let of_phase = |phase: Phase| {
            runs.iter().filter(move |run| run.protocol == protocol && run.method == method && run.phase == phase)
        };
        let mut report: Vec<&Run> = of_phase(Phase::Report).collect();
        report.sort_by_key(|run| run.seed);
        report.dedup_by_key(|run| run.seed);
        report.retain(|run| header.report_seeds.contains(&run.seed));
        (!report.is_empty()).then(|| Self { method, report, tune: of_phase(Phase::Tune).collect() })
    }

    pub(super) fn result(&self, header: &ComparisonHeader, reference: f64) -> MethodResult {
        let (runs, tightest) = (&self.report, header.tightest_target());
        let mut settings: Vec<&str> = self.tune.iter().map(|run| run.setting.as_str()).collect();
        settings.sort_unstable();
        settings.dedup();
        MethodResult {
            method: self.method.into(),
            setting: runs[0].setting.clone(),
            lr: runs[0].lr,
            trials: settings.len().max(1) as u64,
            runs: runs.len() as u64,
            diverged: count_diverged(runs),
            lowest_value: Quartiles::new(runs.iter().map(|run| lowest(run))),
            gap_fraction: Quartiles::new(runs.iter().map(|run| gap_fraction(run, reference, tightest))),
            targets: header.targets().iter().map(|&fraction| self.target(fraction, reference)).collect(),
            ratio_to_best: None,
            curve: curve_quartiles(runs, header.steps),
            lr_points: lr_points(&self.tune),
            first_run: runs[0].clone(),
        }
    }

    fn target(&self, fraction: f64, reference: f64) -> TargetResult {
        let points: Vec<_> = self.report.iter().map(|run| first_at_target(run, reference, fraction)).collect();
        let quartiles =
            |cost: fn(&CurvePoint) -> f64| Quartiles::new(points.iter().map(|point| point.map_or(f64::INFINITY, cost)));
        TargetResult {
            gap_fraction: fraction,
            reached: points.iter().flatten().count() as u64,
            steps: quartiles(|point| point.step as f64),
            evaluations: quartiles(|point| point.evaluations as f64),
            seconds: quartiles(|point| point.seconds),
        }
    }
}

fn count_diverged(runs: &[&Run]) -> u64 {
    runs.iter().filter(|run| run.end_reason == EndReason::Diverged).count() as u64
}

/// Smallest ratio of the steps of two neighbouring points of a curve of quartiles.
const CURVE_STEP_RATIO: f64 = 1.04;

/// Returns the lowest value so far at steps that are spaced evenly on a logarithmic axis.
fn curve_quartiles(runs: &[&Run], budget: u64) -> Vec<(u64, Quartiles)> {
    // If values are known at a few steps only, as once per epoch, there is nothing to show before the first of them.
    let first = runs.iter().filter_map(|run| run.curve.points.get(1)).map(|point| point.step).min().unwrap_or(0);
    let mut steps: Vec<u64> = vec![0];
    let mut step = 1.0_f64;
    while step <= budget as f64 {
        steps.push(step as u64);
        step = (step * CURVE_STEP_RATIO).max(step + 1.0);
    }
    steps.push(budget);
    steps.dedup();
    steps.retain(|step| *step == 0 || *step >= first);
    let at = |&step: &u64| (step, Quartiles::new(runs.iter().filter_map(|run| run.curve.value_at(step))));
    steps.iter().map(at).collect()
}

/// Returns the results of tuning runs by learning rate, in ascending order.
fn lr_points(runs: &[&Run]) -> Vec<LrPoint> {
    let mut lrs: Vec<f64> = runs.iter().map(|run| run.lr).collect();
    lrs.sort_by(f64::total_cmp);
    lrs.dedup();
    let point = |&lr: &f64| {
        let runs: Vec<&Run> = runs.iter().copied().filter(|run| run.lr.to_bits() == lr.to_bits()).collect();
        let lowest_value = Quartiles::new(runs.iter().map(|run| lowest(run)));
        LrPoint { lr, lowest_value, diverged: count_diverged(&runs) }
    };
    lrs.iter().map(point).collect()
}
