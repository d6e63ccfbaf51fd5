//! Metrics of the order of scores.

use crate::error::Result;
use crate::interrupt::{Interrupt, ROWS_PER_LOOK};
use crate::sort::sort_until;

/// Score and index of a row.
type ScoredRow = (f64, usize);

/// Rows of two labels in the order of their scores.
#[derive(Debug)]
pub(crate) struct Ranking<'t> {
    /// Labels 0 and 1.
    target: &'t [f64],
    /// Rows by ascending score.
    order: Vec<ScoredRow>,
}

/// Rows of equal scores.
#[derive(Clone, Copy, Debug)]
pub(super) struct TiedRows<'r> {
    pub(super) rows: &'r [ScoredRow],
    /// Weight of their positive labels.
    pub(super) positives: f64,
    /// Weight of their negative labels.
    pub(super) negatives: f64,
}

impl<'t> Ranking<'t> {
    /// Sorts rows by their scores.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(crate) fn new(scores: &[f64], target: &'t [f64], interrupt: Interrupt<'_>) -> Result<Self> {
        let ascending = |a: &ScoredRow, b: &ScoredRow| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        // The sum makes −0 and 0 equal.
        let scores = scores.iter().map(|score| score + 0.0).zip(0..);
        Ok(Self { target, order: sort_until(scores.collect(), ascending, interrupt)? })
    }

    /// Calls `visit` with the rows of each score, the lowest first.
    pub(super) fn ascending(
        &self,
        weight: impl Fn(usize) -> f64,
        interrupt: Interrupt<'_>,
        visit: impl FnMut(TiedRows<'_>),
    ) -> Result<()> {
        self.visit(self.order.chunk_by(is_tied), weight, interrupt, visit)
    }

    /// Calls `visit` with the rows of each score, the highest first.
    pub(super) fn descending(
        &self,
        weight: impl Fn(usize) -> f64,
        interrupt: Interrupt<'_>,
        visit: impl FnMut(TiedRows<'_>),
    ) -> Result<()> {
        self.visit(self.order.chunk_by(is_tied).rev(), weight, interrupt, visit)
    }

    /// Returns `true` if the label of a row is the positive one.
    pub(super) fn is_positive(&self, row: usize) -> bool {
        self.target[row] > 0.5
    }

    #[inline]
    fn visit<'r>(
        &self,
        ties: impl Iterator<Item = &'r [ScoredRow]>,
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
                for &(_, row) in part {
                    let sum = if self.is_positive(row) { &mut positives } else { &mut negatives };
                    *sum += weight(row);
                }
            }
            visit(TiedRows { rows, positives, negatives });
        }
        Ok(())
    }

    /// Returns the area under the ROC curve from ranks; tied pairs count half (Mann & Whitney 1947). NaN for a single
    /// label.
    pub(crate) fn auc(&self, weight: impl Fn(usize) -> f64, interrupt: Interrupt<'_>) -> Result<f64> {
        let (mut negatives_below, mut wins) = (0.0, 0.0);
        let (mut all_positives, mut all_negatives) = (0.0, 0.0);
        for rows in self.order.chunks(ROWS_PER_LOOK) {
            interrupt.check()?;
            for &(_, row) in rows {
                *(if self.is_positive(row) { &mut all_positives } else { &mut all_negatives }) += weight(row);
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

fn is_tied(a: &ScoredRow, b: &ScoredRow) -> bool {
    a.0.total_cmp(&b.0).is_eq()
}
