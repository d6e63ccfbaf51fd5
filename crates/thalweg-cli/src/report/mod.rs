//! Results formatted for people.

pub(crate) mod checkpoint;
mod confusion;
pub(crate) mod escape;
pub(crate) mod exclusions;
pub(crate) mod fit_report;
pub(crate) mod format;
pub(crate) mod read_notes;
pub(crate) mod shell;
pub(crate) mod text_table;
mod training;
