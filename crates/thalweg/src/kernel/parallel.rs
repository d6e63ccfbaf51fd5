//! Parallel loops over lists of tasks of any sizes: one fork and one join.

use std::sync::{Mutex, PoisonError};

use super::pool;

/// Largest amount of work, in numbers, that one thread does alone: a fork and a join cost about as much as a step of
/// this size.
const SERIAL: usize = 1 << 15;
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
    for_each(into_batches(tasks, size).into_iter(), |batch| batch.into_iter().for_each(&work));
}

/// Runs `work` on each item, on the threads of the caller's pool.
pub(super) fn for_each<T: Send>(items: impl Iterator<Item = T>, work: impl Fn(T) + Sync) {
    let items: Vec<_> = items.map(|item| Mutex::new(Some(item))).collect();
    pool::for_each_index(items.len(), &|i| {
        let item = items[i].lock().unwrap_or_else(PoisonError::into_inner).take();
        work(item.unwrap_or_else(|| unreachable!("each index comes once")));
    });
}

/// Number of threads that an amount of work is worth.
pub(super) fn threads_for(total: usize) -> usize {
    if total <= SERIAL { 1 } else { pool::threads() }
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
