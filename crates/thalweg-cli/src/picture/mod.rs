//! Pictures of runs: a file for `--plot`, a page for `--report`, a small chart for the terminal.

pub(crate) mod backdrop;
pub(crate) mod html_page;
pub(crate) mod path;
pub(crate) mod plane;
mod spots;

use std::path::Path;

use anyhow::Result;
use thalweg_learn::Destination;
use thalweg_plot::{Animation, Chart, Figure, TerminalColors, Theme, terminal_chart};

use crate::exit::Usage;
use crate::report::format::format_significant;

/// Pixels for each unit of a PNG.
const SCALE: f32 = 2.0;

/// A picture file, by the ending of its name.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    kind: PictureFormat,
    to: Destination,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PictureFormat {
    Svg,
    Png,
    Gif,
}

impl Picture {
    /// Fails at once where the file cannot be written, or is of no kind that can be drawn.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let kind = match ending.as_deref() {
            Some("svg") => PictureFormat::Svg,
            Some("png") => PictureFormat::Png,
            Some("gif") => PictureFormat::Gif,
            _ => return Err(Usage(format!("--plot must end in .svg, .png or .gif, but is {}", path.display())).into()),
        };
        Ok(Self { kind, to: Destination::open(path)? })
    }

    /// Whether it moves.
    pub(crate) fn moves(&self) -> bool {
        self.kind == PictureFormat::Gif
    }

    /// Writes a picture that stands still.
    pub(crate) fn write(&self, figure: &Figure<'_>) -> Result<()> {
        let bytes = match self.kind {
            PictureFormat::Png => figure.png(Theme::Light, SCALE)?,
            _ => figure.svg(Theme::Light).into_bytes(),
        };
        Ok(self.to.write(&bytes)?)
    }

    /// Writes a picture that moves.
    pub(crate) fn animate(&self, race: &Animation<'_>) -> Result<()> {
        Ok(self.to.write(&race.gif()?)?)
    }
}

/// A chart with characters, as wide as a terminal usually is, in colours unless `NO_COLOR` is set.
pub(crate) fn terminal(chart: &Chart) -> String {
    let colors = match std::env::var_os("NO_COLOR") {
        Some(value) if !value.is_empty() => TerminalColors::Off,
        _ => TerminalColors::Ansi,
    };
    format!("\n{}", terminal_chart(chart, 78, 10, colors))
}

/// f − 3, f + 1, f.
pub(crate) fn above(what: &str, lowest: f64) -> String {
    match lowest {
        0.0 => what.to_owned(),
        v if v < 0.0 => format!("{what} + {}", format_significant(-v)),
        v => format!("{what} − {}", format_significant(v)),
    }
}
