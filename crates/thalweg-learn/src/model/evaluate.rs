//! Scores and losses of many rows, which end when the caller requests it.

use rayon::prelude::*;
use thalweg::optimizer::Isa;

use super::interface::Model;
use super::loss::Loss;
use crate::data::Rows;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::pool;

/// Multiplications between two looks at the interrupt: some 20 ms of one thread.
const MAX_CHUNK_WORK: usize = 1 << 25;

/// Rows of one parallel task.
const ROWS_PER_TASK: usize = 4096;

/// Largest number of scores that are computed at a time where there are several for each row.
pub(crate) const MAX_SCORES: usize = 1 << 18;

/// Returns the most rows whose scores are in memory at a time, of rows with this number of scores: all rows if they
/// have one, since parts are copies of rows.
pub(crate) fn most_scored_rows(outputs: usize) -> usize {
    if outputs > 1 { MAX_SCORES / outputs } else { usize::MAX }
}

/// Returns the number of multiplications that the scores of a row take, for this number of parameters.
pub(crate) fn row_work<M: Model>(model: &M, rows: &Rows, parameters: usize) -> usize {
    // Only the features of a row count in models whose other features have no gradient.
    let is_sparse = model.restrict(&[], &mut Vec::new()).is_some();
    let features = if is_sparse { rows.numbers_in_a_row() } else { rows.features };
    (parameters / rows.features.max(1)).saturating_mul(features.max(1)).max(1)
}

/// Calls `visit` with some of the rows after others, and their scores as of [`Model::scores`].
///
/// # Errors
/// The errors of `visit`; [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
pub(crate) fn score_parts<M: Model>(
    model: &M,
    rows: &Rows,
    parameters: &[M::F],
    interrupt: Interrupt<'_>,
    visit: &mut dyn FnMut(&Rows, Vec<f64>) -> Result<()>,
) -> Result<()> {
    let most = most_scored_rows(model.outputs());
    for part in rows.parts((MAX_CHUNK_WORK / row_work(model, rows, parameters.len())).min(most)) {
        interrupt.check()?;
        visit(&part, model.scores(&part, parameters))?;
    }
    Ok(())
}

/// Returns the weighted loss of each row.
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
pub(crate) fn row_losses(rows: &Rows, scores: &[f64], loss: Loss, interrupt: Interrupt<'_>) -> Result<Vec<f64>> {
    let outputs = (scores.len() / rows.len().max(1)).max(1);
    let of_task = |(task, (scores, target)): (usize, (&[f64], &[f64]))| {
        interrupt.check()?;
        let (mut values, mut derivatives) = (vec![0.0; target.len()], vec![0.0; scores.len()]);
        Isa::best().run(
            #[inline(always)]
            || loss.eval_rows(outputs, scores, target, &mut values, &mut derivatives),
        );
        values.iter_mut().enumerate().for_each(|(i, value)| *value *= rows.loss_weight(task * ROWS_PER_TASK + i));
        Ok(values)
    };
    let tasks = scores.par_chunks(ROWS_PER_TASK * outputs).zip(rows.target.par_chunks(ROWS_PER_TASK)).enumerate();
    Ok(pool::map(tasks, of_task).into_iter().collect::<Result<Vec<_>>>()?.concat())
}
