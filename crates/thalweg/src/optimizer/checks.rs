//! Checks of the arguments of a step.

use super::Optimizer;
use super::layout::Dtype;
use crate::error::{Error, Result};
use crate::kernel::TensorRef;
use crate::real::Real;

impl<F: Real> Optimizer<F> {
    /// Checks what a step needs besides its tensors: a method that steps, and the factor of the schedule.
    #[inline]
    pub(super) fn check_step(&self) -> Result<()> {
        self.method.check_steps()?;
        self.check_schedule()
    }

    /// Checks the factor of the schedule at the next step.
    #[inline]
    pub(super) fn check_schedule(&self) -> Result<()> {
        self.options.schedule.check_factor_at(self.t)
    }

    #[inline]
    pub(super) fn check_flat(&self, what: &str, found: usize) -> Result<()> {
        Error::length(&what, self.len, found)?;
        if self.tensors.iter().all(|tensor| tensor.dtype == Dtype::Full) { Ok(()) } else { Err(self.narrow_error()) }
    }

    /// The error of flat parameters where a tensor is in bf16.
    #[cold]
    fn narrow_error(&self) -> Error {
        let narrow = self.tensors.iter().find(|tensor| tensor.dtype != Dtype::Full);
        let tensor = narrow.map_or_else(String::new, |tensor| tensor.name.clone());
        Error::Dtype { tensor, expected: "bf16", found: F::NAME }
    }

    pub(super) fn check_tensors<'a>(
        &self,
        what: &str,
        tensors: impl Iterator<Item = (&'a str, TensorRef<'a, F>)>,
    ) -> Result<()> {
        let mut expected = self.tensors.iter();
        let mut position = 0;
        for (name, x) in tensors {
            let Some(tensor) = expected.find(|tensor| tensor.name == name || tensor.is_active()) else {
                let found = position + 1;
                return Err(Error::Length { what: "the list of tensors".into(), expected: self.tensors.len(), found });
            };
            if tensor.name != name {
                return Err(Error::Tensor { position, expected: tensor.name.clone(), found: name.into() });
            }
            Error::length(&format_args!("{what} of {name}"), tensor.range.len(), x.len())?;
            let expected = if tensor.dtype == Dtype::Full { F::NAME } else { "bf16" };
            if x.dtype() != expected {
                return Err(Error::Dtype { tensor: name.into(), expected, found: x.dtype() });
            }
            position += 1;
        }
        match expected.find(|tensor| tensor.is_active()) {
            Some(_) => {
                Err(Error::Length { what: "the list of tensors".into(), expected: self.tensors.len(), found: position })
            }
            None => Ok(()),
        }
    }
}
