//! Processes that a launcher has started together, as `mpirun -n 4 thalweg fit …` does.

mod agreement;
mod launcher;
#[cfg(feature = "mpi")]
mod mpi;
#[cfg(not(feature = "mpi"))]
mod without_mpi;

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use anyhow::Result;
use thalweg_compare::ComparisonRanks;
use thalweg_learn::train::{SingleProcess, Team, gather_messages};

use crate::commands::RankArgs;
use crate::exit::{self, ExitCode, UsageError};
use launcher::Launch;
#[cfg(feature = "mpi")]
use mpi::MpiRanks;
#[cfg(not(feature = "mpi"))]
use without_mpi::MpiRanks;

/// Longest time to wait for a rank of a fit where none is given.
const DEADLINE: Duration = Duration::from_mins(10);

/// The ranks of this run, of which this process is one.
pub(crate) struct Ranks {
    mpi: Option<MpiRanks>,
    /// Longest time to wait for a rank, if it is given.
    deadline: Option<Duration>,
}

impl Ranks {
    /// Returns the ranks that a launcher has started, or this process alone; `args` say what the command line
    /// expects.
    ///
    /// # Errors
    /// Several processes were started that would each do the same as one, and write the same files: this build has no
    /// MPI, or another one than the launcher.
    pub(crate) fn start(args: &RankArgs) -> Result<Self> {
        let launch = Launch::from_environment();
        let expected = args.ranks.map(NonZeroUsize::get);
        if expected == Some(1) || (expected.is_none() && launch.as_ref().is_none_or(|launch| launch.processes == 1)) {
            return Ok(Self::alone());
        }
        Self::start_several(launch.as_ref(), expected, args)
    }

    fn start_several(launch: Option<&Launch>, expected: Option<usize>, args: &RankArgs) -> Result<Self> {
        let refuse = |cause: &str| UsageError(launcher::refusal(launch, expected, cause)).into();
        let Some(mpi) = MpiRanks::start() else {
            return Err(refuse("this build of thalweg has no MPI"));
        };
        let (ranks, wanted) = (mpi.team().ranks(), expected.or(launch.map(|launch| launch.processes)));
        if wanted.is_none_or(|wanted| wanted == ranks) {
            return Ok(Self { mpi: Some(mpi), deadline: args.deadline });
        }
        if ranks > 1 {
            mpi.fail(|| exit::report_error(&refuse(&format!("MPI sees {ranks}"))));
        }
        // The processes do not know each other, so each of them ends by itself.
        Err(refuse("MPI sees 1: this build of thalweg is for another implementation of MPI"))
    }

    /// Returns this process as the only rank.
    pub(crate) fn alone() -> Self {
        Self { mpi: None, deadline: None }
    }

    /// Returns the team that trains together.
    pub(crate) fn team(&self) -> &dyn Team {
        self.mpi.as_ref().map_or(&SingleProcess, MpiRanks::team)
    }

    /// Returns the number of ranks.
    pub(crate) fn count(&self) -> usize {
        self.team().ranks()
    }

    /// Returns `true` for the rank that prints and writes.
    pub(crate) fn is_root(&self) -> bool {
        self.team().rank() == 0
    }

    /// Refuses several ranks for a command that does not use them.
    pub(crate) fn check_alone(&self) -> Result<(), UsageError> {
        let count = self.count();
        if count == 1 {
            return Ok(());
        }
        let text = "only `thalweg fit` and `thalweg compare` use several; --ranks 1 runs each process by itself";
        Err(UsageError(format!("expected one process, found {count}: {text}")))
    }

    /// Returns what rank 0 says, on all ranks.
    pub(crate) fn broadcast(&self, message: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
        let message = if self.is_root() { message() } else { Vec::new() };
        if self.count() == 1 { message } else { gather_messages(self.team(), &message).swap_remove(0) }
    }

    /// Trains on all ranks. The job ends if a rank has not answered by the deadline. Returns also the part of the time
    /// that each rank has spent in exchanges.
    pub(crate) fn train<T>(&self, train: impl FnOnce() -> Result<T>) -> Result<(T, Vec<f64>)> {
        let _watch = self.mpi.as_ref().map(|mpi| mpi.watch(self.deadline.unwrap_or(DEADLINE)));
        let (start, waited) = (Instant::now(), self.waited());
        let trained = train()?;
        let share = self.waited().saturating_sub(waited).as_secs_f64() / start.elapsed().as_secs_f64();
        let shares = gather_messages(self.team(), &share.to_ne_bytes()).concat();
        Ok((trained, shares.as_chunks().0.iter().map(|share| f64::from_ne_bytes(*share)).collect()))
    }

    /// Makes the runs of a comparison on all ranks. The job ends if a rank has not answered by a deadline that is
    /// given: how long the runs of another rank take is not known.
    pub(crate) fn compare<T>(&self, compare: impl FnOnce(ComparisonRanks<'_>) -> T) -> T {
        let watch = |mpi: &MpiRanks| self.deadline.map(|deadline| mpi.watch(deadline));
        let _watch = self.mpi.as_ref().and_then(watch);
        let gather = |message: &[u8]| gather_messages(self.team(), message);
        compare(ComparisonRanks { rank: self.team().rank(), count: self.count(), gather: &gather })
    }

    /// Returns the time that this rank has spent in exchanges.
    fn waited(&self) -> Duration {
        self.mpi.as_ref().map_or(Duration::ZERO, MpiRanks::waited)
    }

    /// Ends a run on all ranks with the exit code of rank 0.
    pub(crate) fn finish(self, code: ExitCode) -> ExitCode {
        self.broadcast(|| vec![code.into()]).first().map_or(code, |code| ExitCode::from(*code))
    }

    /// Reports an error, which ends all ranks, and returns its exit code.
    pub(crate) fn fail(&self, report: impl FnOnce() -> ExitCode) -> ExitCode {
        if let Some(mpi) = &self.mpi {
            mpi.fail(report);
        }
        report()
    }

    /// Runs a command. An error, or a panic, of one rank ends all of them.
    pub(crate) fn run(self, command: impl FnOnce(&Self) -> Result<ExitCode>) -> ExitCode {
        use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
        match catch_unwind(AssertUnwindSafe(|| command(&self))) {
            Ok(Ok(code)) => self.finish(code),
            Ok(Err(error)) => self.fail(|| exit::report_error(&error)),
            Err(panic) if self.count() == 1 => resume_unwind(panic),
            // The hook has printed it.
            Err(_) => self.fail(|| ExitCode::from(exit::PANICKED)),
        }
    }
}
