//! Steps of a training: by an optimizer, by those of shards, or by workers.

use std::cell::RefCell;

use thalweg::minimize::Progress;
use thalweg::{Minimize, Optimizer, OptimizerSpec, Real};

use super::batch_loader::load_batches;
use super::callbacks::Callbacks;
use super::config::TrainingConfig;
use super::early_stopping::EarlyStopping;
use super::local_steps::{Round, Rounds, WorkerInterrupts, Workers, WorkersStart};
use super::objective::{EpochLosses, MiniBatchObjective};
use super::optimizers::{Observed, Optimizers};
use super::point::StepsEnd;
use super::run_parts::unwrap_objective_error;
use super::run_plan::Plan;
use super::sampler::BatchSampler;
use super::shards::{ShardObjective, ShardOptimizer, Shards};
use super::sparse_objective::SparseMiniBatchObjective;
use super::state::TrainingState;
use super::training_data::TrainingData;
use crate::error::Result;
use crate::interrupt::Agreement;
use crate::model::Model;

/// What takes the steps of a training.
enum Steps<'a, M: Model> {
    /// An optimizer of all parameters.
    Whole(Box<Optimizer<M::F>>),
    /// The optimizer of the shard of this rank.
    Shard(Box<ShardOptimizer<'a, Optimizer<M::F>>>),
    /// Workers with an optimizer each.
    Workers(Workers<'a, M>),
}

/// Takes the steps of a training.
pub(super) struct Stepper<'a, M: Model> {
    model: &'a M,
    data: &'a TrainingData<'a>,
    config: &'a TrainingConfig,
    plan: Plan,
    interrupts: WorkerInterrupts<'a>,
    /// Reason why the steps are dense; `None` if they are sparse.
    pub(super) dense_reason: Option<String>,
    steps: Steps<'a, M>,
}

impl<'a, M: Model> Stepper<'a, M> {
    /// Creates the optimizers for steps from `parameters`, and continues from a state if there is one. The optimizer is
    /// that of a shard if there are shards.
    pub(super) fn new(
        (model, data, config): (&'a M, &'a TrainingData<'a>, &'a TrainingConfig),
        plan: Plan,
        (parameters, state): (&[M::F], Option<&TrainingState<M::F>>),
        (dense_reason, shards): (Option<String>, Option<&'a Shards<'a>>),
        interrupts: WorkerInterrupts<'a>,
    ) -> Result<Self> {
        let (layout, spec) = (model.layout(), |worker| optimizer_spec(config, (plan.schedule_batches, worker)));
        let expected = layout.tensors.iter().map(|tensor| tensor.len).sum();
        thalweg::Error::length(&"the start", expected, parameters.len())?;
        let steps = if config.local_steps.are_on() {
            let start = WorkersStart { parameters, state };
            let new_optimizer = |worker| Ok(Optimizer::new(spec(worker)?, layout.clone())?);
            let steps = (dense_reason.is_none(), interrupts);
            Steps::Workers(Workers::new(model, data, config, start, steps, new_optimizer)?)
        } else if let Some(shards) = shards {
            let mut optimizer = Optimizer::for_shard(spec(0)?, layout.clone(), shards.own())?;
            if let Some(state) = state {
                optimizer.load_state(&state.optimizer.shard(&layout, shards.own())?)?;
            }
            Steps::Shard(Box::new(ShardOptimizer { optimizer, shards }))
        } else {
            let mut optimizer = Optimizer::new(spec(0)?, layout)?;
            if let Some(state) = state {
                optimizer.load_state(&state.optimizer)?;
            }
            Steps::Whole(Box::new(optimizer))
        };
        Ok(Self { model, data, config, plan, interrupts, dense_reason, steps })
    }

    /// Creates the optimizer of all parameters before its first step.
    pub(super) fn new_optimizer(&self) -> Result<Optimizer<M::F>> {
        let spec = optimizer_spec(self.config, (self.plan.schedule_batches, 0))?;
        Ok(Optimizer::new(spec, self.model.layout())?)
    }

    /// Returns the optimizers that take the steps.
    pub(super) fn optimizers(&self) -> &dyn Optimizers<M::F> {
        match &self.steps {
            Steps::Whole(optimizer) => &**optimizer,
            Steps::Shard(optimizer) => &**optimizer,
            Steps::Workers(workers) => workers,
        }
    }

    /// Takes steps from `parameters` until all batches are taken, the training ends, or a number is not finite.
    pub(super) fn take_steps(
        &mut self,
        parameters: Vec<M::F>,
        losses: &EpochLosses,
        early_stopping: &mut EarlyStopping<'_, M>,
        callbacks: &mut Callbacks<'_>,
    ) -> Result<StepsEnd<M::F>> {
        let Self { model, data, config, plan, ref interrupts, ref dense_reason, ref mut steps } = *self;
        let (interrupt, train) = (interrupts.of_all, data.train);
        let sampler = BatchSampler::at(train, config.batch_size, config.seed, plan.position, interrupt);
        let sampler = sampler.map_err(unwrap_objective_error)?;
        let objective = |sampler, interrupt| MiniBatchObjective::new(model, data, config, sampler, losses, interrupt);
        let end = match steps {
            Steps::Workers(workers) => {
                let rounds = Rounds {
                    batches: config.local_steps.sync_every.saturating_mul(config.spec.options.accumulate),
                    batches_before: plan.position.batch % plan.batches_per_epoch.max(1),
                    all_batches: plan.batches,
                    epoch_rows: train.len(),
                };
                let observe = |point: &mut Observed<'_, M::F>, round: Option<Round>| {
                    early_stopping.observe_round(point, round, callbacks)
                };
                rounds.run(workers, parameters, (sampler, losses), interrupt, observe)
            }
            Steps::Shard(shard) => {
                let ShardOptimizer { optimizer, shards } = &mut **shard;
                let shards = *shards;
                let agreement = Agreement::with_shards(interrupt, shards.sums());
                let own = parameters[shards.own()].to_vec();
                let parameters = RefCell::new(parameters);
                let objective = objective(sampler, agreement.interrupt());
                let mut objective = ShardObjective::new(objective, shards, &parameters, config.spec.options.nonfinite);
                let observe = |progress: &mut Progress<'_, M::F>| {
                    let Progress { step, evaluations, value, optimizer, .. } = progress;
                    let mut optimizers = ShardOptimizer { optimizer: &mut **optimizer, shards };
                    let (x, step, evaluations) = (&parameters.borrow()[..], *step, *evaluations);
                    let mut point = Observed { step, evaluations, x, optimizers: &mut optimizers };
                    early_stopping.observe(&mut point, value.to_f64(), callbacks)
                };
                let mut run = Minimize::with_optimizer(optimizer).criteria(plan.criteria()).callback(observe);
                let outcome = run.run(&mut objective, &own);
                drop(objective);
                outcome.map(|outcome| StepsEnd { parameters: parameters.into_inner(), ..StepsEnd::of(outcome) })
            }
            Steps::Whole(optimizer) => {
                let observe = |progress: &mut Progress<'_, M::F>| {
                    let value = progress.value.to_f64();
                    early_stopping.observe(&mut Observed::of(progress), value, callbacks)
                };
                let mut run = Minimize::with_optimizer(&mut **optimizer).criteria(plan.criteria()).callback(observe);
                let outcome = if dense_reason.is_none() {
                    load_batches(sampler, |loading| {
                        let mut objective =
                            SparseMiniBatchObjective::new(model, data, config, loading, losses, interrupt);
                        run.run_sparse(&mut objective, &parameters)
                    })
                } else {
                    run.run(&mut objective(sampler, interrupt), &parameters)
                };
                outcome.map(StepsEnd::of)
            }
        };
        end.map_err(unwrap_objective_error)
    }
}

/// Returns the method and the options of a worker, or those of the only optimizer for 0, in a training whose schedule
/// runs over `batches` batches.
fn optimizer_spec(config: &TrainingConfig, (batches, worker): (u64, usize)) -> Result<OptimizerSpec> {
    let mut spec = config.spec.clone();
    let accumulate = spec.options.accumulate;
    if accumulate > batches {
        let expected = "at most the number of batches in all epochs";
        return Err(thalweg::Error::Range { name: "accumulate".into(), expected, found: accumulate as f64 }.into());
    }
    spec.options.schedule = spec.options.schedule.with_total_steps(batches / accumulate.max(1));
    // Stochastic rounding uses the seed of the training unless it has one of its own. The rounding errors of workers
    // are independent of each other.
    let seed = spec.options.seed.unwrap_or(config.seed.value());
    spec.options.seed = Some(seed.wrapping_add(worker as u64));
    Ok(spec)
}
