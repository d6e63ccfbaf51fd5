//! The ranks that a launcher of MPI has started.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use thalweg_learn::train::Team;
use thalweg_mpi::{MpiJob, MpiTeam};

use crate::exit::{self, ExitCode};
use crate::report::format::format_duration;

/// Time after which a rank reports an error that is not one of rank 0 as well, and the longest additional one by which
/// later ranks wait for earlier ones: most errors are those of all ranks, and are printed once.
const FIRST_DELAY: Duration = Duration::from_millis(700);
const LAST_DELAY: Duration = Duration::from_millis(1300);

/// Time in which the launcher forwards what a rank has written. That of MPICH drops the rest when a job is aborted.
const TIME_TO_FORWARD: Duration = Duration::from_millis(100);

/// Longest time between two looks at the clock.
const MAX_INTERVAL: Duration = Duration::from_secs(1);

/// Ranks of MPI, which ends when they are dropped.
#[derive(Debug)]
pub(super) struct MpiRanks {
    team: MpiTeam,
    _job: MpiJob,
}

impl MpiRanks {
    /// Starts MPI, which waits for all ranks; `None` if it has been started before.
    pub(super) fn start() -> Option<Self> {
        let job = MpiJob::start()?;
        Some(Self { team: job.team(), _job: job })
    }

    pub(super) fn team(&self) -> &dyn Team {
        &self.team
    }

    /// Ends this process, and with it the job, once another rank has not answered by the deadline; until the value that
    /// is returned is dropped.
    pub(super) fn watch(&self, deadline: Duration) -> Watch {
        let (rank, ranks, ended) = (self.team.rank(), self.team.ranks(), Arc::new(AtomicBool::new(false)));
        let watch = Watch(Arc::clone(&ended));
        thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                if MpiJob::waiting().is_some_and(|time| time >= deadline) {
                    let time = format_duration(deadline.as_secs_f64());
                    let _ = writeln!(
                        std::io::stderr(),
                        "on rank {rank} of {ranks}, host {}:\nerror: another rank has not answered for {time} \
                         (--deadline); --resume continues from the latest checkpoint, if there is one",
                        MpiJob::host()
                    );
                    // No function of MPI, which waits as well: the launcher ends the other ranks.
                    signal_hook::low_level::exit(exit::FAILURE.into());
                }
                thread::sleep(MAX_INTERVAL.min(deadline / 10));
            }
        });
        watch
    }

    /// Returns the time that this rank has spent in exchanges.
    #[expect(clippy::unused_self, reason = "there is no such time before MPI has been started")]
    pub(super) fn waited(&self) -> Duration {
        MpiJob::waited()
    }

    /// Reports an error of this rank and ends all ranks with its exit code.
    pub(super) fn fail(&self, report: impl FnOnce() -> ExitCode) -> ! {
        let (rank, ranks) = (self.team.rank(), self.team.ranks());
        if rank > 0 {
            // Rank 0 ends this one meanwhile if it has the error as well.
            thread::sleep(FIRST_DELAY + LAST_DELAY.mul_f64(rank as f64 / ranks as f64));
        }
        let place = format!("on rank {rank} of {ranks}, host {}:\n", MpiJob::host());
        let _ = std::io::stderr().write_all(place.as_bytes());
        let code = report();
        thread::sleep(TIME_TO_FORWARD);
        MpiJob::abort(code.into())
    }
}

/// Watch over the answers of the other ranks.
#[derive(Debug)]
pub(crate) struct Watch(Arc<AtomicBool>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
