#![doc = include_str!("../../../README.md")]
// Tests compare exactly on purpose: the same bits are promised.
#![cfg_attr(test, allow(clippy::float_cmp))]

pub mod algebra;
mod critical;
mod error;
mod formula;
pub mod kernel;
pub mod method;
mod minimize;
mod objective;
mod optimizer;
mod problem;
mod random;
mod real;
mod schedule;
mod text;

pub use critical::{Critical, Kind, norm};
pub use error::{Error, Result};
pub use formula::{Condition, Formula};
pub use half::bf16;
pub use kernel::{Decay, Isa, Numbers, NumbersMut, StateType, square_sum};
pub use method::*;
pub use minimize::{Keep, Outcome, Perturb, Point, Progress, Stop, Why, escape, minimize, minimize_sparse};
pub use objective::{Objective, SparseObjective};
pub use optimizer::{Custom, Dtype, Group, Layout, Optimizer, Part, Rounding, State, Tensor, Told};
pub use problem::{Dimension, Parameter, Posed, Problem};
pub use random::Random;
pub use real::{Real, power};
pub use schedule::{Plateau, PlateauState, Schedule};
