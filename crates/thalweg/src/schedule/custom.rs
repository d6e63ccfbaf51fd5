//! Schedules that the caller computes.

use std::fmt;
use std::sync::Arc;

use super::{Schedule, SchedulePart};
use crate::error::{Error, Result};

/// A function from the step, counted from 0, to a factor of the learning rate; made by [`Schedule::custom`].
///
/// Two of them are equal if they are the same function, that is, copies of one value.
#[derive(Clone)]
pub struct CustomSchedule(Arc<dyn Fn(u64) -> f64 + Send + Sync>);

impl fmt::Debug for CustomSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomSchedule")
    }
}

impl PartialEq for CustomSchedule {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl CustomSchedule {
    pub(super) fn factor_at(&self, t: u64) -> f64 {
        self.0(t)
    }
}

impl Schedule {
    /// A schedule whose factor at step t, counted from 0, is `factor(t)`: finite and at least 0, and the same at every
    /// call. A step at which it is not is an error.
    ///
    /// It has no text and no serialized form: serializing it is an error.
    ///
    /// ```
    /// use thalweg::method::sgd;
    /// use thalweg::{Optimizer, OptimizerOptions, OptimizerSpec, Schedule};
    /// let half_every_ten = Schedule::custom(|t| 0.5_f64.powi((t / 10) as i32));
    /// assert_eq!(half_every_ten.factor_at(25), 0.25);
    /// let options = OptimizerOptions { schedule: half_every_ten, ..OptimizerOptions::default() };
    /// let mut optimizer = Optimizer::new(OptimizerSpec { method: sgd(0.1).into(), options }, 1)?;
    /// let mut x = [1.0_f64];
    /// for _ in 0..20 {
    ///     optimizer.step(&mut x, &[0.0])?;
    /// }
    /// assert_eq!(optimizer.lr(), 0.1 * 0.25);
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    pub fn custom(factor: impl Fn(u64) -> f64 + Send + Sync + 'static) -> Self {
        Self::Custom(CustomSchedule(Arc::new(factor)))
    }

    /// Checks the factor at step `t`, if the caller computes it.
    #[inline]
    pub(crate) fn check_factor_at(&self, t: u64) -> Result<()> {
        if self.is_custom() { self.check_custom_factor(t) } else { Ok(()) }
    }

    #[cold]
    fn check_custom_factor(&self, t: u64) -> Result<()> {
        let found = self.factor_at(t);
        let holds = found >= 0.0 && found.is_finite();
        if holds {
            return Ok(());
        }
        Err(Error::Range {
            name: format!("the factor of the custom schedule at step {t}"),
            expected: "at least 0 and finite",
            found,
        })
    }

    /// Returns `true` if the caller computes some of the factors.
    #[inline]
    fn is_custom(&self) -> bool {
        match self {
            Self::Custom(_) => true,
            Self::Sequence(parts) => parts.iter().any(|SchedulePart { schedule, .. }| schedule.is_custom()),
            _ => false,
        }
    }
}
