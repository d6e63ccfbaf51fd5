#![doc = include_str!("../README.md")]
//!
//! # How methods are compared
//!
//! A [`Benchmark`] is a problem, a formula or a table of data. [`ComparisonPlan::run`] runs every method on it by up to
//! three protocols and returns every [`Run`]. [`ComparisonReport::new`] makes the report from the runs alone, so that
//! it can be made again from their file ([`run_file`]).
//!
//! - *defaults*: each method as given.
//! - *rate*: the learning rate of each method from a logarithmic grid, which is extended while the best rate is at its
//!   edge.
//! - *tuned*: the learning rate and the other hyperparameters of each method from the same number of quasi-random
//!   trials ([`space`]).
//!
//! Settings are chosen on the tuning seeds and reported on the report seeds. All methods have the same starts or the
//! same batches.

#![cfg_attr(docsrs, feature(doc_cfg))]
// Tests compare floating-point numbers exactly on purpose: results are bit-identical.
#![cfg_attr(test, allow(clippy::float_cmp))]

mod benchmark;
mod curve;
mod error;
mod plan;
mod principal_plane;
mod ranks;
mod report;
mod run;
pub mod run_file;
mod runner;
mod score;
pub mod space;
mod tuning;

#[cfg(feature = "learn")]
pub use benchmark::DataBenchmark;
pub use benchmark::{Benchmark, EndReason, ProblemBenchmark, RecordedRun, Reference, RunResult};
pub use curve::{ConvergenceCurve, CurvePoint};
pub use error::{Error, Result};
pub use plan::{ComparisonPlan, parse_methods};
pub use principal_plane::PrincipalPlane;
pub use ranks::ComparisonRanks;
pub use report::{ComparisonReport, LrPoint, MedianRatio, MethodResult, ProtocolResult, Quartiles, TargetResult};
pub use run::{ComparisonHeader, FunctionSpec, Phase, Protocol, Run};
