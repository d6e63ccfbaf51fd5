//! Builds without MPI, in which a process is alone.

use std::time::Duration;

use thalweg_learn::train::Team;

use crate::exit::ExitCode;

/// Ranks of MPI, of which there are none.
#[derive(Debug)]
pub(super) enum MpiRanks {}

impl MpiRanks {
    pub(super) fn start() -> Option<Self> {
        None
    }

    pub(super) fn team(&self) -> &dyn Team {
        match *self {}
    }

    pub(super) fn watch(&self, _deadline: Duration) {
        match *self {}
    }

    pub(super) fn waited(&self) -> Duration {
        match *self {}
    }

    pub(super) fn fail(&self, _report: impl FnOnce() -> ExitCode) -> ! {
        match *self {}
    }
}
