//! Thread pool of a command.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use anyhow::Result;

/// Most threads for each core: more of them only cost time and memory.
const THREADS_PER_CORE: usize = 4;

/// Number of threads that is allowed on any machine.
const ALWAYS_ALLOWED: usize = 16;

/// Variable of the environment with the default number of threads, as everywhere in rayon.
const DEFAULT_THREADS: &str = "RAYON_NUM_THREADS";

/// Runs `work` in a pool of `threads` threads; by default as many as the environment says, or one per core.
pub(crate) fn run_in_pool<T: Send>(threads: Option<u16>, work: impl FnOnce() -> T + Send) -> Result<T> {
    let cores = available_parallelism().map_or(1, NonZeroUsize::get);
    let default = std::env::var(DEFAULT_THREADS).ok();
    let threads = thread_count(threads.map(usize::from), default.as_deref(), cores);
    Ok(rayon::ThreadPoolBuilder::new().num_threads(threads).build()?.install(work))
}

/// Returns the number of threads to start for the number that was asked for, or else for the text of the environment.
fn thread_count(asked: Option<usize>, default: Option<&str>, cores: usize) -> usize {
    let default = || default?.parse().ok().filter(|threads| *threads > 0);
    asked.or_else(default).unwrap_or(cores).min(ALWAYS_ALLOWED.max(THREADS_PER_CORE.saturating_mul(cores)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_beyond_the_cores_are_bounded() {
        let asked = |asked: usize, cores| thread_count(Some(asked), None, cores);
        assert_eq!([1, 2, 16, 17, 65_535].map(|count| asked(count, 2)), [1, 2, 16, 16, 16]);
        assert_eq!([64, 256, 20_000].map(|count| asked(count, 64)), [64, 256, 256]);
        let default = |text| thread_count(None, Some(text), 2);
        assert_eq!(["1", "5", "20000", "0", "-1", "many"].map(default), [1, 5, 16, 2, 2, 2]);
        assert_eq!((thread_count(Some(3), Some("9"), 2), thread_count(None, None, 64)), (3, 64));
    }
}
