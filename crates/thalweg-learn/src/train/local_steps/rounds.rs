//! Loop over rounds of local steps, each of which ends with an average.

use std::ops::ControlFlow;

use thalweg::{Result, StopReason};

use super::workers::Workers;
use crate::interrupt::Interrupt;
use crate::model::Model;
use crate::train::objective::EpochLosses;
use crate::train::optimizers::{Observed, Optimizers};
use crate::train::point::StepsEnd;
use crate::train::sampler::BatchSampler;

/// Round of local steps that has ended.
#[derive(Clone, Copy)]
pub(in crate::train) struct Round {
    /// Mean loss of its batches, each worker's by its own parameters.
    pub(in crate::train) mean_loss: f64,
}

/// Lengths of the rounds of a training.
pub(in crate::train) struct Rounds {
    /// Number of batches in a round; the last one of an epoch may have fewer.
    pub(in crate::train) batches: u64,
    /// Number of batches of the epoch begun that have been taken before.
    pub(in crate::train) batches_before: u64,
    /// Number of batches that are taken in all.
    pub(in crate::train) all_batches: u64,
    /// Number of training rows.
    pub(in crate::train) epoch_rows: usize,
}

impl Rounds {
    /// Takes rounds of steps from `x` until all batches are taken, `observe` breaks, or a number is not finite.
    /// `observe` is called before the first round, and after each one.
    ///
    /// One process looks at the request to end before each step: the round is then cut short, and the workers have
    /// taken the same number of steps. Several ranks see it between two rounds.
    pub(in crate::train) fn run<M: Model>(
        &self,
        workers: &mut Workers<'_, M>,
        mut x: Vec<M::F>,
        (mut sampler, losses): (BatchSampler<'_>, &EpochLosses),
        interrupt: Interrupt<'_>,
        mut observe: impl FnMut(&mut Observed<'_, M::F>, Option<Round>) -> ControlFlow<()>,
    ) -> Result<StepsEnd<M::F>> {
        let steps_before = workers.steps();
        let (mut taken, mut batch, mut round) = (0, self.batches_before, None);
        loop {
            let evaluations = taken + 1;
            let step = workers.steps() - steps_before;
            let flow = observe(&mut Observed { step, evaluations, x: &x, optimizers: workers }, round);
            let reason = if taken == self.all_batches { StopReason::MaxEvaluations } else { StopReason::Callback };
            if flow.is_break() || taken == self.all_batches {
                return Ok(StepsEnd { parameters: x, evaluations, reason });
            }
            let (loss_before, mut rows, mut ends_epoch) = (losses.sum_before.get(), 0, false);
            loop {
                let sampled = sampler.next(|_, rows| Some(workers.rows_of_ranks(rows)))?;
                workers.evaluate(&sampled)?;
                if interrupt.is_requested() {
                    break;
                }
                (rows, ends_epoch) = (rows + sampled.indices.len(), sampled.ends_epoch);
                workers.step()?;
                sampler.prefetch();
                (taken, batch) = (taken + 1, batch + 1);
                if ends_epoch || batch.is_multiple_of(self.batches) || taken == self.all_batches {
                    break;
                }
            }
            if rows == 0 {
                round = None;
                continue;
            }
            let Some(loss) = workers.synchronize(&mut x)? else {
                return Ok(StepsEnd { parameters: x, evaluations, reason: StopReason::NotFinite });
            };
            round = Some(Round { mean_loss: (loss - loss_before) / rows as f64 });
            losses.set(loss, ends_epoch.then_some(self.epoch_rows));
            if ends_epoch {
                batch = 0;
                workers.begin_epoch();
            }
        }
    }
}
