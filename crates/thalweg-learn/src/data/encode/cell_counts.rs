//! Counts of the cells of encoded rows.

use super::resolve::ResolvedFeatures;
use crate::data::level_counts::LevelCounts;
use crate::data::rows::Rows;

/// Name of the features of a libsvm file in counts.
const INDEXED_FEATURES: &str = "features by number";

/// Counts of cells of some rows.
pub(super) struct CellCounts {
    /// Number of missing numbers, by numeric feature.
    pub(super) imputed: Vec<u64>,
    /// Number of unknown levels, by category.
    pub(super) unseen_levels: Vec<u64>,
    /// Counts of values, by category.
    pub(super) levels: Vec<LevelCounts>,
    /// Number of unknown combinations of levels, by interaction.
    pub(super) unseen_combinations: Vec<u64>,
    /// Counts of entries with an index.
    pub(super) indices: LevelCounts,
}

impl CellCounts {
    /// Counts of no rows.
    pub(super) fn none(features: &ResolvedFeatures<'_>) -> Self {
        let categories = features.categories.len();
        Self {
            imputed: vec![0; features.numbers.len()],
            unseen_levels: vec![0; categories],
            levels: vec![LevelCounts::default(); categories],
            unseen_combinations: vec![0; features.interactions.len()],
            indices: LevelCounts::default(),
        }
    }

    /// Adds the counts of other rows.
    pub(super) fn add(&mut self, other: Self) {
        let add = |sums: &mut [u64], counts: Vec<u64>| sums.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
        add(&mut self.imputed, other.imputed);
        add(&mut self.unseen_levels, other.unseen_levels);
        add(&mut self.unseen_combinations, other.unseen_combinations);
        self.levels.iter_mut().zip(other.levels).for_each(|(sum, counts)| *sum += counts);
        self.indices += other.indices;
    }

    /// Writes the counts, with the names of their columns, to the rows.
    pub(super) fn write(self, features: &ResolvedFeatures<'_>, rows: &mut Rows) {
        let Self { imputed, unseen_levels, levels, unseen_combinations, indices } = self;
        let nonzero = |(name, count): (&str, u64)| (count > 0).then(|| (name.to_string(), count));
        let numbers = features.numbers.iter().map(|number| number.name);
        let categories = features.categories.iter().map(|category| category.name);
        let interactions = features.interactions.iter().map(|interaction| interaction.name.as_str());
        let unseen_indices = [(INDEXED_FEATURES, indices.values - indices.seen)];
        let unseen = categories.clone().zip(unseen_levels).chain(interactions.zip(unseen_combinations));
        rows.levels = categories.map(str::to_string).zip(levels).collect();
        if features.indexed.is_some() {
            rows.levels.insert(INDEXED_FEATURES.into(), indices);
        }
        rows.imputed = numbers.zip(imputed).filter_map(nonzero).collect();
        rows.unseen = unseen.chain(unseen_indices).filter_map(nonzero).collect();
    }
}
