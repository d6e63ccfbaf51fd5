//! Times at which a training passes on its state.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::checkpoint_interval::CheckpointInterval;
use super::state::AnyTrainingState;
use crate::interrupt::Interrupt;

/// Time within which the clock is not read again: steps may be shorter than that takes.
const CLOCK_RESOLUTION: Duration = Duration::from_millis(1);

/// Largest number of steps between two reads of the clock.
const MAX_STEPS_PER_READ: u32 = 1 << 10;

/// Receiver of the state of a training at intervals and on request, from which the training can be continued to the
/// same bits ([`TrainingStart::State`](super::TrainingStart::State)).
///
/// The state is that between two steps. Where steps are sparse, it is passed on at the next step at which no
/// coordinate has updates pending, at most 1024 steps later; with local steps, after the next average of the workers.
///
/// ```
/// use thalweg_learn::train::{CheckpointInterval, Checkpoints};
/// use thalweg_learn::Callbacks;
/// let mut latest = None;
/// let checkpoints = Checkpoints::new(CheckpointInterval::Steps(1000), |state| latest = Some(state));
/// let callbacks = Callbacks::new().checkpoints(checkpoints);
/// # drop(callbacks);
/// # assert_eq!(latest, None);
/// ```
pub struct Checkpoints<'a> {
    interval: CheckpointInterval,
    /// Receiver of the state; `None` on a rank whose states another one saves.
    save: Option<Box<dyn FnMut(AnyTrainingState) + Send + 'a>>,
    request: Option<&'a AtomicBool>,
    end: Interrupt<'a>,
    latest: Latest,
    /// Steps until the clock is read, and between the latest two reads.
    steps_to_read: u32,
    steps_per_read: u32,
    read: Instant,
}

/// Position of the latest checkpoint.
struct Latest {
    epoch: Option<u64>,
    steps: Option<u64>,
    time: Instant,
}

impl<'a> Checkpoints<'a> {
    /// Creates a receiver that is called at this interval.
    pub fn new(interval: CheckpointInterval, save: impl FnMut(AnyTrainingState) + Send + 'a) -> Self {
        Self { save: Some(Box::new(save)), ..Self::of_other_rank(interval) }
    }

    /// Creates the checkpoints of a rank whose states another one saves.
    pub(crate) fn of_other_rank(interval: CheckpointInterval) -> Self {
        let now = Instant::now();
        Self {
            interval,
            save: None,
            request: None,
            end: Interrupt::NEVER,
            latest: Latest { epoch: None, steps: None, time: now },
            steps_to_read: 1,
            steps_per_read: 1,
            read: now,
        }
    }

    /// Passes on the state also as soon as the flag is set, which is cleared then.
    #[must_use]
    pub fn on_request(mut self, request: &'a AtomicBool) -> Self {
        self.request = Some(request);
        self
    }

    /// Ends the training on request: the step is finished and the state passed on. In contrast to
    /// [`Callbacks::interrupt`](super::Callbacks::interrupt), the state then is one of the uninterrupted training.
    #[must_use]
    pub fn end_on(mut self, end: impl Into<Interrupt<'a>>) -> Self {
        self.end = end.into();
        self
    }

    /// Returns `true` if this rank receives states.
    pub(super) fn receive(&self) -> bool {
        self.save.is_some()
    }

    /// Returns `true` if the training must end after this checkpoint.
    pub(super) fn end_is_requested(&self) -> bool {
        self.end.is_requested()
    }

    /// Returns `true` if the state after this many epochs and steps is to be passed on.
    pub(super) fn is_due(&mut self, epoch: u64, steps: u64) -> bool {
        let is_requested = self
            .request
            .is_some_and(|request| request.load(Ordering::Relaxed) && request.swap(false, Ordering::Relaxed));
        // The interval begins at the start of the training, and anew where the training has gone back.
        let Latest { epoch: latest_epoch, steps: latest_steps, .. } = &mut self.latest;
        let latest_epoch = *latest_epoch.insert(latest_epoch.map_or(epoch, |latest| latest.min(epoch)));
        let latest_steps = *latest_steps.insert(latest_steps.map_or(steps, |latest| latest.min(steps)));
        let is_due = match self.interval {
            CheckpointInterval::Epoch => epoch > latest_epoch,
            CheckpointInterval::Steps(interval) => steps - latest_steps >= interval,
            CheckpointInterval::Time(interval) => self.has_passed(interval),
        };
        is_due || is_requested
    }

    /// Returns `true` if this time has passed since the latest checkpoint.
    fn has_passed(&mut self, interval: Duration) -> bool {
        self.steps_to_read -= 1;
        if self.steps_to_read > 0 {
            return false;
        }
        let now = Instant::now();
        let is_often = now - self.read < CLOCK_RESOLUTION;
        self.steps_per_read = if is_often { (2 * self.steps_per_read).min(MAX_STEPS_PER_READ) } else { 1 };
        (self.steps_to_read, self.read) = (self.steps_per_read, now);
        now - self.latest.time >= interval
    }

    /// Passes on the state after this many epochs and steps.
    pub(super) fn save(&mut self, state: AnyTrainingState, epoch: u64, steps: u64) {
        if let Some(save) = &mut self.save {
            save(state);
        }
        self.latest = Latest { epoch: Some(epoch), steps: Some(steps), time: Instant::now() };
    }
}

impl fmt::Debug for Checkpoints<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoints").field("interval", &self.interval).field("end", &self.end).finish_non_exhaustive()
    }
}
