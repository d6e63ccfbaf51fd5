//! Thread pool of a command.

use anyhow::Result;

/// Runs `work` in a pool of `threads` threads, or of one thread per core if `None`.
pub(crate) fn run_in_pool<T: Send>(threads: Option<u16>, work: impl FnOnce() -> T + Send) -> Result<T> {
    let threads = threads.map_or(0, usize::from);
    Ok(rayon::ThreadPoolBuilder::new().num_threads(threads).build()?.install(work))
}
