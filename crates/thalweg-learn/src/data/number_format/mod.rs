//! Numbers as people write them: decimal and thousands marks, signs, currencies and units.

mod detect;
mod format;
mod given_marks;
mod marks;
mod odd_cells;
mod parts;

pub(super) use detect::{ColumnCells, find_formats, is_formatted_number};
pub use format::NumberFormat;
pub(super) use given_marks::GivenMarks;
