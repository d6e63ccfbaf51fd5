//! Renumbering of the features of a batch.

use crate::data::{RowMatrix, Rows};

/// Rows whose sparse values are prefetched before they are copied.
const PREFETCH_ROWS: usize = 8;

/// Scratch memory that renumbers the features of a batch from 0 without gaps.
///
/// One bit for each feature, and for each word of bits the number of bits set before it: the new number of a feature
/// takes two reads of tables that fit into the cache of a core, and the features come out ascending without a sort.
#[derive(Clone, Debug, Default)]
pub(crate) struct FeatureIndexer {
    bits: Vec<u64>,
    /// Bits set before each word of `bits`.
    rank: Vec<u32>,
}

impl FeatureIndexer {
    /// Copies the rows with these `indices` to `local`, with their features renumbered from 0, and writes the original
    /// numbers to `features`, ascending.
    ///
    /// The dense numbers keep their positions: they are the first features, and every row has them.
    pub(crate) fn index_batch(&mut self, rows: &Rows, indices: &[u32], local: &mut Rows, features: &mut Vec<u32>) {
        self.bits.resize(rows.features.div_ceil(64), 0);
        if local.width() != rows.width() {
            local.numbers = RowMatrix::empty(rows.width());
        }
        local.code_width = rows.code_width;
        local.class_weight.clone_from(&rows.class_weight);
        local.clear();
        for (k, &row) in indices.iter().enumerate() {
            if let Some(&row) = indices.get(k + PREFETCH_ROWS) {
                rows.sparse.fetch(row as usize);
            }
            local.take_from(rows, row as usize..row as usize + 1);
        }
        for feature in 0..rows.width() {
            self.set(feature);
        }
        for &code in local.codes.iter().filter(|code| (**code as usize) < rows.features) {
            self.set(code as usize);
        }
        for &index in &local.sparse.index {
            self.set(index as usize);
        }
        self.number(features);
        local.features = features.len();
        // A level unseen in training is mapped past the last feature.
        let unseen = local.features as u32;
        for code in &mut local.codes {
            *code = if (*code as usize) < rows.features { self.local(*code) } else { unseen };
        }
        for index in &mut local.sparse.index {
            *index = self.local(*index);
        }
        for &feature in features.iter() {
            self.bits[feature as usize / 64] = 0;
        }
    }

    /// Marks a feature as present.
    #[inline]
    fn set(&mut self, feature: usize) {
        self.bits[feature / 64] |= 1 << (feature % 64);
    }

    /// Lists the features present and counts the bits before each word.
    fn number(&mut self, features: &mut Vec<u32>) {
        features.clear();
        self.rank.resize(self.bits.len(), 0);
        for (word, (&bits, rank)) in self.bits.iter().zip(&mut self.rank).enumerate() {
            *rank = features.len() as u32;
            let mut bits = bits;
            while bits != 0 {
                features.push(word as u32 * 64 + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
    }

    /// Returns the new number of a feature that is present.
    #[inline]
    fn local(&self, feature: u32) -> u32 {
        let (word, bit) = (feature as usize / 64, feature % 64);
        self.rank[word] + (self.bits[word] & ((1 << bit) - 1)).count_ones()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SparseRows;

    #[test]
    fn features_are_numbered_without_gaps() {
        let rows = Rows {
            numbers: RowMatrix::new(1, &[1.0, 2.0, 3.0]),
            codes: vec![700, 130, u32::MAX],
            sparse: SparseRows {
                ends: vec![2, 2, 5],
                index: vec![64, 900, 64, 65, 999],
                value: vec![1.0, 2.0, 3.0, 4.0, 5.0],
            },
            code_width: 1,
            features: 1000,
            target: vec![7.0, 8.0, 9.0],
            ..Rows::default()
        };
        let (mut indexer, mut features, mut local) = (FeatureIndexer::default(), Vec::new(), Rows::default());
        for _ in 0..2 {
            indexer.index_batch(&rows, &[2, 0], &mut local, &mut features);
            assert_eq!(features, [0, 64, 65, 700, 900, 999]);
            assert_eq!(
                (local.features, local.numbers.to_vec(), &local.target[..]),
                (6, vec![3.0, 1.0], &[9.0, 7.0][..])
            );
            assert_eq!((&local.codes[..], &local.sparse.index[..]), (&[6, 3][..], &[1, 2, 5, 1, 4][..]));
        }
        indexer.index_batch(&rows, &[1], &mut local, &mut features);
        assert_eq!((&features[..], local.len()), (&[0, 130][..], 1));
    }
}
