//! Callbacks of a training.

use std::fmt;
use std::ops::ControlFlow;

use super::checkpoints::Checkpoints;
use super::result::{EpochReport, StepReport};
use crate::interrupt::{Agreement, Interrupt};
use crate::team::{SingleProcess, Team};

/// Function that receives a report `R` and the parameters, and may end the training.
type Callback<'a, R> = Box<dyn FnMut(&R, Parameters<'_>) -> ControlFlow<()> + Send + 'a>;

/// Callbacks of a training, each of which may end it, and the request of the caller to end it.
///
/// ```
/// use std::ops::ControlFlow::{Break, Continue};
/// use thalweg_learn::Callbacks;
/// let mut losses = Vec::new();
/// let callbacks = Callbacks::new().on_epoch(|epoch, parameters| {
///     losses.push(epoch.train_loss);
///     let diverging = parameters.to_vec().iter().any(|w| w.abs() > 1e6);
///     if diverging { Break(()) } else { Continue(()) }
/// });
/// # drop(callbacks);
/// ```
pub struct Callbacks<'a> {
    pub(crate) interrupt: Interrupt<'a>,
    pub(crate) team: &'a dyn Team,
    pub(super) checkpoints: Option<Checkpoints<'a>>,
    on_step: Option<Callback<'a, StepReport>>,
    on_epoch: Option<Callback<'a, EpochReport>>,
    /// Factor of the losses in reports; `None` reports them as they are trained.
    loss_scale: Option<f64>,
}

impl<'a> Callbacks<'a> {
    /// Creates callbacks that do nothing.
    pub fn new() -> Self {
        Self {
            interrupt: Interrupt::NEVER,
            team: &SingleProcess,
            checkpoints: None,
            on_step: None,
            on_epoch: None,
            loss_scale: None,
        }
    }

    /// Trains together with other ranks, which call the same functions with the same data and settings: each computes
    /// a part of every batch. The result is that of one process, byte for byte, on every rank.
    ///
    /// Every rank calls its own callbacks, which must end the training on all ranks or on none. A request to end on any
    /// rank ends the training of all. Checkpoints must be given on all ranks or on none.
    ///
    /// ```
    /// # use thalweg_learn::train::ThreadTeam;
    /// # use thalweg_learn::{Callbacks, FitConfig, Table};
    /// # let (x, y) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2.0, 4.0, 5.0, 8.0, 9.0, 13.0]);
    /// # let table = Table::from_columns([("x", (&x).into()), ("y", (&y).into())])?;
    /// let config = FitConfig::new("y");
    /// let fit = |callbacks: Callbacks<'_>| config.run(&table, callbacks).map(|(_, model)| model);
    /// let alone = fit(Callbacks::new())?;
    /// for model in ThreadTeam::run(3, |team| fit(Callbacks::new().team(team))) {
    ///     assert_eq!(model?, alone);
    /// }
    /// # Ok::<(), thalweg_learn::Error>(())
    /// ```
    #[must_use]
    pub fn team(mut self, team: &'a dyn Team) -> Self {
        self.team = team;
        self
    }

    /// Returns the agreement of the ranks on the request to end.
    pub(crate) fn agreement(&self) -> Agreement<'a> {
        Agreement::of(self.team, self.interrupt)
    }

    /// Ends the training when the caller requests it: at once, without an evaluation of the epoch begun. The request
    /// is looked at inside of long batches too; by several ranks with local steps, at the next average of the workers.
    #[must_use]
    pub fn interrupt(mut self, interrupt: impl Into<Interrupt<'a>>) -> Self {
        self.interrupt = interrupt.into();
        self
    }

    /// Calls `on_epoch` after each epoch with its losses and the parameters.
    #[must_use]
    pub fn on_epoch(
        mut self,
        on_epoch: impl FnMut(&EpochReport, Parameters<'_>) -> ControlFlow<()> + Send + 'a,
    ) -> Self {
        self.on_epoch = Some(Box::new(on_epoch));
        self
    }

    /// Calls `on_step` after the loss of each batch has been computed, before the parameters change.
    ///
    /// In a training with sparse steps, parameters that are not in the batch may have pending updates. With local steps
    /// ([`LocalSteps`](super::LocalSteps)), it is called after each average of the workers instead, for the last batch,
    /// with the mean loss of the batches since the average before that.
    #[must_use]
    pub fn on_step(mut self, on_step: impl FnMut(&StepReport, Parameters<'_>) -> ControlFlow<()> + Send + 'a) -> Self {
        self.on_step = Some(Box::new(on_step));
        self
    }

    /// Passes on the state of the training at intervals.
    #[must_use]
    pub fn checkpoints(mut self, checkpoints: Checkpoints<'a>) -> Self {
        self.checkpoints = Some(checkpoints);
        self
    }

    /// Multiplies the losses in reports by `scale`.
    pub(crate) fn with_loss_scale(mut self, scale: f64) -> Self {
        self.loss_scale = Some(scale);
        self
    }

    /// Returns a loss as it is reported.
    fn reported(&self, loss: f64) -> f64 {
        self.loss_scale.map_or(loss, |scale| loss * scale)
    }

    /// Calls the callback of a step.
    pub(super) fn step(&mut self, report: impl FnOnce() -> StepReport, parameters: Parameters<'_>) -> ControlFlow<()> {
        if self.on_step.is_none() {
            return ControlFlow::Continue(());
        }
        let report = report();
        let report = StepReport { loss: self.reported(report.loss), ..report };
        self.on_step.as_mut().map_or(ControlFlow::Continue(()), |on_step| on_step(&report, parameters))
    }

    /// Calls the callback of an epoch.
    pub(super) fn epoch(&mut self, report: &EpochReport, parameters: Parameters<'_>) -> ControlFlow<()> {
        let (train_loss, validation) = (self.reported(report.train_loss), report.validation.map(|l| self.reported(l)));
        let report = EpochReport { train_loss, validation, ..*report };
        self.on_epoch.as_mut().map_or(ControlFlow::Continue(()), |on_epoch| on_epoch(&report, parameters))
    }
}

impl Default for Callbacks<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Callbacks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callbacks")
            .field("interrupt", &self.interrupt)
            .field("team", &self.team)
            .field("checkpoints", &self.checkpoints)
            .field("on_step", &self.on_step.is_some())
            .field("on_epoch", &self.on_epoch.is_some())
            .finish_non_exhaustive()
    }
}

/// Parameters of the model during a training, in the order of its layout; copied on demand.
#[derive(Clone, Copy)]
pub struct Parameters<'a>(pub(super) &'a dyn Fn() -> Vec<f64>);

impl Parameters<'_> {
    /// Returns a copy of the parameters.
    pub fn to_vec(self) -> Vec<f64> {
        self.0()
    }
}

impl fmt::Debug for Parameters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.to_vec()).finish()
    }
}
