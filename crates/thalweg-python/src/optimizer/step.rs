//! Dense steps of arrays, evaluation points and averages.

use numpy::prelude::*;
use numpy::{PyArrayDyn, PyReadonlyArrayDyn, PyReadwriteArrayDyn};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use thalweg::{Optimizer, ParamGrad, StepOutcome};

use super::layout::{Form, ParameterList, arrays, element_argument, form_of, in_order};
use super::{Active, PyOptimizer, with_optimizer};
use crate::arrays::{ElementType, Number, readable_as, writable};
use crate::error::{OrRaise, invalid};
use crate::pool;

/// Numbers from which a step lets other threads of Python run; below, this would cost more than the step.
const DETACH: usize = 1 << 12;

impl PyOptimizer {
    /// Calls `use_optimizer` with the optimizer of these parameters, which it makes at the first call.
    pub(super) fn with_active<T>(
        &self,
        py: Python<'_>,
        x: &Bound<'_, PyAny>,
        use_optimizer: impl FnOnce(&mut Active) -> PyResult<T>,
    ) -> PyResult<T> {
        let mut state = self.lock(py);
        if let Some(active) = &mut state.0 {
            return use_optimizer(active);
        }
        let (parameters, element_type) = ParameterList::of(x, "x")?;
        let mut active = Active::new(py, &self.spec, &self.groups, parameters, element_type)?;
        let result = use_optimizer(&mut active)?;
        state.0 = Some(active);
        Ok(result)
    }

    /// Makes a step with arrays of either type.
    pub(super) fn step_any(&self, py: Python<'_>, x: &Bound<'_, PyAny>, g: &Bound<'_, PyAny>) -> PyResult<StepOutcome> {
        self.with_active(py, x, |Active { parameters, optimizer }| {
            with_optimizer!(optimizer, optimizer => match parameters.form {
                Form::Single => step_array(py, optimizer, x, g),
                Form::List | Form::Dict => step_arrays(py, parameters, optimizer, x, g),
            })
        })
    }

    /// Returns the evaluation point for arrays of either type.
    pub(super) fn eval_point_any<'py>(&self, py: Python<'py>, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.with_active(py, x, |Active { parameters, optimizer }| {
            with_optimizer!(optimizer, optimizer => eval_point(py, parameters, optimizer, x))
        })
    }

    /// Returns the average of the iterates as an array.
    pub(super) fn average_array<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let state = self.lock(py);
        let active = state.0.as_ref()?;
        with_optimizer!(&active.optimizer, optimizer => {
            optimizer.average().map(|average| numpy::PyArray1::from_slice(py, average).into_any())
        })
    }
}

/// Makes a step with one array.
fn step_array<F: Number>(
    py: Python<'_>,
    optimizer: &mut Optimizer<F>,
    x: &Bound<'_, PyAny>,
    g: &Bound<'_, PyAny>,
) -> PyResult<StepOutcome> {
    let mut x_array = writable::<F>(x, "x")?;
    let g_array = readable_as::<F>(g, "g", &x_array, "x")?;
    let (x, g) = (x_array.as_slice_mut()?, g_array.as_slice()?);
    detach_for(py, x.len(), || optimizer.step(x, g)).or_raise(py)
}

/// Makes a step with several arrays.
fn step_arrays<F: Number>(
    py: Python<'_>,
    parameters: &ParameterList,
    optimizer: &mut Optimizer<F>,
    x: &Bound<'_, PyAny>,
    g: &Bound<'_, PyAny>,
) -> PyResult<StepOutcome> {
    let (xs, gs) = (in_order(parameters, x, "x")?, in_order(parameters, g, "g")?);
    let mut borrowed: Vec<(PyReadwriteArrayDyn<'_, F>, PyReadonlyArrayDyn<'_, F>)> = Vec::with_capacity(xs.len());
    for ((x, g), (name, _)) in xs.iter().zip(&gs).zip(&parameters.tensors) {
        let argument = |argument| element_argument(argument, parameters.form, name);
        let x = writable::<F>(x, &argument("x"))?;
        let g = readable_as::<F>(g, &argument("g"), &x, &argument("x"))?;
        borrowed.push((x, g));
    }
    let mut tensors = Vec::with_capacity(borrowed.len());
    let mut numbers = 0;
    for ((x, g), (name, _)) in borrowed.iter_mut().zip(&parameters.tensors) {
        let x = x.as_slice_mut()?;
        numbers += x.len();
        tensors.push(ParamGrad::new(name, x, g.as_slice()?));
    }
    detach_for(py, numbers, || optimizer.step_tensors(&mut tensors)).or_raise(py)
}

/// Does work on many numbers without the lock of Python, so that its other threads run.
pub(crate) fn detach_for<T: Send>(py: Python<'_>, numbers: usize, work: impl FnOnce() -> T + Send) -> T {
    if numbers < DETACH { work() } else { py.detach(|| pool::run_on(numbers, work)) }
}

/// Returns the evaluation point: the arrays themselves, or new ones of the same shapes.
fn eval_point<'py, F: Number>(
    py: Python<'py>,
    parameters: &ParameterList,
    optimizer: &mut Optimizer<F>,
    x: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let given = in_order(parameters, x, "x")?;
    let mut flat = Vec::new();
    for (array, (name, len)) in given.iter().zip(&parameters.tensors) {
        let argument = element_argument("x", parameters.form, name);
        ElementType::of(array, &argument)?;
        let Ok(array) = array.cast::<PyArrayDyn<F>>() else {
            return Err(invalid(py, &format!("{argument} must be an array of {}, as before", F::NUMPY_NAME)));
        };
        if array.len() != *len {
            let found = array.len();
            return Err(invalid(py, &format!("{argument} must have {len} numbers, but has {found}")));
        }
        let array = array.try_readonly().map_err(|_| invalid(py, &format!("{argument} is in use by another call")))?;
        flat.extend(array.as_array().iter().copied());
    }
    let point = optimizer.eval_point(&flat).or_raise(py)?;
    if point.iter().zip(&flat).all(|(point, x)| point == x) {
        return Ok(x.clone());
    }
    let mut start = 0;
    let mut points = Vec::with_capacity(given.len());
    for (array, (_, len)) in given.iter().zip(&parameters.tensors) {
        let shape = array.cast::<PyArrayDyn<F>>()?.shape().to_vec();
        let part = numpy::PyArray1::from_slice(py, &point[start..start + len]);
        points.push(part.reshape(shape)?.into_any());
        start += len;
    }
    match form_of(x) {
        Form::Single => Ok(points.swap_remove(0)),
        Form::List => Ok(PyList::new(py, points)?.into_any()),
        Form::Dict => {
            let dict = PyDict::new(py);
            for ((name, _), point) in parameters.tensors.iter().zip(points) {
                dict.set_item(name, point)?;
            }
            // In the order of the caller.
            let ordered = PyDict::new(py);
            for (name, _) in arrays(x, "x")? {
                ordered.set_item(&name, dict.get_item(&name)?)?;
            }
            Ok(ordered.into_any())
        }
    }
}
