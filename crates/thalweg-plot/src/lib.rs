//! Figures about optimization: curves, bar charts, contour maps, surfaces and animations.
//!
//! A [`Figure`] consists of panels: [`Chart`] for curves, [`BarChart`] for one result per method, [`ContourMap`] for
//! contour lines with the paths of methods, [`Surface`] for the same in parallel projection. A figure is rendered as
//! SVG or PNG, with the same layout. An [`Animation`] of a map or a surface is rendered as a GIF, and
//! [`terminal_chart`] draws a chart with characters.
//!
//! A picture is a pure function of its data: the same data give the same bytes. No data cause a panic: what a scale
//! cannot show is omitted, and a point that diverged is marked.
//!
//! ```
//! use thalweg_plot::{Axis, ContourMap, Figure, Marker, MarkerKind, Series, Theme};
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
//!
//! # Modules
//!
//! Each module depends only on those before it:
//!
//! 1. `error`: reasons for which a picture cannot be rendered.
//! 2. `data`: axes, series and annotations; ranges, ticks, contour lines.
//! 3. `layout`: text metrics, colors, drawing primitives, axes and legends.
//! 4. `panel`: charts, bar charts, contour maps and surfaces.
//! 5. `render`: SVG, PNG, GIF and characters.
//! 6. `figure`: panels in rows under one title.
//! 7. `animation`: maps and surfaces with growing paths.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::float_cmp))]

mod animation;
mod data;
mod error;
mod figure;
mod layout;
mod panel;
mod render;

pub use animation::{AnimatedPanel, Animation};
pub use data::annotation::{Marker, MarkerKind, Orientation, ReferenceLine};
pub use data::axis::{Axis, AxisScale};
pub use data::number_format::format_number;
pub use data::series::{ScalarField, Series};
pub use error::PlotError;
pub use figure::{Figure, FigureTexts, Panel, TextBox};
pub use layout::palette::{Theme, page_css, series_color, series_dash};
pub use panel::bar_chart::{Bar, BarChart};
pub use panel::chart::Chart;
pub use panel::contour_map::ContourMap;
pub use panel::surface::Surface;
pub use render::terminal::{TerminalColors, terminal_chart};
