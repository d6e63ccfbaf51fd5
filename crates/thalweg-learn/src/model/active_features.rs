//! The features that a batch of rows has, numbered anew without gaps.

use crate::data::Rows;

/// The features of a batch.
#[derive(Clone, Debug, Default)]
pub struct ActiveFeatures {
    /// Ascending.
    pub(super) features: Vec<u32>,
    /// The coordinates of a model's parameters, for the model to fill.
    pub(super) places: Vec<u32>,
}

impl ActiveFeatures {
    /// The features of the batch, ascending.
    pub(crate) fn features(&self) -> &[u32] {
        &self.features
    }
}

/// What finds the features of a batch.
///
/// A bit for each feature, and for each word of bits how many are set before it: so a feature's new number is found in two reads
/// of tables that fit a core's cache, and the features come out in ascending order without being sorted.
#[derive(Clone, Debug, Default)]
pub(crate) struct FeatureIndexer {
    bits: Vec<u64>,
    before: Vec<u32>,
}

impl FeatureIndexer {
    /// Puts the rows listed into `local`, their features numbered from 0 in ascending order of those they have; `active` has
    /// these.
    ///
    /// Numbers keep their places, for they are the first features and every row has them.
    pub(crate) fn index_batch(&mut self, rows: &Rows, listed: &[u32], local: &mut Rows, active: &mut ActiveFeatures) {
        self.bits.resize(rows.features.div_ceil(64), 0);
        local.width = rows.width;
        local.code_width = rows.code_width;
        local.class_weight.clone_from(&rows.class_weight);
        local.clear();
        for (k, &row) in listed.iter().enumerate() {
            if let Some(&row) = listed.get(k + AHEAD) {
                rows.sparse.fetch(row as usize);
            }
            local.take_from(rows, row as usize..row as usize + 1);
        }
        for feature in 0..rows.width {
            self.set(feature);
        }
        for &code in local.codes.iter().filter(|code| (**code as usize) < rows.features) {
            self.set(code as usize);
        }
        for &index in &local.sparse.index {
            self.set(index as usize);
        }
        self.number(&mut active.features);
        local.features = active.features.len();
        // A level never seen has no number: it gets one behind all others.
        let none = local.features as u32;
        for code in &mut local.codes {
            *code = if (*code as usize) < rows.features { self.local(*code) } else { none };
        }
        for index in &mut local.sparse.index {
            *index = self.local(*index);
        }
        for &feature in &active.features {
            self.bits[feature as usize / 64] = 0;
        }
    }

    #[inline]
    fn set(&mut self, feature: usize) {
        self.bits[feature / 64] |= 1 << (feature % 64);
    }

    fn number(&mut self, features: &mut Vec<u32>) {
        features.clear();
        self.before.resize(self.bits.len(), 0);
        for (word, (&bits, before)) in self.bits.iter().zip(&mut self.before).enumerate() {
            *before = features.len() as u32;
            let mut bits = bits;
            while bits != 0 {
                features.push(word as u32 * 64 + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
    }

    #[inline]
    fn local(&self, feature: u32) -> u32 {
        let (word, bit) = (feature as usize / 64, feature % 64);
        self.before[word] + (self.bits[word] & ((1 << bit) - 1)).count_ones()
    }
}

/// Rows that are asked for before they are wanted.
const AHEAD: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SparseRows;

    #[test]
    fn features_are_numbered_without_gaps() {
        let rows = Rows {
            numbers: vec![1.0, 2.0, 3.0],
            codes: vec![700, 130, u32::MAX],
            sparse: SparseRows {
                ends: vec![2, 2, 5],
                index: vec![64, 900, 64, 65, 999],
                value: vec![1.0, 2.0, 3.0, 4.0, 5.0],
            },
            width: 1,
            code_width: 1,
            features: 1000,
            target: vec![7.0, 8.0, 9.0],
            ..Rows::default()
        };
        let (mut finder, mut active, mut local) =
            (FeatureIndexer::default(), ActiveFeatures::default(), Rows::default());
        for _ in 0..2 {
            finder.index_batch(&rows, &[2, 0], &mut local, &mut active);
            assert_eq!(active.features(), [0, 64, 65, 700, 900, 999]);
            assert_eq!((local.features, &local.numbers[..], &local.target[..]), (6, &[3.0, 1.0][..], &[9.0, 7.0][..]));
            assert_eq!((&local.codes[..], &local.sparse.index[..]), (&[6, 3][..], &[1, 2, 5, 1, 4][..]));
        }
        finder.index_batch(&rows, &[1], &mut local, &mut active);
        assert_eq!((active.features(), local.len()), (&[0, 130][..], 1));
    }
}
