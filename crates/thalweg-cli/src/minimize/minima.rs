//! The minima that the runs of `--starts` ended at, as text and as a table.

use thalweg::CriticalPointKind;

use super::multistart::{Minimum, MultistartResult};
use super::report::{SHOWN, SHOWN_EIGENVALUES};
use crate::report::format::{format_precise, format_significant, pluralize};
use crate::report::text_table::Grid;

pub(super) fn text(starts: &MultistartResult, maximize: bool) -> String {
    let count = starts.minima.len();
    let mut out = format!(
        "\n{} from {}\n{:>8}  {:>16}  at\n",
        counted(starts, maximize),
        pluralize(starts.runs, "start"),
        "runs",
        "f"
    );
    for minimum in starts.minima.iter().take(SHOWN) {
        out += &format!("{:>8}  {:>16}  {}\n", minimum.runs, format_precise(minimum.value), at(minimum));
    }
    if count > SHOWN {
        out += &format!("{:>8}  and {} more (--format json)\n", "", count - SHOWN);
    }
    out + &rest(starts).map(|(runs, what)| format!("{runs:>8}  {what}\n")).collect::<String>()
}

/// The same for a page.
pub(super) fn grid(starts: &MultistartResult) -> Grid {
    let mut grid = Grid::new(&["at", "f", "runs"]);
    let row = |minimum: &Minimum| vec![at(minimum), format_precise(minimum.value), minimum.runs.to_string()];
    grid.rows = starts.minima.iter().map(row).collect();
    grid.rows.extend(rest(starts).map(|(runs, what)| vec![what.into(), String::new(), runs.to_string()]));
    grid
}

/// 4 minima, 1 maximum.
pub(super) fn counted(starts: &MultistartResult, maximize: bool) -> String {
    let count = starts.minima.len();
    let what = match (maximize, count) {
        (false, 1) => "minimum",
        (false, _) => "minima",
        (true, 1) => "maximum",
        (true, _) => "maxima",
    };
    format!("{count} {what}")
}

fn at(minimum: &Minimum) -> String {
    let at: Vec<_> = minimum.x.iter().take(SHOWN_EIGENVALUES).map(|x| format_significant(*x)).collect();
    let more = if minimum.x.len() > SHOWN_EIGENVALUES { ", …" } else { "" };
    let kind = if minimum.kind == CriticalPointKind::Degenerate { ", degenerate" } else { "" };
    format!("({}{more}){kind}", at.join(", "))
}

/// The runs that ended at none.
fn rest(starts: &MultistartResult) -> impl Iterator<Item = (u64, &'static str)> {
    let rest = [
        (starts.unfinished, "not at a critical point yet (more --steps, or another rate)"),
        (starts.interrupted, "interrupted"),
        (starts.saddles, "at a saddle (--perturb leaves them)"),
        (starts.diverged, "diverged (a smaller rate)"),
    ];
    rest.into_iter().filter(|rest| rest.0 > 0)
}
