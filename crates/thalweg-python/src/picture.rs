//! Pictures of results, drawn by the program's own functions.

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use thalweg_cli::results::{TrainingCurve, View};
use thalweg_learn::train::EpochRecord;

use crate::error::invalid;

/// Form in which a picture is returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Svg,
    Png,
}

impl Form {
    /// Returns the form of a name: `svg` or `png`.
    pub(crate) fn named(py: Python<'_>, name: &str) -> PyResult<Self> {
        match name {
            "svg" => Ok(Self::Svg),
            "png" => Ok(Self::Png),
            _ => Err(invalid(py, &format!("a picture must be 'svg' or 'png', but is '{name}'"))),
        }
    }
}

/// Picture as the text of an SVG, or the bytes of a PNG.
#[derive(IntoPyObject)]
pub(crate) enum Image<'py> {
    Svg(String),
    Png(Bound<'py, PyBytes>),
}

/// Returns the view of a name: `contour` or `surface`.
pub(crate) fn view_of(py: Python<'_>, name: &str) -> PyResult<View> {
    match name {
        "contour" => Ok(View::Contour),
        "surface" => Ok(View::Surface),
        _ => Err(invalid(py, &format!("view must be 'contour' or 'surface', but is '{name}'"))),
    }
}

/// Draws without the lock of Python.
pub(crate) fn draw<E: std::fmt::Display + Send>(
    py: Python<'_>,
    form: Form,
    svg: impl FnOnce() -> Result<String, E> + Send,
    png: impl FnOnce() -> Result<Vec<u8>, E> + Send,
) -> PyResult<Image<'_>> {
    let failed = |error: E| invalid(py, &error.to_string());
    Ok(match form {
        Form::Svg => Image::Svg(py.detach(svg).map_err(failed)?),
        Form::Png => Image::Png(PyBytes::new(py, &py.detach(png).map_err(failed)?)),
    })
}

/// Draw the losses of the epochs of a fit, of which there is at least one.
#[pyfunction]
pub(crate) fn draw_curve<'py>(
    py: Python<'py>,
    curve: &Bound<'py, PyDict>,
    facts: &Bound<'py, PyDict>,
    form: &str,
) -> PyResult<Image<'py>> {
    let form = Form::named(py, form)?;
    let item = |dict: &Bound<'py, PyDict>, name: &str| {
        dict.get_item(name)?.ok_or_else(|| invalid(py, &format!("{name} is missing")))
    };
    let epochs = item(curve, "epoch")?.extract::<PyReadonlyArray1<'_, i64>>()?;
    let numbers = |name| item(curve, name)?.extract::<PyReadonlyArray1<'_, f64>>().map_err(PyErr::from);
    let (train, monitored, lr) = (numbers("train_loss")?, numbers("monitored_loss")?, numbers("lr")?);
    let values = epochs.as_array().into_iter().zip(train.as_array()).zip(monitored.as_array()).zip(lr.as_array());
    let record = |(((&epoch, &train_loss), &monitored_loss), &lr): (((&i64, &f64), &f64), &f64)| EpochRecord {
        epoch: epoch.cast_unsigned(),
        train_loss,
        monitored_loss,
        lr,
    };
    let records: Vec<EpochRecord> = values.map(record).collect();
    let loss: String = item(facts, "loss")?.extract()?;
    let curve = TrainingCurve {
        records: &records,
        loss: &loss,
        has_validation: item(facts, "has_validation")?.extract()?,
        is_solver: item(facts, "is_solver")?.extract()?,
        best_epoch: item(facts, "best_epoch")?.extract()?,
        epochs: item(facts, "epochs")?.extract()?,
    };
    let (svg, png) = (|| Ok(curve.svg()), || curve.png());
    draw(py, form, svg, png)
}
