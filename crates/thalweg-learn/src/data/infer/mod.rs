//! Inference of a schema from a table: the kinds of its columns, the target, and the encoding of features.

mod column_names;
mod digit_codes;
mod interactions;
mod kind;
mod levels;
mod measure;
mod options;
mod plan;
mod profile;
mod standardization;
mod target;

pub use kind::{ColumnKind, ExcludeReason, Exclusion};
pub use options::ColumnOptions;
pub use plan::EncodingPlan;
pub use standardization::Standardization;
