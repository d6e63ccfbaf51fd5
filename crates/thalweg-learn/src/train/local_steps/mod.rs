//! Local steps: workers that take steps by themselves, and average their parameters after a number of them.

mod rounds;
mod settings;
mod worker;
mod workers;

pub(super) use rounds::{Round, Rounds};
pub use settings::LocalSteps;
pub(super) use workers::{WorkerInterrupts, Workers, WorkersStart};
