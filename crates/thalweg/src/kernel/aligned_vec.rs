//! Arrays that begin with a cache line: a load across two lines costs twice.

use std::ops::{Deref, DerefMut};

/// Bytes of a cache line.
const LINE: usize = 64;
/// Bytes of a page.
const PAGE: usize = 4096;
/// Distance between the starts of two consecutive slots, modulo a page.
const STAGGER: usize = 17 * LINE;
/// Size in bytes from which on arrays are staggered: smaller ones would need as much memory again.
const MIN_STAGGERED: usize = 1 << 18;

/// An array of fixed length whose first element is at the start of a cache line.
///
/// The slots of a large tensor begin at different offsets within a page: a processor that compares the lower 12 bits
/// of addresses mistakes the load of one slot for the store of another where these agree, and waits.
#[derive(Debug)]
pub(crate) struct AlignedVec<T> {
    storage: Vec<T>,
    start: usize,
    len: usize,
    /// Number of the slot, which decides the offset within a page.
    slot: usize,
}

impl<T: Copy> AlignedVec<T> {
    pub(crate) fn new(value: T, len: usize, slot: usize) -> Self {
        let large = len * size_of::<T>() >= MIN_STAGGERED;
        let slack = if large { PAGE + LINE } else { LINE };
        let storage = vec![value; len + slack / size_of::<T>()];
        let line = storage.as_ptr().align_offset(LINE);
        let in_page = (storage.as_ptr() as usize + line * size_of::<T>()) % PAGE;
        let stagger = if large { ((slot + 1) * STAGGER + PAGE - in_page) % PAGE / size_of::<T>() } else { 0 };
        // `align_offset` may fail, though not at run time on known targets: then the array is not aligned, only
        // slower.
        let start = line.checked_add(stagger).filter(|start| start + len <= storage.len()).unwrap_or(0);
        Self { storage, start, len, slot }
    }
}

impl<T> Deref for AlignedVec<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.storage[self.start..][..self.len]
    }
}

impl<T> DerefMut for AlignedVec<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.storage[self.start..][..self.len]
    }
}

/// A copy is aligned anew, because its storage is elsewhere.
impl<T: Copy> Clone for AlignedVec<T> {
    fn clone(&self) -> Self {
        let Some(&first) = self.first() else { return Self { storage: Vec::new(), start: 0, len: 0, slot: self.slot } };
        let mut copy = Self::new(first, self.len, self.slot);
        copy.copy_from_slice(self);
        copy
    }
}

#[cfg(test)]
#[test]
fn arrays_begin_with_a_line_and_large_ones_are_staggered() {
    for len in [0, 1, 63, 64, 1000, 70_000] {
        for slot in 0..4 {
            let mut aligned = AlignedVec::new(0.5_f32, len, slot);
            aligned.iter_mut().for_each(|v| *v += 1.0);
            let copy = aligned.clone();
            for aligned in [&aligned, &copy] {
                assert_eq!(aligned.to_vec(), vec![1.5; len]);
                let start = aligned.as_ptr() as usize;
                assert!(len == 0 || start.is_multiple_of(LINE));
                assert!(len < 70_000 || start % PAGE == (slot + 1) * STAGGER % PAGE);
            }
        }
    }
}
