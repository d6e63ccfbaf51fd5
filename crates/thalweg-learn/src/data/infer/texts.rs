//! Encoding of texts, measured on the training rows.

use foldhash::HashMap;
use rayon::prelude::*;

use super::exclusion::ExcludeReason;
use super::kind::Inferred;
use crate::data::encode::for_each_word_hash;
use crate::data::interaction::LevelHash;
use crate::data::moments::WeightedRows;
use crate::data::schema::Encoding;
use crate::data::table::Table;
use crate::data::words::{DocumentFrequencies, TextWeighting};
use crate::error::Result;
use crate::pool;

/// Number of rows whose words one task counts.
const ROWS_PER_TASK: usize = 1 << 12;

/// Measures the encoding of a column of texts; excludes one without words.
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
pub(super) fn measure_text(
    table: &Table<'_>,
    column: usize,
    train: &WeightedRows<'_>,
    weighting: TextWeighting,
    hash_bits: u8,
) -> Result<Inferred<Encoding>> {
    let counted = count_documents(table, column, train, hash_bits)?;
    if counted.frequencies.is_empty() {
        return Ok(Inferred::Excluded(ExcludeReason::NoWords));
    }
    let document_frequencies = (weighting == TextWeighting::Tfidf).then_some(counted);
    Ok(Inferred::Used(Encoding::Text { weighting, document_frequencies }))
}

/// Counts the rows with a word of each hash. A row counts as often as its weight says, or if the mean weight is less
/// than 1 in proportion to its weight.
fn count_documents(
    table: &Table<'_>,
    column: usize,
    train: &WeightedRows<'_>,
    hash_bits: u8,
) -> Result<DocumentFrequencies> {
    let (rows, total) = (train.rows.len() as f64, train.weights.iter().sum::<f64>());
    let scale = if train.weights.is_empty() || total >= rows { 1.0 } else { rows / total };
    let name = LevelHash::of_feature(&table.names()[column]);
    let count = |part: usize| -> Result<HashMap<u32, f64>> {
        let start = part * ROWS_PER_TASK;
        let rows = &train.rows[start..train.rows.len().min(start + ROWS_PER_TASK)];
        let (mut counts, mut hashes) = (HashMap::default(), Vec::new());
        table.gather(column, rows, |i, cell| {
            hashes.clear();
            for_each_word_hash(cell, name, |hash| hashes.push(hash.coefficient(hash_bits)));
            hashes.sort_unstable();
            hashes.dedup();
            let weight = train.weights.get(start + i).map_or(1.0, |weight| weight * scale);
            for &hash in &hashes {
                *counts.entry(hash).or_default() += weight;
            }
        })?;
        Ok(counts)
    };
    let parts = pool::map((0..train.rows.len().div_ceil(ROWS_PER_TASK)).into_par_iter(), count);
    let mut sums = HashMap::default();
    // In the order of the rows, so that sums of weights do not depend on the threads.
    for part in parts {
        for (hash, count) in part? {
            *sums.entry(hash).or_default() += count;
        }
    }
    let mut frequencies: Vec<(u32, f64)> = sums.into_iter().collect();
    frequencies.sort_unstable_by_key(|(hash, _)| *hash);
    let documents = if train.weights.is_empty() { rows } else { total * scale };
    Ok(DocumentFrequencies { documents, frequencies })
}
