//! Time of a fit.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::interrupt::{Agreement, Interrupt};
use crate::train::{TrainingBudget, TrainingConfig};

/// Part of the time of a fit that the search for a penalty or a learning rate may take.
const SEARCH_SHARE: f64 = 0.25;

/// Part of a fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FitStage {
    /// Search for the L2 penalty, which then has its default.
    PenaltySearch,
    /// Learning rate range test: the learning rate then is that of the method.
    RangeTest,
    /// Last fit to all rows: the model then is that of the training rows.
    LastFit,
}

/// Time of a fit, of all its parts where it was continued, next to its budget.
#[derive(Clone, Copy, Debug)]
pub(super) struct FitClock {
    start: Instant,
    /// Time before the start.
    before: Duration,
    budget: TrainingBudget,
}

impl FitClock {
    /// Starts the clock of a fit that has taken some seconds before.
    pub(super) fn start(budget: TrainingBudget, seconds_before: f64) -> Self {
        let before = Duration::try_from_secs_f64(seconds_before).unwrap_or(Duration::ZERO);
        Self { start: Instant::now(), before, budget }
    }

    fn elapsed(self) -> Duration {
        self.before.saturating_add(self.start.elapsed())
    }

    /// Seconds of the fit, those of its earlier parts included.
    pub(super) fn seconds(self) -> f64 {
        self.elapsed().as_secs_f64()
    }

    /// Returns these settings with the time that is left.
    pub(super) fn limit(self, config: TrainingConfig) -> TrainingConfig {
        let max_time = self.budget.after(self.elapsed()).max_time;
        TrainingConfig { budget: TrainingBudget { max_time, ..config.budget }, ..config }
    }

    /// Returns `true` if the time of the budget has passed.
    pub(super) fn is_over(self) -> bool {
        self.budget.max_time.is_some_and(|time| self.elapsed() >= time)
    }

    /// Returns `true` if a search for a penalty or a learning rate has taken its part of the time.
    pub(super) fn search_is_over(self) -> bool {
        self.budget.max_time.is_some_and(|time| self.elapsed() >= time.mul_f64(SEARCH_SHARE))
    }

    /// Calls `search` with an interrupt that comes when this function says so, or when the caller requests it.
    pub(super) fn until<T>(
        self,
        is_over: fn(Self) -> bool,
        interrupt: Interrupt<'_>,
        search: impl FnOnce(Interrupt<'_>) -> T,
    ) -> T {
        search(Agreement::with_reason(interrupt, &|| is_over(self)).interrupt())
    }
}
