//! The minima found by the runs of `--starts`, as text and as a table.

use thalweg_problems::{CriticalPointKind, LocalMinimum, MultistartSummary};

use crate::report::format::{format_precise, format_significant, pluralize};
use crate::report::text_table::TextTable;

/// Number of minima in the text report.
const MAX_SHOWN_MINIMA: usize = 20;
/// Number of coordinates of a minimum.
const MAX_SHOWN_COORDINATES: usize = 6;

pub(super) fn text(starts: &MultistartSummary, maximize: bool) -> String {
    let count = starts.minima.len();
    let title = format!("{} from {}", count_text(starts, maximize), pluralize(starts.runs, "start"));
    let mut out = format!("\n{title}\n{:>8}  {:>16}  at\n", "runs", "f");
    for minimum in starts.minima.iter().take(MAX_SHOWN_MINIMA) {
        out += &format!("{:>8}  {:>16}  {}\n", minimum.runs, format_precise(minimum.value), point_text(minimum));
    }
    if count > MAX_SHOWN_MINIMA {
        out += &format!("{:>8}  and {} more (--format json)\n", "", count - MAX_SHOWN_MINIMA);
    }
    out + &other_ends(starts).map(|(runs, what)| format!("{runs:>8}  {what}\n")).collect::<String>()
}

/// Returns the same table for a page.
pub(super) fn table(starts: &MultistartSummary) -> TextTable {
    let mut table = TextTable::new(&["at", "f", "runs"]);
    let row =
        |minimum: &LocalMinimum| vec![point_text(minimum), format_precise(minimum.value), minimum.runs.to_string()];
    table.rows = starts.minima.iter().map(row).collect();
    table.rows.extend(other_ends(starts).map(|(runs, what)| vec![what.into(), String::new(), runs.to_string()]));
    table
}

/// Returns the number of minima with its noun: 4 minima, 1 maximum.
pub(super) fn count_text(starts: &MultistartSummary, maximize: bool) -> String {
    let count = starts.minima.len();
    let noun = match (maximize, count) {
        (false, 1) => "minimum",
        (false, _) => "minima",
        (true, 1) => "maximum",
        (true, _) => "maxima",
    };
    format!("{count} {noun}")
}

fn point_text(minimum: &LocalMinimum) -> String {
    let x: Vec<_> = minimum.x.iter().take(MAX_SHOWN_COORDINATES).map(|x| format_significant(*x)).collect();
    let more = if minimum.x.len() > MAX_SHOWN_COORDINATES { ", …" } else { "" };
    let kind = if minimum.kind == CriticalPointKind::Degenerate { ", degenerate" } else { "" };
    format!("({}{more}){kind}", x.join(", "))
}

/// Returns the numbers of runs that did not end at a minimum, with the reason.
fn other_ends(starts: &MultistartSummary) -> impl Iterator<Item = (u64, &'static str)> {
    let ends = [
        (starts.unfinished, "not at a critical point yet (try more --steps or another learning rate)"),
        (starts.interrupted, "interrupted"),
        (starts.saddles, "at a saddle (--perturb escapes saddles)"),
        (starts.diverged, "diverged (try a smaller learning rate)"),
    ];
    ends.into_iter().filter(|(runs, _)| *runs > 0)
}
