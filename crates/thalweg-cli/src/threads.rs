//! Thread pool of a command.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use anyhow::Result;

/// Most threads for each core: more of them only cost time and memory.
const THREADS_PER_CORE: usize = 4;

/// Number of threads that is allowed on any machine.
const ALWAYS_ALLOWED: usize = 16;

/// Runs `work` in a pool of `threads` threads, or of one thread per core if `None`.
pub(crate) fn run_in_pool<T: Send>(threads: Option<u16>, work: impl FnOnce() -> T + Send) -> Result<T> {
    let cores = available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = threads.map_or(0, |threads| thread_count(threads, cores));
    Ok(rayon::ThreadPoolBuilder::new().num_threads(threads).build()?.install(work))
}

/// Returns the number of threads to start for the number that was asked for.
fn thread_count(asked: u16, cores: usize) -> usize {
    usize::from(asked).min(ALWAYS_ALLOWED.max(THREADS_PER_CORE.saturating_mul(cores)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_beyond_the_cores_are_bounded() {
        assert_eq!([1, 2, 16, 17, 65_535].map(|asked| thread_count(asked, 2)), [1, 2, 16, 16, 16]);
        assert_eq!([64, 256, 20_000].map(|asked| thread_count(asked, 64)), [64, 256, 256]);
    }
}
