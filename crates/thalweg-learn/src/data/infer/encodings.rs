//! Encodings of all columns, measured in parallel.

use rayon::prelude::*;

use super::measure::{MeasuredEncoding, measure_category, measure_number};
use super::plan::{EncodingPlan, FeatureKind};
use super::texts::measure_text;
use crate::data::column_moments::ColumnMoments;
use crate::data::moments::WeightedRows;
use crate::data::table::Table;
use crate::error::Result;
use crate::pool;

impl EncodingPlan {
    /// Measures the encoding of each column.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(super) fn encodings(
        &self,
        table: &Table<'_>,
        train: &WeightedRows<'_>,
    ) -> Result<Vec<(usize, Result<MeasuredEncoding>)>> {
        let of_kind = |kind| {
            let features = self.features.iter().filter(move |feature| feature.kind == kind);
            features.map(|feature| feature.column).collect::<Vec<usize>>()
        };
        let [columns, categories, texts] = [FeatureKind::Number, FeatureKind::Category, FeatureKind::Text].map(of_kind);
        let numbers = ColumnMoments::of_columns(table, &columns, train)?;
        let measure_number = |(&column, numbers): (&usize, &ColumnMoments)| {
            (column, measure_number(table, column, numbers, train, self.standardization))
        };
        let measure_category = |&column: &usize| {
            let encoding = measure_category(table, column, train.rows, self.hash_bits);
            (column, encoding.map(|encoding| (encoding, None)))
        };
        let mut measured = pool::map(columns.par_iter().zip(&numbers), measure_number);
        measured.extend(pool::map(categories.par_iter(), measure_category));
        measured.extend(texts.into_iter().map(|column| {
            let encoding = measure_text(table, column, train, self.text_weighting, self.shared_hash_bits());
            (column, encoding.map(|encoding| (encoding, None)))
        }));
        measured.sort_by_key(|(column, _)| *column);
        Ok(measured)
    }
}
