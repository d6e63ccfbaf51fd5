//! From a file of text to rows of numbers: read, tell what each column is, encode.

mod column;
mod cross;
mod date;
mod encode;
mod faults;
mod kind;
mod missing;
mod murmur;
mod names;
mod plan;
mod rows;
mod schema;
mod source;
mod spill;
mod split;
mod store;
mod table;
mod target;

pub(crate) use cross::MOST_HASH_BITS;
pub use cross::{Cross, CrossEncoding, Crossed, Hashed, Interaction};
pub use faults::{Faults, OnError};
pub use kind::{Choices, Kind, Reason};
pub(crate) use murmur::murmur3;
pub use plan::Plan;
pub use rows::{Row, Rows, Sparse, WithTarget};
pub use schema::{Encoding, Feature, MissingRule, Schema, Unnamed, Weighted};
pub use source::{Base, Files, Header, ReadOptions};
pub(crate) use source::{Input, Spool, files_behind};
pub use spill::Spill;
pub(crate) use spill::{BLOCK, Block, Writer};
pub use split::{split, split_stratified};
pub use store::Store;
pub use table::Table;
pub(crate) use table::Tables;
pub use target::{Scale, Target, TargetChoice};
