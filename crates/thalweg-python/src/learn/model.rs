//! Models of tables, with their predictions.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};
use thalweg_learn::data::Target;
use thalweg_learn::model::Loss;
use thalweg_learn::{ModelFile, Prediction};

use crate::error::{OrRaise, invalid};
use crate::values::to_python;

use super::predictions::predictions;
use super::row_predictor::RowPredictor;

/// Name of a model without a file, in messages.
const IN_MEMORY: &str = "the bytes of a model";

/// A model with everything needed to predict rows: the encoding of the columns and the weights.
///
/// Models are made by `fit`, or read from a file. The file is that of the program ``thalweg``, a safetensors file, and
/// the pickled form of a model holds the bytes of its file.
///
/// Examples
/// --------
/// >>> import numpy as np, tempfile, thalweg
/// >>> with tempfile.TemporaryDirectory() as folder:
/// ...     with open(f"{folder}/houses.csv", "w") as file:
/// ...         _ = file.write("size,price\n" + "".join(f"{n},{2 * n + 1}\n" for n in range(60)))
/// ...     model = thalweg.fit(f"{folder}/houses.csv", "price", l2=0.0).model
/// ...     model.save(f"{folder}/price.model")
/// ...     again = thalweg.Model.load(f"{folder}/price.model")
/// ...     again.predict(f"{folder}/houses.csv")[:3].round(3)
/// array([1., 3., 5.])
/// >>> again == model, again.target, again.columns
/// (True, 'price', ['size'])
#[pyclass(name = "Model", module = "thalweg", frozen)]
pub(crate) struct PyModel(pub(super) ModelFile, RowPredictor);

impl PyModel {
    pub(crate) fn new(model: ModelFile) -> Self {
        Self(model, RowPredictor::default())
    }

    fn predictions(&self, data: &Bound<'_, PyAny>) -> PyResult<Vec<Prediction>> {
        self.1.predict(&self.0, data).map_or_else(|| predictions(&self.0, data), Ok)
    }

    fn bytes(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        self.0.to_bytes(Path::new(IN_MEMORY)).or_raise(py)
    }
}

#[pymethods]
impl PyModel {
    /// Read a model file.
    ///
    /// Parameters
    /// ----------
    /// path : path
    ///     File that `save` or the program has written.
    ///
    /// Returns
    /// -------
    /// Model
    ///
    /// Raises
    /// ------
    /// Error
    ///     The file is no model file, is damaged, or is one of a newer version.
    /// OSError
    ///     The file cannot be read.
    #[allow(clippy::needless_pass_by_value, reason = "an argument of Python is extracted as a value")]
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        py.detach(|| ModelFile::load(&path)).or_raise(py).map(Self::new)
    }

    /// Write the model file, as a whole or not at all.
    ///
    /// Parameters
    /// ----------
    /// path : path
    ///     File; one that exists is replaced.
    ///
    /// Raises
    /// ------
    /// OSError
    ///     The file cannot be written.
    #[allow(clippy::needless_pass_by_value, reason = "an argument of Python is extracted as a value")]
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.0.save(&path)).or_raise(py)
    }

    /// Return the model of the bytes of a file.
    ///
    /// Parameters
    /// ----------
    /// data : bytes
    ///     Content of a model file.
    ///
    /// Returns
    /// -------
    /// Model
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<Self> {
        ModelFile::from_bytes(Path::new(IN_MEMORY), data).or_raise(py).map(Self::new)
    }

    /// Return the bytes of the model file. The same model always has the same bytes.
    ///
    /// Returns
    /// -------
    /// bytes
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.bytes(py)?))
    }

    /// Predict rows.
    ///
    /// Parameters
    /// ----------
    /// data : path or sequence of paths, data frame, dict of columns, array or sparse matrix
    ///     Rows with the columns of the model, in files or in memory as for `fit`; the target may be missing.
    ///
    /// Returns
    /// -------
    /// ndarray of shape (rows,)
    ///     Numbers in the units of the target, or the predicted label of each row.
    ///
    /// Raises
    /// ------
    /// DataError
    ///     A column of the model that is missing, or a value that it cannot use, with the place.
    fn predict<'py>(&self, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let (py, predictions) = (data.py(), self.predictions(data)?);
        let Some(labels) = self.classes() else {
            let number =
                |prediction: &Prediction| if let Prediction::Number(value) = prediction { *value } else { f64::NAN };
            return Ok(PyArray1::from_iter(py, predictions.iter().map(number)).into_any());
        };
        let codes: HashMap<&str, i64> = labels.iter().map(String::as_str).zip(0..).collect();
        let code = |prediction: &Prediction| match prediction {
            Prediction::Label { label, .. } | Prediction::Class { label, .. } => codes[label.as_str()],
            Prediction::Number(_) => 0,
        };
        let codes = PyArray1::from_iter(py, predictions.iter().map(code));
        py.import("numpy")?.call_method1("array", (labels,))?.call_method1("take", (codes,))
    }

    /// Predict the probability of every class.
    ///
    /// Parameters
    /// ----------
    /// data : path or sequence of paths, data frame, dict of columns, array or sparse matrix
    ///     Rows with the columns of the model, in files or in memory as for `fit`; the target may be missing.
    ///
    /// Returns
    /// -------
    /// ndarray of shape (rows, classes)
    ///     Probabilities in the order of `classes`.
    ///
    /// Raises
    /// ------
    /// Error
    ///     The model predicts a number, or its loss has no probabilities.
    /// DataError
    ///     As `predict`.
    fn predict_proba<'py>(&self, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = data.py();
        let loss = self.0.loss();
        let Some(classes) = self.classes().filter(|_| loss != Loss::Hinge) else {
            let found = if loss == Loss::Hinge {
                "with hinge loss".to_owned()
            } else {
                format!("of the number '{}'", self.target())
            };
            return Err(invalid(
                py,
                &format!("probabilities need a model of classes with their loss, but this is one {found}"),
            ));
        };
        let predictions = self.predictions(data)?;
        let rows = predictions.len();
        let mut values = Vec::with_capacity(rows * classes.len());
        for prediction in predictions {
            match prediction {
                Prediction::Label { probability, .. } => {
                    let probability = probability.unwrap_or(f64::NAN);
                    values.extend([1.0 - probability, probability]);
                }
                Prediction::Class { probabilities, .. } => values.extend(probabilities),
                Prediction::Number(_) => {}
            }
        }
        let array = PyArray1::from_vec(py, values).reshape((rows, classes.len()))?;
        Ok(Bound::<PyArray2<f64>>::into_any(array))
    }

    /// Return the coefficients of a linear model: the change of the prediction by one standard deviation of a number,
    /// or by a level.
    ///
    /// Returns
    /// -------
    /// list of dict
    ///     ``name``, ``weight`` in the units of the target or in log-odds, and ``class`` if there are several; empty
    ///     for other models.
    fn coefficients<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json(py, &self.0.coefficients())
    }

    /// Prediction for a row of average numbers and no levels: a number, the log-odds of the second class, or a list of
    /// the scores of several classes; None for models that are not linear.
    #[getter]
    fn intercept<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let intercepts = self.0.intercepts();
        match intercepts.as_slice() {
            [] => json(py, &()),
            [one] => json(py, one),
            several => json(py, &several),
        }
    }

    /// Encoding of the columns, as in the model file.
    #[getter]
    fn schema<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json(py, &self.0.schema)
    }

    /// Information on the training, as in the model file: method, loss, number of rows, epochs and steps.
    #[getter]
    fn about<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json(py, &self.0.training_info)
    }

    /// Name of the target column.
    #[getter]
    fn target(&self) -> &str {
        self.0.schema.target.name()
    }

    /// Names of the columns that the model needs, without features that have numbers in place of names.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.0.schema.features.iter().map(|feature| feature.name.clone()).collect()
    }

    /// Labels of the target, of two the positive one last; None for a number.
    #[getter]
    fn classes(&self) -> Option<Vec<String>> {
        self.0.schema.target.labels()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let py = slf.py();
        let bytes = slf.get().to_bytes(py)?;
        Ok((slf.get_type().getattr("from_bytes")?, PyTuple::new(py, [bytes])?))
    }

    fn __copy__(slf: &Bound<'_, Self>) -> Py<Self> {
        slf.clone().unbind()
    }

    fn __deepcopy__(slf: &Bound<'_, Self>, memo: &Bound<'_, PyDict>) -> Py<Self> {
        let _ = memo;
        slf.clone().unbind()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().0 == self.0)
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<u64> {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.bytes(py)?.hash(&mut hasher);
        Ok(hasher.finish())
    }

    fn __repr__(&self) -> String {
        let info = &self.0.training_info;
        let predicts = match &self.0.schema.target {
            Target::Number { .. } => "a number".to_owned(),
            Target::Label { negative, positive, .. } => format!("'{positive}' or '{negative}'"),
            Target::Classes { labels, .. } => format!("one of {} classes", labels.len()),
        };
        let (target, rows) = (self.target(), info.rows);
        format!("<thalweg.Model of '{target}', {predicts}: {}, {rows} rows>", info.architecture)
    }
}

/// Returns the value of Python with the JSON form of a value.
fn json<'py>(py: Python<'py>, value: &impl serde::Serialize) -> PyResult<Bound<'py, PyAny>> {
    let value = serde_json::to_value(value).map_err(|error| invalid(py, &error.to_string()))?;
    to_python(py, &value)
}
