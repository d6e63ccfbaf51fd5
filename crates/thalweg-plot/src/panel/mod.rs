//! Panels: charts, bar charts, contour maps and surfaces.
//!
//! Modules, lowest layer first: `draw`, `path`, `plane`, `chart_series`, `chart`, `bar_chart`, `contour_map`,
//! `surface_mesh`, `surface`.

pub(crate) mod bar_chart;
pub(crate) mod chart;
mod chart_series;
pub(crate) mod contour_map;
pub(crate) mod draw;
pub(crate) mod path;
pub(crate) mod plane;
pub(crate) mod surface;
mod surface_mesh;
