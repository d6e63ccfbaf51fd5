//! The window of a picture.

/// Margin around the points, as a fraction of the window.
const MARGIN: f64 = 0.12;
/// Smallest ratio of the sides of the window; a picture that is a line shows nothing.
const MIN_ASPECT_RATIO: f64 = 0.5;

/// Returns a window around all `points` and those of `optional` that are near them.
pub(super) fn enclosing_window(points: &[[f64; 2]], optional: &[[f64; 2]]) -> [[f64; 2]; 2] {
    let inner = bounds(points);
    let sizes = inner.map(|[low, high]| high - low);
    let size = sizes[0].max(sizes[1]).max(1e-9 * (1.0 + inner[0][0].abs() + inner[1][0].abs()));
    let is_near = |point: &&[f64; 2]| (0..2).all(|i| point[i] > inner[i][0] - size && point[i] < inner[i][1] + size);
    let all: Vec<[f64; 2]> = points.iter().chain(optional.iter().filter(is_near)).copied().collect();
    let mut window = bounds(&all);
    let size = window.iter().map(|[low, high]| high - low).fold(size, f64::max);
    for [low, high] in &mut window {
        let middle = f64::midpoint(*low, *high);
        let half = (*high - *low).max(MIN_ASPECT_RATIO * size) * (0.5 + MARGIN);
        (*low, *high) = (middle - half, middle + half);
    }
    window
}

/// Returns the bounds of the finite coordinates along each axis; [-1, 1] where there are none.
fn bounds(points: &[[f64; 2]]) -> [[f64; 2]; 2] {
    [0, 1].map(|axis| {
        let values = || points.iter().map(|point| point[axis]).filter(|v| v.is_finite());
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        if low <= high { [low, high] } else { [-1.0, 1.0] }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_encloses_points_with_a_margin_and_ignores_far_ones() {
        let [x, y] = enclosing_window(&[[0.0, 0.0], [4.0, 1.0]], &[[5.0, 0.0], [100.0, 0.0]]);
        assert!((x[0] + 0.6).abs() < 1e-12 && (x[1] - 5.6).abs() < 1e-12, "{x:?}");
        // The lower side is half as long as the longer one before the margin.
        assert!((y[1] - y[0] - 2.5 * 1.24).abs() < 1e-12, "{y:?}");
    }
}
