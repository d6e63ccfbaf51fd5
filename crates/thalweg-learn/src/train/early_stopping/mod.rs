//! Early stopping on a monitored loss.

mod budget;
mod reports;
mod result;
mod training_state;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use budget::CutEpoch;
use thalweg::Real;
use thalweg::minimize::Progress;

use crate::interrupt::Interrupt;
use crate::model::Model;
use crate::train::best_checkpoint::{BestCheckpoint, Keep, Score};
use crate::train::callbacks::{Callbacks, Parameters};
use crate::train::history::{EpochRecord, TrainingHistory};
use crate::train::local_steps::Round;
use crate::train::monitor::Monitor;
use crate::train::objective::EpochLosses;
use crate::train::optimizers::Observed;
use crate::train::point::StepKind;
use crate::train::result::{EpochReport, TrainingStopReason};
use crate::train::rollback::Rollback;
use crate::train::sampler::SamplerPosition;
use crate::train::solver::ProximalState;

/// State of early stopping: the best parameters so far and the epochs without progress.
pub(in crate::train) struct EarlyStopping<'a, M: Model> {
    monitor: Monitor<'a, M>,
    losses: &'a EpochLosses,
    batches_per_epoch: u64,
    /// Evaluations before those that the optimizer counts, by earlier rounds of a solver.
    evaluations_before: u64,
    /// State with which the round of a solver began.
    proximal: Option<ProximalState>,
    /// Position at which the training began.
    start: SamplerPosition,
    /// Number of epochs completed.
    epoch: u64,
    best: BestCheckpoint<M::F>,
    keep: Keep,
    /// The best with the parameters of an interrupted first epoch; the state does not contain them.
    first_epoch_best: Option<BestCheckpoint<M::F>>,
    stopped: TrainingStopReason,
    /// Number of batches after which the budget ends the training, and the reason.
    last_batch: Option<(u64, TrainingStopReason)>,
    /// Time of the budget that was left at the start.
    max_time: Option<Duration>,
    /// Epoch that the budget cut short; the state does not contain it.
    cut_epoch: Option<CutEpoch<M::F>>,
    /// Monitored loss at three quarters of the epochs, and after the latest one.
    late_losses: Option<[f64; 2]>,
    history: TrainingHistory,
    rollbacks: Vec<Rollback>,
    start_time: Instant,
    epoch_time: Instant,
}

impl<'a, M: Model> EarlyStopping<'a, M> {
    pub(in crate::train) fn new(
        monitor: Monitor<'a, M>,
        losses: &'a EpochLosses,
        start: SamplerPosition,
        parameters: &[M::F],
        best: Option<BestCheckpoint<M::F>>,
    ) -> Self {
        let (now, config) = (Instant::now(), monitor.config);
        let (rows, accumulate) = (monitor.data.train.len(), config.spec.options.accumulate);
        let best = best.unwrap_or_else(|| {
            // A training interrupted before its first step returns the start, whatever its score.
            let score = monitor.score(parameters, f64::INFINITY, monitor.interrupt).unwrap_or_default();
            BestCheckpoint::new(parameters, score, start.epoch)
        });
        Self {
            batches_per_epoch: config.batch_size.batches(monitor.data.train.len()).max(1),
            last_batch: config.budget.last_batch(rows, config.batch_size.of(rows), accumulate),
            max_time: config.budget.max_time,
            cut_epoch: None,
            monitor,
            losses,
            evaluations_before: 0,
            proximal: None,
            start,
            epoch: start.epoch,
            best,
            keep: Keep::Best,
            first_epoch_best: None,
            stopped: TrainingStopReason::Epochs,
            late_losses: None,
            history: TrainingHistory::default(),
            rollbacks: Vec::new(),
            start_time: now,
            epoch_time: now,
        }
    }

    /// Continues with the late losses, the history and the rollbacks of a state.
    pub(in crate::train) fn after(
        self,
        (late_losses, history, rollbacks): (Vec<f64>, TrainingHistory, Vec<Rollback>),
    ) -> Self {
        Self { late_losses: late_losses.try_into().ok(), history, rollbacks, ..self }
    }

    /// Sets which parameters the training returns.
    pub(in crate::train) fn keeping(self, keep: Keep) -> Self {
        Self { keep, ..self }
    }

    /// Called before each round of a solver, with the number of evaluations before and the state of its loss.
    pub(in crate::train) fn begin_round(&mut self, evaluations_before: u64, proximal: Option<ProximalState>) {
        (self.evaluations_before, self.proximal) = (evaluations_before, proximal);
    }

    /// Called at each point that a solver accepts: evaluates the monitored loss. Each evaluation of the objective is an
    /// epoch.
    pub(in crate::train) fn observe_iterate(
        &mut self,
        progress: &mut Progress<'_, M::F>,
        parameters: &[M::F],
        train_loss: f64,
        callbacks: &mut Callbacks<'_>,
    ) -> ControlFlow<()> {
        let (value, progress) = (progress.value.to_f64(), &mut Observed::of(progress));
        if self.monitor.interrupt.is_requested() {
            return self.interrupted();
        }
        let batches = self.evaluations_before + progress.evaluations - 1;
        if self.start.epoch + batches > self.epoch {
            self.losses.finished.borrow_mut().push_back(train_loss);
            let epoch = self.start.epoch + batches;
            let by_budget = self.end_of_solver(epoch, progress.optimizers.steps());
            let flow = self.end_epoch(epoch, progress, Some(parameters), by_budget, callbacks);
            self.checkpoint_at_end(flow, progress, (parameters, StepKind::Solver), callbacks)?;
        }
        self.checkpoint(progress, parameters, StepKind::Solver, callbacks)?;
        let taken = self.start.batches + batches;
        self.report_step(progress, (taken, value), parameters, callbacks)
    }

    /// Called before each step, whose gradient has been evaluated; `value` is the loss of its batch. Evaluates the
    /// monitored loss at the end of each epoch.
    pub(in crate::train) fn observe(
        &mut self,
        progress: &mut Observed<'_, M::F>,
        value: f64,
        callbacks: &mut Callbacks<'_>,
    ) -> ControlFlow<()> {
        let taken = self.observe_point(progress, callbacks)?;
        if self.epoch >= self.last_epoch() {
            return ControlFlow::Continue(());
        }
        self.report_step(progress, (taken, value), progress.x, callbacks)
    }

    /// Called before the first round of local steps, and after each one.
    pub(in crate::train) fn observe_round(
        &mut self,
        progress: &mut Observed<'_, M::F>,
        round: Option<Round>,
        callbacks: &mut Callbacks<'_>,
    ) -> ControlFlow<()> {
        if let Some(round) = round
            && !self.monitor.interrupt.is_requested()
        {
            self.report_round(progress, round, callbacks)?;
        }
        self.observe_point(progress, callbacks).map_continue(|_| ())
    }

    /// Evaluates the monitored loss at the end of each epoch, and passes on the state where that is due; returns the
    /// number of batches taken.
    fn observe_point(
        &mut self,
        progress: &mut Observed<'_, M::F>,
        callbacks: &mut Callbacks<'_>,
    ) -> ControlFlow<(), u64> {
        if self.monitor.interrupt.is_requested() {
            self.keep_first_epoch(progress);
            self.interrupted()?;
        }
        // The gradient of the next batch has been evaluated already.
        let batches = self.start.batch + progress.evaluations - 1;
        let taken = self.start.batches - self.start.batch + batches;
        let by_budget = self.end_by_budget(taken, progress.optimizers.is_stale());
        let x = progress.x;
        if self.epoch < self.start.epoch + batches / self.batches_per_epoch {
            let flow = self.end_epoch(self.epoch + 1, progress, None, by_budget, callbacks);
            self.checkpoint_at_end(flow, progress, (x, StepKind::Batch), callbacks)?;
        } else if let Some(reason) = by_budget {
            self.stopped = reason;
            let _ = self.checkpoint_at_end(ControlFlow::Break(()), progress, (x, StepKind::Batch), callbacks);
            self.end_within_epoch(batches, progress, callbacks)?;
        }
        self.checkpoint(progress, x, StepKind::Batch, callbacks)?;
        ControlFlow::Continue(taken)
    }

    /// Evaluates the parameters of an interrupted first epoch: there is nothing else to return. Later the best of the
    /// complete epochs is returned, without another evaluation.
    fn keep_first_epoch(&mut self, progress: &Observed<'_, M::F>) {
        if self.epoch == 0 && progress.step > 0 {
            let average = progress.optimizers.average();
            let parameters = average.as_deref().unwrap_or(progress.x);
            if let Some(rows) = self.monitor.rows_after_interrupt(parameters) {
                if self.monitor.mean_loss(&rows, parameters) < self.monitor.mean_loss(&rows, &self.best.parameters) {
                    self.first_epoch_best = Some(BestCheckpoint::new(parameters, Score::default(), 0));
                }
            } else if let Some(score) = self.monitor.score(parameters, f64::INFINITY, Interrupt::NEVER) {
                let mut best = self.best.clone();
                best.update(parameters, score, 0, self.monitor.config.min_delta, self.monitor.data.validation);
                self.first_epoch_best = Some(best);
            }
        }
    }

    fn interrupted(&mut self) -> ControlFlow<()> {
        self.stopped = TrainingStopReason::Interrupted;
        ControlFlow::Break(())
    }

    /// Evaluates the parameters after an epoch: those given, or the iterate or its average.
    fn end_epoch(
        &mut self,
        epoch: u64,
        progress: &mut Observed<'_, M::F>,
        given: Option<&[M::F]>,
        by_budget: Option<TrainingStopReason>,
        callbacks: &mut Callbacks<'_>,
    ) -> ControlFlow<()> {
        self.epoch = epoch;
        let average = if given.is_none() { progress.optimizers.average() } else { None };
        let parameters = given.or(average.as_deref()).unwrap_or(progress.x);
        let train_loss = self.losses.finished.borrow_mut().pop_front();
        let train_loss = train_loss.expect("the objective reports the loss of each finished epoch");
        let Some(score) = self.monitor.score(parameters, train_loss, self.monitor.interrupt) else {
            return self.interrupted();
        };
        let monitored = score.monitored;
        let planned = self.monitor.config.schedule_epochs.unwrap_or(self.last_epoch());
        if 4 * self.epoch >= planned.saturating_mul(3) {
            let [first, _] = self.late_losses.unwrap_or([monitored; 2]);
            self.late_losses = Some([first, monitored]);
        }
        let Monitor { data, config, .. } = &self.monitor;
        let is_best = match self.keep {
            Keep::Best => self.best.update(parameters, score, self.epoch, config.min_delta, data.validation),
            Keep::Last => {
                self.best = BestCheckpoint::new(parameters, score, self.epoch);
                true
            }
        };
        drop(average);
        progress.optimizers.observe(monitored);
        let lr = progress.optimizers.lr();
        self.history.push(EpochRecord { epoch, train_loss, monitored_loss: monitored, lr });
        let ends = self.reason_to_end(train_loss, monitored, by_budget);
        let report = EpochReport { stopped: ends, ..self.report(train_loss, monitored, is_best, lr) };
        let average = if given.is_none() { progress.optimizers.average() } else { None };
        let parameters = given.or(average.as_deref()).unwrap_or(progress.x);
        let to_vec = || parameters.iter().map(|w| w.to_f64()).collect();
        if callbacks.epoch(&report, Parameters(&to_vec)).is_break() {
            return self.interrupted();
        }
        match ends {
            Some(reason) => {
                self.stopped = reason;
                ControlFlow::Break(())
            }
            None => ControlFlow::Continue(()),
        }
    }

    /// Returns `true` if the monitored loss has made no progress for too long.
    pub(in crate::train) fn patience_ends(&self) -> bool {
        let patience = self.monitor.config.patience;
        patience > 0 && self.best.epochs_without_progress >= patience
    }

    /// Number of the last epoch.
    fn last_epoch(&self) -> u64 {
        self.start.epoch.saturating_add(self.monitor.config.epochs)
    }
}
