//! Numbers that begin with a cache line: a load across two of them costs twice.

use std::ops::{Deref, DerefMut};

/// Bytes of a cache line.
const LINE: usize = 64;
/// Bytes of a page.
const PAGE: usize = 4096;
/// How far the start of one slot is from that of the slot before it, modulo a page.
const STAGGER: usize = 17 * LINE;
/// Arrays of fewer bytes only begin with a line: to place them within a page would take as much memory again.
const LARGE: usize = 1 << 18;

/// A fixed number of numbers, the first at the start of a cache line.
///
/// The slots of a tensor that is not small begin at different places of a page: a processor that compares the lower 12 bits
/// of addresses takes the load of one slot for the store of another where these agree, and waits.
#[derive(Debug)]
pub(crate) struct Aligned<T> {
    tile: Vec<T>,
    from: usize,
    len: usize,
    /// The number of the slot.
    place: usize,
}

impl<T: Copy> Aligned<T> {
    pub(crate) fn new(value: T, len: usize, place: usize) -> Self {
        let large = len * size_of::<T>() >= LARGE;
        let slack = if large { PAGE + LINE } else { LINE };
        let tile = vec![value; len + slack / size_of::<T>()];
        let line = tile.as_ptr().align_offset(LINE);
        let in_page = (tile.as_ptr() as usize + line * size_of::<T>()) % PAGE;
        let stagger = if large { ((place + 1) * STAGGER + PAGE - in_page) % PAGE / size_of::<T>() } else { 0 };
        // `align_offset` may give up, though not in a program that runs: then the numbers lie where they lie.
        let from = line.checked_add(stagger).filter(|from| from + len <= tile.len()).unwrap_or(0);
        Self { tile, from, len, place }
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.tile[self.from..][..self.len]
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.tile[self.from..][..self.len]
    }
}

/// A copy lies elsewhere, so it begins elsewhere.
impl<T: Copy> Clone for Aligned<T> {
    fn clone(&self) -> Self {
        let Some(&first) = self.first() else { return Self { tile: Vec::new(), from: 0, len: 0, place: self.place } };
        let mut copy = Self::new(first, self.len, self.place);
        copy.copy_from_slice(self);
        copy
    }
}

#[cfg(test)]
#[test]
fn they_begin_with_a_line_and_large_ones_apart() {
    for len in [0, 1, 63, 64, 1000, 70_000] {
        for place in 0..4 {
            let mut aligned = Aligned::new(0.5_f32, len, place);
            aligned.iter_mut().for_each(|v| *v += 1.0);
            let copy = aligned.clone();
            for aligned in [&aligned, &copy] {
                assert_eq!(aligned.to_vec(), vec![1.5; len]);
                let start = aligned.as_ptr() as usize;
                assert!(len == 0 || start.is_multiple_of(LINE));
                assert!(len < 70_000 || start % PAGE == (place + 1) * STAGGER % PAGE);
            }
        }
    }
}
