//! Layout: text metrics, colors, drawing primitives, and the axes, legends and symbols that are built from them.
//!
//! Modules, lowest layer first: `palette`, `font`, `primitive`, `simplify`, `symbol`, `label_layout`, `paragraph`,
//! `legend`, `axes2d`, `projection`, `axes3d`.

pub(crate) mod axes2d;
pub(crate) mod axes3d;
pub(crate) mod font;
pub(crate) mod label_layout;
pub(crate) mod legend;
pub(crate) mod palette;
pub(crate) mod paragraph;
pub(crate) mod primitive;
pub(crate) mod projection;
pub(crate) mod simplify;
pub(crate) mod symbol;
