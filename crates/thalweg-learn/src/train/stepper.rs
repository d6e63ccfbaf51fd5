//! Steps of a training, by an optimizer or by workers.

use thalweg::minimize::{Progress, TrackBest};
use thalweg::{Minimize, Optimizer, StopCriteria};

use super::callbacks::Callbacks;
use super::config::{SparseSteps, TrainingConfig, batch_is_sparse};
use super::early_stopping::EarlyStopping;
use super::local_steps::{Round, Rounds, WorkerInterrupts, Workers, WorkersStart};
use super::objective::{EpochLosses, MiniBatchObjective};
use super::optimizers::{Observed, Optimizers};
use super::point::StepsEnd;
use super::run_parts::unwrap_objective_error;
use super::run_plan::Plan;
use super::sampler::BatchSampler;
use super::sparse_objective::SparseMiniBatchObjective;
use super::state::TrainingState;
use super::training_data::TrainingData;
use crate::data::RowStore;
use crate::error::Result;
use crate::model::Model;

/// Takes the steps of a training, by an optimizer or by workers.
pub(super) struct Stepper<'a, M: Model> {
    model: &'a M,
    data: &'a TrainingData<'a>,
    config: &'a TrainingConfig,
    plan: Plan,
    interrupts: WorkerInterrupts<'a>,
    /// Reason why the steps are dense; `None` if they are sparse.
    pub(super) dense_reason: Option<String>,
    optimizer: Optimizer<M::F>,
    /// Workers that take the steps instead of the optimizer.
    workers: Option<Workers<'a, M>>,
}

impl<'a, M: Model> Stepper<'a, M> {
    /// Creates the optimizers for steps from `parameters`, and continues from a state if there is one.
    pub(super) fn new(
        (model, data, config): (&'a M, &'a TrainingData<'a>, &'a TrainingConfig),
        plan: Plan,
        (parameters, state): (&[M::F], Option<&TrainingState<M::F>>),
        interrupts: WorkerInterrupts<'a>,
    ) -> Result<Self> {
        let optimizer = optimizer(model, config, (plan.schedule_batches, 0))?;
        thalweg::Error::length(&"the start", optimizer.len(), parameters.len())?;
        let dense_reason = sparse_unsupported(model, data.train, config, &optimizer);
        let mut stepper = Self { model, data, config, plan, interrupts, dense_reason, optimizer, workers: None };
        if config.local_steps.are_on() {
            let steps = (stepper.dense_reason.is_none(), interrupts);
            let start = WorkersStart { parameters, state };
            let new_optimizer = |worker| stepper.new_optimizer(worker);
            stepper.workers = Some(Workers::new(model, data, config, start, steps, new_optimizer)?);
        } else if let Some(state) = state {
            stepper.optimizer.load_state(&state.optimizer)?;
        }
        Ok(stepper)
    }

    /// Creates the optimizer of a worker, or the only one for 0.
    pub(super) fn new_optimizer(&self, worker: usize) -> Result<Optimizer<M::F>> {
        optimizer(self.model, self.config, (self.plan.schedule_batches, worker))
    }

    /// Returns the optimizers that take the steps.
    pub(super) fn optimizers(&self) -> &dyn Optimizers<M::F> {
        match &self.workers {
            Some(workers) => workers,
            None => &self.optimizer,
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
        let Self { model, data, config, plan, interrupts, .. } = *self;
        let (interrupt, train) = (interrupts.of_all, data.train);
        let sampler = BatchSampler::at(train, config.batch_size, config.seed, plan.position, interrupt);
        let sampler = sampler.map_err(unwrap_objective_error)?;
        let end = if let Some(workers) = &mut self.workers {
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
        } else {
            let stop = StopCriteria {
                max_steps: None,
                // The last evaluation is that of the final point.
                max_evaluations: Some(plan.batches.saturating_add(1)),
                track_best: TrackBest::Off,
                ..StopCriteria::default()
            };
            let mut callback = |progress: &mut Progress<'_, M::F>| early_stopping.observe(progress, callbacks);
            let mut run = Minimize::with_optimizer(&mut self.optimizer).criteria(stop).callback(&mut callback);
            let outcome = if self.dense_reason.is_none() {
                std::thread::scope(|scope| {
                    let mut objective =
                        SparseMiniBatchObjective::new(model, data, config, sampler, losses, interrupt, scope);
                    run.run_sparse(&mut objective, &parameters)
                })
            } else {
                let mut objective = MiniBatchObjective::new(model, data, config, sampler, losses, interrupt);
                run.run(&mut objective, &parameters)
            };
            outcome.map(StepsEnd::of)
        };
        end.map_err(unwrap_objective_error)
    }
}

/// Creates the optimizer of a worker, or the only one for 0, in a training whose schedule runs over `batches` batches.
fn optimizer<M: Model>(model: &M, config: &TrainingConfig, (batches, worker): (u64, usize)) -> Result<Optimizer<M::F>> {
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
    Ok(Optimizer::new(spec, model.layout())?)
}

/// Returns the reason why the steps must be dense, or `None` if they can be sparse.
fn sparse_unsupported<M: Model>(
    model: &M,
    train: &RowStore,
    config: &TrainingConfig,
    optimizer: &Optimizer<M::F>,
) -> Option<String> {
    if config.sparse_steps == SparseSteps::Never {
        return Some("sparse steps are switched off".into());
    }
    if !batch_is_sparse(train.sample(), config.batch_size) {
        return Some("a batch touches most of the parameters".into());
    }
    if config.l1 > 0.0 || config.l2 > 0.0 || config.factor_l2 > 0.0 {
        return Some("a penalty moves all weights".into());
    }
    if model.restrict(&[], &mut Vec::new()).is_none() {
        return Some("the model moves all its parameters".into());
    }
    optimizer.sparse_unsupported()
}
