//! Errors of reading data, fitting models and reading model files.

mod cell;
mod checkpoint;
mod classify;
mod conversion;
mod error_kind;
mod format;
mod kind;
mod memory;
mod mismatch;
mod no_features;
mod parts;
mod position;
mod size;
mod target;
#[cfg(test)]
mod tests;
mod width;

pub use cell::{CellError, ColumnRole, ExpectedCell, NonNumbers};
pub use checkpoint::{CheckpointError, SettingDifference};
pub use error_kind::ErrorKind;
pub(crate) use format::list;
pub use kind::Error;
pub use memory::{MemoryLimit, MemoryNeed, MemoryPart};
pub use mismatch::{MismatchError, MismatchProblem};
pub use no_features::NoFeaturesError;
pub use position::Position;
pub use size::SizeLimit;
pub use target::{TargetError, TargetProblem};
pub use width::WidthSource;

/// Result of operations that fail with an [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
