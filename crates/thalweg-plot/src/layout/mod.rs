//! Layout: text metrics, colors, drawing primitives, and the axes, legends and symbols that are built from them.

pub(crate) mod axes2d;
pub(crate) mod axes3d;
pub(crate) mod font;
pub(crate) mod label_layout;
pub(crate) mod legend;
pub(crate) mod palette;
pub(crate) mod primitive;
pub(crate) mod projection;
pub(crate) mod simplify;
pub(crate) mod symbol;
