//! Panels: charts, bar charts, contour maps and surfaces.

pub(crate) mod bar_chart;
pub(crate) mod chart;
pub(crate) mod contour_map;
pub(crate) mod draw;
pub(crate) mod path;
pub(crate) mod surface;
pub(crate) mod surface_mesh;
