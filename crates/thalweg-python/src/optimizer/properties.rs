//! Hyperparameters, counters and the state of an optimizer, copies and pickles.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::{PyOptimizer, with_optimizer};
use crate::error::{IntoPyErr, OrRaise};
use crate::method::{PyMethod, value_of, value_to_python};

#[pymethods]
impl PyOptimizer {
    /// Method of the optimizer, as it was given.
    #[getter]
    fn method(&self) -> PyMethod {
        PyMethod(self.spec.clone())
    }

    /// Learning rate at the next step, with the factor of the schedule.
    #[getter]
    fn lr(&self, py: Python<'_>) -> f64 {
        match &self.lock(py).0 {
            None => self.spec.method.lr() * self.spec.options.schedule.factor_at(0),
            Some(active) => with_optimizer!(&active.optimizer, optimizer => optimizer.lr()),
        }
    }

    #[setter]
    fn set_lr(&self, py: Python<'_>, lr: f64) -> PyResult<()> {
        self.change(py, |active| with_optimizer!(&mut active.optimizer, optimizer => optimizer.set_lr(lr)).or_raise(py))
    }

    /// Return a hyperparameter of the method, or of a group.
    ///
    /// Parameters
    /// ----------
    /// name : str
    ///     Name of the hyperparameter.
    /// group : str, optional
    ///     Name of the group.
    ///
    /// Returns
    /// -------
    /// float or str
    ///     A number, or the name of a choice.
    #[pyo3(signature = (name, /, *, group=None))]
    fn hyperparameter<'py>(&self, py: Python<'py>, name: &str, group: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        let value = match (&self.lock(py).0, group) {
            (None, _) => self.spec.method.get(name),
            (Some(active), None) => with_optimizer!(&active.optimizer, optimizer => optimizer.hyperparameter(name)),
            (Some(active), Some(group)) => {
                with_optimizer!(&active.optimizer, optimizer => optimizer.group_hyperparameter(group, name))
                    .or_raise(py)?
            }
        };
        value.map(|value| value_to_python(py, &value)).ok_or_else(|| {
            let known = self.spec.method.hyperparameters().into_iter().map(|(name, _)| name);
            thalweg::Error::unknown(format!("parameter of {}", self.spec.method.name()), name, known).into_py_err(py)
        })
    }

    /// Set a hyperparameter of the method, or of a group, from the next step on.
    ///
    /// Parameters
    /// ----------
    /// name : str
    ///     Name of the hyperparameter.
    /// value : float or str
    ///     A number, or the name of a choice.
    /// group : str, optional
    ///     Name of the group.
    ///
    /// Examples
    /// --------
    /// >>> import numpy as np, thalweg
    /// >>> adam = thalweg.Optimizer("adam", np.zeros(3))
    /// >>> adam.set_hyperparameter("beta1", 0.8)
    /// >>> adam.hyperparameter("beta1")
    /// 0.8
    #[pyo3(signature = (name, value, /, *, group=None))]
    fn set_hyperparameter(
        &self,
        py: Python<'_>,
        name: &str,
        value: &Bound<'_, PyAny>,
        group: Option<&str>,
    ) -> PyResult<()> {
        let value = value_of(value, name)?;
        self.change(py, |active| {
            with_optimizer!(&mut active.optimizer, optimizer => match group {
                None => optimizer.set_hyperparameter(name, value),
                Some(group) => optimizer.set_group_hyperparameter(group, name, value),
            })
            .or_raise(py)
        })
    }

    /// Number of steps taken.
    #[getter]
    fn steps(&self, py: Python<'_>) -> u64 {
        self.lock(py).0.as_ref().map_or(0, |active| with_optimizer!(&active.optimizer, optimizer => optimizer.steps()))
    }

    /// Number of gradients skipped because they were not finite.
    #[getter]
    fn skipped(&self, py: Python<'_>) -> u64 {
        self.lock(py)
            .0
            .as_ref()
            .map_or(0, |active| with_optimizer!(&active.optimizer, optimizer => optimizer.skipped()))
    }

    /// Memory in bytes that is kept from step to step.
    #[getter]
    fn state_bytes(&self, py: Python<'_>) -> usize {
        let state = self.lock(py);
        state.0.as_ref().map_or(0, |active| with_optimizer!(&active.optimizer, optimizer => optimizer.state_bytes()))
    }

    /// Average of the iterates, as one flat array; None where none is kept (``ema``, ``average``) or has begun.
    #[getter]
    fn average<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.average_array(py)
    }

    /// Return the state: what is needed besides the parameters to continue to the same bits.
    ///
    /// Returns
    /// -------
    /// dict
    ///     Step counters and other scalars by name, and the slots as arrays, keyed ``tensor.slot``.
    ///
    /// Examples
    /// --------
    /// >>> import numpy as np, thalweg
    /// >>> x = np.ones(2)
    /// >>> momentum = thalweg.Optimizer("momentum", lr=0.1)
    /// >>> _ = momentum.step(x, np.array([1.0, 2.0]))
    /// >>> state = momentum.state_dict()
    /// >>> state["t"], state["slots"]
    /// (1, {'x.velocity': array([1., 2.])})
    fn state_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.state_to_python(py)
    }

    /// Continue from a state that `state_dict` returned.
    ///
    /// Parameters
    /// ----------
    /// state : dict
    ///     State of an optimizer of the same method and parameters.
    ///
    /// Raises
    /// ------
    /// Error
    ///     A state of another method or of other parameters; then nothing has changed.
    #[pyo3(signature = (state, /))]
    fn load_state_dict(&self, py: Python<'_>, state: &Bound<'_, PyDict>) -> PyResult<()> {
        self.load_from_python(py, state)
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        let keywords = PyDict::new(py);
        keywords.set_item("groups", self.groups.to_python(py)?)?;
        let method = Bound::new(py, self.method())?;
        Ok((PyTuple::new(py, [method])?, keywords))
    }

    fn __getstate__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        if self.lock(py).0.is_none() { Ok(None) } else { self.state_to_python(py).map(Some) }
    }

    fn __setstate__(&self, py: Python<'_>, state: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        state.map_or(Ok(()), |state| self.load_from_python(py, state))
    }

    fn __copy__(&self, py: Python<'_>) -> Self {
        let state = self.lock(py).clone();
        Self { spec: self.spec.clone(), groups: self.groups.clone(), state: Mutex::new(state) }
    }

    #[pyo3(signature = (_memo, /))]
    fn __deepcopy__(&self, py: Python<'_>, _memo: &Bound<'_, PyAny>) -> Self {
        self.__copy__(py)
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let steps = self.steps(py);
        format!("Optimizer('{}') after {steps} step{}", self.spec, if steps == 1 { "" } else { "s" })
    }
}
