//! The pictures of an optimizer at work: curves, contour maps, surfaces, bars and animations.
//!
//! A [`Figure`] holds panels: [`Chart`] for curves, [`Map`] for contour lines with paths, [`Surface`] for the same in
//! space, [`Bars`] for results in a row. It becomes SVG or PNG; both show the same picture. A [`Race`] becomes a GIF,
//! and [`terminal`] draws a chart with letters.
//!
//! Every picture is a pure function of its data: same data, same bytes. No input makes it panic: what cannot be shown
//! is left out, what diverged is marked.
//!
//! ```
//! use thalweg_plot::{Axis, Figure, Map, Series, Spot, SpotKind, Theme};
//! let map = Map {
//!     title: "Rosenbrock's valley".into(),
//!     x: Axis::linear("x").range(-2.0, 2.0),
//!     y: Axis::linear("y").range(-1.0, 3.0),
//!     paths: vec![Series::line("a path", vec![[-1.5, 2.0], [-1.2, 1.5], [0.2, 0.1]], 0)],
//!     spots: vec![Spot { at: [1.0, 1.0], kind: SpotKind::Minimum, label: String::new() }],
//!     ..Map::of(|x, y| (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2))
//! };
//! let figure = Figure::of(map);
//! assert!(figure.svg(Theme::Light).starts_with("<svg"));
//! assert_eq!(&figure.png(Theme::Light, 1.0)?[1..4], b"PNG");
//! # Ok::<(), thalweg_plot::Error>(())
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::float_cmp))]

mod bars;
mod chart;
mod contour;
mod data;
mod error;
mod figure;
mod film;
mod font;
mod frame;
mod geometry;
mod glyph;
mod grid;
mod item;
mod legend;
mod levels;
mod map;
mod palette;
mod panel;
mod place;
mod race;
mod raster;
mod relief;
mod scale;
mod stage;
mod surface;
mod svg;
mod terminal;
mod thin;
mod ticks;
mod trail;
mod view;

pub use bars::{Bar, Bars};
pub use chart::Chart;
pub use data::{Across, Axis, Field, Mark, Scale, Series, Spot, SpotKind};
pub use error::{Error, Result};
pub use figure::{Figure, Panel};
pub use map::Map;
pub use palette::{Theme, colour, dash, page_css};
pub use race::{Race, Scene};
pub use surface::Surface;
pub use terminal::terminal;
pub use ticks::readable;
