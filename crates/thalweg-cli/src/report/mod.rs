//! Results formatted for people.

pub(crate) mod checkpoint;
pub(crate) mod confusion;
pub(crate) mod escape;
pub(crate) mod evaluation_report;
pub(crate) mod exclusions;
pub(crate) mod feature_encoding;
pub(crate) mod fit_report;
pub(crate) mod fit_warnings;
pub(crate) mod format;
mod metrics_table;
mod model_title;
pub(crate) mod read_notes;
pub(crate) mod shell;
mod skipped_rows;
pub(crate) mod text_table;
pub(crate) mod training;
