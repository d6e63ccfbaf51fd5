//! Parallel loops over lists of tasks of any sizes: one fork and one join.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

/// Largest amount of work, in numbers, that one thread does alone: a fork and a join cost about as much as a step of
/// this size.
const SERIAL: usize = 1 << 15;
/// As [`SERIAL`], for a caller outside the pool: to wake a thread of the pool and to be woken costs some 15 µs.
const SERIAL_OUTSIDE: usize = 1 << 17;
/// Tasks are split at multiples of this many numbers.
pub(super) const SPLIT_MULTIPLE: usize = 1 << 12;
/// Batches per thread: a thread that is held up leaves its last ones to the others.
const BATCHES_PER_THREAD: usize = 4;

/// A task that can be split in two.
pub(super) trait Splittable: Sized + Send {
    /// Amount of work, in numbers.
    fn len(&self) -> usize;
    /// Splits off the first `middle` numbers; returns the task unchanged where it must stay whole.
    fn split(self, middle: usize) -> Result<(Self, Self), Self>;
}

/// Runs `work` on all `tasks`, in batches of about equal size; `total` is the sum of their lengths.
///
/// The batches decide which thread does what, never what comes out.
pub(super) fn for_each_balanced<T: Splittable>(
    tasks: impl Iterator<Item = T>,
    total: usize,
    work: impl Fn(T) + Sync + Send,
) {
    let threads = threads_for(total);
    if threads == 1 {
        return tasks.for_each(work);
    }
    let size = total.div_ceil(BATCHES_PER_THREAD * threads).next_multiple_of(SPLIT_MULTIPLE).max(SERIAL / 2);
    for_each_batch(into_batches(tasks, size), |batch| batch.into_iter().for_each(&work));
}

/// Runs `work` on each batch, on the threads of the current pool.
pub(super) fn for_each_batch<T: Send>(batches: Vec<Vec<T>>, work: impl Fn(Vec<T>) + Sync) {
    let batches: Vec<_> = batches.into_iter().map(Mutex::new).collect();
    for_each_index(batches.len(), &|i| {
        work(std::mem::take(&mut *batches[i].lock().unwrap_or_else(PoisonError::into_inner)));
    });
}

/// The only parallel loop of the kernels, behind one pointer: compiled once and not for every rule and element type.
fn for_each_index(n: usize, work: &(dyn Fn(usize) + Sync)) {
    (0..n).into_par_iter().with_max_len(1).for_each(work);
}

/// Number of threads that an amount of work is worth.
pub(super) fn threads_for(total: usize) -> usize {
    let serial = if rayon::current_thread_index().is_some() { SERIAL } else { SERIAL_OUTSIDE };
    if total <= serial { 1 } else { rayon::current_num_threads() }
}

/// Returns `true` if the tasks are numerous and small enough, compared with a thread's part, that several threads
/// can share them without splitting any.
pub(super) fn are_many(lengths: impl ExactSizeIterator<Item = usize>, total: usize) -> bool {
    let threads = threads_for(total);
    let small = SERIAL.min(total / (8 * threads));
    threads > 1 && lengths.len() >= 16 * threads && lengths.max().is_none_or(|longest| longest <= small)
}

/// Distributes `tasks` over batches of about `size` numbers.
fn into_batches<T: Splittable>(tasks: impl Iterator<Item = T>, size: usize) -> Vec<Vec<T>> {
    let mut batches = Vec::new();
    let (mut batch, mut room) = (Vec::new(), size);
    for mut task in tasks {
        while task.len() > room + SPLIT_MULTIPLE {
            match task.split(room.next_multiple_of(SPLIT_MULTIPLE)) {
                Ok((head, tail)) => {
                    batch.push(head);
                    batches.push(std::mem::take(&mut batch));
                    (task, room) = (tail, size);
                }
                Err(whole) => {
                    task = whole;
                    break;
                }
            }
        }
        room = room.saturating_sub(task.len());
        batch.push(task);
        if room == 0 {
            batches.push(std::mem::take(&mut batch));
            room = size;
        }
    }
    batches.push(batch);
    batches
}
