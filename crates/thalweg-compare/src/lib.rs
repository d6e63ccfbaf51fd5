//! Which method wins, asked so that the answer can be trusted.
//!
//! A [`Benchmark`] is what the methods compete on: a problem, or data. [`ComparisonPlan::run`] lets them, by up to three protocols,
//! and hands out every [`Run`]; [`ComparisonReport::new`] makes the report from the runs alone, so that it can be made again from
//! the file they were written to ([`run_file`]).
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
//! use thalweg_compare::{ComparisonPlan, ProblemBenchmark, Protocol, ComparisonReport, parse_methods};
//! let benchmark = ProblemBenchmark { instance: ProblemInstance::named("booth", None)?, steps: 300 };
//! let plan = ComparisonPlan { methods: parse_methods("sgd,momentum,adam")?, protocols: vec![Protocol::LearningRate], ..ComparisonPlan::default() };
//! let runs = plan.run(&benchmark, &AtomicBool::new(false), &|_| Ok(()))?;
//! let report = ComparisonReport::new(&plan.header(&benchmark), &runs);
//! let best = &report.results[0].methods[0];
//! assert_eq!(best.targets.last().map(|target| target.reached), Some(10));
//! # Ok::<(), thalweg_learn::Error>(())
//! ```

// Tests compare exactly on purpose: the same bits are promised.
#![cfg_attr(test, allow(clippy::float_cmp))]

mod benchmark;
mod curve;
mod plan;
mod principal_plane;
mod report;
mod run;
pub mod run_file;
mod score;
pub mod space;

pub use benchmark::{Benchmark, DataBenchmark, EndReason, ProblemBenchmark, RunResult};
pub use curve::{ConvergenceCurve, CurvePoint};
pub use plan::{ComparisonPlan, parse_methods};
pub use principal_plane::PrincipalPlane;
pub use report::{ComparisonReport, LrPoint, MedianRatio, MethodResult, ProtocolResult, Quartiles, TargetResult};
pub use run::{ComparisonHeader, FunctionSpec, Phase, Protocol, Run};
