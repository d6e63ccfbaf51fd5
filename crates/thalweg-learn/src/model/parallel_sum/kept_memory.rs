//! Memory of partial sums, kept from sum to sum: memory that was returned to the system is mapped page by page when it
//! is needed again, which takes a good part of the time of a sum of wide sparse rows.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::summand::Summand;

static KEPT: Mutex<Kept> = Mutex::new(Kept { holders: 0, vectors: Vec::new() });

struct Kept {
    /// Number of values of [`KeptMemory`].
    holders: usize,
    /// Vectors that no sum uses.
    vectors: Vec<Vec<u64>>,
}

fn kept() -> MutexGuard<'static, Kept> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the memory of partial sums while it exists.
#[derive(Debug)]
pub(crate) struct KeptMemory(());

impl KeptMemory {
    pub(crate) fn new() -> Self {
        kept().holders += 1;
        Self(())
    }
}

impl Drop for KeptMemory {
    fn drop(&mut self) {
        let mut kept = kept();
        kept.holders -= 1;
        if kept.holders == 0 {
            kept.vectors = Vec::new();
        }
    }
}

/// A vector for a partial sum, which begins at 0.
pub(super) struct ReusedVector<F> {
    words: Vec<u64>,
    len: usize,
    number: PhantomData<F>,
}

impl<F: Summand> ReusedVector<F> {
    pub(super) fn zeros(len: usize) -> Self {
        let mut words = kept().vectors.pop().unwrap_or_default();
        words.clear();
        words.resize((len * size_of::<F>()).div_ceil(size_of::<u64>()), 0);
        Self { words, len, number: PhantomData }
    }
}

impl<F> Drop for ReusedVector<F> {
    fn drop(&mut self) {
        let mut kept = kept();
        if kept.holders > 0 {
            kept.vectors.push(std::mem::take(&mut self.words));
        }
    }
}

impl<F: Summand> Deref for ReusedVector<F> {
    type Target = [F];

    fn deref(&self) -> &[F] {
        &F::of_words(&self.words)[..self.len]
    }
}

impl<F: Summand> DerefMut for ReusedVector<F> {
    fn deref_mut(&mut self) -> &mut [F] {
        &mut F::of_words_mut(&mut self.words)[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_begins_at_zero_in_memory_that_was_used() {
        let memory = KeptMemory::new();
        for len in [70, 7, 100, 0] {
            let (mut single, mut double) = (ReusedVector::<f32>::zeros(len), ReusedVector::<f64>::zeros(len));
            assert_eq!((&single[..], &double[..]), (&vec![0.0; len][..], &vec![0.0; len][..]));
            single.fill(1.0);
            double.fill(2.0);
        }
        drop(memory);
    }
}
