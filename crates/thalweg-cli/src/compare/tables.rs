//! The tables of a report, as cells.

use thalweg_compare::{ComparisonReport, MethodResult, Protocol, ProtocolResult, Quartiles, TargetResult};

use crate::report::format::{format_ratio, format_short_duration, format_significant, group_digits, pluralize};
use crate::report::text_table::Grid;

/// How a protocol chooses, in words.
pub(super) fn chosen(report: &ComparisonReport, protocol: Protocol) -> String {
    match protocol {
        Protocol::Defaults => "defaults: each method as it is, nothing tuned".into(),
        Protocol::LearningRate => "rate: each method at its best rate, from a grid of three to a decade".into(),
        Protocol::Tuned => {
            let trials = pluralize(report.header.trials, "trial");
            format!("tuned: rate and other numbers of each method by {trials}")
        }
    }
}

/// What was measured, and from where gaps count.
pub(super) fn ground(report: &ComparisonReport) -> Vec<String> {
    let header = &report.header;
    let seeds = |seeds: &[u64]| match (seeds.first(), seeds.last()) {
        (Some(first), Some(last)) if first != last => format!("seeds {first}–{last}"),
        (Some(one), _) => format!("seed {one}"),
        _ => "no seed".into(),
    };
    let tunes = header.protocols.iter().any(|protocol| *protocol != Protocol::Defaults);
    let budget = if header.function.is_some() { pluralize(header.steps, "step") } else { header.budget.clone() };
    let mut lines = vec![
        format!("{}; a run is {budget}", header.benchmark),
        format!(
            "gap: {} above {}, {}",
            header.metric,
            format_significant(report.reference_value),
            report.reference_source
        ),
        if tunes {
            format!(
                "settings chosen on {}, reported on {}; the same starts and batches for all",
                seeds(&header.tuning_seeds),
                seeds(&header.report_seeds)
            )
        } else {
            format!("reported on {}; the same starts and batches for all", seeds(&header.report_seeds))
        },
    ];
    if header.function.is_none() {
        lines.push("seeds change the order of the batches; the rows held out are the same".into());
    }
    if header.schedule != "constant" {
        lines.push(format!("schedule {} for all", header.schedule));
    }
    lines
}

/// Steps to each target.
pub(super) fn steps(report: &ComparisonReport, table: &ProtocolResult) -> Grid {
    let mut grid = Grid::new(&["method", "rate", &report.header.metric, "[quartiles]"]);
    grid.head.extend(shares(table));
    grid.head.push("× the best [95 %]".into());
    let over = format!(">{}", group_digits(report.header.steps));
    for (place, standing) in table.methods.iter().enumerate() {
        let band = standing.value;
        let mut row = vec![
            standing.method.clone(),
            rate(standing.lr),
            format_significant(band.median),
            format!("[{}, {}]", format_significant(band.low), format_significant(band.high)),
        ];
        row.extend(standing.targets.iter().map(|target| count(target.steps.median, &over)));
        row.push(if place == 0 { "1".into() } else { by_best(standing) });
        grid.rows.push(row);
    }
    grid
}

/// Evaluations or seconds to each target.
pub(super) fn cost(
    report: &ComparisonReport,
    table: &ProtocolResult,
    what: &str,
    of: fn(&TargetResult) -> Quartiles,
) -> Grid {
    let mut grid = Grid::new(&[what]);
    grid.head.extend(shares(table));
    let whole = what == "evaluations";
    for standing in &table.methods {
        let mut row = vec![standing.method.clone()];
        row.extend(standing.targets.iter().map(|target| {
            let median = of(target).median;
            match (whole, median.is_finite()) {
                (_, false) => format!(">{}", if whole { group_digits(report.header.steps) } else { "budget".into() }),
                (true, true) => count(median, ""),
                (false, true) => format_short_duration(median),
            }
        }));
        grid.rows.push(row);
    }
    grid
}

fn shares(table: &ProtocolResult) -> impl Iterator<Item = String> {
    let targets = table.methods.first().map(|standing| standing.targets.as_slice()).unwrap_or_default();
    targets.iter().map(|target| format!("{:.0e}", target.gap_fraction))
}

/// Whether a step takes one evaluation for every method.
pub(super) fn one_each(table: &ProtocolResult) -> bool {
    let targets = table.methods.iter().flat_map(|standing| &standing.targets);
    targets
        .filter(|target| target.steps.median.is_finite())
        .all(|target| (target.evaluations.median - target.steps.median).abs() <= 1.0)
}

/// The settings in full, where they are more than a rate.
pub(super) fn settings(table: &ProtocolResult) -> Option<String> {
    let more = table.protocol == Protocol::Tuned;
    let settings: Vec<&str> = table.methods.iter().map(|standing| standing.setting.as_str()).collect();
    more.then(|| format!("settings: {}", settings.join("; ")))
}

/// A rate as it would be typed.
pub(super) fn rate(lr: f64) -> String {
    if (1e-4..1e5).contains(&lr) { format!("{lr}") } else { format!("{lr:e}") }
}

fn count(value: f64, over: &str) -> String {
    if value.is_finite() { group_digits(value.round() as u64) } else { over.into() }
}

/// 1.52 [1.21, 1.90], or that it cannot be told.
fn by_best(standing: &MethodResult) -> String {
    let Some(ratio) = standing.ratio_to_best else { return String::new() };
    let apart = if ratio.significant { "" } else { " ≈" };
    if ratio.low.is_nan() {
        return format_ratio(ratio.ratio);
    }
    if !ratio.ratio.is_finite() && !ratio.low.is_finite() {
        return "∞".into();
    }
    format!("{} [{}, {}]{apart}", format_ratio(ratio.ratio), format_ratio(ratio.low), format_ratio(ratio.high))
}
