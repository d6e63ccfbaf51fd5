//! Optimizers, whose parameters are arrays that change in place.

mod layout;
mod properties;
mod sparse;
mod state;
mod step;

use std::sync::{Mutex, MutexGuard};

use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyDict, PyString};
use thalweg::{OptimizerSpec, StepOutcome};

use crate::arrays::ElementType;
use crate::error::{OrRaise, invalid};
use crate::method::spec_of;
use layout::{Groups, ParameterList};
pub(crate) use step::detach_for;

/// Optimizer of the parameters of one array, or of a list or dict of arrays.
#[pyclass(name = "Optimizer", module = "thalweg", frozen)]
pub(crate) struct PyOptimizer {
    spec: OptimizerSpec,
    groups: Groups,
    state: Mutex<OptimizerState>,
}

/// The optimizer itself, from the time on when the parameters are known.
#[derive(Clone, Default)]
struct OptimizerState(Option<Active>);

/// An optimizer bound to the lengths and the type of its parameters.
#[derive(Clone)]
struct Active {
    parameters: ParameterList,
    optimizer: AnyOptimizer,
}

/// An optimizer of either type of numbers.
#[derive(Clone)]
enum AnyOptimizer {
    F32(thalweg::Optimizer<f32>),
    F64(thalweg::Optimizer<f64>),
}

/// Evaluates an expression for an optimizer of either type of numbers.
macro_rules! with_optimizer {
    ($optimizer:expr, $name:ident => $result:expr) => {
        match $optimizer {
            crate::optimizer::AnyOptimizer::F32($name) => $result,
            crate::optimizer::AnyOptimizer::F64($name) => $result,
        }
    };
}
use with_optimizer;

impl AnyOptimizer {
    fn element_type(&self) -> ElementType {
        match self {
            Self::F32(_) => ElementType::F32,
            Self::F64(_) => ElementType::F64,
        }
    }
}

#[pymethods]
impl PyOptimizer {
    #[new]
    #[pyo3(signature = (method=None, params=None, *, groups=None, schedule=None, **hyperparameters))]
    fn new(
        py: Python<'_>,
        method: Option<&Bound<'_, PyAny>>,
        params: Option<&Bound<'_, PyAny>>,
        groups: Option<&Bound<'_, PyAny>>,
        schedule: Option<&Bound<'_, PyAny>>,
        hyperparameters: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let adam = PyString::new(py, "adam").into_any();
        let spec = spec_of(method.unwrap_or(&adam), schedule, hyperparameters)?;
        if spec.method.is_solver() {
            let name = spec.method.name();
            return Err(invalid(py, &format!("{name} does not step by a gradient alone; minimize and fit run it")));
        }
        spec.check().or_raise(py)?;
        let groups = Groups::new(groups)?;
        let state = match params {
            None => OptimizerState::default(),
            Some(params) => {
                let (parameters, element_type) = ParameterList::of(params, "params")?;
                OptimizerState(Some(Active::new(py, &spec, &groups, parameters, element_type)?))
            }
        };
        Ok(Self { spec, groups, state: Mutex::new(state) })
    }

    /// Update parameters in place by one step with their gradient.
    ///
    /// Parameters
    /// ----------
    /// x : numpy.ndarray, or list or dict of numpy.ndarray
    ///     Parameters, float32 or float64, which change in place.
    /// g : numpy.ndarray, or list or dict of numpy.ndarray
    ///     Gradient of the same shape and type, at the point `eval_point` returns.
    ///
    /// Returns
    /// -------
    /// str
    ///     ``"stepped"``; ``"accumulated"`` while ``accumulate`` gradients are collected; ``"skipped"`` for a gradient
    ///     that is not finite, with ``nonfinite="skip"``.
    ///
    /// Raises
    /// ------
    /// NotFiniteError
    ///     The gradient contains an infinity or a NaN; then nothing has changed.
    /// Error
    ///     Arrays of other shapes than before, read-only or overlapping ones.
    /// TypeError
    ///     No arrays, or numbers of another type.
    ///
    /// Examples
    /// --------
    /// >>> import numpy as np, thalweg
    /// >>> x = np.array([1.0, -2.0])
    /// >>> sgd = thalweg.Optimizer("sgd", lr=0.5)
    /// >>> sgd.step(x, np.array([1.0, 1.0]))
    /// 'stepped'
    /// >>> x
    /// array([ 0.5, -2.5])
    #[pyo3(signature = (x, g, /))]
    fn step(&self, py: Python<'_>, x: &Bound<'_, PyAny>, g: &Bound<'_, PyAny>) -> PyResult<&'static str> {
        self.step_any(py, x, g).map(outcome_name)
    }

    /// Return the point at which the next gradient is needed.
    ///
    /// Parameters
    /// ----------
    /// x : numpy.ndarray, or list or dict of numpy.ndarray
    ///     Parameters.
    ///
    /// Returns
    /// -------
    /// numpy.ndarray, or list or dict of numpy.ndarray
    ///     `x` itself, but for methods with a lookahead (``nag:nesterov=lookahead``).
    ///
    /// Examples
    /// --------
    /// >>> import numpy as np, thalweg
    /// >>> x = np.array([1.0, -2.0])
    /// >>> nag = thalweg.Optimizer("nag", lr=0.1, nesterov="lookahead")
    /// >>> for _ in range(2):
    /// ...     _ = nag.step(x, 2 * nag.eval_point(x))
    /// >>> nag.eval_point(x)
    /// array([ 0.2224, -0.4448])
    #[pyo3(signature = (x, /))]
    fn eval_point<'py>(&self, py: Python<'py>, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.eval_point_any(py, x)
    }

    /// Update a few numbers of an array by one step, as if the gradient were 0 everywhere else.
    ///
    /// The other numbers take the step when they are next needed: `sync` brings them up to date, and a dense step and
    /// `state_dict` need it for all.
    ///
    /// Parameters
    /// ----------
    /// x : numpy.ndarray
    ///     Parameters, one array, which changes in place.
    /// coordinates : numpy.ndarray
    ///     Indices into the flattened array in ascending order, of integers.
    /// g : numpy.ndarray
    ///     Gradient at these coordinates.
    ///
    /// Returns
    /// -------
    /// str
    ///     As `step`.
    ///
    /// Raises
    /// ------
    /// Error
    ///     Coordinates that do not ascend or are out of range; a method or option that supports dense steps only.
    ///
    /// Examples
    /// --------
    /// >>> import numpy as np, thalweg
    /// >>> x = np.ones(1000)
    /// >>> adagrad = thalweg.Optimizer("adagrad", lr=0.5)
    /// >>> adagrad.step_sparse(x, np.array([3, 999]), np.array([1.0, -1.0]))
    /// 'stepped'
    /// >>> x[[0, 3, 999]]
    /// array([1. , 0.5, 1.5])
    #[pyo3(signature = (x, coordinates, g, /))]
    fn step_sparse(
        &self,
        py: Python<'_>,
        x: &Bound<'_, PyAny>,
        coordinates: &Bound<'_, PyAny>,
        g: &Bound<'_, PyAny>,
    ) -> PyResult<&'static str> {
        self.step_sparse_any(py, x, coordinates, g).map(outcome_name)
    }

    /// Apply the pending sparse steps to some coordinates, or to all.
    ///
    /// Parameters
    /// ----------
    /// x : numpy.ndarray
    ///     Parameters, which change in place.
    /// coordinates : numpy.ndarray, optional
    ///     Indices in ascending order; all by default.
    ///
    /// Examples
    /// --------
    /// >>> import numpy as np, thalweg
    /// >>> x = np.ones(3)
    /// >>> momentum = thalweg.Optimizer("momentum", lr=0.5, momentum=0.5)
    /// >>> for _ in range(2):
    /// ...     _ = momentum.step_sparse(x, np.array([0]), np.array([1.0]))
    /// >>> _ = momentum.step_sparse(x, np.array([1]), np.array([1.0]))
    /// >>> momentum.sync(x)
    /// >>> x
    /// array([-0.625,  0.5  ,  1.   ])
    #[pyo3(signature = (x, coordinates=None, /))]
    fn sync(&self, py: Python<'_>, x: &Bound<'_, PyAny>, coordinates: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        self.sync_any(py, x, coordinates)
    }

    /// Report a loss to a ``plateau`` schedule; others do not need it.
    ///
    /// Parameters
    /// ----------
    /// loss : float
    ///     Loss of the latest epoch or evaluation.
    #[pyo3(signature = (loss, /))]
    fn observe(&self, py: Python<'_>, loss: f64) -> PyResult<()> {
        self.change(py, |active| {
            with_optimizer!(&mut active.optimizer, optimizer => optimizer.observe(loss));
            Ok(())
        })
    }
}

impl PyOptimizer {
    /// Locks the state; other threads of Python go on while this one waits.
    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, OptimizerState> {
        self.state.lock_py_attached(py).unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Changes the optimizer, whose parameters must be known.
    fn change<T>(&self, py: Python<'_>, change: impl FnOnce(&mut Active) -> PyResult<T>) -> PyResult<T> {
        match &mut self.lock(py).0 {
            Some(active) => change(active),
            None => Err(invalid(py, "the parameters are not known yet: pass them as params, or make a step first")),
        }
    }
}

/// Returns the text of the outcome of a step.
pub(crate) fn outcome_name(outcome: StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Stepped => "stepped",
        StepOutcome::Accumulated => "accumulated",
        StepOutcome::Skipped => "skipped",
    }
}
