//! Tick positions of an axis and their labels.

use crate::data::{
    axis::AxisScale,
    axis_range::AxisRange,
    number_format::{decimal_power_of_ten, power_of_ten, tick_label},
};

/// Largest number of major ticks on one axis.
const MAX_MAJOR_TICKS: usize = 12;

/// Ticks of one axis; positions are normalized, from 0 at the low end to 1 at the high end.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ticks {
    /// Ticks with a label, in rising order.
    pub(crate) major: Vec<MajorTick>,
    /// Positions of the ticks without a label.
    pub(crate) minor: Vec<f64>,
}

/// Tick with a label.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MajorTick {
    /// Normalized position on the axis.
    pub(crate) position: f64,
    /// Value at the position as text.
    pub(crate) label: String,
}

impl Ticks {
    /// Returns the largest set of at most `max_count` major ticks that satisfies `fits`.
    ///
    /// If no set does, at most one tick of the smallest set remains.
    pub(crate) fn new(range: &AxisRange, max_count: usize, fits: impl Fn(&Self) -> bool) -> Self {
        let max_count = max_count.clamp(1, MAX_MAJOR_TICKS);
        let candidates = (1..=max_count).rev().map(|count| match range.scale {
            AxisScale::Linear => linear_ticks(range, count),
            AxisScale::Log => log_ticks(range, count),
        });
        let mut smallest = Self::default();
        for candidate in candidates {
            if fits(&candidate) {
                return candidate;
            }
            smallest = candidate;
        }
        smallest.major.truncate(1);
        smallest
    }
}

/// Returns ticks at multiples of a round step: 1, 2 or 5 times a power of ten.
fn linear_ticks(range: &AxisRange, count: usize) -> Ticks {
    let [low, high] = [range.low, range.high];
    let step = round_step((high - low) / count as f64);
    let max_magnitude = low.abs().max(high.abs());
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    let multiples = (0..=count + 1).map(|k| first + k as f64).take_while(|&k| k <= last);
    let values = multiples.map(|k| k * step);
    let major = major_ticks(range, values, |v| v, |v| tick_label(v, step, max_magnitude));
    Ticks { major, minor: Vec::new() }
}

/// Returns the smallest of 1, 2, 5, 10, … times a power of ten that is at least `min_step`.
pub(crate) fn round_step(min_step: f64) -> f64 {
    let power = 10f64.powi(min_step.log10().floor() as i32);
    // Among subnormal numbers the power of ten underflows to zero; any positive step will do.
    let power = if power > 0.0 { power } else { f64::MIN_POSITIVE };
    let steps = [1.0, 2.0, 5.0].into_iter().map(|factor| factor * power);
    steps.into_iter().find(|&step| step >= min_step * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

/// Returns the major ticks of those items whose value lies inside the range; only they need a label.
fn major_ticks<T: Copy>(
    range: &AxisRange,
    items: impl Iterator<Item = T>,
    value: impl Fn(T) -> f64,
    label: impl Fn(T) -> String,
) -> Vec<MajorTick> {
    let inside = |position: &f64| (-1e-9..=1.0 + 1e-9).contains(position);
    items
        .filter_map(|item| {
            let position = range.position(value(item)).filter(inside)?;
            Some(MajorTick { position, label: label(item) })
        })
        .collect()
}

/// Returns ticks at powers of ten, at most `count` of them with a label.
fn log_ticks(range: &AxisRange, count: usize) -> Ticks {
    let [low, high] = range.ends();
    let (first, last) = ((low - 1e-9).ceil() as i32, (high + 1e-9).floor() as i32);
    let powers = usize::try_from(last - first + 1).expect("the low end of a range is below its high end");
    if powers < 2 {
        return ticks_within_a_decade(range, count);
    }
    let min_stride = i32::try_from(powers.div_ceil(count)).expect("an f64 has fewer than a thousand decades");
    let stride = [1, 2, 3, 4, 5, 10, 20, 50, 100, 200].into_iter().find(|&s| s >= min_stride).unwrap_or(500);
    let decimal = first >= -3 && last <= 3;
    let label = |k: i32| if decimal { decimal_power_of_ten(k) } else { power_of_ten(k) };
    let exponents = (first..=last).filter(|k| k.rem_euclid(stride) == 0);
    let major = major_ticks(range, exponents, |k| 10f64.powi(k), label);
    Ticks { major, minor: minor_ticks(range, first, last, stride) }
}

/// Returns minor ticks at the multiples 2 … 9 of each power of ten if every decade has a label, otherwise at the powers
/// of ten without a label. `first` and `last` are exponents, `stride` their distance between labels.
fn minor_ticks(range: &AxisRange, first: i32, last: i32, stride: i32) -> Vec<f64> {
    let values: Vec<f64> = match stride {
        1 if last - first <= 10 => {
            (first - 1..=last).flat_map(|k| (2..=9).map(move |m| f64::from(m) * 10f64.powi(k))).collect()
        }
        2..=10 => (first..=last).filter(|k| k.rem_euclid(stride) != 0).map(|k| 10f64.powi(k)).collect(),
        _ => Vec::new(),
    };
    values.into_iter().filter_map(|v| range.position(v)).filter(|u| (0.0..=1.0).contains(u)).collect()
}

/// Returns ticks of a logarithmic range with fewer than two powers of ten: at the multiples 1, 2, 5 or 1, 5 of each
/// power, or at round numbers if the range is narrower still.
fn ticks_within_a_decade(range: &AxisRange, count: usize) -> Ticks {
    let decade = range.ends()[0].floor() as i32;
    for multiples in [&[1.0, 2.0, 5.0][..], &[1.0, 5.0]] {
        let values = (decade..=decade + 2).flat_map(|k| multiples.iter().map(move |m| m * 10f64.powi(k)));
        let major = major_ticks(range, values, |v| v, |v| tick_label(v, v, v));
        if (2..=count).contains(&major.len()) {
            return Ticks { major, minor: Vec::new() };
        }
    }
    let linear = linear_ticks(&AxisRange { scale: AxisScale::Linear, ..*range }, count);
    let value = |position: f64| range.low + position * (range.high - range.low);
    let major = linear.major.into_iter().filter_map(|MajorTick { position, label }| {
        Some(MajorTick { position: range.position(value(position))?, label })
    });
    Ticks { major: major.collect(), minor: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::axis::Axis;

    fn labels(axis: &Axis, max_count: usize) -> Vec<String> {
        let ticks = Ticks::new(&AxisRange::covering(axis, []), max_count, |_| true);
        ticks.major.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn few_decades_have_decimal_labels_and_many_have_powers() {
        assert_eq!(labels(&Axis::log("").range(1e-3, 1e3), 9), ["0.001", "0.01", "0.1", "1", "10", "100", "1000"]);
        assert_eq!(labels(&Axis::log("").range(1e-4, 1.0), 9), ["10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"]);
        assert_eq!(labels(&Axis::log("").range(1e-8, 1e8), 5), ["10⁻⁸", "10⁻⁴", "10⁰", "10⁴", "10⁸"]);
        assert_eq!(labels(&Axis::log("").range(1.0, 6.0), 5), ["1", "2", "5"]);
        assert_eq!(labels(&Axis::log("").range(200.0, 5000.0), 4), ["500", "1000", "5000"]);
    }

    #[test]
    fn linear_ticks_are_round() {
        assert_eq!(labels(&Axis::linear("").range(-2.0, 2.0), 5), ["−2", "−1", "0", "1", "2"]);
        assert_eq!(labels(&Axis::linear("").range(0.0, 0.5), 5), ["0", "0.1", "0.2", "0.3", "0.4", "0.5"]);
        assert_eq!(labels(&Axis::linear("").range(0.0, 4e7), 4), ["0", "10⁷", "2×10⁷", "3×10⁷", "4×10⁷"]);
    }

    #[test]
    fn fewer_ticks_are_chosen_if_they_do_not_fit() {
        let range = AxisRange::covering(&Axis::linear("").range(0.0, 1.0), []);
        assert_eq!(Ticks::new(&range, 10, |t| t.major.len() <= 3).major.len(), 3);
    }

    #[test]
    fn minor_ticks_lie_between_the_powers_of_ten() {
        let range = AxisRange::covering(&Axis::log("").range(1.0, 100.0), []);
        assert_eq!(Ticks::new(&range, 9, |_| true).minor.len(), 16);
    }
}
