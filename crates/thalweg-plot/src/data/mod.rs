//! Data of a picture: axes, series and annotations, and the numerical work on them.

pub(crate) mod axis_range;
pub(crate) mod contour_levels;
pub(crate) mod contour_rings;
pub(crate) mod geometry;
pub(crate) mod grid;
pub(crate) mod series;
pub(crate) mod ticks;
