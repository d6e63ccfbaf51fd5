//! What all pictures are made of: axes, series and marks. Plain data, checked by nobody: anything can be drawn.

/// How values turn into distances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AxisScale {
    /// Equal differences are equal distances.
    #[default]
    Linear,
    /// Equal ratios are equal distances; values that are not positive cannot be shown.
    Log,
}

/// One axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What is measured, with its unit.
    pub label: String,
    /// Linear or logarithmic.
    pub scale: AxisScale,
    /// The shown range; `None` shows all data.
    pub range: Option<[f64; 2]>,
}

impl Axis {
    /// A linear axis that shows all data.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: AxisScale::Linear, range: None }
    }

    /// A logarithmic axis that shows all data.
    pub fn log(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: AxisScale::Log, range: None }
    }

    /// The same axis with a fixed range.
    pub fn range(self, low: f64, high: f64) -> Self {
        Self { range: Some([low, high]), ..self }
    }
}

/// One curve or path.
///
/// NaN breaks the line. A y of +∞ is a point that diverged: charts show it as ✕ above their plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Its name in the legend; nameless series are not listed.
    pub name: String,
    /// The points in the order of the line.
    pub points: Vec<[f64; 2]>,
    /// A band around the line: x, low, high.
    pub band: Option<Vec<[f64; 3]>>,
    /// Colour and dash: see [`series_color`](crate::series_color) and [`series_dash`](crate::series_dash).
    pub style: usize,
    /// Whether the points are joined.
    pub line: bool,
    /// Whether each point gets a dot.
    pub dots: bool,
}

impl Series {
    /// A line without dots or band.
    ///
    /// ```
    /// use thalweg_plot::Series;
    /// let adam = Series::line("Adam", vec![[0.0, 24.2], [1.0, 3.1]], 0);
    /// assert!(adam.line && !adam.dots);
    /// ```
    pub fn line(name: impl Into<String>, points: Vec<[f64; 2]>, style: usize) -> Self {
        Self { name: name.into(), points, style, line: true, ..Self::default() }
    }

    /// The same series with a band (x, low, high).
    pub fn band(self, band: Vec<[f64; 3]>) -> Self {
        Self { band: Some(band), ..self }
    }

    /// The same series with a dot at each point.
    pub fn dots(self) -> Self {
        Self { dots: true, ..self }
    }
}

/// A straight reference line across a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceLine {
    /// Which way the line runs.
    pub orientation: Orientation,
    /// The value it stands at.
    pub value: f64,
    /// What it means.
    pub label: String,
}

/// The way of a [`ReferenceLine`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orientation {
    /// At one x.
    Vertical,
    /// At one y.
    Horizontal,
}

/// A point of interest on a map or a surface.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// Where it is.
    pub position: [f64; 2],
    /// What it is.
    pub kind: MarkerKind,
    /// A text beside it; may be empty.
    pub label: String,
}

/// What a [`Marker`] is; each kind has its own glyph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkerKind {
    /// Where all methods begin.
    Start,
    /// A minimum.
    Minimum,
    /// A maximum.
    Maximum,
    /// A saddle.
    Saddle,
    /// A critical point whose second derivative decides nothing.
    Degenerate,
    /// Where a method ended.
    End,
}

impl MarkerKind {
    /// Its name in the legend.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::Saddle => "saddle",
            Self::Degenerate => "degenerate",
            Self::End => "end",
        }
    }
}

/// A function of the plane.
pub type ScalarField<'a> = Box<dyn Fn(f64, f64) -> f64 + 'a>;
