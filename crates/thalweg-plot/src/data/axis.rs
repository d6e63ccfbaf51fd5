//! Axes: label, scale and range.

/// Mapping from values to distances along an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AxisScale {
    /// Equal differences have equal distances.
    #[default]
    Linear,
    /// Equal ratios have equal distances; only positive values can be shown.
    Log,
}

/// Axis of a chart, a bar chart, a map or a surface.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// Quantity on the axis with its unit; an empty label takes no space.
    pub label: String,
    /// Linear or logarithmic scale; linear by default.
    pub scale: AxisScale,
    /// Shown range in either order; `None`, the default, shows all data. A range that the scale cannot show is ignored.
    pub range: Option<[f64; 2]>,
}

impl Axis {
    /// Returns a linear axis that shows all data.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: AxisScale::Linear, range: None }
    }

    /// Returns a logarithmic axis that shows all data.
    pub fn log(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: AxisScale::Log, range: None }
    }

    /// Sets the shown range.
    pub fn range(self, low: f64, high: f64) -> Self {
        Self { range: Some([low, high]), ..self }
    }
}
