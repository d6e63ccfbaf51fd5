//! Renumbering of the features of a batch.

use thalweg::optimizer::Isa;

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
        // For the instructions that count and find bits.
        Isa::best().run(
            #[inline(always)]
            || self.renumber(local, rows.features, features),
        );
    }

    /// Renumbers the features of `local`, whose rows are of `all_features` features.
    #[inline(always)]
    fn renumber(&mut self, local: &mut Rows, all_features: usize, features: &mut Vec<u32>) {
        let (width, is_known) = (local.width(), |code: u32| (code as usize) < all_features);
        (0..width).for_each(|feature| self.set(feature));
        local.codes.iter().filter(|code| is_known(**code)).for_each(|&code| self.set(code as usize));
        local.sparse.index.iter().for_each(|&index| self.set(index as usize));
        self.number(width + local.codes.len() + local.sparse.index.len(), features);
        local.features = features.len();
        // A level unseen in training is mapped past the last feature.
        let unseen = local.features as u32;
        for code in &mut local.codes {
            *code = if is_known(*code) { self.local(*code) } else { unseen };
        }
        for index in &mut local.sparse.index {
            *index = self.local(*index);
        }
        for &feature in features.iter() {
            self.bits[feature as usize / 64] = 0;
        }
    }

    /// Marks a feature as present.
    #[inline(always)]
    fn set(&mut self, feature: usize) {
        self.bits[feature / 64] |= 1 << (feature % 64);
    }

    /// Lists the features present, of which there are at most `most`, and counts the bits before each word with a bit.
    #[inline(always)]
    fn number(&mut self, most: usize, features: &mut Vec<u32>) {
        // One more for the number that is written where a word has no second feature.
        features.resize(most + 1, 0);
        self.rank.resize(self.bits.len(), 0);
        let mut count = 0;
        for (chunk, (words, ranks)) in self.bits.chunks(64).zip(self.rank.chunks_mut(64)).enumerate() {
            // Which words have bits is not predictable: these are found without a branch for each.
            let with_bits = words.iter().enumerate().fold(0, |set, (i, &bits)| set | (u64::from(bits != 0) << i));
            for word in set_bits(with_bits) {
                ranks[word] = count as u32;
                let (first, mut bits) = ((64 * chunk + word) as u32 * 64, words[word]);
                // So is whether there is a second bit; more are rare.
                for _ in 0..2 {
                    features[count] = first + bits.trailing_zeros();
                    count += usize::from(bits != 0);
                    bits &= bits.wrapping_sub(1);
                }
                for bit in set_bits(bits) {
                    features[count] = first + bit as u32;
                    count += 1;
                }
            }
        }
        features.truncate(count);
    }

    /// Returns the new number of a feature that is present.
    #[inline(always)]
    fn local(&self, feature: u32) -> u32 {
        let (word, bit) = (feature as usize / 64, feature % 64);
        self.rank[word] + (self.bits[word] & ((1 << bit) - 1)).count_ones()
    }
}

/// The numbers of the bits that are set, ascending.
#[inline(always)]
fn set_bits(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = bits.trailing_zeros() as usize;
        let is_set = bits != 0;
        bits &= bits.wrapping_sub(1);
        is_set.then_some(bit)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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

    #[test]
    fn any_number_of_features_is_in_a_word() {
        let mut indexer = FeatureIndexer::default();
        for step in [1, 3, 7, 31, 40, 64, 65, 700, 4999] {
            // Denser towards the first features, with repetitions.
            let index: Vec<u32> = (0..10_000).step_by(step).map(|i| i * i / 20_000).chain([4999, 0]).collect();
            let sparse = SparseRows { ends: vec![index.len()], value: vec![1.0; index.len()], index: index.clone() };
            let rows = Rows { sparse, features: 5000, target: vec![0.0], ..Rows::default() };
            let (mut features, mut local) = (Vec::new(), Rows::default());
            indexer.index_batch(&rows, &[0], &mut local, &mut features);
            let expected: Vec<u32> = index.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
            assert_eq!(features, expected, "every {step}");
            let back: Vec<u32> = local.sparse.index.iter().map(|&new| features[new as usize]).collect();
            assert_eq!(back, index, "every {step}");
        }
    }
}
