//! Simplification of polylines and point clouds: fewer points for the same picture.

use crate::data::geometry::{Point, distance_to_segment};
use std::collections::BTreeSet;

/// Largest number of points of one line before simplification within the tolerance.
const MAX_LINE_POINTS: usize = 8_000;
/// Largest number of dots of one series.
const MAX_DOTS: usize = 3_000;

/// Reduces each run of points within one column of pixels to its first, lowest, highest and last point.
///
/// The line through the remaining points covers the same pixels, spikes included.
pub(crate) fn reduce_columns(points: &[Point]) -> Vec<Point> {
    let mut kept = Vec::new();
    for run in points.chunk_by(|a, b| is_same_column(*a, *b)) {
        let extreme = |better: fn(f64, f64) -> bool| {
            (1..run.len()).fold(0, |best, k| if better(run[k][1], run[best][1]) { k } else { best })
        };
        let mut chosen = vec![0, extreme(|a, b| a < b), extreme(|a, b| a > b), run.len() - 1];
        chosen.sort_unstable();
        chosen.dedup();
        kept.extend(chosen.into_iter().map(|k| run[k]));
    }
    kept
}

fn is_same_column(a: Point, b: Point) -> bool {
    a[0].floor().total_cmp(&b[0].floor()).is_eq()
}

/// Reduces a line to fewer points, with a deviation of at most `tolerance` pixels.
///
/// A line that still has more than [`MAX_LINE_POINTS`] points, none of them close to the one before, cannot be read as
/// a line; only the extreme points of each of its sections are kept, without a bound on the deviation.
pub(crate) fn reduce_line(points: &[Point], tolerance: f64) -> Vec<Point> {
    let mut distinct: Vec<Point> = Vec::new();
    for (k, &p) in points.iter().enumerate() {
        let is_near = |q: &Point| (p[0] - q[0]).hypot(p[1] - q[1]) < 0.5 * tolerance;
        if k + 1 == points.len() || !distinct.last().is_some_and(is_near) {
            distinct.push(p);
        }
    }
    if distinct.len() > MAX_LINE_POINTS {
        // Each section keeps at most four points.
        let section = distinct.len().div_ceil(MAX_LINE_POINTS / 4);
        distinct = distinct.chunks(section).flat_map(extreme_points).collect();
    }
    simplify(&distinct, 0.5 * tolerance)
}

/// Returns the leftmost, rightmost, highest and lowest of one or more points, in the order of the line.
fn extreme_points(points: &[Point]) -> Vec<Point> {
    let best = |axis: usize, sign: f64| {
        let value = |k: &usize| sign * points[*k][axis];
        let smallest = (0..points.len()).min_by(|a, b| value(a).total_cmp(&value(b)));
        smallest.expect("a section of a line has at least one point")
    };
    let mut chosen = vec![best(0, 1.0), best(0, -1.0), best(1, 1.0), best(1, -1.0)];
    chosen.sort_unstable();
    chosen.dedup();
    chosen.into_iter().map(|k| points[k]).collect()
}

/// Removes points as long as every removed point is within `tolerance` of the line (Douglas–Peucker).
pub(crate) fn simplify(points: &[Point], tolerance: f64) -> Vec<Point> {
    let Some(last) = points.len().checked_sub(1) else { return Vec::new() };
    let mut keep = vec![false; points.len()];
    (keep[0], keep[last]) = (true, true);
    let mut pending = vec![(0, last)];
    while let Some((a, b)) = pending.pop() {
        let distances = (a + 1..b).map(|k| (k, distance_to_segment(points[k], points[a], points[b])));
        if let Some((farthest, distance)) = distances.max_by(|x, y| x.1.total_cmp(&y.1))
            && distance > tolerance
        {
            keep[farthest] = true;
            pending.extend([(a, farthest), (farthest, b)]);
        }
    }
    points.iter().zip(keep).filter_map(|(&p, keep)| keep.then_some(p)).collect()
}

/// Keeps one point of each square of two pixels, or of larger squares if more than [`MAX_DOTS`] would remain.
pub(crate) fn reduce_dots(points: &[Point]) -> Vec<Point> {
    let one_per_square = |size: f64| -> Vec<Point> {
        let mut occupied = BTreeSet::new();
        points.iter().filter(|p| occupied.insert(p.map(|c| (c / size).floor() as i64))).copied().collect()
    };
    let mut size = 2.0;
    loop {
        let kept = one_per_square(size);
        if kept.len() <= MAX_DOTS {
            return kept;
        }
        size *= 1.5;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_survives_a_million_points() {
        let mut points: Vec<Point> = (0..1_000_000).map(|k| [f64::from(k) * 7e-4, 100.0]).collect();
        points[543_210][1] = -5.0;
        points[123_456][1] = 400.0;
        let reduced = reduce_columns(&points);
        assert!(reduced.len() < 4 * 701);
        assert!(reduced.contains(&points[543_210]) && reduced.contains(&points[123_456]));
        assert!(reduced.contains(&points[0]) && reduced.contains(&points[999_999]));
    }

    #[test]
    fn few_points_are_all_kept_in_order() {
        let points = [[0.5, 3.0], [0.6, 1.0], [0.7, 5.0], [3.0, 0.0]];
        assert_eq!(reduce_columns(&points), points);
        assert!(reduce_columns(&[]).is_empty());
    }

    #[test]
    fn simplified_lines_stay_within_tolerance() {
        let points: Vec<Point> = (0..500).map(|k| f64::from(k) / 10.0).map(|x| [x, 5.0 * x.sin()]).collect();
        let reduced = simplify(&points, 0.25);
        assert!(reduced.len() < 100);
        for p in points {
            let near = reduced.windows(2).map(|s| distance_to_segment(p, s[0], s[1])).fold(f64::INFINITY, f64::min);
            assert!(near <= 0.25);
        }
        assert_eq!(simplify(&[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]], 0.1).len(), 2);
    }

    #[test]
    fn an_irregular_line_keeps_its_extent() {
        let points: Vec<Point> =
            (0..300_000u64).map(|k| [(k * 7919 % 701) as f64, (k * 104_729 % 401) as f64]).collect();
        let reduced = reduce_line(&points, 0.25);
        assert!(reduced.len() <= MAX_LINE_POINTS);
        for (axis, extent) in [(0, 700.0), (1, 400.0)] {
            assert!(reduced.iter().any(|p| p[axis] < 0.5) && reduced.iter().any(|p| p[axis] > extent - 0.5));
        }
    }

    #[test]
    fn a_square_keeps_one_dot() {
        assert_eq!(reduce_dots(&[[0.1, 0.1], [0.9, 0.2], [2.5, 0.0]]), [[0.1, 0.1], [2.5, 0.0]]);
        let many: Vec<Point> = (0..40_000).map(|k| [f64::from(k % 200) * 2.0, f64::from(k / 200) * 2.0]).collect();
        assert!((500..=MAX_DOTS).contains(&reduce_dots(&many).len()));
    }
}
