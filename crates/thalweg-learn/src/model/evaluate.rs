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

/// Returns the scores of rows as [`Model::scores`].
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
pub(crate) fn scores_until<M: Model>(
    model: &M,
    rows: &Rows,
    parameters: &[M::F],
    interrupt: Interrupt<'_>,
) -> Result<Vec<f64>> {
    // Only the features of a row count in models whose other features have no gradient.
    let is_sparse = model.restrict(&[], &mut Vec::new()).is_some();
    let features = if is_sparse { rows.numbers_in_a_row() } else { rows.features };
    let row_work = parameters.len() / rows.features.max(1) * features.max(1);
    let chunk = (MAX_CHUNK_WORK / row_work.max(1)).max(1);
    if rows.len() <= chunk {
        return interrupt.check().map(|()| model.scores(rows, parameters));
    }
    let mut scores = Vec::with_capacity(rows.len() * model.outputs());
    let indices: Vec<u32> = (0..rows.len() as u32).collect();
    for indices in indices.chunks(chunk) {
        interrupt.check()?;
        scores.extend(model.scores(&rows.pick(indices), parameters));
    }
    Ok(scores)
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
