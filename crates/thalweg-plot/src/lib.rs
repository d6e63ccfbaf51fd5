#![doc = include_str!("../README.md")]
//!
//! # Where to find what
//!
//! | to | use |
//! | --- | --- |
//! | draw curves, or one bar per result | [`Chart`] of [`Series`]; [`BarChart`] |
//! | draw a function of two variables with paths on it | [`ContourMap`]; [`Surface`], in parallel projection |
//! | draw contours oneself, as on a page that moves | [`Contours`] |
//! | mark points and lines | [`Marker`], [`ReferenceLine`] |
//! | arrange panels in one figure, as SVG or PNG | [`Figure`], with a [`Theme`] |
//! | show paths over time, as a GIF | [`Animation`] |
//! | draw a chart with characters | [`terminal_chart`] |
//!
//! No data cause a panic: what a scale cannot show is omitted, and a point that diverged is marked.
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
pub use data::contours::{ContourBand, Contours};
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
