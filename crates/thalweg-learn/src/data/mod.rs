//! From a file of text to rows of numbers: read, tell what each column is, encode.

mod block;
mod column;
mod csv;
mod date;
mod encode;
mod faults;
mod input;
mod kind;
mod missing;
mod names;
mod plan;
mod rows;
mod schema;
mod spill;
mod split;
mod store;
mod table;
mod target;

pub use self::csv::{Header, ReadOptions};
pub use faults::{Faults, OnError};
pub(crate) use input::{Input, Spool};
pub use kind::{Choices, Kind, Reason};
pub use plan::Plan;
pub use rows::{Row, Rows, Sparse, WithTarget};
pub use schema::{Encoding, Feature, MissingRule, Schema, Weighted};
pub use spill::Spill;
pub(crate) use spill::{BLOCK, Writer};
pub use split::{split, split_stratified};
pub use store::Store;
pub use table::Table;
pub(crate) use table::Tables;
pub use target::{Scale, Target, TargetChoice};
