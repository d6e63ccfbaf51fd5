//! From a file of text to rows of numbers: read, tell what each column is, encode.

mod block;
mod column;
mod csv;
mod date;
mod encode;
mod input;
mod kind;
mod missing;
mod names;
mod plan;
mod rows;
mod schema;
mod split;
mod table;
mod target;

pub use self::csv::{Header, ReadOptions};
pub use kind::{Choices, Kind, Reason};
pub use plan::Plan;
pub use rows::{Row, Rows, Sparse, WithTarget};
pub use schema::{Encoding, Feature, MissingRule, Schema, Weighted};
pub use split::{split, split_stratified};
pub use table::Table;
pub use target::{Scale, Target, TargetChoice};
