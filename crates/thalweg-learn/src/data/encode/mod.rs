//! Encoding of tables as rows of numbers by a schema.

mod cell_counts;
mod encoder;
mod features;
mod interactions;
mod known_missing;
mod level_index;
mod part;
mod predictable_rows;
mod resolve;
mod row_encoder;
mod sparse;
mod target;
mod text_as_missing;
mod texts;

pub(super) use features::CategoricalColumn;
pub(super) use features::multiply_scaled;
pub(super) use interactions::level_hashes;
pub(super) use known_missing::MissingValues;
pub(super) use resolve::{find_column, interaction_parts, resolve};
pub(crate) use row_encoder::{InvalidCell, RowEncoder};
pub(super) use texts::for_each_word_hash;
