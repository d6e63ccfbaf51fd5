//! From values to positions along an axis, safely for every `f64`.

use crate::data::series::{Axis, AxisScale};

/// Linear values beyond this are drawn as this: the difference of two is still finite.
const HUGE: f64 = f64::MAX / 4.0;

/// A range of values on a scale, never empty and never wider than can be computed with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct AxisRange {
    pub(crate) scale: AxisScale,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl AxisRange {
    /// The axis's own range if it has a usable one, else all `values` that can be shown with a little air around.
    pub(crate) fn fit(axis: &Axis, values: impl IntoIterator<Item = f64>) -> Self {
        if let Some(fixed) = axis.range.and_then(|range| Self::fixed(axis.scale, range)) {
            return fixed;
        }
        let shown = values.into_iter().filter_map(|v| place(axis.scale, v));
        let found = shown.fold(None, |range: Option<[f64; 2]>, v| {
            Some(range.map_or([v, v], |[low, high]| [low.min(v), high.max(v)]))
        });
        let default = if axis.scale == AxisScale::Log { [-1.0, 1.0] } else { [0.0, 1.0] };
        let [low, high] = widen(axis.scale, found.unwrap_or(default));
        let air = if found.is_some() { 0.035 * (high - low) } else { 0.0 };
        Self { scale: axis.scale, low: value(axis.scale, low - air), high: value(axis.scale, high + air) }
    }

    /// A given range, turned the right way round; `None` if it is no range on this scale.
    fn fixed(scale: AxisScale, [a, b]: [f64; 2]) -> Option<Self> {
        let (low, high) = (place(scale, a.min(b))?, place(scale, a.max(b))?);
        let [low, high] = widen(scale, [low, high]);
        Some(Self { scale, low: value(scale, low), high: value(scale, high) })
    }

    /// Where `v` stands: 0 at the low end, 1 at the high end, `None` if the scale cannot show it.
    pub(crate) fn unit(&self, v: f64) -> Option<f64> {
        let [low, high] = self.ends();
        let at = (place(self.scale, v)? - low) / (high - low);
        at.is_finite().then(|| at.clamp(-1e6, 1e6))
    }

    /// The value at a position.
    pub(crate) fn value(&self, unit: f64) -> f64 {
        let [low, high] = self.ends();
        value(self.scale, low + unit * (high - low))
    }

    /// The ends as distances along the axis: the values themselves, or their logarithms.
    pub(crate) fn ends(&self) -> [f64; 2] {
        let end = |v, or| place(self.scale, v).unwrap_or(or);
        [end(self.low, 0.0), end(self.high, 1.0)]
    }
}

/// A value's distance along an axis, if the scale can show it.
fn place(scale: AxisScale, v: f64) -> Option<f64> {
    match scale {
        AxisScale::Linear => v.is_finite().then(|| v.clamp(-HUGE, HUGE)),
        AxisScale::Log => (v.is_finite() && v > 0.0).then(|| v.log10()),
    }
}

/// The value at a distance along an axis.
fn value(scale: AxisScale, place: f64) -> f64 {
    match scale {
        AxisScale::Linear => place,
        AxisScale::Log => 10f64.powf(place).clamp(f64::from_bits(1), f64::MAX),
    }
}

/// The same range, or a wider one around it if too narrow to divide.
fn widen(scale: AxisScale, [low, high]: [f64; 2]) -> [f64; 2] {
    if scale == AxisScale::Log {
        // A third of a decade at least, inside what an f64 can hold.
        let lack = (0.33 - (high - low)).max(0.0) / 2.0;
        return [(low - lack).clamp(-323.3, 307.5), (high + lack).clamp(-322.9, 308.25)];
    }
    let large = low.abs().max(high.abs());
    if high - low > 1e-11 * large && high - low > 1e-290 {
        return [low, high];
    }
    let half = if large > 1e-280 { 0.05 * large } else { 1.0 };
    let middle = low / 2.0 + high / 2.0;
    [(middle - half).max(-HUGE), (middle + half).min(HUGE)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTREME: [f64; 12] = [
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
            for a in EXTREME {
                for b in EXTREME {
                    for axis in
                        [Axis { scale, ..Axis::default() }, Axis { scale, range: Some([a, b]), ..Axis::default() }]
                    {
                        let span = AxisRange::fit(&axis, [a, b]);
                        let [low, high] = span.ends();
                        assert!(low < high && (high - low).is_finite(), "{scale:?} {a} {b}: {span:?}");
                        assert!(EXTREME.iter().filter_map(|&v| span.unit(v)).all(f64::is_finite));
                    }
                }
            }
        }
    }

    #[test]
    fn the_middle_is_the_mean_or_the_geometric_mean() {
        let linear = AxisRange::fit(&Axis::linear("").range(2.0, 4.0), []);
        assert_eq!(linear.unit(3.0), Some(0.5));
        let log = AxisRange::fit(&Axis::log("").range(1e-2, 1e4), []);
        assert!((log.unit(10.0).unwrap() - 0.5).abs() < 1e-12);
        assert!((log.value(0.5) - 10.0).abs() < 1e-12);
    }

    #[test]
    fn what_a_scale_cannot_show_has_no_place() {
        let log = AxisRange::fit(&Axis::log(""), [1.0, 10.0]);
        assert_eq!([0.0, -1.0, f64::NAN, f64::INFINITY].map(|v| log.unit(v)), [None; 4]);
    }
}
