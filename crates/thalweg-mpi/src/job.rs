//! Processes that a launcher of MPI has started.

use std::fmt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mpi::Threading;
use mpi::collective::CommunicatorCollectives;
use mpi::datatype::{Partition, PartitionMut};
use mpi::environment::{self, Universe};
use mpi::topology::{Communicator, SimpleCommunicator};
use thalweg_learn::train::Team;

/// This process as one of the ranks that `mpirun` or another launcher has started.
///
/// MPI ends when the value is dropped, which waits for the other ranks: a process that ends for a reason of its own
/// calls [`MpiJob::abort`] instead.
///
/// ```no_run
/// use thalweg_learn::{Callbacks, FitConfig};
/// use thalweg_mpi::MpiJob;
///
/// let job = MpiJob::start().expect("MPI has not been started before");
/// let fitted = FitConfig::new("y").run(std::path::Path::new("data.csv"), Callbacks::new().team(&job.team()));
/// let Ok((report, _)) = fitted else { MpiJob::abort(1) };
/// if job.team().is_root() {
///     println!("{:?}", report.stopped);
/// }
/// ```
pub struct MpiJob {
    _universe: Universe,
}

/// All ranks of the job, those of `MPI_COMM_WORLD`.
#[derive(Clone, Copy, Debug)]
pub struct MpiTeam {
    // Only a job makes it, so that MPI has been started.
    _private: (),
}

impl MpiJob {
    /// Starts MPI; `None` if it has been started before. Without a launcher, the process is the only rank.
    pub fn start() -> Option<Self> {
        // Training runs on the threads of a pool, of which one at a time exchanges numbers.
        let (universe, _) = environment::initialize_with_threading(Threading::Serialized)?;
        Some(Self { _universe: universe })
    }

    /// Returns the team of all ranks.
    pub fn team(&self) -> MpiTeam {
        MpiTeam { _private: () }
    }

    /// Returns the name of this host.
    pub fn host() -> String {
        environment::processor_name().unwrap_or_else(|_| "unknown".into())
    }

    /// Returns how long this rank has been in its present exchange with the others; `None` between two exchanges.
    /// Within one, a rank does nothing but wait and copy: a long time means that another rank does not answer.
    pub fn waiting() -> Option<Duration> {
        let since = WAITING_SINCE.load(Ordering::Relaxed);
        (since > 0).then(|| Duration::from_nanos(nanoseconds().saturating_sub(since)))
    }

    /// Returns the time that this rank has spent in exchanges with the others.
    pub fn waited() -> Duration {
        Duration::from_nanos(WAITED.load(Ordering::Relaxed))
    }

    /// Ends all ranks with this exit code.
    pub fn abort(code: u8) -> ! {
        SimpleCommunicator::world().abort(code.into())
    }
}

impl fmt::Debug for MpiJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MpiJob").field("rank", &self.team().rank()).field("ranks", &self.team().ranks()).finish()
    }
}

impl MpiTeam {
    /// Returns `true` for rank 0, which writes files and messages.
    pub fn is_root(self) -> bool {
        self.rank() == 0
    }
}

// The communicator is looked up for each call, as it cannot be moved between threads with every implementation of MPI.
// A call that fails ends all ranks: that is what MPI does by default.
impl Team for MpiTeam {
    fn rank(&self) -> usize {
        count(SimpleCommunicator::world().rank())
    }

    fn ranks(&self) -> usize {
        count(SimpleCommunicator::world().size())
    }

    fn all_to_all(&self, sent: &[u8], sent_lens: &[usize], received: &mut [u8], received_lens: &[usize]) {
        let (sent_counts, received_counts) = (counts(sent_lens), counts(received_lens));
        let sent = Partition::new(allocated(sent), &sent_counts[..], displacements(&sent_counts));
        let mut nothing = [0; 1];
        let received = if received.is_empty() { &mut nothing[..0] } else { received };
        let mut received = PartitionMut::new(received, &received_counts[..], displacements(&received_counts));
        timed(|| SimpleCommunicator::world().all_to_all_varcount_into(&sent, &mut received));
    }

    fn all_gather(&self, sent: &[u8], received: &mut [u8], received_lens: &[usize]) {
        let received_counts = counts(received_lens);
        let mut nothing = [0; 1];
        let received = if received.is_empty() { &mut nothing[..0] } else { received };
        let mut received = PartitionMut::new(received, &received_counts[..], displacements(&received_counts));
        timed(|| SimpleCommunicator::world().all_gather_varcount_into(allocated(sent), &mut received));
    }
}

/// Returns the bytes of a message at an address of memory. That of a list without bytes may be any number, which MPI
/// may take for a constant: 1 is `MPI_IN_PLACE` of Open MPI.
fn allocated(message: &[u8]) -> &[u8] {
    static NOTHING: [u8; 1] = [0];
    if message.is_empty() { &NOTHING[..0] } else { message }
}

/// Start of the clock, in nanoseconds of which the times below are.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Start of the present exchange; 0 between two exchanges.
static WAITING_SINCE: AtomicU64 = AtomicU64::new(0);

/// Time spent in exchanges so far.
static WAITED: AtomicU64 = AtomicU64::new(0);

/// Returns the time on the clock, more than 0.
fn nanoseconds() -> u64 {
    START.elapsed().as_nanos() as u64 + 1
}

/// Runs an exchange, whose time is counted.
fn timed(exchange: impl FnOnce()) {
    let start = nanoseconds();
    WAITING_SINCE.store(start, Ordering::Relaxed);
    exchange();
    WAITING_SINCE.store(0, Ordering::Relaxed);
    WAITED.fetch_add(nanoseconds() - start, Ordering::Relaxed);
}

fn count(number: i32) -> usize {
    usize::try_from(number).expect("MPI counts from 0")
}

/// Returns lengths in bytes as counts of MPI.
fn counts(lens: &[usize]) -> Vec<i32> {
    lens.iter().map(|&len| i32::try_from(len).expect("messages of less than 2 GiB")).collect()
}

/// Returns the positions of messages that are stored one after another.
fn displacements(counts: &[i32]) -> Vec<i32> {
    let add = |at: &mut i32, count: &i32| {
        let start = *at;
        *at = at.checked_add(*count).expect("messages of less than 2 GiB together");
        Some(start)
    };
    counts.iter().scan(0, add).collect()
}
