//! Sparse rows: features of which a row has few.

use prefetch_index::prefetch_index;
use rayon::prelude::*;

use crate::pool;

/// 32-bit numbers in a cache line.
const CACHE_LINE: usize = 16;

/// Sparse rows in compressed form: the end of each row in lists of feature indices and values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SparseRows {
    /// End of each row in `index` and `value`.
    pub ends: Vec<usize>,
    /// Feature index of each entry, from 0.
    pub index: Vec<u32>,
    /// Value of each entry.
    pub value: Vec<f32>,
}

impl SparseRows {
    /// Prefetches the first cache lines of a row.
    #[inline(always)]
    pub(crate) fn fetch(&self, row: usize) {
        // A prefetch past the end is harmless.
        let start = if row == 0 { 0 } else { self.ends.get(row - 1).copied().unwrap_or(0) };
        for line in [0, CACHE_LINE, 2 * CACHE_LINE] {
            prefetch_index(&self.index, start + line);
            prefetch_index(&self.value, start + line);
        }
    }

    /// Appends an entry to the row that has no end yet.
    pub(crate) fn push(&mut self, index: u32, value: f32) {
        self.index.push(index);
        self.value.push(value);
    }

    /// Joins lists of rows, in their order.
    pub(crate) fn joined(parts: Vec<SparseRows>) -> Self {
        let entries = parts.iter().map(|part| part.index.len()).sum();
        let mut all = Self { ends: Vec::new(), index: vec![0; entries], value: vec![0.0; entries] };
        let (mut index, mut value, mut places) = (&mut all.index[..], &mut all.value[..], Vec::new());
        let mut before = 0;
        for part in &parts {
            all.ends.extend(part.ends.iter().map(|end| before + end));
            before += part.index.len();
            let room = "there is room for the entries of all parts";
            let index = index.split_off_mut(..part.index.len()).expect(room);
            places.push((index, value.split_off_mut(..part.index.len()).expect(room)));
        }
        pool::for_each(parts.into_par_iter().zip(places), |(part, (index, value))| {
            index.copy_from_slice(&part.index);
            value.copy_from_slice(&part.value);
        });
        all
    }

    /// Returns the feature indices and values of a row; empty if rows have no sparse features.
    #[inline]
    pub fn row(&self, row: usize) -> (&[u32], &[f32]) {
        if self.ends.is_empty() {
            return (&[], &[]);
        }
        let (start, end) = (if row == 0 { 0 } else { self.ends[row - 1] }, self.ends[row]);
        (&self.index[start..end], &self.value[start..end])
    }
}

#[cfg(test)]
#[test]
fn joined_rows_are_those_of_all_parts() {
    let row = |entries: &[(u32, f32)]| {
        let mut rows = SparseRows::default();
        for &(index, value) in entries {
            rows.push(index, value);
        }
        rows.ends.push(entries.len());
        rows
    };
    let rows = [&[(3, 0.5), (7, -1.0)][..], &[], &[(0, 2.0)]];
    let parts = [vec![SparseRows::default()], rows.map(row).to_vec()].concat();
    let joined = SparseRows::joined(parts);
    assert_eq!(joined.ends, [2, 2, 3]);
    for (i, entries) in rows.into_iter().enumerate() {
        let (index, value) = joined.row(i);
        assert!(index.iter().copied().zip(value.iter().copied()).eq(entries.iter().copied()), "row {i}");
    }
    assert_eq!(SparseRows::joined(Vec::new()), SparseRows::default());
}
