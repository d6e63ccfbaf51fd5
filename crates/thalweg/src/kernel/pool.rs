//! Threads of the pool in which the caller runs: the only use of rayon in this crate.
//!
//! Outside every pool, and without the feature `threads`, all work stays on the calling thread. So no thread is started
//! here, and the global pool is never used unless the caller runs in it.

#[cfg(feature = "threads")]
use rayon::prelude::*;

/// Number of threads that share the work: those of the pool in which this thread runs, otherwise 1.
pub(super) fn threads() -> usize {
    #[cfg(feature = "threads")]
    if rayon::current_thread_index().is_some() {
        return rayon::current_num_threads();
    }
    1
}

/// Runs both functions, at the same time where several threads share the work.
pub(super) fn join<A: Send, B: Send>(a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    #[cfg(feature = "threads")]
    if threads() > 1 {
        return rayon::join(a, b);
    }
    (a(), b())
}

/// Runs `work` on every number below `n`, each as a task of its own. A pointer, so that the parallel loop is compiled
/// once and not for every rule and element type.
pub(super) fn for_each_index(n: usize, work: &(dyn Fn(usize) + Sync)) {
    #[cfg(feature = "threads")]
    if threads() > 1 {
        return (0..n).into_par_iter().with_max_len(1).for_each(work);
    }
    (0..n).for_each(work);
}
