//! From a file of text to rows of numbers: read, tell what each column is, encode.

mod column;
mod csv;
mod date;
mod encode;
mod kind;
mod missing;
mod names;
mod plan;
mod rows;
mod scan;
mod schema;
#[allow(dead_code)]
pub(crate) mod source;
mod split;
mod target;
mod text;

pub use self::csv::{Header, ReadOptions, Table};
pub use kind::{Choices, Kind, Reason};
pub use plan::Plan;
pub use rows::{Rows, WithTarget};
pub use schema::{Encoding, Feature, MissingRule, Schema, Weighted};
pub use split::{split, split_stratified};
pub use target::{Scale, Target, TargetChoice};
