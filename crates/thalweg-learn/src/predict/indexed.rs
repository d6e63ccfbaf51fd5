//! Prediction of rows whose features have numbers in place of names.

use super::{Prediction, PredictionBuffer, Predictor};
use crate::error::{Error, Result};

impl Predictor {
    /// Predicts one row of features by number, of a model trained from a libsvm file or a sparse matrix: feature
    /// `indices[k]` has the value `values[k]`, and all others are 0. Numbers not seen in training add nothing.
    ///
    /// # Errors
    /// A model that needs a column with a name; indices that do not ascend; another number of values than indices; a
    /// value that is not finite in single precision.
    pub fn predict_indexed(&self, indices: &[u32], values: &[f64]) -> Result<Prediction> {
        self.with_buffer(|buffer| self.score_indexed(indices, values, buffer))
    }

    /// Predicts one row as [`Predictor::predict_indexed`], and writes the result to `buffer`.
    ///
    /// # Errors
    /// As [`Predictor::predict_indexed`]: unsorted indices, unequal lengths, a value that is not finite.
    pub fn predict_indexed_into(&self, indices: &[u32], values: &[f64], buffer: &mut PredictionBuffer) -> Result<()> {
        self.score_indexed(indices, values, buffer)?;
        self.write_values(buffer);
        Ok(())
    }

    fn score_indexed(&self, indices: &[u32], values: &[f64], buffer: &mut PredictionBuffer) -> Result<()> {
        if let Some(column) = self.columns().first().filter(|_| self.encoder.has_names()) {
            return Err(Error::MissingColumn { path: None, column: column.clone(), nearest: None });
        }
        check(indices, values)?;
        let PredictionBuffer { rows, scratch, scores, unseen, .. } = buffer;
        rows.clear();
        *unseen = self.encoder.append_indexed(indices, values, rows);
        self.scorer.score(&rows.row(0), scratch, scores);
        Ok(())
    }
}

fn check(indices: &[u32], values: &[f64]) -> Result<()> {
    let error = |array: &str, expected: String, found: String| Error::Array { array: array.into(), expected, found };
    if values.len() != indices.len() {
        let expected = format!("{} numbers, one for each index", indices.len());
        return Err(error("values", expected, values.len().to_string()));
    }
    if let Some([before, index]) = indices.array_windows().find(|[before, index]| before >= index) {
        return Err(error("indices", format!("an index of more than {before} after it"), index.to_string()));
    }
    match values.iter().zip(indices).find(|(value, _)| !(**value as f32).is_finite()) {
        Some((value, index)) => {
            Err(error("values", format!("a finite number that fits in 32 bits at index {index}"), value.to_string()))
        }
        None => Ok(()),
    }
}
