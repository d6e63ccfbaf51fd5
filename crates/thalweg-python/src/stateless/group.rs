//! Methods of groups with hyperparameters that change from step to step.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use thalweg::method::HyperparamValue;
use thalweg::optimizer::MethodKernel;
use thalweg::{Method, OptimizerSpec};

use crate::error::OrRaise;
use crate::method::value_of;

/// Method of a group for either type of numbers.
pub(super) struct GroupMethod {
    pub(super) single: MethodKernel<f32>,
    pub(super) double: MethodKernel<f64>,
    /// Hyperparameters that differ from those of the optimizer.
    values: Vec<(String, HyperparamValue)>,
}

impl GroupMethod {
    /// Returns the method with hyperparameters by name.
    pub(super) fn new(py: Python<'_>, spec: &OptimizerSpec, given: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut values = Vec::with_capacity(given.len());
        for (key, value) in given {
            let key = key.cast::<PyString>()?.to_str()?.to_owned();
            let value = value_of(&value, &key)?;
            values.push((key, value));
        }
        let set = |method: Method, (key, value): &(String, HyperparamValue)| method.set_value(key, value);
        let method = values.iter().try_fold(spec.method, set).or_raise(py)?;
        Ok(Self {
            single: MethodKernel::new(method).or_raise(py)?,
            double: MethodKernel::new(method).or_raise(py)?,
            values,
        })
    }

    /// Returns `true` if these are the hyperparameters of the method.
    pub(super) fn has(&self, given: &Bound<'_, PyDict>) -> PyResult<bool> {
        if given.len() != self.values.len() {
            return Ok(false);
        }
        for ((key, value), (own_key, own_value)) in given.iter().zip(&self.values) {
            let key = key.cast::<PyString>()?.to_str()?;
            let is_same = key == own_key
                && match own_value {
                    HyperparamValue::Number(own) => {
                        value.extract::<f64>().is_ok_and(|value| value.to_bits() == own.to_bits())
                    }
                    HyperparamValue::Choice(own) => value.extract::<&str>().is_ok_and(|value| value == *own),
                };
            if !is_same {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
