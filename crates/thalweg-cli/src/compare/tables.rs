//! The contents of a report: titles, settings, and tables of formatted cells.

use thalweg_compare::{ComparisonReport, MethodResult, Protocol, ProtocolResult};

use crate::report::escape::display_sentence;
use crate::report::format::{format_ratio, format_short_duration, format_significant, group_digits, pluralize};
use crate::report::text_table::TextTable;

pub(super) const STEPS_TITLE: &str =
    "steps until this fraction of the initial gap is left (medians; ≈: not significantly different from the best)";
pub(super) const EVALUATIONS_TITLE: &str = "gradient evaluations until then";
pub(super) const SECONDS_TITLE: &str = "seconds until then";

/// Returns the title of a protocol with its way of selecting settings.
pub(super) fn protocol_title(report: &ComparisonReport, protocol: Protocol) -> String {
    match protocol {
        Protocol::Defaults => "defaults: each method as given, without tuning".into(),
        Protocol::LearningRate => {
            "rate: each method at its best learning rate, from a grid of three values per decade".into()
        }
        Protocol::Tuned => {
            let trials = pluralize(report.header.trials, "trial");
            format!("tuned: all hyperparameters of each method selected by {trials}")
        }
    }
}

/// Describes the benchmark, the gap and the seeds, one line each.
pub(super) fn setting_lines(report: &ComparisonReport) -> Vec<String> {
    let header = &report.header;
    let is_tuned = header.protocols.iter().any(|protocol| *protocol != Protocol::Defaults);
    let budget = if header.function.is_some() { pluralize(header.steps, "step") } else { header.budget.clone() };
    let reference = format_significant(report.reference_value);
    let reported = format_seeds(&header.report_seeds);
    let mut lines = vec![
        format!("{}; budget per run: {budget}", header.benchmark),
        format!("gap: {} above {reference}, {}", header.metric, report.reference_source),
        if is_tuned {
            let selected = format_seeds(&header.tuning_seeds);
            format!("settings selected on {selected}, reported on {reported}; same starts and batches for all methods")
        } else {
            format!("reported on {reported}; same starts and batches for all methods")
        },
    ];
    if header.function.is_none() {
        lines.push("seeds change the order of the batches; the validation rows are the same".into());
    }
    if header.schedule != "constant" {
        lines.push(format!("schedule of all methods: {}", header.schedule));
    }
    lines.iter().map(|line| display_sentence(line)).collect()
}

fn format_seeds(seeds: &[u64]) -> String {
    match seeds {
        [] => "no seed".into(),
        [seed] => format!("seed {seed}"),
        [first, .., last] => format!("seeds {first}–{last}"),
    }
}

/// Returns the table of the steps to each target.
pub(super) fn steps(report: &ComparisonReport, protocol: &ProtocolResult) -> TextTable {
    let mut table = TextTable::new(&["method", "lr", &report.header.metric, "[quartiles]"]);
    table.header.extend(target_labels(protocol));
    table.header.push("× best [95 %]".into());
    for (index, method) in protocol.methods.iter().enumerate() {
        let value = method.lowest_value;
        let mut row = vec![
            method.method.clone(),
            format_lr(method.lr),
            format_significant(value.median),
            format!("[{}, {}]", format_significant(value.low), format_significant(value.high)),
        ];
        row.extend(method.targets.iter().map(|target| format_count(target.steps.median, report.header.steps)));
        row.push(if index == 0 { "1".into() } else { format_ratio_to_best(method) });
        table.rows.push(row);
    }
    table
}

/// Returns the table of the gradient evaluations to each target.
pub(super) fn evaluations(report: &ComparisonReport, protocol: &ProtocolResult) -> TextTable {
    let mut table = TextTable::new(&["evaluations"]);
    table.header.extend(target_labels(protocol));
    for method in &protocol.methods {
        let counts = method.targets.iter().map(|target| format_count(target.evaluations.median, report.header.steps));
        table.rows.push(std::iter::once(method.method.clone()).chain(counts).collect());
    }
    table
}

/// Returns the table of the time to each target.
pub(super) fn seconds(protocol: &ProtocolResult) -> TextTable {
    let mut table = TextTable::new(&["seconds"]);
    table.header.extend(target_labels(protocol));
    for method in &protocol.methods {
        let times = method.targets.iter().map(|target| match target.seconds.median {
            seconds if seconds.is_finite() => format_short_duration(seconds),
            _ => ">budget".into(),
        });
        table.rows.push(std::iter::once(method.method.clone()).chain(times).collect());
    }
    table
}

fn target_labels(protocol: &ProtocolResult) -> impl Iterator<Item = String> {
    let targets = protocol.methods.first().map(|method| method.targets.as_slice()).unwrap_or_default();
    targets.iter().map(|target| format!("{:.0e}", target.gap_fraction))
}

/// Returns `true` if every method needs one gradient evaluation per step.
pub(super) fn has_one_evaluation_per_step(protocol: &ProtocolResult) -> bool {
    let targets = protocol.methods.iter().flat_map(|method| &method.targets);
    targets
        .filter(|target| target.steps.median.is_finite())
        .all(|target| (target.evaluations.median - target.steps.median).abs() <= 1.0)
}

/// Returns the selected settings of all methods where they are more than a learning rate.
pub(super) fn settings(protocol: &ProtocolResult) -> Option<String> {
    let settings: Vec<&str> = protocol.methods.iter().map(|method| method.setting.as_str()).collect();
    (protocol.protocol == Protocol::Tuned).then(|| format!("settings: {}", settings.join("; ")))
}

fn format_lr(lr: f64) -> String {
    if (1e-4..1e5).contains(&lr) { format!("{lr}") } else { format!("{lr:e}") }
}

/// Formats a count; an infinite one, for a target that was not reached, as more than the budget.
fn format_count(value: f64, budget: u64) -> String {
    if value.is_finite() { group_digits(value.round() as u64) } else { format!(">{}", group_digits(budget)) }
}

/// Formats the ratio to the best method with its confidence interval, marked by ≈ where it is not significant.
fn format_ratio_to_best(method: &MethodResult) -> String {
    let Some(ratio) = method.ratio_to_best else { return String::new() };
    if ratio.low.is_nan() {
        return format_ratio(ratio.ratio);
    }
    if !ratio.ratio.is_finite() && !ratio.low.is_finite() {
        return "∞".into();
    }
    let mark = if ratio.significant { "" } else { " ≈" };
    format!("{} [{}, {}]{mark}", format_ratio(ratio.ratio), format_ratio(ratio.low), format_ratio(ratio.high))
}
