//! Which contour lines to draw.

use crate::{
    data::grid::ScalarGrid,
    data::ticks::{format_number, power_of_ten, round_step},
};

/// The levels of a map, rising.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ContourLevels {
    /// The values of the function on the lines.
    pub(crate) values: Vec<f64>,
    /// The name of each level; empty for those between the round ones.
    pub(crate) names: Vec<String>,
    /// What the names count.
    pub(crate) what: &'static str,
}

/// The most lines of a map.
const MOST: f64 = 16.0;

impl ContourLevels {
    /// Levels at equal ratios above the least value if the function falls into a deep place, else at equal distances.
    pub(crate) fn of(grid: &ScalarGrid) -> Self {
        let sorted = grid.sorted();
        let (Some(&least), Some(&most)) = (sorted.first(), sorted.last()) else { return Self::default() };
        let above = |share: f64| sorted[(share * (sorted.len() - 1) as f64) as usize] - least;
        if most - least <= 1e-12 * least.abs().max(f64::MIN_POSITIVE) {
            return Self::default();
        }
        let smallest = sorted.iter().map(|v| v - least).find(|&d| d > 0.0).unwrap_or(1.0);
        let low = above(0.002).max(smallest);
        // Around a minimum inside the map the area below a value grows as the value: half of all values lie more than
        // a hundred times as high as the lowest five hundredth. At a border it grows faster.
        if above(0.5) / low > 100.0 { Self::ratios(least, low, above(0.998)) } else { Self::distances(least, most) }
    }

    fn ratios(least: f64, low: f64, high: f64) -> Self {
        let decades = high.log10() - low.log10();
        let each = [4.0, 3.0, 2.0, 1.0].into_iter().find(|n| n * decades <= MOST);
        // So many decades that not each can have a line.
        let step = each.map_or((decades / MOST).ceil(), |n| 1.0 / n);
        let (first, last) = ((low.log10() / step).ceil(), (high.log10() / step).floor());
        let exponents = (0..=last as i64 - first as i64).map(|k| (first + k as f64) * step);
        let (values, names) = exponents
            .map(|e| {
                (
                    least + 10f64.powf(e),
                    if (e - e.round()).abs() < 1e-6 { power(e.round() as i32) } else { String::new() },
                )
            })
            .unzip();
        Self { values, names, what: "f − min" }
    }

    fn distances(least: f64, most: f64) -> Self {
        let step = round_step((most - least) / 14.0);
        let first = (least / step).floor() + 1.0;
        let values: Vec<f64> =
            (0..20).map(|k| (first + f64::from(k)) * step).take_while(|v| *v < most).filter(|v| *v > least).collect();
        let round = |v: f64| if v.abs() < 1e-6 * step { 0.0 } else { v };
        let names = values.iter().map(|&v| format_number(round(v))).collect();
        Self { values, names, what: "f" }
    }
}

/// A power of ten as people write it.
fn power(exponent: i32) -> String {
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
        let levels = ContourLevels::of(&grid);
        assert!((8..=17).contains(&levels.values.len()), "{levels:?}");
        let least = grid.sorted()[0];
        let ratio = |k: usize| (levels.values[k + 1] - least) / (levels.values[k] - least);
        assert!((ratio(0) - ratio(5)).abs() < 1e-9 * ratio(0));
        assert!(levels.names.contains(&"100".to_string()));
    }

    #[test]
    fn a_saddle_gets_equal_distances_and_zero() {
        let levels =
            ContourLevels::of(&ScalarGrid::sample(101, |u, v| (2.0 * u - 1.0).powi(2) - (2.0 * v - 1.0).powi(2)));
        assert!(levels.values.iter().any(|v| v.abs() < 1e-12), "{levels:?}");
        assert!(levels.names.contains(&"0".to_string()));
    }

    #[test]
    fn a_plain_or_empty_field_has_none() {
        assert!(ContourLevels::of(&ScalarGrid::sample(9, |_, _| 3.0)).values.is_empty());
        assert!(ContourLevels::of(&ScalarGrid::sample(9, |_, _| f64::NAN)).values.is_empty());
    }
}
