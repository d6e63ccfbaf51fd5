//! The report: a function of the header and the runs, and of nothing else.

mod bootstrap;
mod verdict;
mod warnings;

pub use bootstrap::Ratio;

use serde::Serialize;

use crate::arena::Ended;
use crate::run::{Header, Phase, Protocol, Run};
use crate::score::{better, lowest, median, quantile, reaches, share, steps_to};

/// Median and quartiles over the runs. Infinite, in JSON `null`, where so many runs missed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Band {
    /// A quarter of the runs lies below.
    pub low: f64,
    /// Half of them.
    pub median: f64,
    /// Three quarters of them.
    pub high: f64,
}

impl Band {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.collect();
        let [low, median, high] = [0.25, 0.5, 0.75].map(|q| quantile(&values, q));
        Self { low, median, high }
    }
}

/// What it took to reach a target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reached {
    /// The share of the first gap that is left.
    pub share: f64,
    /// How many runs reached it.
    pub reached: u64,
    /// Steps; a miss counts as infinitely many.
    pub steps: Band,
    /// Evaluations of the gradient.
    pub evaluations: Band,
    /// Seconds.
    pub seconds: Band,
}

/// What the tuning runs at one rate came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RatePoint {
    /// The learning rate.
    pub lr: f64,
    /// The lowest value; infinite where the run diverged.
    pub value: Band,
    /// How many runs diverged.
    pub diverged: u64,
}

/// One method in one protocol.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
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
    pub value: Band,
    /// The share of the first gap that is left.
    pub share: Band,
    /// What it took to reach each target.
    pub targets: Vec<Reached>,
    /// What the headline took, by what it took the best; `None` for the best itself.
    pub by_best: Option<Ratio>,
    /// The lowest value so far against steps.
    #[serde(skip)]
    pub curve: Vec<(u64, Band)>,
    /// The lowest value against the rate.
    pub rates: Vec<RatePoint>,
}

/// One protocol: the methods, best first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// The protocol.
    pub protocol: Protocol,
    /// What it found, in a sentence or two.
    pub verdict: String,
    /// What methods are compared by: steps to the tightest target that some method reaches in three of four runs. `None`
    /// where there is none: then by the gap that is left.
    pub headline: Option<f64>,
    /// Best first.
    pub standings: Vec<Standing>,
}

/// What a comparison came to. Its JSON form is stable: keys may be added, not renamed.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What all runs share.
    #[serde(flatten)]
    pub header: Header,
    /// The lowest value, from which gaps are measured.
    pub lowest: f64,
    /// How that is known.
    pub lowest_from: String,
    /// Whether all runs are there; not after an interruption.
    pub complete: bool,
    /// The protocols in order.
    pub tables: Vec<Table>,
    /// Where the answer is weak.
    pub warnings: Vec<String>,
}

impl Report {
    /// The report of these runs.
    pub fn of(header: &Header, runs: &[Run]) -> Self {
        let (lowest, lowest_from) = header.reference.clone().unwrap_or_else(|| lowest_reached(header, runs));
        let table = |&protocol: &Protocol| {
            let groups = header.methods.iter().filter_map(|method| Group::of(header, runs, protocol, method));
            table(header, groups.collect(), protocol, lowest)
        };
        let tables: Vec<Table> =
            header.protocols.iter().map(table).filter(|table| !table.standings.is_empty()).collect();
        let whole = |table: &Table| {
            let all = |standing: &Standing| standing.runs == header.report_seeds.len() as u64;
            table.standings.len() == header.methods.len() && table.standings.iter().all(all)
        };
        let complete = tables.len() == header.protocols.len() && tables.iter().all(whole);
        let warnings = warnings::of(header, &tables, complete);
        Self { header: header.clone(), lowest, lowest_from, complete, tables, warnings }
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
    fn of(header: &Header, runs: &'a [Run], protocol: Protocol, method: &'a str) -> Option<Self> {
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
fn lowest_reached(header: &Header, runs: &[Run]) -> (f64, String) {
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
fn headline(header: &Header, groups: &[Group<'_>], lowest: f64) -> Option<f64> {
    let often = |group: &Group<'_>, share: f64| {
        let reached = group.report.iter().filter(|run| reaches(run, lowest, share).is_some()).count();
        4 * reached >= 3 * group.report.len()
    };
    let moved = groups.iter().flat_map(|group| &group.report).any(|run| run.curve.initial() > run.curve.lowest());
    header.targets().iter().rev().copied().find(|&share| moved && groups.iter().any(|group| often(group, share)))
}

fn table(header: &Header, mut groups: Vec<Group<'_>>, protocol: Protocol, lowest: f64) -> Table {
    let tightest = header.targets()[header.targets().len() - 1];
    let headline = headline(header, &groups, lowest);
    let left = |run: &Run| share(run, lowest, tightest);
    let cost = |run: &Run| headline.map_or_else(|| left(run), |share| steps_to(run, lowest, share));
    let of = |group: &Group<'_>, of: &dyn Fn(&Run) -> f64| {
        median(&group.report.iter().map(|run| of(run)).collect::<Vec<_>>())
    };
    // A stable sort: equals stay in the order that was asked for.
    groups.sort_by(|a, b| {
        let [a, b] = [a, b].map(|group| [of(group, &cost), of(group, &left)]);
        if better(a, b) { std::cmp::Ordering::Less } else { better(b, a).cmp(&false) }
    });
    let mut standings: Vec<Standing> = groups.iter().map(|group| standing(header, group, lowest)).collect();
    if let Some((best, others)) = groups.split_first() {
        for (standing, group) in standings.iter_mut().skip(1).zip(others) {
            let pairs = group.report.iter().filter_map(|run| {
                let same = best.report.iter().find(|other| other.seed == run.seed)?;
                Some([run, same].map(|run| [cost(run), left(run)]))
            });
            standing.by_best = Some(Ratio::of(&pairs.collect::<Vec<_>>()));
        }
    }
    let verdict = verdict::of(&standings, headline, header);
    Table { protocol, verdict, headline, standings }
}

fn standing(header: &Header, group: &Group<'_>, reference: f64) -> Standing {
    let (runs, tightest) = (&group.report, header.targets()[header.targets().len() - 1]);
    let reached = |&share: &f64| {
        let samples: Vec<_> = runs.iter().map(|run| reaches(run, reference, share)).collect();
        let band =
            |of: fn(&crate::Sample) -> f64| Band::of(samples.iter().map(|sample| sample.map_or(f64::INFINITY, of)));
        Reached {
            share,
            reached: samples.iter().flatten().count() as u64,
            steps: band(|sample| sample.step as f64),
            evaluations: band(|sample| sample.evaluations as f64),
            seconds: band(|sample| sample.seconds),
        }
    };
    let diverged = |runs: &[&Run]| runs.iter().filter(|run| run.ended == Ended::Diverged).count() as u64;
    let rates = rates(&group.tune);
    let mut settings: Vec<&str> = group.tune.iter().map(|run| run.setting.as_str()).collect();
    settings.sort_unstable();
    settings.dedup();
    Standing {
        method: group.method.into(),
        setting: runs[0].setting.clone(),
        lr: runs[0].lr,
        trials: settings.len().max(1) as u64,
        runs: runs.len() as u64,
        diverged: diverged(runs),
        value: Band::of(runs.iter().map(|run| lowest(run))),
        share: Band::of(runs.iter().map(|run| share(run, reference, tightest))),
        targets: header.targets().iter().map(reached).collect(),
        by_best: None,
        curve: curve(runs, header.steps),
        rates,
    }
}

/// The lowest value at steps that are spread evenly in the logarithm.
fn curve(runs: &[&Run], steps: u64) -> Vec<(u64, Band)> {
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
    let at = |&step: &u64| (step, Band::of(runs.iter().filter_map(|run| run.curve.at(step))));
    places.iter().map(at).collect()
}

/// The lowest value against the rate, over the tuning runs.
fn rates(runs: &[&Run]) -> Vec<RatePoint> {
    let mut rates: Vec<f64> = runs.iter().map(|run| run.lr).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    let point = |&lr: &f64| {
        let at: Vec<&&Run> = runs.iter().filter(|run| run.lr.to_bits() == lr.to_bits()).collect();
        let ended = |run: &&&Run| run.ended == Ended::Diverged;
        let diverged = at.iter().filter(|run| ended(run)).count() as u64;
        RatePoint { lr, value: Band::of(at.iter().map(|run| lowest(run))), diverged }
    };
    rates.iter().map(point).collect()
}

/// Whether the rate that was chosen is the smallest or largest that was tried.
fn at_edge(standing: &Standing) -> bool {
    let ends = [standing.rates.first(), standing.rates.last()];
    standing.rates.len() > 1 && ends.into_iter().flatten().any(|point| point.lr.to_bits() == standing.lr.to_bits())
}
