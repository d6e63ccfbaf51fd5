//! Functions to minimize, and what is known about them: formulas, test problems and critical points.
//!
//! A [`Formula`] is an objective of [`thalweg`] given as text, with exact gradient and Hessian. [`Problem`] is a table
//! of test problems with their minima; [`CriticalPoint`] classifies the point at which a run ended.
//!
//! ```
//! use std::ops::ControlFlow::Continue;
//! use thalweg::method::Adam;
//! use thalweg::{Objective, Optimizer, StopCriteria, minimize};
//! use thalweg_problems::{CriticalPoint, CriticalPointKind, Formula};
//! let mut saddle = Formula::parse("x^4/4 - x^2/2 + y^2/2")?;
//! let mut adam = Optimizer::new(Adam { lr: 0.01, ..Adam::default() }, 2)?;
//! let stop = StopCriteria { gradient_norm: Some(1e-9), ..StopCriteria::default() };
//! let outcome = minimize(&mut saddle, &mut adam, &[0.1, 1.0], &stop, |_| Continue(()))?;
//! let mut gradient = [0.0; 2];
//! saddle.eval(&outcome.x, &mut gradient)?;
//! let point = CriticalPoint::classify(&outcome.x, &gradient, &saddle.hessian(&outcome.x)?)?;
//! assert_eq!(point.kind, CriticalPointKind::Minimum); // (1, 0)
//! # Ok::<(), thalweg_problems::Error>(())
//! ```
//!
//! | to | use |
//! | --- | --- |
//! | minimize a function given as text | [`Formula`]; [`Condition`] compares two formulas |
//! | compare with known results | [`Problem`] and [`ProblemInstance`]: 32 test problems with starts and minima |
//! | classify a point | [`CriticalPoint`]; [`find_critical_points`] searches those of two variables |
//! | leave saddle points | [`minimize_perturbed`] |
//! | find several minima | [`starting_points`] and [`MultistartSummary`] |
// Tests compare numbers exactly, because the same bits are promised.
#![cfg_attr(test, allow(clippy::float_cmp))]

mod critical_point;
mod critical_search;
mod error;
mod formula;
mod multistart;
mod perturbed;
mod problem;

pub use critical_point::{CriticalPoint, CriticalPointKind, norm};
pub use critical_search::{LocatedCriticalPoint, find_critical_points};
pub use error::{Error, Result};
pub use formula::{Condition, Formula};
pub use multistart::{LocalMinimum, MultistartOptions, MultistartRun, MultistartSummary, RunStatus, starting_points};
pub use perturbed::{PerturbOptions, PerturbedOutcome, minimize_perturbed};
pub use problem::{Dimension, Problem, ProblemInstance, ProblemParameter};
