//! Pictures of runs: a file for `--plot`, a page for `--report`, a small chart for the terminal.

pub(crate) mod backdrop;
pub(crate) mod html_page;
mod window;

use std::path::Path;

use anyhow::Result;
use thalweg_learn::Destination;
use thalweg_plot::{Animation, Chart, Figure, TerminalColors, Theme, terminal_chart};

use crate::exit::UsageError;
use crate::report::format::format_significant;

/// Pixels per unit of a figure in a PNG.
pub(crate) const PNG_SCALE: f32 = 2.0;

/// Columns of a chart in the terminal.
const CHART_WIDTH: usize = 78;
/// Lines of a chart in the terminal.
const CHART_HEIGHT: usize = 10;

/// A picture file; its format follows from its extension.
#[derive(Clone, Debug)]
pub(crate) struct PictureFile {
    format: PictureFormat,
    destination: Destination,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PictureFormat {
    Svg,
    Png,
    Gif,
}

impl PictureFile {
    /// Checks that the file can be written and has a known extension.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        let format = match extension.as_deref() {
            Some("svg") => PictureFormat::Svg,
            Some("png") => PictureFormat::Png,
            Some("gif") => PictureFormat::Gif,
            _ => {
                let path = path.display();
                return Err(UsageError(format!("--plot: expected a .svg, .png or .gif file, found '{path}'")).into());
            }
        };
        Ok(Self { format, destination: Destination::open(path)? })
    }

    /// Returns `true` for a GIF.
    pub(crate) fn is_animated(&self) -> bool {
        self.format == PictureFormat::Gif
    }

    /// Writes a still picture.
    pub(crate) fn write_figure(&self, figure: &Figure<'_>) -> Result<()> {
        let bytes = match self.format {
            PictureFormat::Svg => figure.svg(Theme::Light).into_bytes(),
            PictureFormat::Png => figure.png(Theme::Light, PNG_SCALE)?,
            PictureFormat::Gif => unreachable!("a GIF is written as an animation"),
        };
        Ok(self.destination.write(&bytes)?)
    }

    /// Writes an animation as a GIF.
    pub(crate) fn write_animation(&self, animation: &Animation<'_>) -> Result<()> {
        Ok(self.destination.write(&animation.gif()?)?)
    }
}

/// Renders a chart with characters, in colour unless `NO_COLOR` is set.
pub(crate) fn terminal(chart: &Chart) -> String {
    let colors = match std::env::var_os("NO_COLOR") {
        Some(value) if !value.is_empty() => TerminalColors::Off,
        _ => TerminalColors::Ansi,
    };
    format!("\n{}", terminal_chart(chart, CHART_WIDTH, CHART_HEIGHT, colors))
}

/// Returns the label of a value's distance from its lowest: `f − 3`, `f + 1`, or `f` for a lowest value of 0.
pub(crate) fn gap_label(value: &str, lowest: f64) -> String {
    match lowest {
        0.0 => value.to_owned(),
        v if v < 0.0 => format!("{value} + {}", format_significant(-v)),
        v => format!("{value} − {}", format_significant(v)),
    }
}
