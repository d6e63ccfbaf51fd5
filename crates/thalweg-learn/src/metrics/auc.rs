//! Area under the ROC curve.

use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::sort::sort_until;

/// Returns the area under the ROC curve from ranks; tied pairs count half (Mann & Whitney 1947). NaN for a single
/// label.
pub(super) fn auc(
    scores: &[f64],
    target: &[f64],
    weight: &impl Fn(usize) -> f64,
    interrupt: Interrupt<'_>,
) -> Result<f64> {
    let ascending = |a: &ScoredRow, b: &ScoredRow| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    let order = sort_until(scores.iter().copied().zip(0..).collect(), ascending, interrupt)?;
    let weight_of = |rows: &[ScoredRow], label: bool| {
        interrupt.sum_rows(rows.len(), |at| {
            let (_, i) = rows[at];
            if (target[i] > 0.5) == label { weight(i) } else { 0.0 }
        })
    };
    let (positives, negatives) = (weight_of(&order, true)?, weight_of(&order, false)?);
    let (mut negatives_below, mut wins) = (0.0, 0.0);
    for tied in order.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let (tied_positives, tied_negatives) = (weight_of(tied, true)?, weight_of(tied, false)?);
        wins += tied_positives * (negatives_below + tied_negatives / 2.0);
        negatives_below += tied_negatives;
    }
    Ok(wins / (positives * negatives))
}

/// Score and index of a row.
type ScoredRow = (f64, usize);
