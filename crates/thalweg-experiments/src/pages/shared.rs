//! Helpers of several pages.

use thalweg::StopCriteria;
use thalweg_plot::{Axis, ContourMap, Marker, MarkerKind, Series};

use crate::number::format_count;

/// Returns stopping criteria of this number of steps.
pub(super) fn steps(n: u64) -> StopCriteria {
    StopCriteria { max_steps: Some(n), ..StopCriteria::default() }
}

/// Formats a number of steps; `None` means more than `max_steps`.
pub(super) fn format_steps(found: Option<u64>, max_steps: u64) -> String {
    found.map_or_else(|| format!(">{}", format_count(max_steps)), format_count)
}

/// Returns a contour map of a function of x and y with paths and markers.
pub(super) fn contour_map(
    title: &str,
    [x, y]: [[f64; 2]; 2],
    field: impl Fn(f64, f64) -> f64 + 'static,
    paths: Vec<Series>,
    markers: &[(MarkerKind, [f64; 2])],
) -> ContourMap<'static> {
    let marker = |&(kind, position): &(MarkerKind, [f64; 2])| Marker { position, kind, label: String::new() };
    ContourMap {
        title: title.into(),
        x: Axis::linear("x").range(x[0], x[1]),
        y: Axis::linear("y").range(y[0], y[1]),
        paths,
        markers: markers.iter().map(marker).collect(),
        ..ContourMap::new(field)
    }
}

/// Returns the Euclidean norm of a vector.
pub(super) fn norm(x: &[f64]) -> f64 {
    x.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// Returns the Euclidean distance of two points.
pub(super) fn distance(a: &[f64], b: &[f64]) -> f64 {
    norm(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>())
}
