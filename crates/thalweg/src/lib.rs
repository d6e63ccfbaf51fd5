#![doc = include_str!("../../../README.md")]
// Tests compare exactly on purpose: the same bits are promised.
#![cfg_attr(test, allow(clippy::float_cmp))]

pub mod algebra;
mod critical_point;
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

pub use algebra::{MomentumForm, NesterovForm};
pub use critical_point::{CriticalPoint, CriticalPointKind, norm};
pub use error::{Error, Result};
pub use formula::{Condition, Formula};
pub use half::bf16;
pub use kernel::{Decay, Isa, StateType, TensorMut, TensorRef, square_sum};
pub use method::*;
pub use minimize::{
    Outcome, PerturbOptions, PerturbedOutcome, Point, Progress, StopCriteria, StopReason, TrackBest, minimize,
    minimize_perturbed, minimize_sparse,
};
pub use objective::{Objective, SparseObjective};
pub use optimizer::{CustomRule, Dtype, Group, Layout, Optimizer, ParamGrad, Rounding, State, StepOutcome, Tensor};
pub use problem::{Dimension, Problem, ProblemInstance, ProblemParameter};
pub use random::Random;
pub use real::{Real, power};
pub use schedule::{Breakpoint, Plateau, PlateauState, Schedule, SchedulePart};
