//! Results for people.

pub(crate) mod number;
pub(crate) mod table;
