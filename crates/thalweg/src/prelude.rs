//! The names that most programs need, for `use thalweg::prelude::*`.
//!
//! ```
//! use thalweg::prelude::*;
//! let mut x = [3.0_f64];
//! let mut optimizer = Optimizer::new(sgd(0.25), 1)?;
//! assert_eq!(optimizer.step(&mut x, &[4.0])?, StepOutcome::Stepped);
//! assert_eq!(x, [2.0]);
//! # Ok::<(), thalweg::Error>(())
//! ```

pub use crate::method::{Adam, adam, adamw, momentum, sgd};
pub use crate::minimize::{Minimize, StopReason};
pub use crate::objective::Objective;
pub use crate::optimizer::{Group, Layout, Optimizer, ParamGrad, State, StepOutcome, Tensor};
pub use crate::schedule::Schedule;
