//! Threads that share the work: those of the pool in which the caller runs, otherwise those of a private pool.
//!
//! All parallel work of this crate goes through these functions, none of which uses the global pool unless the caller
//! runs in it.

use rayon::iter::plumbing::{Producer, ProducerCallback};
use rayon::prelude::*;

/// Rows from which the work justifies starting the threads of a private pool.
const MIN_ROWS: usize = 4096;

/// Returns `true` if the calling thread belongs to a pool.
pub(crate) fn is_inside() -> bool {
    rayon::current_thread_index().is_some()
}

/// Returns the number of threads that share the work of the calling thread.
pub(crate) fn thread_count() -> usize {
    if is_inside() { rayon::current_num_threads() } else { 1 }
}

/// Runs `work` on many rows in the pool of the caller, or in a private one. Outside every pool, work on few rows stays
/// on the calling thread; so does all work if the threads of a pool cannot be started.
pub(crate) fn in_pool<T: Send>(rows: usize, work: impl FnOnce() -> T + Send) -> T {
    if is_inside() { work() } else { in_pool_of(0, rows, work) }
}

/// Runs `work` on many rows in a private pool of a number of threads, 0 for one per core; see [`in_pool`].
pub(crate) fn in_pool_of<T: Send>(threads: usize, rows: usize, work: impl FnOnce() -> T + Send) -> T {
    if rows < MIN_ROWS {
        return work();
    }
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

/// Runs both functions, inside a pool at the same time.
pub(crate) fn join<A: Send, B: Send>(a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    if is_inside() { rayon::join(a, b) } else { (a(), b()) }
}

/// Applies `work` to every item, inside a pool on all its threads.
pub(crate) fn for_each<I: IndexedParallelIterator>(items: I, work: impl Fn(I::Item) + Send + Sync) {
    for_each_init(items, || (), |(), item| work(item));
}

/// Applies `work` to every item as [`for_each`], with a value of `init` that several calls share in turn.
pub(crate) fn for_each_init<I: IndexedParallelIterator, V>(
    items: I,
    init: impl Fn() -> V + Send + Sync,
    work: impl Fn(&mut V, I::Item) + Send + Sync,
) {
    if is_inside() {
        return items.for_each_init(init, work);
    }
    let mut value = init();
    items.with_producer(OnThisThread(|item| work(&mut value, item)));
}

/// Returns the results of `work` in the order of the items; see [`for_each`].
pub(crate) fn map<I: IndexedParallelIterator, T: Send>(items: I, work: impl Fn(I::Item) -> T + Send + Sync) -> Vec<T> {
    map_init(items, || (), |(), item| work(item))
}

/// Returns the results of `work` in the order of the items; see [`for_each_init`].
pub(crate) fn map_init<I: IndexedParallelIterator, V, T: Send>(
    items: I,
    init: impl Fn() -> V + Send + Sync,
    work: impl Fn(&mut V, I::Item) -> T + Send + Sync,
) -> Vec<T> {
    if is_inside() {
        return items.map_init(init, work).collect();
    }
    let (mut value, mut results) = (init(), Vec::with_capacity(items.len()));
    items.with_producer(OnThisThread(|item| results.push(work(&mut value, item))));
    results
}

/// Consumer of all items of a parallel iterator on the calling thread, in their order.
struct OnThisThread<W>(W);

impl<T, W: FnMut(T)> ProducerCallback<T> for OnThisThread<W> {
    type Output = ();

    fn callback<P: Producer<Item = T>>(self, producer: P) {
        producer.into_iter().for_each(self.0);
    }
}
