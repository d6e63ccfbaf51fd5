//! Annotations: reference lines of charts, and markers on maps and surfaces.

/// Straight reference line through the whole plot area of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceLine {
    /// Direction of the line.
    pub orientation: Orientation,
    /// Position of the line: x of a vertical line, y of a horizontal one, in units of that axis.
    pub value: f64,
    /// Text next to the line; may be empty.
    pub label: String,
}

/// Direction of a [`ReferenceLine`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orientation {
    /// Vertical line at a constant x.
    Vertical,
    /// Horizontal line at a constant y.
    Horizontal,
}

/// Point of interest on a map or a surface.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// Position (x, y) in the units of the axes.
    pub position: [f64; 2],
    /// Kind of the point, which selects the symbol.
    pub kind: MarkerKind,
    /// Text next to the symbol; may be empty.
    pub label: String,
}

/// Kind of a [`Marker`]; each kind has its own symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkerKind {
    /// Starting point of the methods.
    Start,
    /// Local or global minimum.
    Minimum,
    /// Local or global maximum.
    Maximum,
    /// Saddle point: the Hessian has eigenvalues of both signs.
    Saddle,
    /// Degenerate critical point: a singular Hessian does not classify it.
    Degenerate,
    /// Final point of a method.
    End,
}

impl MarkerKind {
    /// Returns the name that the legend shows.
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
