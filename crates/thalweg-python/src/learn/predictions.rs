//! Predictions of rows.

use std::sync::atomic::Ordering;

use pyo3::prelude::*;
use thalweg_learn::{Error, ModelFile, PredictConfig, Prediction, predict_blocks};

use crate::error::OrRaise;

use super::source::Source;
use super::work::{self, Done};

/// Predicts rows of files.
pub(crate) fn predictions(model: &ModelFile, data: &Bound<'_, PyAny>) -> PyResult<Vec<Prediction>> {
    let (py, source) = (data.py(), Source::of(data, "data")?);
    let config = PredictConfig { read: model.schema.read_options(), ..PredictConfig::default() };
    let Done { result, raised } = work::run(py, None, None, |link| {
        let mut predictions = Vec::new();
        predict_blocks(model, source.files(), &config, |block| {
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
