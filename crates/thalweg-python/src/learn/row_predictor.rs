//! Predictions of a few rows of numbers, on the calling thread.

use std::sync::OnceLock;

use numpy::PyArray2;
use numpy::prelude::*;
use pyo3::prelude::*;
use thalweg_learn::{ModelFile, Prediction, Predictor};

/// Number of rows up to which they are predicted one by one.
const MAX_ROWS: usize = 64;

/// Predictor of single rows, which is prepared when it is first needed.
#[derive(Default)]
pub(super) struct RowPredictor(OnceLock<Option<Predictor>>);

impl RowPredictor {
    /// Predicts a few rows of a matrix, with the same bits as many rows; `None` for any other data, and for rows that
    /// cannot be predicted.
    pub(super) fn predict(&self, model: &ModelFile, data: &Bound<'_, PyAny>) -> Option<Vec<Prediction>> {
        let array = data.cast::<PyArray2<f64>>().ok()?;
        let &[rows, width] = array.shape() else { return None };
        if rows == 0 || rows > MAX_ROWS || width >= model.schema.width || !array.is_c_contiguous() {
            return None;
        }
        let predictor = self.0.get_or_init(|| Predictor::new(model).ok()).as_ref()?;
        let place = |name: &String| -> Option<usize> {
            let number: usize = name.strip_prefix('c')?.parse().ok()?;
            number.checked_sub(1).filter(|place| *place < width && *name == format!("c{number}"))
        };
        let places: Vec<usize> = predictor.columns().iter().map(place).collect::<Option<_>>()?;
        let array = array.try_readonly().ok()?;
        let mut cells = vec![0.0; places.len()];
        let predict = |numbers: &[f64]| {
            cells.iter_mut().zip(&places).for_each(|(cell, &place)| *cell = numbers[place]);
            predictor.predict_numbers(&cells).ok()
        };
        array.as_slice().ok()?.chunks_exact(width).map(predict).collect()
    }
}
