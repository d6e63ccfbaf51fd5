//! Optimizer states in shards: a rank has the states of its shard of the parameters, and takes the steps there.
//!
//! The ranks exchange the sum of a batch slice by slice. The rank that has summed a slice has the new parameters of it
//! once it has taken the step, and these are sent to all instead of the sum: as many bytes, and each rank has a part of
//! the states, and of the work of the step. It is the first stage of `ZeRO` (Rajbhandari et al., SC 2020).

mod objective;
mod optimizer;

use std::ops::Range;

use thalweg::Real;

pub(super) use objective::ShardObjective;
pub(super) use optimizer::ShardOptimizer;

use super::config::TrainingConfig;
use super::sparse_steps::{parameter_count, probe};
use crate::data::Rows;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::model::{Model, Summand, gather_shards};
use crate::team::SumShards;

/// Number of parameters from which on their states are in shards: far more than those of small sums, which all ranks
/// receive as a whole.
const MIN_PARAMETERS: usize = 1 << 16;

/// Shards of the parameters, one for each rank.
#[derive(Debug)]
pub(super) struct Shards<'a> {
    sums: SumShards,
    interrupt: Interrupt<'a>,
}

impl<'a> Shards<'a> {
    /// Returns the shards of the ranks of `interrupt` in a training with dense steps from `start`, of which `rows` are
    /// some rows; `None` if each rank has all states.
    pub(super) fn of<M: Model>(
        (model, rows, config): (&M, &Rows, &TrainingConfig),
        start: &[M::F],
        interrupt: Interrupt<'a>,
    ) -> Result<Option<Self>> {
        let ranks = interrupt.team().ranks();
        // A start that is not finite is an error of all ranks.
        let has_shards = have_shards(model, rows, config, ranks)? && start.iter().all(|x| x.is_finite());
        Ok(has_shards.then(|| Self { sums: SumShards::new(model.layout().shards(ranks)), interrupt }))
    }

    /// Returns the shards as those of sums.
    pub(super) fn sums(&self) -> &SumShards {
        &self.sums
    }

    /// Returns the shard of this rank.
    pub(super) fn own(&self) -> Range<usize> {
        self.sums.ranges()[self.interrupt.team().rank()].clone()
    }

    /// Number of the parameters.
    fn parameters(&self) -> usize {
        self.sums.vector_len()
    }

    /// Returns `true` if the numbers of all ranks are finite. Collective.
    fn are_finite<F: Real>(&self, own: &[F]) -> bool {
        !self.interrupt.any_rank(!own.iter().all(|x| x.is_finite()))
    }

    /// Replaces the numbers of `all` in the shards of other ranks by theirs; `own` is those of this rank. Collective.
    fn gather<F: Summand>(&self, own: &[F], all: &mut [F]) {
        gather_shards(self.interrupt.team(), self.sums.ranges(), own, all);
    }
}

/// Returns `true` if this number of ranks have shards of the optimizer states in a training with dense steps.
///
/// Each parameter must have a step by itself, along a gradient that is the sum over the batch: not so with norms of
/// whole tensors. With accumulated gradients, one rank might find that the sum of finite ones is not finite.
pub(super) fn have_shards<M: Model>(model: &M, rows: &Rows, config: &TrainingConfig, ranks: usize) -> Result<bool> {
    let is_possible = ranks > 1
        && parameter_count(model) >= MIN_PARAMETERS
        && !config.local_steps.are_on()
        && config.spec.options.accumulate <= 1
        && model.leaf_rows(rows, config.batch_size.of(rows.len())).is_some();
    Ok(is_possible && probe::<M::F>(&config.spec)?.shard_unsupported().is_none())
}
