//! Results of one protocol.

use std::cmp::Ordering;

use serde::Serialize;
use thalweg::statistics::median;

use super::method::{MethodResult, MethodRuns};
use super::significance::{Cost, MedianRatio, PairedCost};
use super::verdict::verdict;
use crate::run::{ComparisonHeader, Protocol, Run};
use crate::score::{Score, first_at_target, gap_fraction, steps_to_target};

/// Results of one protocol, best method first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProtocolResult {
    /// Protocol of these results.
    pub protocol: Protocol,
    /// Summary in one to three sentences.
    pub verdict: String,
    /// Target by whose steps methods are ordered: the tightest one that some method reaches in three of four runs.
    /// `None` if there is none; then the remaining gap orders the methods.
    #[serde(rename = "headline")]
    pub headline_target: Option<f64>,
    /// Results of the methods, best first.
    #[serde(rename = "standings")]
    pub methods: Vec<MethodResult>,
}

impl ProtocolResult {
    pub(super) fn new(header: &ComparisonHeader, runs: &[Run], protocol: Protocol, reference: f64) -> Self {
        let methods = header.methods.iter();
        let groups: Vec<MethodRuns<'_>> =
            methods.filter_map(|method| MethodRuns::select(header, runs, protocol, method)).collect();
        let ranking = Ranking {
            reference,
            headline_target: headline_target(header, &groups, reference),
            tightest: header.tightest_target(),
        };
        let (headline_target, methods) = (ranking.headline_target, ranking.results(header, groups));
        Self { protocol, verdict: verdict(&methods, headline_target, header), headline_target, methods }
    }
}

/// Order of the methods of a protocol.
struct Ranking {
    reference: f64,
    headline_target: Option<f64>,
    tightest: f64,
}

impl Ranking {
    fn cost(&self, run: &Run) -> Cost {
        let gap_fraction = gap_fraction(run, self.reference, self.tightest);
        let steps = |target| steps_to_target(run, self.reference, target);
        Cost { headline: self.headline_target.map_or(gap_fraction, steps), gap_fraction }
    }

    fn score(&self, group: &MethodRuns<'_>) -> Score {
        let costs = || group.report.iter().map(|run| self.cost(run));
        Score {
            primary: median(&costs().map(|cost| cost.headline).collect::<Vec<_>>()),
            tie_breaker: median(&costs().map(|cost| cost.gap_fraction).collect::<Vec<_>>()),
        }
    }

    fn results(&self, header: &ComparisonHeader, mut groups: Vec<MethodRuns<'_>>) -> Vec<MethodResult> {
        // The sort is stable: equal methods keep the order in which they were given.
        groups.sort_by(|a, b| {
            let [a, b] = [a, b].map(|group| self.score(group));
            match (a.is_better_than(b), b.is_better_than(a)) {
                (true, _) => Ordering::Less,
                (_, true) => Ordering::Greater,
                _ => Ordering::Equal,
            }
        });
        let mut results: Vec<MethodResult> = groups.iter().map(|group| group.result(header, self.reference)).collect();
        if let Some((best, others)) = groups.split_first() {
            for (result, group) in results.iter_mut().skip(1).zip(others) {
                result.ratio_to_best = Some(MedianRatio::new(&self.paired_costs(group, best)));
            }
        }
        results
    }

    /// Returns the costs of a method and of the best one on the seeds that both have.
    fn paired_costs(&self, group: &MethodRuns<'_>, best: &MethodRuns<'_>) -> Vec<PairedCost> {
        let pair = |run: &&Run| {
            let of_best = best.report.iter().find(|other| other.seed == run.seed)?;
            Some(PairedCost { method: self.cost(run), best: self.cost(of_best) })
        };
        group.report.iter().filter_map(pair).collect()
    }
}

/// Returns the tightest target that some method reaches in three of four runs.
fn headline_target(header: &ComparisonHeader, groups: &[MethodRuns<'_>], reference: f64) -> Option<f64> {
    let improved = groups.iter().flat_map(|group| &group.report).any(|run| run.curve.initial() > run.curve.lowest());
    let is_reached = |group: &MethodRuns<'_>, target: f64| {
        let reached = group.report.iter().filter(|run| first_at_target(run, reference, target).is_some()).count();
        4 * reached >= 3 * group.report.len()
    };
    let targets = header.targets().iter().rev().copied();
    targets.filter(|_| improved).find(|&target| groups.iter().any(|group| is_reached(group, target)))
}
