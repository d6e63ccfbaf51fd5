//! Output formats: SVG, PNG, GIF and characters for a terminal.

pub(crate) mod gif;
pub(crate) mod raster;
pub(crate) mod svg;
pub(crate) mod terminal;
