//! Helpers of the tests of the readers.

pub(super) mod corrupt;
pub(super) mod shared;
