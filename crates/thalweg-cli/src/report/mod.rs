//! Results for people.

pub(crate) mod grid;
pub(crate) mod number;
pub(crate) mod table;
