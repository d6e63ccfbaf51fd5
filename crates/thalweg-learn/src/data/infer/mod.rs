//! Inference of a schema from a table: the kinds of its columns, the target, and the encoding of features.

mod column_names;
mod digit_codes;
mod distinct_value;
mod encodings;
mod exclusion;
mod interactions;
mod kind;
mod kinds;
mod levels;
mod measure;
mod number_errors;
mod options;
mod plan;
mod profile;
mod standardization;
mod target;
mod texts;
mod value_traits;

pub use exclusion::{ExcludeReason, Exclusion};
pub use kind::ColumnKind;
pub use options::ColumnOptions;
pub use plan::EncodingPlan;
pub use standardization::Standardization;
