//! Predictions for rows in memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Prediction, PredictionBuffer, prediction};
use crate::data::{CellValue, InvalidCell, RowEncoder, Target, nearest_name};
use crate::error::{CellError, Error, Position, Result, WidthSource};
use crate::metrics::argmax;
use crate::model::{Loss, ModelFile, RowScorer, RowScratch, sigmoid, softmax};
use crate::pool;

/// Predictor of rows in memory, prepared once from a model and shared by threads.
///
/// A row is given as numbers or cells in the order of [`Predictor::columns`], or as cells with the names of their
/// columns. The prediction has the bits of [`predict`](crate::predict) for the same row of a file. NaN is a missing
/// value. A single row is predicted on the calling thread.
///
/// ```
/// use thalweg_learn::{Callbacks, FitConfig, Prediction, Predictor, Table, Validation};
///
/// let houses = [1.0, 1.0, 2.0, 1.0, 3.0, 2.0, 4.0, 1.0, 5.0, 2.0, 6.0, 3.0];
/// let prices = [3.0, 5.0, 8.0, 9.0, 12.0, 15.0];
/// let rows = Table::from_row_major(&houses, 2)?
///     .with_column_names(["size", "floors"])?
///     .with_column("price", &prices)?;
/// let mut config = FitConfig::new("price");
/// config.validation = Validation::None;
/// config.l2 = Some(0.0);
/// let (_, model) = config.run(&rows, Callbacks::new())?;
///
/// let predictor = Predictor::new(&model)?;
/// assert_eq!(predictor.columns(), ["size", "floors"]);
/// // The price is 2·size + floors.
/// let price = predictor.predict_numbers(&[10.0, 2.0])?;
/// assert!(matches!(price, Prediction::Number(price) if price.round() == 22.0));
/// let named = predictor.predict_named(&[("floors", "2".into()), ("size", 10.0.into())])?;
/// assert_eq!(named, price);
///
/// // In a loop, a buffer avoids even the memory of the result.
/// let mut buffer = predictor.buffer();
/// predictor.predict_numbers_into(&[10.0, 2.0], &mut buffer)?;
/// assert_eq!(Prediction::Number(buffer.values()[0]), price);
/// # Ok::<(), thalweg_learn::Error>(())
/// ```
#[derive(Debug)]
pub struct Predictor {
    columns: Vec<String>,
    labels: Vec<String>,
    target: Target,
    loss: Loss,
    pub(super) encoder: RowEncoder,
    pub(super) scorer: RowScorer,
    /// Column of each name.
    by_name: HashMap<String, usize>,
    /// Buffers that no call uses at the moment.
    buffers: Mutex<Vec<PredictionBuffer>>,
}

impl Predictor {
    /// Prepares the predictions of a model.
    ///
    /// # Errors
    /// An interaction of a column that the model does not have.
    pub fn new(model: &ModelFile) -> Result<Self> {
        let indexed = model.schema.indexed_features.iter().flat_map(|f| (f.first..).take(f.features as usize));
        let names = model.schema.features.iter().map(|feature| feature.name.clone());
        let columns: Vec<String> = names.chain(indexed.map(|index| index.to_string())).collect();
        Ok(Self {
            labels: model.schema.target.labels().unwrap_or_default(),
            target: model.schema.target.clone(),
            loss: model.loss(),
            encoder: RowEncoder::new(&model.schema)?,
            scorer: RowScorer::new(model.model(), model.parameters()),
            by_name: columns.iter().cloned().zip(0..).collect(),
            columns,
            buffers: Mutex::default(),
        })
    }

    /// Returns the names of the columns of a row: those of the model's features in the order of the training file,
    /// without the target, then the indices of features by number.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the labels of the target, the negative one of two first; empty for a number.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Returns memory for the predictions of one thread.
    pub fn buffer(&self) -> PredictionBuffer {
        let outputs = self.target.outputs();
        PredictionBuffer {
            rows: self.encoder.empty_rows(),
            scratch: RowScratch::default(),
            scores: vec![0.0; outputs],
            values: vec![0.0; outputs],
            class: None,
            unseen: 0,
        }
    }

    /// Predicts one row of numbers in the order of the columns. Allocates no memory but that of the result, unless
    /// more threads predict than before.
    ///
    /// # Errors
    /// Another number of numbers than columns; an infinite number.
    pub fn predict_numbers(&self, row: &[f64]) -> Result<Prediction> {
        self.with_buffer(|buffer| self.score(row.len(), &|column| row[column].into(), buffer))
    }

    /// Predicts one row of cells in the order of the columns.
    ///
    /// # Errors
    /// Another number of cells than columns; a cell that is no finite number in a column of numbers.
    pub fn predict_cells(&self, row: &[CellValue<'_>]) -> Result<Prediction> {
        self.with_buffer(|buffer| self.score(row.len(), &|column| row[column], buffer))
    }

    /// Predicts one row of cells with the names of their columns, in any order. Other columns are ignored.
    ///
    /// # Errors
    /// A column of the model that is not named; a cell that is no finite number in a column of numbers.
    pub fn predict_named(&self, row: &[(&str, CellValue<'_>)]) -> Result<Prediction> {
        let mut cells = vec![None; self.columns.len()];
        for (name, value) in row {
            if let Some(&column) = self.by_name.get(*name).or_else(|| self.by_name.get(name.trim())) {
                cells[column] = Some(*value);
            }
        }
        if let Some(column) = cells.iter().position(Option::is_none) {
            let names: Vec<String> = row.iter().map(|(name, _)| name.to_string()).collect();
            let column = self.columns[column].clone();
            let nearest = nearest_name(&column, &names);
            return Err(Error::MissingColumn { path: None, column, nearest });
        }
        let cell = |column: usize| cells[column].expect("all columns are named");
        self.with_buffer(|buffer| self.score(cells.len(), &cell, buffer))
    }

    /// Predicts rows of numbers, given one after another, in parallel.
    ///
    /// # Errors
    /// Numbers that are no whole rows; an infinite number.
    pub fn predict_rows(&self, numbers: &[f64]) -> Result<Vec<Prediction>> {
        let (width, mut rows) = (self.columns.len(), self.encoder.empty_rows());
        for (i, row) in numbers.chunks(width.max(1)).enumerate() {
            self.check_width(i, row.len())?;
            let value = |column: usize| row[column].into();
            self.encoder.append(&value, &mut rows).map_err(|invalid| self.cell_error(i, &value, invalid))?;
        }
        let scores = pool::in_pool(rows.len(), || self.scorer.scores(&rows));
        Ok(scores.chunks_exact(self.target.outputs()).map(|z| prediction(&self.target, self.loss, z)).collect())
    }

    /// Predicts one row of numbers as [`Predictor::predict_numbers`], and writes the result to `buffer`. Allocates no
    /// memory, except that of the first calls with the buffer.
    ///
    /// # Errors
    /// As [`Predictor::predict_numbers`]: a wrong number of cells, or an infinite number.
    pub fn predict_numbers_into(&self, row: &[f64], buffer: &mut PredictionBuffer) -> Result<()> {
        self.score(row.len(), &|column| row[column].into(), buffer)?;
        self.write_values(buffer);
        Ok(())
    }

    /// Predicts one row of cells as [`Predictor::predict_cells`], and writes the result to `buffer`.
    ///
    /// # Errors
    /// As [`Predictor::predict_cells`], with the column of the cell.
    pub fn predict_cells_into(&self, row: &[CellValue<'_>], buffer: &mut PredictionBuffer) -> Result<()> {
        self.score(row.len(), &|column| row[column], buffer)?;
        self.write_values(buffer);
        Ok(())
    }

    /// Computes the scores of one row of `len` cells.
    fn score<'t>(
        &self,
        len: usize,
        value: &impl Fn(usize) -> CellValue<'t>,
        buffer: &mut PredictionBuffer,
    ) -> Result<()> {
        self.check_width(0, len)?;
        let PredictionBuffer { rows, scratch, scores, unseen, .. } = buffer;
        rows.clear();
        *unseen = self.encoder.append(value, rows).map_err(|invalid| self.cell_error(0, value, invalid))?;
        self.scorer.score(&rows.row(0), scratch, scores);
        Ok(())
    }

    /// Computes the values and the class of the scores in `buffer`.
    pub(super) fn write_values(&self, buffer: &mut PredictionBuffer) {
        let PredictionBuffer { scores, values, class, .. } = buffer;
        let z = scores[0];
        match &self.target {
            Target::Number { .. } => values[0] = self.loss.prediction(z, self.target.inverse_transform()),
            Target::Label { .. } => {
                values[0] = if self.loss == Loss::Logistic { sigmoid(z) } else { z };
                *class = Some(usize::from(z >= 0.0));
            }
            Target::Classes { .. } => {
                softmax(scores, values);
                *class = Some(argmax(scores));
            }
        }
    }

    /// Returns the prediction of the scores that `score` computes in a buffer that no other call uses.
    pub(super) fn with_buffer(&self, score: impl FnOnce(&mut PredictionBuffer) -> Result<()>) -> Result<Prediction> {
        let free = || self.buffers.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = free().pop();
        let mut buffer = taken.unwrap_or_else(|| self.buffer());
        let result = score(&mut buffer).map(|()| prediction(&self.target, self.loss, &buffer.scores));
        free().push(buffer);
        result
    }

    fn check_width(&self, row: usize, found: usize) -> Result<()> {
        let expected = self.columns.len();
        if found == expected {
            return Ok(());
        }
        let at = position(row, found.min(expected));
        Err(Error::RaggedRow { at, expected, width_of: WidthSource::Model, found, lines: 1 })
    }

    fn cell_error<'t>(&self, row: usize, value: &impl Fn(usize) -> CellValue<'t>, invalid: InvalidCell) -> Error {
        let InvalidCell { column, expected } = invalid;
        let found = value(column).to_string();
        CellError { at: position(row, column), column: self.columns[column].clone(), expected, found }.into()
    }
}

/// Returns the position of a cell in memory.
fn position(row: usize, column: usize) -> Position {
    Position { path: None, line: row as u64 + 1, column: column as u64 + 1 }
}
