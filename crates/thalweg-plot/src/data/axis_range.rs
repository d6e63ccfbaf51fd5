//! Range of an axis and the mapping from values to positions, safe for every `f64`.

use crate::data::axis::{Axis, AxisScale};

/// Largest magnitude on a linear axis; larger values are clamped, so that the difference of any two is finite.
const MAX_MAGNITUDE: f64 = f64::MAX / 4.0;
/// Margin on either side of the data, as a fraction of their range.
const MARGIN: f64 = 0.035;
/// Largest magnitude of a normalized position: points far outside the range stay drawable.
const MAX_POSITION: f64 = 1e6;

/// Range of values on a scale: `low < high`, both finite, and positive if the scale is logarithmic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct AxisRange {
    pub(crate) scale: AxisScale,
    /// Value at the start of the axis.
    pub(crate) low: f64,
    /// Value at the end of the axis.
    pub(crate) high: f64,
}

impl AxisRange {
    /// Returns the range that the axis specifies if its scale can show it, otherwise the range of all values that the
    /// scale can show, with a small margin.
    pub(crate) fn covering(axis: &Axis, values: impl IntoIterator<Item = f64>) -> Self {
        if let Some(fixed) = axis.range.and_then(|range| Self::fixed(axis.scale, range)) {
            return fixed;
        }
        let shown = values.into_iter().filter_map(|v| distance_of(axis.scale, v));
        let found = shown.fold(None, |range: Option<[f64; 2]>, v| {
            Some(range.map_or([v, v], |[low, high]| [low.min(v), high.max(v)]))
        });
        let default = if axis.scale == AxisScale::Log { [-1.0, 1.0] } else { [0.0, 1.0] };
        let [low, high] = widen(axis.scale, found.unwrap_or(default));
        let margin = if found.is_some() { MARGIN * (high - low) } else { 0.0 };
        Self { scale: axis.scale, low: value_at(axis.scale, low - margin), high: value_at(axis.scale, high + margin) }
    }

    /// Returns the given range with its ends in order; `None` if the scale cannot show it.
    fn fixed(scale: AxisScale, [a, b]: [f64; 2]) -> Option<Self> {
        let (low, high) = (distance_of(scale, a.min(b))?, distance_of(scale, a.max(b))?);
        let [low, high] = widen(scale, [low, high]);
        Some(Self { scale, low: value_at(scale, low), high: value_at(scale, high) })
    }

    /// Returns the normalized position of a value, 0 at the low end and 1 at the high end; `None` if the scale cannot
    /// show the value.
    pub(crate) fn position(&self, v: f64) -> Option<f64> {
        let [low, high] = self.ends();
        let position = (distance_of(self.scale, v)? - low) / (high - low);
        position.is_finite().then(|| position.clamp(-MAX_POSITION, MAX_POSITION))
    }

    /// Returns the value at a normalized position.
    pub(crate) fn value(&self, position: f64) -> f64 {
        let [low, high] = self.ends();
        value_at(self.scale, low + position * (high - low))
    }

    /// Returns the ends as distances along the axis: the values, or their decimal logarithms on a logarithmic scale.
    pub(crate) fn ends(&self) -> [f64; 2] {
        [self.low, self.high]
            .map(|v| distance_of(self.scale, v).expect("the constructors produce only ends that the scale can show"))
    }
}

/// Returns the distance of a value along an axis; `None` if the scale cannot show the value.
fn distance_of(scale: AxisScale, v: f64) -> Option<f64> {
    match scale {
        AxisScale::Linear => v.is_finite().then(|| v.clamp(-MAX_MAGNITUDE, MAX_MAGNITUDE)),
        AxisScale::Log => (v.is_finite() && v > 0.0).then(|| v.log10()),
    }
}

/// Returns the value at a distance along an axis.
fn value_at(scale: AxisScale, distance: f64) -> f64 {
    match scale {
        AxisScale::Linear => distance,
        AxisScale::Log => 10f64.powf(distance).clamp(f64::from_bits(1), f64::MAX),
    }
}

/// Widens a range that is too narrow to be divided into distinct positions.
fn widen(scale: AxisScale, [low, high]: [f64; 2]) -> [f64; 2] {
    if scale == AxisScale::Log {
        // At least a third of a decade, within the exponents of an f64.
        let missing = (0.33 - (high - low)).max(0.0) / 2.0;
        return [(low - missing).clamp(-323.3, 307.5), (high + missing).clamp(-322.9, 308.25)];
    }
    let magnitude = low.abs().max(high.abs());
    if high - low > 1e-11 * magnitude && high - low > 1e-290 {
        return [low, high];
    }
    let half = if magnitude > 1e-280 { 0.05 * magnitude } else { 1.0 };
    let center = low / 2.0 + high / 2.0;
    [(center - half).max(-MAX_MAGNITUDE), (center + half).min(MAX_MAGNITUDE)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTREME_VALUES: [f64; 12] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        5e-324,
        f64::MIN_POSITIVE,
        1e300,
        f64::MAX,
        f64::MIN,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ];

    #[test]
    fn every_range_is_usable() {
        for scale in [AxisScale::Linear, AxisScale::Log] {
            for a in EXTREME_VALUES {
                for b in EXTREME_VALUES {
                    for range in [None, Some([a, b])] {
                        let axis = Axis { scale, range, ..Axis::default() };
                        let range = AxisRange::covering(&axis, [a, b]);
                        let [low, high] = range.ends();
                        assert!(low < high && (high - low).is_finite(), "{scale:?} {a} {b}: {range:?}");
                        assert!(EXTREME_VALUES.iter().filter_map(|&v| range.position(v)).all(f64::is_finite));
                    }
                }
            }
        }
    }

    #[test]
    fn the_middle_is_the_mean_or_the_geometric_mean() {
        let linear = AxisRange::covering(&Axis::linear("").range(2.0, 4.0), []);
        assert_eq!(linear.position(3.0), Some(0.5));
        let log = AxisRange::covering(&Axis::log("").range(1e-2, 1e4), []);
        assert!((log.position(10.0).unwrap() - 0.5).abs() < 1e-12);
        assert!((log.value(0.5) - 10.0).abs() < 1e-12);
    }

    #[test]
    fn values_that_a_scale_cannot_show_have_no_position() {
        let log = AxisRange::covering(&Axis::log(""), [1.0, 10.0]);
        assert_eq!([0.0, -1.0, f64::NAN, f64::INFINITY].map(|v| log.position(v)), [None; 4]);
    }
}
