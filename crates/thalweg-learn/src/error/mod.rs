//! Errors of reading data, fitting models and reading model files.

mod cell;
mod classify;
mod format;
mod kind;
mod position;
mod target;
mod width;

pub use cell::{CellError, ColumnRole, ExpectedCell, NonNumbers};
pub use kind::Error;
pub use position::Position;
pub use target::{TargetError, TargetProblem};
pub use width::WidthSource;

/// Result of operations that fail with an [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
