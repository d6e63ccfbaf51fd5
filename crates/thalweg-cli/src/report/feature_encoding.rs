//! Encodings of columns in words.

use thalweg_learn::data::{Encoding, Feature, Imputation, Schema};

use super::escape::display_name;
use super::format::format_significant;

/// Describes the encoding of a column.
pub(crate) fn describe(feature: &Feature, schema: &Schema) -> String {
    match &feature.encoding {
        Encoding::Number { mean, deviation, missing } => {
            let indicator =
                if *missing == Imputation::MeanAndIndicator { ", with an indicator of missing values" } else { "" };
            let is_listed = schema.text_as_missing.contains(&feature.name);
            let texts = if is_listed { ", texts are missing values" } else { "" };
            format!("number, mean {} ± {}{indicator}{texts}", format_significant(*mean), format_significant(*deviation))
        }
        Encoding::Hashed { .. } => format!("hashed to 2^{} coefficients", schema.hash_bits),
        Encoding::Text { weighting, .. } => {
            format!("text, {} of words hashed to 2^{} coefficients", weighting.name(), schema.hash_bits)
        }
        Encoding::Category { levels } => format!("{} categories: {}", levels.len(), join_shortened(levels)),
    }
}

/// Joins the first few categories to one line.
pub(crate) fn join_shortened(levels: &[String]) -> String {
    let shown = levels.iter().take(6).map(|level| display_name(level)).collect::<Vec<_>>().join(", ");
    if levels.len() > 6 { format!("{shown}, …") } else { shown }
}
