//! First-order optimization: every classic gradient-descent method, composed from parts that the compiler fuses into
//! one pass over memory. Results are the same to the bit for any number of threads and on every instruction set.
//!
//! An [`Optimizer`] applies gradients to parameters, one [`step`](Optimizer::step) at a time:
//!
//! ```
//! use thalweg::{Adam, Optimizer};
//! let mut x = [3.0_f64, -4.0];
//! let mut adam = Optimizer::new(Adam { lr: 0.1, ..Adam::default() }, x.len())?;
//! for _ in 0..1000 {
//!     let gradient = x.map(|x| 2.0 * x); // of x² + y²
//!     adam.step(&mut x, &gradient)?;
//! }
//! assert!(x.iter().all(|x| x.abs() < 1e-3));
//! # Ok::<(), thalweg::Error>(())
//! ```
//!
//! | to | use |
//! | --- | --- |
//! | choose a method and its hyperparameters | [`method`]s such as [`Adam`]; [`OptimizerSpec`] parses `adam:lr=0.01`
//! |
//! | clip, decay, accumulate or average | [`OptimizerOptions`] |
//! | change the learning rate from step to step | [`Schedule`] |
//! | update tensors, with states in 8 or 16 bits | [`Layout`], [`Optimizer::step_tensors`], [`StateType`] |
//! | step with sparse gradients | [`Optimizer::step_sparse`], [`minimize_sparse`] |
//! | run a whole minimization | [`minimize`] with [`StopCriteria`] |
//! | define an objective | [`Objective`], implemented by closures; the crate `thalweg-problems` adds formulas |
//! | write a new method | [`algebra`]: moments, ratios and [`Rule`](algebra::Rule)s; [`Optimizer::from_rule`] |
//!
//! [`kernel`] executes rules on slices, with SIMD instructions and several threads.
// Tests compare numbers exactly, because the same bits are promised.
#![cfg_attr(test, allow(clippy::float_cmp))]

pub mod algebra;
mod error;
pub mod kernel;
pub mod method;
mod minimize;
mod objective;
mod optimizer;
mod random;
mod real;
#[doc(hidden)]
pub mod reference;
mod schedule;
pub mod text;

pub use algebra::{MomentumForm, NesterovForm};
pub use error::{Error, Result};
pub use half::bf16;
pub use kernel::{Decay, Isa, StateType, TensorMut, TensorRef, square_sum};
pub use method::*;
pub use minimize::{
    Outcome, Point, Progress, RecordedPoint, RunRecorder, StopCriteria, StopReason, TrackBest, minimize,
    minimize_sparse,
};
pub use objective::{Objective, SparseObjective};
pub use optimizer::{CustomRule, Dtype, Group, Layout, Optimizer, ParamGrad, Rounding, State, StepOutcome, Tensor};
pub use random::{Purpose, Random, Seed, Stream};
pub use real::{Real, power};
pub use schedule::{Breakpoint, Plateau, PlateauState, Schedule, SchedulePart};
pub use text::NamedParams;

/// Tests the Rust examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
