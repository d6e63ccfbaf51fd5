//! Which method wins, asked so that the answer can be trusted.
//!
//! An [`Arena`] is what the methods compete on: a problem, or data. [`Plan::carry_out`] lets them, by up to three protocols,
//! and hands out every [`Run`]; [`Report::of`] makes the report from the runs alone, so that it can be made again from
//! the file they were written to ([`record`]).
//!
//! - *defaults*: each method as it was asked for.
//! - *rate*: the rate of each from a grid in the logarithm, which is extended while the best lies at an end of it.
//! - *tuned*: the rate and the other hyperparameters of each from the same number of quasi-random trials ([`space`]).
//!
//! Settings are chosen on some seeds and reported on others; all methods see the same starts, or the same batches.
//!
//! ```
//! use std::sync::atomic::AtomicBool;
//! use thalweg::ProblemInstance;
//! use thalweg_compare::{Plan, ProblemArena, Protocol, Report, methods};
//! let arena = ProblemArena { posed: ProblemInstance::named("booth", None)?, steps: 300 };
//! let plan = Plan { methods: methods("sgd,momentum,adam")?, protocols: vec![Protocol::Rate], ..Plan::default() };
//! let runs = plan.carry_out(&arena, &AtomicBool::new(false), &|_| Ok(()))?;
//! let report = Report::of(&plan.header(&arena), &runs);
//! let best = &report.tables[0].standings[0];
//! assert_eq!(best.targets.last().map(|target| target.reached), Some(10));
//! # Ok::<(), thalweg_learn::Error>(())
//! ```

// Tests compare exactly on purpose: the same bits are promised.
#![cfg_attr(test, allow(clippy::float_cmp))]

mod arena;
mod curve;
mod plan;
pub mod record;
mod report;
mod run;
mod score;
pub mod space;

pub use arena::{Arena, DataArena, Ended, ProblemArena, Trial};
pub use curve::{Curve, Sample};
pub use plan::{Plan, methods};
pub use report::{Band, RatePoint, Ratio, Reached, Report, Standing, Table};
pub use run::{Function, Header, Phase, Protocol, Run};
