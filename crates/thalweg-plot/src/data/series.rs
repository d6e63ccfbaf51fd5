//! Series of points and functions of two variables. The data are not validated: anything can be drawn.

/// Curve of a chart, or path on a map or a surface.
///
/// NaN interrupts the line. A point with y = +∞ diverged: charts show it as ✕ above their plot area.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Name in the legend; a series with an empty name has no legend entry.
    pub name: String,
    /// Points (x, y) in the order in which the line connects them.
    pub points: Vec<[f64; 2]>,
    /// Band around the line as triples (x, low, high); maps and surfaces do not draw it.
    pub band: Option<Vec<[f64; 3]>>,
    /// Index of color and dash pattern: see [`series_color`](crate::series_color) and
    /// [`series_dash`](crate::series_dash).
    pub style: usize,
    /// If true, a line connects the points.
    pub line: bool,
    /// If true, each point is drawn as a dot.
    pub dots: bool,
}

impl Series {
    /// Returns a series that is drawn as a line, without dots and band.
    ///
    /// ```
    /// use thalweg_plot::Series;
    /// let adam = Series::line("Adam", vec![[0.0, 24.2], [1.0, 3.1]], 0);
    /// assert!(adam.line && !adam.dots);
    /// ```
    pub fn line(name: impl Into<String>, points: Vec<[f64; 2]>, style: usize) -> Self {
        Self { name: name.into(), points, style, line: true, ..Self::default() }
    }

    /// Adds a band around the line, given as triples (x, low, high).
    pub fn band(self, band: Vec<[f64; 3]>) -> Self {
        Self { band: Some(band), ..self }
    }

    /// Adds a dot at each point.
    pub fn dots(self) -> Self {
        Self { dots: true, ..self }
    }
}

/// Real function of two variables; a value that is not finite is shown as a hole.
pub type ScalarField<'a> = Box<dyn Fn(f64, f64) -> f64 + 'a>;
