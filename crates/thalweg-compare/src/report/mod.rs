//! The report: a function of the header and the runs, and of nothing else.

mod bootstrap;
mod verdict;
mod warnings;

pub use bootstrap::MedianRatio;

use serde::Serialize;

use crate::benchmark::EndReason;
use crate::run::{ComparisonHeader, Phase, Protocol, Run};
use crate::score::{first_at_target, gap_fraction, is_better, lowest, median, quantile, steps_to_target};

/// Median and quartiles over the runs. Infinite, in JSON `null`, where so many runs missed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quartiles {
    /// A quarter of the runs lies below.
    pub low: f64,
    /// Half of them.
    pub median: f64,
    /// Three quarters of them.
    pub high: f64,
}

impl Quartiles {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.collect();
        let [low, median, high] = [0.25, 0.5, 0.75].map(|q| quantile(&values, q));
        Self { low, median, high }
    }
}

/// What it took to reach a target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TargetResult {
    /// The share of the first gap that is left.
    #[serde(rename = "share")]
    pub gap_fraction: f64,
    /// How many runs reached it.
    pub reached: u64,
    /// Steps; a miss counts as infinitely many.
    pub steps: Quartiles,
    /// Evaluations of the gradient.
    pub evaluations: Quartiles,
    /// Seconds.
    pub seconds: Quartiles,
}

/// What the tuning runs at one rate came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LrPoint {
    /// The learning rate.
    pub lr: f64,
    /// The lowest value; infinite where the run diverged.
    pub value: Quartiles,
    /// How many runs diverged.
    pub diverged: u64,
}

/// One method in one protocol.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MethodResult {
    /// The method as it was asked for.
    pub method: String,
    /// The setting that was chosen.
    pub setting: String,
    /// Its learning rate.
    pub lr: f64,
    /// Settings that were tried.
    pub trials: u64,
    /// Runs reported.
    pub runs: u64,
    /// Those of them that diverged.
    pub diverged: u64,
    /// The lowest value.
    pub value: Quartiles,
    /// The share of the first gap that is left.
    #[serde(rename = "share")]
    pub gap_fraction: Quartiles,
    /// What it took to reach each target.
    pub targets: Vec<TargetResult>,
    /// What the headline took, by what it took the best; `None` for the best itself.
    #[serde(rename = "by_best")]
    pub ratio_to_best: Option<MedianRatio>,
    /// The lowest value so far against steps.
    #[serde(skip)]
    pub curve: Vec<(u64, Quartiles)>,
    /// The lowest value against the rate.
    #[serde(rename = "rates")]
    pub lr_points: Vec<LrPoint>,
}

/// One protocol: the methods, best first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProtocolResult {
    /// The protocol.
    pub protocol: Protocol,
    /// What it found, in a sentence or two.
    pub verdict: String,
    /// What methods are compared by: steps to the tightest target that some method reaches in three of four runs. `None`
    /// where there is none: then by the gap that is left.
    #[serde(rename = "headline")]
    pub headline_target: Option<f64>,
    /// Best first.
    #[serde(rename = "standings")]
    pub methods: Vec<MethodResult>,
}

/// What a comparison came to. Its JSON form is stable: keys may be added, not renamed.
#[derive(Clone, Debug, Serialize)]
pub struct ComparisonReport {
    /// What all runs share.
    #[serde(flatten)]
    pub header: ComparisonHeader,
    /// The lowest value, from which gaps are measured.
    #[serde(rename = "lowest")]
    pub reference_value: f64,
    /// How that is known.
    #[serde(rename = "lowest_from")]
    pub reference_source: String,
    /// Whether all runs are there; not after an interruption.
    pub complete: bool,
    /// The protocols in order.
    #[serde(rename = "tables")]
    pub results: Vec<ProtocolResult>,
    /// Where the answer is weak.
    pub warnings: Vec<String>,
}

impl ComparisonReport {
    /// The report of these runs.
    pub fn new(header: &ComparisonHeader, runs: &[Run]) -> Self {
        let (lowest, reference_source) = header.reference.clone().unwrap_or_else(|| lowest_reached(header, runs));
        let table = |&protocol: &Protocol| {
            let groups = header.methods.iter().filter_map(|method| Group::of(header, runs, protocol, method));
            table(header, groups.collect(), protocol, lowest)
        };
        let results: Vec<ProtocolResult> =
            header.protocols.iter().map(table).filter(|table| !table.methods.is_empty()).collect();
        let whole = |table: &ProtocolResult| {
            let all = |result: &MethodResult| result.runs == header.report_seeds.len() as u64;
            table.methods.len() == header.methods.len() && table.methods.iter().all(all)
        };
        let complete = results.len() == header.protocols.len() && results.iter().all(whole);
        let warnings = warnings::of(header, &results, complete);
        Self { header: header.clone(), reference_value: lowest, reference_source, complete, results, warnings }
    }
}

/// The runs of one method in one protocol: those of the chosen setting for the report, and all for choosing it.
struct Group<'a> {
    method: &'a str,
    report: Vec<&'a Run>,
    tune: Vec<&'a Run>,
}

impl<'a> Group<'a> {
    /// `None` where nothing was reported.
    fn of(header: &ComparisonHeader, runs: &'a [Run], protocol: Protocol, method: &'a str) -> Option<Self> {
        let mine = |run: &&Run| run.protocol == protocol && run.method == method;
        let phase = |phase: Phase| runs.iter().filter(mine).filter(move |run| run.phase == phase);
        let mut report: Vec<&Run> = phase(Phase::Report).collect();
        report.sort_by_key(|run| run.seed);
        report.dedup_by_key(|run| run.seed);
        report.retain(|run| header.report_seeds.contains(&run.seed));
        (!report.is_empty()).then(|| Self { method, report, tune: phase(Phase::Tune).collect() })
    }
}

/// The lowest value of all runs that are reported.
fn lowest_reached(header: &ComparisonHeader, runs: &[Run]) -> (f64, String) {
    let mut found = (f64::INFINITY, "no run ended at a finite value".to_owned());
    for run in runs.iter().filter(|run| run.phase == Phase::Report && header.methods.contains(&run.method)) {
        if lowest(run) < found.0 {
            let from = format!("the lowest that a run reached: {}, protocol {}", run.method, run.protocol.name());
            found = (lowest(run), from);
        }
    }
    found
}

/// What methods are compared by: the tightest target that some method reaches in three of four runs.
fn headline_target(header: &ComparisonHeader, groups: &[Group<'_>], lowest: f64) -> Option<f64> {
    let often = |group: &Group<'_>, gap_fraction: f64| {
        let reached = group.report.iter().filter(|run| first_at_target(run, lowest, gap_fraction).is_some()).count();
        4 * reached >= 3 * group.report.len()
    };
    let moved = groups.iter().flat_map(|group| &group.report).any(|run| run.curve.initial() > run.curve.lowest());
    header
        .targets()
        .iter()
        .rev()
        .copied()
        .find(|&gap_fraction| moved && groups.iter().any(|group| often(group, gap_fraction)))
}

fn table(header: &ComparisonHeader, mut groups: Vec<Group<'_>>, protocol: Protocol, lowest: f64) -> ProtocolResult {
    let tightest = header.targets()[header.targets().len() - 1];
    let headline_target = headline_target(header, &groups, lowest);
    let left = |run: &Run| gap_fraction(run, lowest, tightest);
    let cost = |run: &Run| {
        headline_target.map_or_else(|| left(run), |gap_fraction| steps_to_target(run, lowest, gap_fraction))
    };
    let of = |group: &Group<'_>, of: &dyn Fn(&Run) -> f64| {
        median(&group.report.iter().map(|run| of(run)).collect::<Vec<_>>())
    };
    // A stable sort: equals stay in the order that was asked for.
    groups.sort_by(|a, b| {
        let [a, b] = [a, b].map(|group| [of(group, &cost), of(group, &left)]);
        if is_better(a, b) { std::cmp::Ordering::Less } else { is_better(b, a).cmp(&false) }
    });
    let mut results: Vec<MethodResult> = groups.iter().map(|group| result(header, group, lowest)).collect();
    if let Some((best, others)) = groups.split_first() {
        for (result, group) in results.iter_mut().skip(1).zip(others) {
            let pairs = group.report.iter().filter_map(|run| {
                let same = best.report.iter().find(|other| other.seed == run.seed)?;
                Some([run, same].map(|run| [cost(run), left(run)]))
            });
            result.ratio_to_best = Some(MedianRatio::of(&pairs.collect::<Vec<_>>()));
        }
    }
    let verdict = verdict::of(&results, headline_target, header);
    ProtocolResult { protocol, verdict, headline_target, methods: results }
}

fn result(header: &ComparisonHeader, group: &Group<'_>, reference: f64) -> MethodResult {
    let (runs, tightest) = (&group.report, header.targets()[header.targets().len() - 1]);
    let reached = |&gap_fraction: &f64| {
        let samples: Vec<_> = runs.iter().map(|run| first_at_target(run, reference, gap_fraction)).collect();
        let band = |of: fn(&crate::CurvePoint) -> f64| {
            Quartiles::of(samples.iter().map(|sample| sample.map_or(f64::INFINITY, of)))
        };
        TargetResult {
            gap_fraction,
            reached: samples.iter().flatten().count() as u64,
            steps: band(|sample| sample.step as f64),
            evaluations: band(|sample| sample.evaluations as f64),
            seconds: band(|sample| sample.seconds),
        }
    };
    let diverged = |runs: &[&Run]| runs.iter().filter(|run| run.end_reason == EndReason::Diverged).count() as u64;
    let rates = rates(&group.tune);
    let mut settings: Vec<&str> = group.tune.iter().map(|run| run.setting.as_str()).collect();
    settings.sort_unstable();
    settings.dedup();
    MethodResult {
        method: group.method.into(),
        setting: runs[0].setting.clone(),
        lr: runs[0].lr,
        trials: settings.len().max(1) as u64,
        runs: runs.len() as u64,
        diverged: diverged(runs),
        value: Quartiles::of(runs.iter().map(|run| lowest(run))),
        gap_fraction: Quartiles::of(runs.iter().map(|run| gap_fraction(run, reference, tightest))),
        targets: header.targets().iter().map(reached).collect(),
        ratio_to_best: None,
        curve: curve(runs, header.steps),
        lr_points: rates,
    }
}

/// The lowest value at steps that are spread evenly in the logarithm.
fn curve(runs: &[&Run], steps: u64) -> Vec<(u64, Quartiles)> {
    // Where values are known now and then only, as once an epoch, there is nothing to show between.
    let first = runs.iter().filter_map(|run| run.curve.samples.get(1)).map(|sample| sample.step).min().unwrap_or(0);
    let mut places: Vec<u64> = vec![0];
    let mut place = 1.0_f64;
    while place <= steps as f64 {
        places.push(place as u64);
        place = (place * 1.04).max(place + 1.0);
    }
    places.push(steps);
    places.dedup();
    places.retain(|place| *place == 0 || *place >= first);
    let at = |&step: &u64| (step, Quartiles::of(runs.iter().filter_map(|run| run.curve.at(step))));
    places.iter().map(at).collect()
}

/// The lowest value against the rate, over the tuning runs.
fn rates(runs: &[&Run]) -> Vec<LrPoint> {
    let mut rates: Vec<f64> = runs.iter().map(|run| run.lr).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    let point = |&lr: &f64| {
        let at: Vec<&&Run> = runs.iter().filter(|run| run.lr.to_bits() == lr.to_bits()).collect();
        let end_reason = |run: &&&Run| run.end_reason == EndReason::Diverged;
        let diverged = at.iter().filter(|run| end_reason(run)).count() as u64;
        LrPoint { lr, value: Quartiles::of(at.iter().map(|run| lowest(run))), diverged }
    };
    rates.iter().map(point).collect()
}

/// Whether the rate that was chosen is the smallest or largest that was tried.
fn at_edge(result: &MethodResult) -> bool {
    let ends = [result.lr_points.first(), result.lr_points.last()];
    result.lr_points.len() > 1 && ends.into_iter().flatten().any(|point| point.lr.to_bits() == result.lr.to_bits())
}
