//! Metrics of the order of scores.

use crate::error::Result;
use crate::interrupt::{Interrupt, ROWS_PER_LOOK};
use crate::sort::sort_until;

/// Score, index and label of a row as one integer, by which rows are sorted: comparisons of one integer are fastest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RankedRow(u128);

impl RankedRow {
    fn new(score: f64, row: usize, is_positive: bool) -> Self {
        // Integers in the order of `f64::total_cmp`, of which the sum makes −0 and 0 equal.
        let bits = (score + 0.0).to_bits();
        let ordered = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
        Self(u128::from(ordered) << 64 | u128::from((row as u64) << 1 | u64::from(is_positive)))
    }

    fn ordered_score(self) -> u64 {
        (self.0 >> 64) as u64
    }

    /// Score of the row.
    pub(super) fn score(self) -> f64 {
        let ordered = self.ordered_score();
        f64::from_bits(if ordered >> 63 == 1 { ordered & !(1 << 63) } else { !ordered })
    }

    /// Index of the row.
    pub(super) fn row(self) -> usize {
        (self.0 as u64 >> 1) as usize
    }

    /// Returns `true` if the label of the row is the positive one.
    pub(super) fn is_positive(self) -> bool {
        self.0 & 1 == 1
    }
}

/// Rows of two labels in the order of their scores.
#[derive(Debug)]
pub(crate) struct Ranking {
    /// Rows by ascending score.
    order: Vec<RankedRow>,
}

/// Rows of equal scores.
#[derive(Clone, Copy, Debug)]
pub(super) struct TiedRows<'r> {
    pub(super) rows: &'r [RankedRow],
    /// Weight of their positive labels.
    pub(super) positives: f64,
    /// Weight of their negative labels.
    pub(super) negatives: f64,
}

impl Ranking {
    /// Sorts rows by their scores; `target` has the labels 0 and 1.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(crate) fn new(scores: &[f64], target: &[f64], interrupt: Interrupt<'_>) -> Result<Self> {
        let rows = scores.iter().zip(target).enumerate();
        let rows = rows.map(|(row, (score, target))| RankedRow::new(*score, row, *target > 0.5));
        Ok(Self { order: sort_until(rows.collect(), Ord::cmp, interrupt)? })
    }

    /// Calls `visit` with the rows of each score, the lowest first.
    pub(super) fn ascending(
        &self,
        weight: impl Fn(usize) -> f64,
        interrupt: Interrupt<'_>,
        visit: impl FnMut(TiedRows<'_>),
    ) -> Result<()> {
        visit_ties(self.order.chunk_by(is_tied), weight, interrupt, visit)
    }

    /// Calls `visit` with the rows of each score, the highest first.
    pub(super) fn descending(
        &self,
        weight: impl Fn(usize) -> f64,
        interrupt: Interrupt<'_>,
        visit: impl FnMut(TiedRows<'_>),
    ) -> Result<()> {
        visit_ties(self.order.chunk_by(is_tied).rev(), weight, interrupt, visit)
    }

    /// Returns the area under the ROC curve from ranks; tied pairs count half (Mann & Whitney 1947). NaN for a single
    /// label.
    pub(crate) fn auc(&self, weight: impl Fn(usize) -> f64, interrupt: Interrupt<'_>) -> Result<f64> {
        let (mut negatives_below, mut wins) = (0.0, 0.0);
        let (mut all_positives, mut all_negatives) = (0.0, 0.0);
        for rows in self.order.chunks(ROWS_PER_LOOK) {
            interrupt.check()?;
            for row in rows {
                *(if row.is_positive() { &mut all_positives } else { &mut all_negatives }) += weight(row.row());
            }
        }
        self.ascending(weight, interrupt, |TiedRows { positives, negatives, .. }| {
            wins += positives * (negatives_below + negatives / 2.0);
            negatives_below += negatives;
        })?;
        Ok(wins / (all_positives * all_negatives))
    }

    /// Returns Σ (Rₖ − Rₖ₋₁)·Pₖ over the scores in descending order, for the recall R and the precision P of
    /// predicting the positive label from this score on. NaN without positive labels.
    pub(super) fn average_precision(&self, weight: impl Fn(usize) -> f64, interrupt: Interrupt<'_>) -> Result<f64> {
        let (mut true_positives, mut predicted, mut sum) = (0.0, 0.0, 0.0);
        self.descending(weight, interrupt, |TiedRows { positives, negatives, .. }| {
            true_positives += positives;
            predicted += positives + negatives;
            if positives > 0.0 {
                sum += positives * (true_positives / predicted);
            }
        })?;
        Ok(sum / true_positives)
    }
}

/// Calls `visit` with the rows of each score, in the order of `ties`.
#[inline]
fn visit_ties<'r>(
    ties: impl Iterator<Item = &'r [RankedRow]>,
    weight: impl Fn(usize) -> f64,
    interrupt: Interrupt<'_>,
    mut visit: impl FnMut(TiedRows<'r>),
) -> Result<()> {
    let mut since_look = 0;
    for rows in ties {
        let (mut positives, mut negatives) = (0.0, 0.0);
        for part in rows.chunks(ROWS_PER_LOOK) {
            since_look += part.len();
            if since_look > ROWS_PER_LOOK {
                interrupt.check()?;
                since_look = 0;
            }
            for row in part {
                let sum = if row.is_positive() { &mut positives } else { &mut negatives };
                *sum += weight(row.row());
            }
        }
        visit(TiedRows { rows, positives, negatives });
    }
    Ok(())
}

fn is_tied(a: &RankedRow, b: &RankedRow) -> bool {
    a.ordered_score() == b.ordered_score()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranked_rows_have_the_order_of_their_scores_and_keep_them() {
        let scores = [f64::NEG_INFINITY, -1e300, -2.5, -1e-310, 0.0, 5e-324, 1.0, 1.0, f64::INFINITY, f64::NAN];
        let rows: Vec<_> =
            scores.iter().zip(0..).map(|(score, row)| RankedRow::new(*score, row, row % 3 == 0)).collect();
        assert!(rows.is_sorted());
        for ((score, ranked), row) in scores.iter().zip(&rows).zip(0..) {
            assert_eq!(ranked.score().to_bits(), score.to_bits());
            assert_eq!((ranked.row(), ranked.is_positive()), (row, row % 3 == 0));
        }
        assert!(is_tied(&RankedRow::new(-0.0, 7, true), &rows[4]) && !is_tied(&rows[4], &rows[5]));
    }
}
