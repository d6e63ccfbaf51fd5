//! Area under the ROC curve.

use rayon::prelude::*;

use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::pool;

/// Rows that are sorted, or merged, between two looks at the interrupt: some 10 ms of one thread.
const SORTED_ROWS: usize = 1 << 17;

/// Returns the area under the ROC curve from ranks; tied pairs count half (Mann & Whitney 1947). NaN for a single
/// label.
pub(super) fn auc(
    scores: &[f64],
    target: &[f64],
    weight: &impl Fn(usize) -> f64,
    interrupt: Interrupt<'_>,
) -> Result<f64> {
    let order = sort_until(scores.iter().copied().zip(0..).collect(), interrupt)?;
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

/// Sorts rows by score, then by index: parts of the rows, then pairs of parts until one remains.
fn sort_until(mut rows: Vec<ScoredRow>, interrupt: Interrupt<'_>) -> Result<Vec<ScoredRow>> {
    let ascending = |a: &ScoredRow, b: &ScoredRow| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    let sort = |part: &mut [ScoredRow]| {
        interrupt.check()?;
        part.sort_unstable_by(ascending);
        Ok(())
    };
    pool::map(rows.par_chunks_mut(SORTED_ROWS), sort).into_iter().collect::<Result<()>>()?;
    let (mut len, mut merged) = (SORTED_ROWS, vec![(0.0, 0); rows.len()]);
    while len < rows.len() {
        let merge = |(from, to): (&[ScoredRow], &mut [ScoredRow])| {
            let (mut a, mut b) = from.split_at(len.min(from.len()));
            for to in to.chunks_mut(SORTED_ROWS) {
                interrupt.check()?;
                for to in to {
                    let take_a = match (a.first(), b.first()) {
                        (Some(x), Some(y)) => ascending(x, y).is_lt(),
                        (rest, _) => rest.is_some(),
                    };
                    let part = if take_a { &mut a } else { &mut b };
                    *to = *part.split_off_first().expect("as many rows as before");
                }
            }
            Ok(())
        };
        let pairs = rows.par_chunks(2 * len).zip(merged.par_chunks_mut(2 * len));
        pool::map(pairs, merge).into_iter().collect::<Result<()>>()?;
        (rows, merged) = (merged, rows);
        len *= 2;
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_in_parts() {
        let count = 5 * SORTED_ROWS + 17;
        let rows: Vec<ScoredRow> = (0..count).map(|i| ((i * 7919 % 1009) as f64, i)).collect();
        let mut expected = rows.clone();
        expected.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(sort_until(rows, Interrupt::NEVER).expect("nothing interrupts") == expected);
    }
}
