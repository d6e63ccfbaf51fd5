//! The threads that do the work.

use anyhow::Result;

/// Runs `work` on so many threads; `None`: one for each core.
pub(crate) fn on<T: Send>(threads: Option<u16>, work: impl FnOnce() -> T + Send) -> Result<T> {
    let threads = threads.map_or(0, usize::from);
    Ok(rayon::ThreadPoolBuilder::new().num_threads(threads).build()?.install(work))
}
