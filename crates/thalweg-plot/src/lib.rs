//! The pictures of an optimizer at work: curves, contour maps, surfaces, bars and animations.
//!
//! A [`Figure`] holds panels: [`Chart`] for curves, [`ContourMap`] for contour lines with paths, [`Surface`] for the same in
//! space, [`BarChart`] for results in a row. It becomes SVG or PNG; both show the same picture. A [`Animation`] becomes a GIF,
//! and [`terminal_chart`] draws a chart with letters.
//!
//! Every picture is a pure function of its data: same data, same bytes. No input makes it panic: what cannot be shown
//! is left out, what diverged is marked.
//!
//! ```
//! use thalweg_plot::{Axis, Figure, ContourMap, Series, Marker, MarkerKind, Theme};
//! let map = ContourMap {
//!     title: "Rosenbrock's valley".into(),
//!     x: Axis::linear("x").range(-2.0, 2.0),
//!     y: Axis::linear("y").range(-1.0, 3.0),
//!     paths: vec![Series::line("a path", vec![[-1.5, 2.0], [-1.2, 1.5], [0.2, 0.1]], 0)],
//!     markers: vec![Marker { position: [1.0, 1.0], kind: MarkerKind::Minimum, label: String::new() }],
//!     ..ContourMap::new(|x, y| (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2))
//! };
//! let figure = Figure::new(map);
//! assert!(figure.svg(Theme::Light).starts_with("<svg"));
//! assert_eq!(&figure.png(Theme::Light, 1.0)?[1..4], b"PNG");
//! # Ok::<(), thalweg_plot::PlotError>(())
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::float_cmp))]

mod animation;
mod data;
mod error;
mod figure;
mod layout;
mod panel;
mod render;

pub use animation::{AnimatedPanel, Animation};
pub use data::series::{Axis, AxisScale, Marker, MarkerKind, Orientation, ReferenceLine, ScalarField, Series};
pub use data::ticks::format_number;
pub use error::PlotError;
pub use figure::{Figure, Panel};
pub use layout::palette::{Theme, page_css, series_color, series_dash};
pub use panel::bar_chart::{Bar, BarChart};
pub use panel::chart::Chart;
pub use panel::contour_map::ContourMap;
pub use panel::surface::Surface;
pub use render::terminal::{TerminalColors, terminal_chart};
