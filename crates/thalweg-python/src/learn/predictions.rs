//! Predictions of rows in files and in memory.

use std::sync::atomic::Ordering;

use pyo3::prelude::*;
use thalweg_learn::{Error, ModelFile, PredictConfig, Prediction, predict, predict_blocks};

use crate::error::{OrRaise, invalid};
use crate::pool;
use crate::work::{self, Done};

use super::source::{Source, View};

/// Predicts rows of data.
pub(crate) fn predictions(model: &ModelFile, data: &Bound<'_, PyAny>) -> PyResult<Vec<Prediction>> {
    let (py, source) = (data.py(), Source::of(data, "data")?);
    let view = source.view(py)?;
    // Columns beyond those of the training would be ignored.
    let expected = model.schema.width.saturating_sub(1);
    if view.matrix_width().is_some() && model.schema.indexed_features.is_some() {
        return Err(invalid(py, "data must be a sparse matrix, as the model was fitted to one, but is an array"));
    }
    if let Some(width) = view.matrix_width().filter(|width| *width > expected) {
        return Err(invalid(py, &format!("data must have at most {expected} columns, but has {width}")));
    }
    let View::Files(files) = view else {
        let predict_rows = || view.with(|rows| predict(model, rows)).map(|predictions| predictions.values);
        return py.detach(|| pool::run(predict_rows)).or_raise(py);
    };
    let config = PredictConfig { read: model.schema.read_options(), ..PredictConfig::default() };
    let Done { result, raised } = work::run::<(), _>(py, None, None, |link| {
        let mut predictions = Vec::new();
        predict_blocks(model, files, &config, |block| {
            predictions.extend(block.iter().flatten().cloned());
            if link.interrupt.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) }
        })?;
        Ok::<_, Error>(predictions)
    })?;
    match raised {
        Some(raised) => Err(raised),
        None => result.or_raise(py),
    }
}
