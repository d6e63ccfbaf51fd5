//! The ranks that a launcher of MPI has started.

use std::io::Write;
use std::thread;
use std::time::Duration;

use thalweg_learn::train::Team;
use thalweg_mpi::{MpiJob, MpiTeam};

use crate::exit::ExitCode;

/// Time after which a rank reports an error that is not one of rank 0 as well, and the longest additional one by which
/// later ranks wait for earlier ones: most errors are those of all ranks, and are printed once.
const FIRST_DELAY: Duration = Duration::from_millis(700);
const LAST_DELAY: Duration = Duration::from_millis(1300);

/// Ranks of MPI, which ends when they are dropped.
#[derive(Debug)]
pub(super) struct MpiRanks {
    team: MpiTeam,
    _job: MpiJob,
}

impl MpiRanks {
    /// Starts MPI, which waits for all ranks.
    pub(super) fn start() -> Self {
        let job = MpiJob::start().expect("a process starts MPI once");
        Self { team: job.team(), _job: job }
    }

    pub(super) fn team(&self) -> &dyn Team {
        &self.team
    }

    /// Reports an error of this rank and ends all ranks with its exit code.
    pub(super) fn fail(&self, report: impl FnOnce() -> ExitCode) -> ! {
        let (rank, ranks) = (self.team.rank(), self.team.ranks());
        if rank > 0 {
            // Rank 0 ends this one meanwhile if it has the error as well.
            thread::sleep(FIRST_DELAY + LAST_DELAY.mul_f64(rank as f64 / ranks as f64));
        }
        let _ = writeln!(std::io::stderr(), "on rank {rank} of {ranks}, host {}:", MpiJob::host());
        MpiJob::abort(report().into())
    }
}
