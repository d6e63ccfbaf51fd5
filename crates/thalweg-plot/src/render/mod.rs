//! Output formats: SVG, PNG, GIF and characters for a terminal.
//!
//! Modules, lowest layer first: `svg`, `raster`, `gif`, `terminal`; none of them uses another.

pub(crate) mod gif;
pub(crate) mod raster;
pub(crate) mod svg;
pub(crate) mod terminal;
