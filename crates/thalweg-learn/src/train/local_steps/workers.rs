//! The workers of a training, which are divided among the ranks.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;
use thalweg::method::Average;
use thalweg::{Optimizer, Real, Result, State};

use super::settings::rows_of_worker;
use super::worker::{SparseLoss, Worker, WorkerBatch, WorkerLoss};
use crate::interrupt::Interrupt;
use crate::model::{Model, rows_of_ranks, sum_over_ranks};
use crate::pool;
use crate::team::gather_messages;
use crate::train::config::TrainingConfig;
use crate::train::objective::PenalizedLoss;
use crate::train::optimizers::{OptimizerStates, Optimizers};
use crate::train::sampler::SampledBatch;
use crate::train::sparse_objective::RestrictedLoss;
use crate::train::state::TrainingState;
use crate::train::states_message::{states_from, states_message};
use crate::train::training_data::TrainingData;

/// Numbers that the ranks tell each other of a worker: the sum of its losses, its steps and its learning rate.
const NUMBERS_PER_WORKER: usize = 3;

/// The workers of a training, of which a rank has those of a range.
pub(in crate::train) struct Workers<'a, M: Model> {
    own: Vec<Worker<'a, M>>,
    /// Number of the first worker of this rank.
    first_own: usize,
    /// Workers of each rank.
    ranges: Vec<Range<usize>>,
    /// Number of workers of all ranks.
    count: usize,
    /// Sum of the loss over the rows of the epoch begun for each worker, when they were last exchanged.
    loss_sums: Vec<f64>,
    /// Steps and learning rate of the first worker, when they were last exchanged.
    first: (u64, f64),
    /// True if the method averages its iterates.
    has_averages: bool,
    /// Mean of the averages of the iterates; empty without them.
    average: Vec<M::F>,
    /// Request to end that all ranks see at the same place.
    interrupt: Interrupt<'a>,
}

/// Requests to end a training.
#[derive(Clone, Copy)]
pub(in crate::train) struct WorkerInterrupts<'a> {
    /// Request that all ranks see at the same step.
    pub(in crate::train) of_all: Interrupt<'a>,
    /// The same request, as sums that this rank computes by itself see it: without an exchange.
    pub(in crate::train) alone: Interrupt<'a>,
}

/// Parameters and state from which the workers begin.
#[derive(Clone, Copy)]
pub(in crate::train) struct WorkersStart<'s, F> {
    pub(in crate::train) parameters: &'s [F],
    /// State that the training continues from.
    pub(in crate::train) state: Option<&'s TrainingState<F>>,
}

impl<F> WorkersStart<'_, F> {
    /// Returns the state of the optimizer of a worker; `None` for a new one.
    fn optimizer(&self, worker: usize) -> Option<&State<F>> {
        let state = self.state?;
        Some(worker.checked_sub(1).map_or(&state.optimizer, |other| &state.other_workers[other]))
    }

    /// Returns the sum of the loss over the rows of the epoch begun that a worker has seen.
    fn loss_sum(&self, worker: usize) -> f64 {
        self.state.map_or(0.0, |state| match state.worker_losses.as_slice() {
            // A single worker has seen all of them.
            [] if worker == 0 => state.loss_sum,
            losses => losses.get(worker).copied().unwrap_or(0.0),
        })
    }
}

impl<'a, M: Model> Workers<'a, M> {
    /// Creates the workers of this rank; `optimizer` creates the optimizer of one. Steps are sparse if `is_sparse`.
    pub(in crate::train) fn new(
        model: &'a M,
        data: &TrainingData<'_>,
        config: &TrainingConfig,
        start: WorkersStart<'_, M::F>,
        (is_sparse, interrupts): (bool, WorkerInterrupts<'a>),
        optimizer: impl Fn(usize) -> crate::Result<Optimizer<M::F>>,
    ) -> crate::Result<Self> {
        let count = config.local_steps.workers;
        let WorkerInterrupts { of_all: interrupt, alone } = interrupts;
        let team = interrupt.team();
        let ranges = rows_of_ranks(count, 1, team.ranks());
        let range = ranges[team.rank()].clone();
        let first_own = range.start;
        let penalized = PenalizedLoss::new(model, data, config, alone);
        let worker = |worker: usize| {
            let mut optimizer = optimizer(worker)?;
            if let Some(state) = start.optimizer(worker) {
                optimizer.load_state(state)?;
            }
            let loss = if is_sparse {
                let loss = RestrictedLoss::new(model, data.loss, config.seed, alone);
                WorkerLoss::Sparse(Box::new(SparseLoss::new(loss)))
            } else {
                WorkerLoss::Dense(penalized.clone())
            };
            Ok(Worker::new(start.parameters.to_vec(), optimizer, start.loss_sum(worker), loss))
        };
        let own = range.map(worker).collect::<crate::Result<Vec<_>>>()?;
        let has_averages = config.spec.options.average != Average::Off;
        let (loss_sums, first, average) = Default::default();
        let mut workers = Self { own, first_own, ranges, count, loss_sums, first, has_averages, average, interrupt };
        workers.exchange_numbers();
        workers.exchange_averages(start.parameters.len());
        Ok(workers)
    }

    /// Returns the rows of a batch that the workers of each rank have.
    pub(super) fn rows_of_ranks(&self, rows: usize) -> Vec<Range<usize>> {
        let start_of = |worker: usize| rows_of_worker(rows, self.count, worker).start;
        self.ranges.iter().map(|workers| start_of(workers.start)..start_of(workers.end)).collect()
    }

    /// Evaluates the parts of a batch that the workers of this rank have.
    pub(super) fn evaluate(&mut self, batch: &SampledBatch<'_>) -> Result<()> {
        let (count, first) = (self.count, self.first_own);
        let evaluate = |(k, worker): (usize, &mut Worker<'a, M>)| {
            let number = first + k;
            let indices = &batch.indices[rows_of_worker(batch.indices.len(), count, number)];
            // The random numbers of each worker are its own, and those of a single one are those of the batch.
            let step = batch.step * count as u64 + number as u64;
            worker.evaluate(WorkerBatch { rows: batch.rows, indices, step })
        };
        pool::map(self.own.par_iter_mut().enumerate(), evaluate).into_iter().collect()
    }

    /// Takes the steps of the batch that was evaluated.
    pub(super) fn step(&mut self) -> Result<()> {
        pool::map(self.own.par_iter_mut(), Worker::step).into_iter().collect()
    }

    /// Replaces `x` and the parameters of all workers by their mean, and returns the sum of the loss over the rows of
    /// the epoch begun; `None` if a loss or a gradient was not finite, and then nothing changes.
    pub(super) fn synchronize(&mut self, x: &mut [M::F]) -> Result<Option<f64>> {
        self.exchange_numbers();
        let loss_sum = self.loss_sums.iter().copied().reduce(|a, b| a + b).filter(|sum| sum.is_finite());
        if loss_sum.is_none() {
            return Ok(None);
        }
        let sync = |worker: &mut Worker<'a, M>| worker.optimizer.sync_all(&mut worker.x);
        pool::map(self.own.par_iter_mut(), sync).into_iter().collect::<Result<()>>()?;
        self.mean(x, |worker| &worker.x);
        pool::for_each(self.own.par_iter_mut(), |worker| worker.x.copy_from_slice(x));
        self.exchange_averages(x.len());
        Ok(loss_sum)
    }

    /// Begins an epoch, whose losses are summed from 0.
    pub(super) fn begin_epoch(&mut self) {
        self.own.iter_mut().for_each(|worker| worker.loss_sum = 0.0);
        self.loss_sums.fill(0.0);
    }

    /// Replaces `mean` by the mean of vectors of all workers, which are added along a fixed tree.
    fn mean<'w>(&'w self, mean: &mut [M::F], of: impl Fn(&'w Worker<'a, M>) -> &'w [M::F] + Sync) {
        // Each leaf of the tree is one worker; a sum with 0 would lose the sign of -0.
        let copy = |number: u32, sum: &mut [M::F]| sum.copy_from_slice(of(&self.own[number as usize - self.first_own]));
        sum_over_ranks(self.interrupt.team(), self.count as u32, mean, copy);
        let count = M::F::of(self.count as f64);
        for x in mean {
            *x = *x / count;
        }
    }

    /// Tells all ranks the losses of the workers, and the steps and the learning rate of the first one. The ranks learn
    /// each other's requests to end.
    fn exchange_numbers(&mut self) {
        let numbers =
            |worker: &Worker<'a, M>| [worker.loss_sum, worker.optimizer.steps() as f64, worker.optimizer.lr()];
        let all = self.interrupt.gather_numbers(self.own.iter().flat_map(numbers).collect());
        let workers: Vec<&[f64; NUMBERS_PER_WORKER]> = all.as_chunks().0.iter().collect();
        self.loss_sums = workers.iter().map(|[loss_sum, ..]| *loss_sum).collect();
        if let Some([_, steps, lr]) = workers.first() {
            self.first = (*steps as u64, *lr);
        }
    }

    /// Computes the mean of the averages of the iterates, where the method has them.
    fn exchange_averages(&mut self, parameters: usize) {
        // The first worker has one from its first step on; of another that has taken none, it is the start.
        let (steps, _) = self.first;
        if !self.has_averages || steps == 0 {
            return;
        }
        let mut average = std::mem::take(&mut self.average);
        average.resize(parameters, M::F::ZERO);
        self.mean(&mut average, |worker| worker.optimizer.average().unwrap_or(&worker.x));
        self.average = average;
    }
}

impl<M: Model> Optimizers<M::F> for Workers<'_, M> {
    fn steps(&self) -> u64 {
        self.first.0
    }

    fn lr(&self) -> f64 {
        self.first.1
    }

    fn is_stale(&self) -> bool {
        false
    }

    fn average(&self) -> Option<Cow<'_, [M::F]>> {
        (!self.average.is_empty()).then_some(Cow::Borrowed(&self.average))
    }

    fn observe(&mut self, loss: f64) {
        self.own.iter_mut().for_each(|worker| worker.optimizer.observe(loss));
        self.exchange_numbers();
    }

    fn are_due(&self, here: bool) -> bool {
        self.interrupt.any_rank(here)
    }

    fn states(&self, are_wanted: bool) -> Result<Option<OptimizerStates<M::F>>> {
        let own = self.own.iter().map(|worker| worker.optimizer.state()).collect::<Result<Vec<_>>>()?;
        let team = self.interrupt.team();
        let all = if team.ranks() == 1 {
            own
        } else {
            let messages = gather_messages(team, &states_message(own));
            messages.iter().flat_map(|message| states_from(message)).collect()
        };
        let mut all = all.into_iter();
        let first = all.next().unwrap_or_else(|| unreachable!("there is at least one worker"));
        let loss_sums = if self.count > 1 { self.loss_sums.clone() } else { Vec::new() };
        Ok(are_wanted.then(|| OptimizerStates { first, others: all.collect(), loss_sums }))
    }
}
