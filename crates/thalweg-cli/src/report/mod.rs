//! Results for people.

mod confusion;
pub(crate) mod grid;
pub(crate) mod number;
pub(crate) mod table;
