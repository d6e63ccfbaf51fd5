#![doc = include_str!("../README.md")]
//!
//! # Where to find what
//!
//! | to | use |
//! | --- | --- |
//! | choose a method and its hyperparameters | [`method`]: `adam(0.01)`, `Adam { beta1: 0.8, ..adam(0.01) }` |
//! | choose a method by its name | [`OptimizerSpec`] parses `adam:lr=0.01,beta1=0.8` |
//! | clip, decay, accumulate or average | [`OptimizerOptions`] |
//! | change the learning rate from step to step | [`Schedule`] |
//! | update tensors, with states in 8 or 16 bits | [`Layout`], [`Optimizer::step_tensors`], [`method::StateType`] |
//! | step tensors whose states belong to someone else | [`StatelessOptimizer`] |
//! | step with sparse gradients | [`Optimizer::step_sparse`], [`Minimize::run_sparse`] |
//! | run a whole minimization | [`Minimize`], with stopping criteria and bounds |
//! | define an objective | [`Objective`], implemented by closures; the crate `thalweg-problems` adds formulas |
//! | minimize a sum of losses over rows | [`LinearFiniteSum`], [`Minimize::run_finite_sum`] |
//! | draw random numbers that are the same everywhere | [`random`], from a [`Seed`] |
//! | state results of several runs with intervals | [`statistics`] |
//! | write a new method | [`algebra`]: moments, ratios and [`Rule`](algebra::Rule)s; [`Optimizer::from_rule`] |
//!
//! # Threads
//!
//! Work runs in the [rayon] pool of the caller: within `pool.install(|| …)`, and within tasks of a pool. Outside of
//! pools it runs on the calling thread, so that no thread is started and the global pool is never used unless the
//! caller does so; a process that was forked, or is embedded in another runtime, can use the crate. The bits are the
//! same.
//!
//! ```
//! # #[cfg(feature = "threads")] {
//! use thalweg::prelude::*;
//! let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("the system has two threads");
//! let (mut x, g) = (vec![1.0_f32; 1 << 20], vec![0.5; 1 << 20]);
//! let mut optimizer = Optimizer::new(adam(0.1), x.len())?;
//! pool.install(|| optimizer.step(&mut x, &g))?;
//! # }
//! # Ok::<(), thalweg::Error>(())
//! ```
//!
//! [rayon]: https://docs.rs/rayon
#![cfg_attr(docsrs, feature(doc_cfg))]
// Tests compare numbers exactly, because the same bits are promised.
#![cfg_attr(test, allow(clippy::float_cmp))]

pub mod algebra;
mod error;
mod kernel;
pub mod method;
pub mod minimize;
mod objective;
pub mod optimizer;
pub mod prelude;
pub mod random;
mod real;
#[doc(hidden)]
pub mod reference;
pub mod schedule;
pub mod statistics;
pub mod text;

pub use error::{Error, ErrorKind, Result};
pub use half::bf16;
#[doc(inline)]
pub use method::{Element, Method, OptimizerOptions, OptimizerSpec};
#[doc(inline)]
pub use minimize::{Minimize, Outcome, StopCriteria, StopReason};
pub use objective::{LinearFiniteSum, Objective, SparseObjective};
#[doc(inline)]
pub use optimizer::{Group, Layout, Optimizer, ParamGrad, State, StatelessOptimizer, StepOutcome, Tensor};
#[doc(inline)]
pub use random::Seed;
pub use real::Real;
#[doc(inline)]
pub use schedule::Schedule;
