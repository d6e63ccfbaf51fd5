//! The regions and lines of a contour map, for whoever draws them.

use crate::data::{
    contour_levels::ContourLevels,
    contour_rings::{ContourRing, contour_rings},
    geometry::Point,
    scalar_grid::ScalarGrid,
};

/// Contours of a function of two variables over the unit square, at the levels of [`ContourMap`](crate::ContourMap).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contours {
    /// Quantity that the labels count: f, or its distance from the smallest value. Empty without levels.
    pub quantity: &'static str,
    /// Bands between two levels, from the highest down: drawn in this order, each covers part of the one before.
    pub bands: Vec<ContourBand>,
}

/// Part of the unit square in which the function lies below a level.
#[derive(Clone, Debug, PartialEq)]
pub struct ContourBand {
    /// The level; infinite for the highest band, which is the domain of the function.
    pub level: f64,
    /// The level as text; empty for a level between round numbers.
    pub label: String,
    /// Position among all bands, from 0 for the lowest values to 1 for the highest.
    pub position: f64,
    /// Closed curves around the region, which is to their left.
    pub regions: Vec<Vec<[f64; 2]>>,
    /// Curves on which the function takes the level, without the border of its domain.
    pub lines: Vec<Vec<[f64; 2]>>,
}

impl Contours {
    /// Traces the contours of a function that is evaluated once at each of `nodes_per_side`² nodes, from 2 per side.
    ///
    /// ```
    /// let bowl = thalweg_plot::Contours::trace(41, |u, v| (u - 0.5).powi(2) + (v - 0.5).powi(2));
    /// let lowest = bowl.bands.last().expect("a bowl has levels");
    /// assert!(lowest.position == 0.0 && lowest.regions.len() == 1);
    /// ```
    pub fn trace(nodes_per_side: usize, f: impl Fn(f64, f64) -> f64) -> Self {
        let grid = ScalarGrid::sample(nodes_per_side, f);
        Self::of_grid(&grid, &ContourLevels::new(&grid))
    }

    /// Traces the contours of a sampled function at these levels.
    pub(crate) fn of_grid(grid: &ScalarGrid, levels: &ContourLevels) -> Self {
        let count = levels.values.len();
        let band = |index: usize, level: f64, label: &str| {
            let rings = contour_rings(grid, level);
            let lines: Vec<Vec<Point>> = rings.iter().flat_map(ContourRing::level_lines).collect();
            ContourBand {
                level,
                label: label.into(),
                position: index as f64 / count.max(1) as f64,
                regions: rings.into_iter().map(|ring| ring.points).collect(),
                lines,
            }
        };
        // The function takes the largest finite number nowhere: the region is its domain, without lines.
        let domain = ContourBand { level: f64::INFINITY, lines: Vec::new(), ..band(count, f64::MAX, "") };
        let below = levels.values.iter().zip(&levels.labels).enumerate().rev();
        let bands = below.map(|(index, (&level, label))| band(index, level, label));
        Self { quantity: levels.quantity, bands: std::iter::once(domain).chain(bands).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_fall_from_the_domain_to_the_lowest_level() {
        let contours = Contours::trace(61, |u, v| (u - 0.3).powi(2) + 4.0 * (v - 0.6).powi(2));
        let levels: Vec<f64> = contours.bands.iter().map(|band| band.level).collect();
        assert!(levels[0].is_infinite() && levels.windows(2).all(|pair| pair[0] > pair[1]), "{levels:?}");
        assert!(contours.bands[0].lines.is_empty() && contours.bands[0].position == 1.0);
        // Each point of a line lies on its level, up to the interpolation along an edge of the grid.
        for band in &contours.bands[1..] {
            for [u, v] in band.lines.iter().flatten() {
                let value = (u - 0.3).powi(2) + 4.0 * (v - 0.6).powi(2);
                assert!((value - band.level).abs() < 2e-3, "{value} for {}", band.level);
            }
        }
    }

    #[test]
    fn a_constant_function_is_one_band_and_an_undefined_one_has_no_region() {
        assert_eq!(Contours::trace(9, |_, _| 1.0).bands.len(), 1);
        let undefined = Contours::trace(9, |_, _| f64::NAN);
        assert!(undefined.bands.len() == 1 && undefined.bands[0].regions.is_empty());
    }
}
