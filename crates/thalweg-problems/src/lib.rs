#![doc = include_str!("../README.md")]
//!
//! # Where to find what
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
