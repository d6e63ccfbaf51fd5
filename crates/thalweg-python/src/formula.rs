//! Formulas, test problems and critical points.

use std::sync::{Mutex, MutexGuard};

use numpy::prelude::*;
use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::PyDict;
use serde_json::json;
use thalweg::Objective;
use thalweg_problems::{CriticalPoint, Dimension, Formula, Problem, ProblemInstance};

use crate::arrays::vector;
use crate::error::{OrRaise, invalid};
use crate::values::to_python;

/// Function given as text, with exact derivatives.
#[pyclass(name = "Formula", module = "thalweg", frozen)]
pub(crate) struct PyFormula {
    pub(crate) text: String,
    variables: Vec<String>,
    formula: Mutex<Formula>,
}

#[pymethods]
impl PyFormula {
    #[new]
    #[pyo3(signature = (text, /, *, variables=None))]
    fn new(py: Python<'_>, text: &str, variables: Option<Vec<String>>) -> PyResult<Self> {
        let formula = match variables {
            None => Formula::parse(text),
            Some(names) => Formula::with_variables(text, &names.iter().map(String::as_str).collect::<Vec<_>>()),
        };
        Ok(Self::from(formula.or_raise(py)?))
    }

    /// Names of the variables, in the order of the numbers of a point.
    #[getter]
    fn variables(&self) -> Vec<String> {
        self.variables.clone()
    }

    /// The text of the formula.
    #[getter]
    fn text(&self) -> String {
        self.text.clone()
    }

    /// Return the value at a point.
    fn __call__(&self, x: &Bound<'_, PyAny>) -> PyResult<f64> {
        let (py, x) = (x.py(), self.point(x)?);
        self.lock(py).value(&x).or_raise(py)
    }

    /// Return the gradient at a point.
    ///
    /// Parameters
    /// ----------
    /// x : sequence of float
    ///     Point, a number for each variable.
    ///
    /// Returns
    /// -------
    /// numpy.ndarray
    ///     Partial derivatives by automatic differentiation, exact to rounding.
    ///
    /// Examples
    /// --------
    /// >>> import thalweg
    /// >>> thalweg.formula("x^2 * y").gradient([3, 2])
    /// array([12.,  9.])
    #[pyo3(signature = (x, /))]
    fn gradient<'py>(&self, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (py, x) = (x.py(), self.point(x)?);
        let mut gradient = vec![0.0; x.len()];
        let _: f64 = self.lock(py).eval(&x, &mut gradient).or_raise(py)?;
        Ok(PyArray1::from_vec(py, gradient))
    }

    /// Return the matrix of second derivatives at a point.
    ///
    /// Parameters
    /// ----------
    /// x : sequence of float
    ///     Point, a number for each variable.
    ///
    /// Returns
    /// -------
    /// numpy.ndarray
    ///     Hessian, symmetric, of shape (n, n).
    ///
    /// Examples
    /// --------
    /// >>> import thalweg
    /// >>> thalweg.formula("x^2 * y").hessian([3, 2])
    /// array([[4., 6.],
    ///        [6., 0.]])
    #[pyo3(signature = (x, /))]
    fn hessian<'py>(&self, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (py, x) = (x.py(), self.point(x)?);
        let hessian = self.lock(py).hessian(&x).or_raise(py)?;
        PyArray1::from_vec(py, hessian).reshape([x.len(), x.len()])
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<((String,), Bound<'py, PyDict>)> {
        let keywords = PyDict::new(py);
        keywords.set_item("variables", &self.variables)?;
        Ok(((self.text.clone(),), keywords))
    }

    fn __str__(&self) -> &str {
        &self.text
    }

    fn __repr__(&self) -> String {
        format!("Formula('{}')", self.text)
    }
}

impl From<Formula> for PyFormula {
    fn from(formula: Formula) -> Self {
        Self { text: formula.text().to_owned(), variables: formula.variables().to_vec(), formula: Mutex::new(formula) }
    }
}

impl PyFormula {
    /// Returns a copy, for use without the lock.
    pub(crate) fn to_formula(&self, py: Python<'_>) -> Formula {
        self.lock(py).clone()
    }

    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, Formula> {
        self.formula.lock_py_attached(py).unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn point(&self, x: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
        let point = vector(x, "x")?;
        if point.len() == self.variables.len() {
            return Ok(point);
        }
        let (expected, names) = (self.variables.len(), self.variables.join(", "));
        Err(invalid(x.py(), &format!("x must have {expected} numbers ({names}), but has {}", point.len())))
    }
}

/// Classify a point by its gradient and Hessian; see ``thalweg.critical``.
#[pyfunction]
pub(crate) fn classify<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    gradient: &Bound<'py, PyAny>,
    hessian: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyDict>> {
    let (x, gradient, hessian) = (vector(x, "x")?, vector(gradient, "gradient")?, vector(hessian, "hessian")?);
    let point = py.detach(|| CriticalPoint::classify(&x, &gradient, &hessian)).or_raise(py)?;
    let result = PyDict::new(py);
    result.set_item("kind", to_python(py, &json!(point.kind))?)?;
    result.set_item("eigenvalues", PyArray1::from_vec(py, point.eigenvalues))?;
    let directions = point.negative_curvature_directions;
    let directions: Vec<_> = directions.into_iter().map(|direction| PyArray1::from_vec(py, direction)).collect();
    result.set_item("directions", directions)?;
    Ok(result)
}

/// Return whether a text names a test problem, or can only be meant to.
#[pyfunction]
pub(crate) fn is_problem(text: &str) -> bool {
    Problem::is_meant_by(text)
}

/// Return a test problem with a number of variables; see ``thalweg.problem``.
#[pyfunction]
#[pyo3(signature = (name, dim=None))]
pub(crate) fn problem<'py>(py: Python<'py>, name: &str, dim: Option<usize>) -> PyResult<Bound<'py, PyDict>> {
    let instance = ProblemInstance::named(name, dim).or_raise(py)?;
    let result = PyDict::new(py);
    let problem = instance.problem;
    result.set_item("name", &instance.name)?;
    result.set_item("illustrates", problem.map(|problem| problem.illustrates))?;
    result.set_item("source", problem.map(|problem| problem.source))?;
    result.set_item("min_value", instance.min_value())?;
    result.set_item("noise", instance.noise)?;
    result.set_item("start", PyArray1::from_vec(py, instance.start))?;
    let minima: Vec<_> = instance.minima.into_iter().map(|x| PyArray1::from_vec(py, x)).collect();
    result.set_item("minima", minima)?;
    result.set_item("formula", Bound::new(py, PyFormula::from(instance.formula))?)?;
    Ok(result)
}

/// Return the table of test problems; see ``thalweg.problems``.
#[pyfunction]
pub(crate) fn problem_table(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let row = |problem: &Problem| {
        let (variables, any_dimension) = match problem.dimension {
            Dimension::Fixed(variables) => (variables, false),
            Dimension::AtLeast(variables) => (variables, true),
        };
        json!({
            "name": problem.name,
            "variables": variables,
            "any_dimension": any_dimension,
            "parameter": problem.parameter.map(|parameter| parameter.name),
            "illustrates": problem.illustrates,
            "source": problem.source,
        })
    };
    to_python(py, &Problem::ALL.iter().map(row).collect())
}
