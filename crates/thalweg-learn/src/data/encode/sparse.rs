//! Encoding of the features of which a row has few: combinations of levels, words, and indexed features.

use super::cell_counts::CellCounts;
use super::known_missing::MissingValues;
use super::resolve::ResolvedFeatures;
use crate::data::sparse_rows::SparseRows;
use crate::data::table::Table;
use crate::error::Result;

/// Rows between two looks at the interrupt where each may have thousands of entries.
const SPARSE_ROWS_PER_LOOK: usize = 64;

/// Encodes combinations of levels, hashed levels, words, and indexed features.
pub(super) fn encode_sparse(
    features: &ResolvedFeatures<'_>,
    table: &Table<'_>,
    rows: &[usize],
    missing: &MissingValues,
    cell_counts: &mut CellCounts,
) -> Result<SparseRows> {
    let entries = features.interactions.iter().map(|interaction| interaction.encode(table, rows, missing));
    let entries = entries.collect::<Result<Vec<_>>>()?;
    let texts = features.texts.iter().map(|text| text.encode(table, rows, missing)).collect::<Result<Vec<_>>>()?;
    let mut sparse = SparseRows::default();
    for (i, &row) in rows.iter().enumerate() {
        if i % SPARSE_ROWS_PER_LOOK == 0 {
            table.interrupt().check()?;
        }
        for (entries, unseen) in entries.iter().zip(&mut cell_counts.unseen_combinations) {
            match entries[i].coefficient {
                Some(coefficient) => sparse.push(coefficient, entries[i].value),
                None => *unseen += 1,
            }
        }
        for text in &texts {
            let (words, values) = text.row(i);
            sparse.index.extend(words);
            sparse.value.extend(values);
        }
        if let Some(indexed) = features.indexed {
            let (indices, values) = table.indexed_row(row);
            for (&index, &value) in indices.iter().zip(values) {
                let feature = index.checked_sub(indexed.features.first);
                let feature = feature.filter(|feature| *feature < indexed.features.features);
                cell_counts.indices.add(feature.is_some());
                if let Some(feature) = feature {
                    sparse.push(indexed.first_coefficient + feature, value);
                }
            }
        }
        sparse.ends.push(sparse.index.len());
    }
    Ok(sparse)
}
