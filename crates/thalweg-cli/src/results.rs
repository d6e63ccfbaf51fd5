//! Results of commands as text, pages and pictures, for the package for Python.

pub use crate::commands::View;
pub use crate::compare::run_log::RunLog;
pub use crate::compare::runs_file::{RunsFile, RunsFileError};
pub use crate::compare::view::ComparisonView;
pub use crate::fit_page::charts::TrainingCurve;
pub use crate::minimize::view::RunView;
