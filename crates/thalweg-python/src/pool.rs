//! The threads that share the work: one pool for each process, made when it is first needed.

use std::num::NonZeroUsize;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::available_parallelism;

use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::invalid;

/// Numbers up to which a step is not worth a second thread.
const SERIAL: usize = 1 << 15;

/// Most threads for each core: more of them only cost time and memory.
const THREADS_PER_CORE: usize = 4;

/// Number of threads that is allowed on any machine.
const ALWAYS_ALLOWED: usize = 16;

/// Variable of the environment with the default number of threads.
const VARIABLE: &str = "THALWEG_THREADS";

/// Number of threads that [`set_threads`] was given; 0 for the default.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// The pool, with the process that made it and the number of its threads.
static POOL: Mutex<Option<ProcessPool>> = Mutex::new(None);

struct ProcessPool {
    process: u32,
    threads: usize,
    pool: Arc<ThreadPool>,
}

/// Number of threads that share the work: as given to ``set_threads``, otherwise that of ``THALWEG_THREADS`` in the
/// environment, otherwise the number of cores that the process may use.
#[pyfunction]
pub(crate) fn threads() -> usize {
    let cores = available_parallelism().map_or(1, NonZeroUsize::get);
    let default = || std::env::var(VARIABLE).ok()?.trim().parse().ok().filter(|threads| *threads > 0);
    let threads = match THREADS.load(Ordering::Relaxed) {
        0 => default().unwrap_or(cores),
        threads => threads,
    };
    bounded(threads)
}

/// Set the number of threads that share the work, or the default again with ``None``.
#[pyfunction]
#[pyo3(signature = (threads))]
pub(crate) fn set_threads(py: Python<'_>, threads: Option<i64>) -> PyResult<()> {
    let threads = match threads {
        None => 0,
        Some(threads) => usize::try_from(threads)
            .ok()
            .filter(|threads| *threads > 0)
            .ok_or_else(|| invalid(py, &format!("threads must be at least 1, but is {threads}")))?,
    };
    THREADS.store(threads, Ordering::Relaxed);
    Ok(())
}

/// Does work on `numbers` numbers, in the pool if it is worth it.
pub(crate) fn run_on<T: Send>(numbers: usize, work: impl FnOnce() -> T + Send) -> T {
    if numbers <= SERIAL || threads() == 1 { work() } else { run(work) }
}

/// Does work in the pool of this process; on the calling thread, if no threads can be started.
pub(crate) fn run<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    match pool() {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// Starts the threads of a pool for one long piece of work, as many as given or as the process has by default; `None`,
/// if they cannot be started.
pub(crate) fn own(threads: Option<usize>) -> Option<ThreadPool> {
    ThreadPoolBuilder::new().num_threads(threads.map_or_else(self::threads, bounded)).build().ok()
}

/// Returns a number of threads that the machine may start.
fn bounded(threads: usize) -> usize {
    let cores = available_parallelism().map_or(1, NonZeroUsize::get);
    threads.min(ALWAYS_ALLOWED.max(THREADS_PER_CORE.saturating_mul(cores)))
}

fn pool() -> Option<Arc<ThreadPool>> {
    let (process, threads) = (process::id(), threads());
    // After a fork, a thread that the child does not have may hold the lock: a pool of its own serves as well.
    let Ok(mut current) = POOL.try_lock() else { return build(threads) };
    if let Some(current) = current.as_ref().filter(|pool| pool.process == process && pool.threads == threads) {
        return Some(Arc::clone(&current.pool));
    }
    let pool = build(threads)?;
    let before = current.replace(ProcessPool { process, threads, pool: Arc::clone(&pool) });
    if let Some(before) = before.filter(|pool| pool.process != process) {
        // The threads of a parent's pool do not exist here; a drop would wait for them.
        std::mem::forget(before);
    }
    Some(pool)
}

fn build(threads: usize) -> Option<Arc<ThreadPool>> {
    ThreadPoolBuilder::new().num_threads(threads).build().ok().map(Arc::new)
}
