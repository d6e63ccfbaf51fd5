//! Data of a picture: axes, series and annotations, and the numerical work on them.
//!
//! Modules, lowest layer first: `axis`, `series`, `annotation`, `geometry`, `axis_range`, `number_format`, `ticks`,
//! `scalar_grid`, `contour_levels`, `contour_rings`, `contours`,
//! `visible`.

pub(crate) mod annotation;
pub(crate) mod axis;
pub(crate) mod axis_range;
pub(crate) mod contour_levels;
pub(crate) mod contour_rings;
pub(crate) mod contours;
pub(crate) mod geometry;
pub(crate) mod number_format;
pub(crate) mod scalar_grid;
pub(crate) mod series;
pub(crate) mod ticks;
pub(crate) mod visible;
