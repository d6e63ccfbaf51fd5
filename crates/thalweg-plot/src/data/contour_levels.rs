//! Selection of contour levels.

use crate::data::{
    number_format::{format_number, power_of_ten},
    scalar_grid::ScalarGrid,
    ticks::round_step,
};

/// Levels of a contour map.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ContourLevels {
    /// Function values of the contour lines, rising.
    pub(crate) values: Vec<f64>,
    /// Label of each level, in the same order; empty for the levels between round numbers.
    pub(crate) labels: Vec<String>,
    /// Quantity that the labels count: f, or its distance from the minimum.
    pub(crate) quantity: &'static str,
}

/// Largest number of levels at equal ratios.
const MAX_LEVELS: f64 = 16.0;
/// Number of intervals that levels at equal differences divide the range of values into, before rounding.
const DIFFERENCE_INTERVALS: f64 = 14.0;
/// Largest number of levels at equal differences, after rounding.
const MAX_DIFFERENCE_LEVELS: i32 = 20;

impl ContourLevels {
    /// Selects the levels for the values of a grid.
    ///
    /// The levels have equal ratios above the smallest value if the function has a deep minimum, otherwise equal
    /// differences. A constant function and one without finite values have no levels.
    pub(crate) fn new(grid: &ScalarGrid) -> Self {
        let sorted = grid.sorted_values();
        let (Some(&min), Some(&max)) = (sorted.first(), sorted.last()) else { return Self::default() };
        if max - min <= 1e-12 * min.abs().max(f64::MIN_POSITIVE) {
            return Self::default();
        }
        let quantile = |fraction: f64| sorted[(fraction * (sorted.len() - 1) as f64) as usize] - min;
        let smallest = sorted.iter().map(|v| v - min).find(|&d| d > 0.0);
        let low = quantile(0.002).max(smallest.expect("the largest value is above the smallest"));
        // Around a minimum inside the map the area below a level is proportional to the level's height above it, so
        // the median is more than a hundred times as high as the 0.2 % quantile. At a border it grows faster.
        if quantile(0.5) / low > 100.0 {
            Self::equal_ratios(min, low, quantile(0.998))
        } else {
            Self::equal_differences(min, max)
        }
    }

    /// Selects levels `min + 10^e` with `10^e` from `low` to `high`.
    fn equal_ratios(min: f64, low: f64, high: f64) -> Self {
        let decades = high.log10() - low.log10();
        let per_decade = [4.0, 3.0, 2.0, 1.0].into_iter().find(|n| n * decades <= MAX_LEVELS);
        // With more decades than levels the step is a whole number of decades.
        let step = per_decade.map_or((decades / MAX_LEVELS).ceil(), |n| 1.0 / n);
        let (first, last) = ((low.log10() / step).ceil(), (high.log10() / step).floor());
        let exponents = || (0..=last as i64 - first as i64).map(|k| (first + k as f64) * step);
        let is_integer = |e: f64| (e - e.round()).abs() < 1e-6;
        Self {
            values: exponents().map(|e| min + 10f64.powf(e)).collect(),
            labels: exponents()
                .map(|e| if is_integer(e) { label_of_power(e.round() as i32) } else { String::new() })
                .collect(),
            quantity: "f − min",
        }
    }

    /// Selects the multiples of a round step between `min` and `max`.
    fn equal_differences(min: f64, max: f64) -> Self {
        let step = round_step((max - min) / DIFFERENCE_INTERVALS);
        let first = (min / step).floor() + 1.0;
        let multiples = (0..MAX_DIFFERENCE_LEVELS).map(|k| (first + f64::from(k)) * step);
        let values: Vec<f64> = multiples.take_while(|v| *v < max).filter(|v| *v > min).collect();
        let exact_zero = |v: f64| if v.abs() < 1e-6 * step { 0.0 } else { v };
        let labels = values.iter().map(|&v| format_number(exact_zero(v))).collect();
        Self { values, labels, quantity: "f" }
    }
}

/// Formats a power of ten, in decimal notation from 0.01 to 10000.
fn label_of_power(exponent: i32) -> String {
    if (-2..=4).contains(&exponent) { format_number(10f64.powi(exponent)) } else { power_of_ten(exponent) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_valley_gets_equal_ratios() {
        let grid = ScalarGrid::sample(101, |u, v| {
            let (x, y) = (4.0 * u - 2.0, 4.0 * v - 1.0);
            (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2)
        });
        let levels = ContourLevels::new(&grid);
        assert!((8..=17).contains(&levels.values.len()), "{levels:?}");
        let min = grid.sorted_values()[0];
        let ratio = |k: usize| (levels.values[k + 1] - min) / (levels.values[k] - min);
        assert!((ratio(0) - ratio(5)).abs() < 1e-9 * ratio(0));
        assert!(levels.labels.contains(&"100".to_string()));
    }

    #[test]
    fn a_saddle_gets_equal_differences_and_zero() {
        let saddle = ScalarGrid::sample(101, |u, v| (2.0 * u - 1.0).powi(2) - (2.0 * v - 1.0).powi(2));
        let levels = ContourLevels::new(&saddle);
        assert!(levels.values.iter().any(|v| v.abs() < 1e-12), "{levels:?}");
        assert!(levels.labels.contains(&"0".to_string()));
    }

    #[test]
    fn a_constant_or_undefined_function_has_no_levels() {
        assert!(ContourLevels::new(&ScalarGrid::sample(9, |_, _| 3.0)).values.is_empty());
        assert!(ContourLevels::new(&ScalarGrid::sample(9, |_, _| f64::NAN)).values.is_empty());
    }
}
