//! Fewer points for the same picture.

use crate::data::geometry::{Point, distance};
use std::collections::BTreeSet;

/// Keeps, of each run of points in one pixel column, the first, the lowest, the highest and the last.
///
/// A line drawn through them covers the same pixels, spikes included.
pub(crate) fn columns(points: &[Point]) -> Vec<Point> {
    let mut kept = Vec::new();
    for run in points.chunk_by(|a, b| same_column(*a, *b)) {
        let pick = |better: fn(f64, f64) -> bool| {
            (1..run.len()).fold(0, |best, k| if better(run[k][1], run[best][1]) { k } else { best })
        };
        let mut chosen = [0, pick(|a, b| a < b), pick(|a, b| a > b), run.len() - 1];
        chosen.sort_unstable();
        kept.extend(chosen.iter().enumerate().filter(|&(k, i)| k == 0 || *i != chosen[k - 1]).map(|(_, &i)| run[i]));
    }
    kept
}

fn same_column(a: Point, b: Point) -> bool {
    a[0].floor().total_cmp(&b[0].floor()).is_eq()
}

/// The most points of one line.
const MOST: usize = 8_000;

/// A line through fewer points that leaves the true one by at most `tolerance` pixels.
///
/// A line of very many points, none of which is near the one before, is a scribble: of each of its pieces only the
/// outermost points are kept.
pub(crate) fn line(points: &[Point], tolerance: f64) -> Vec<Point> {
    let mut moved: Vec<Point> = Vec::new();
    for (k, &p) in points.iter().enumerate() {
        let near = |q: &Point| (p[0] - q[0]).hypot(p[1] - q[1]) < 0.5 * tolerance;
        if k + 1 == points.len() || !moved.last().is_some_and(near) {
            moved.push(p);
        }
    }
    if moved.len() > MOST {
        moved = moved.chunks(moved.len().div_ceil(MOST / 4)).flat_map(outermost).collect();
    }
    simplify(&moved, 0.5 * tolerance)
}

/// The leftmost, rightmost, highest and lowest point, in the order of the line.
fn outermost(points: &[Point]) -> Vec<Point> {
    let best = |axis: usize, sign: f64| {
        let value = |k: &usize| sign * points[*k][axis];
        (0..points.len()).min_by(|a, b| value(a).total_cmp(&value(b))).unwrap_or(0)
    };
    let mut chosen = vec![best(0, 1.0), best(0, -1.0), best(1, 1.0), best(1, -1.0)];
    chosen.sort_unstable();
    chosen.dedup();
    chosen.into_iter().map(|k| points[k]).collect()
}

/// Keeps as few points as leave no other farther than `tolerance` from the line (Douglas and Peucker).
pub(crate) fn simplify(points: &[Point], tolerance: f64) -> Vec<Point> {
    let Some(last) = points.len().checked_sub(1) else { return Vec::new() };
    let mut keep = vec![false; points.len()];
    (keep[0], keep[last]) = (true, true);
    let mut open = vec![(0, last)];
    while let Some((a, b)) = open.pop() {
        let far = (a + 1..b).map(|k| (k, distance(points[k], points[a], points[b])));
        if let Some((k, d)) = far.max_by(|x, y| x.1.total_cmp(&y.1))
            && d > tolerance
        {
            keep[k] = true;
            open.extend([(a, k), (k, b)]);
        }
    }
    points.iter().zip(keep).filter_map(|(&p, keep)| keep.then_some(p)).collect()
}

/// The most dots of one series.
const DOTS: usize = 3_000;

/// Keeps one point of each square of two pixels, or of larger ones if that leaves too many.
pub(crate) fn dots(points: &[Point]) -> Vec<Point> {
    let keep = |size: f64| -> Vec<Point> {
        let mut seen = BTreeSet::new();
        points.iter().filter(|p| seen.insert(p.map(|c| (c / size).floor() as i64))).copied().collect()
    };
    let mut size = 2.0;
    loop {
        let kept = keep(size);
        if kept.len() <= DOTS {
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
        let thin = columns(&points);
        assert!(thin.len() < 4 * 701);
        assert!(thin.contains(&points[543_210]) && thin.contains(&points[123_456]));
        assert!(thin.contains(&points[0]) && thin.contains(&points[999_999]));
    }

    #[test]
    fn few_points_are_all_kept_in_order() {
        let points = [[0.5, 3.0], [0.6, 1.0], [0.7, 5.0], [3.0, 0.0]];
        assert_eq!(columns(&points), points);
        assert!(columns(&[]).is_empty());
    }

    #[test]
    fn simplified_lines_stay_within_tolerance() {
        let points: Vec<Point> = (0..500).map(|k| f64::from(k) / 10.0).map(|x| [x, 5.0 * x.sin()]).collect();
        let thin = simplify(&points, 0.25);
        assert!(thin.len() < 100);
        for p in points {
            let near = thin.windows(2).map(|s| distance(p, s[0], s[1])).fold(f64::INFINITY, f64::min);
            assert!(near <= 0.25);
        }
        assert_eq!(simplify(&[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]], 0.1).len(), 2);
    }

    #[test]
    fn a_scribble_keeps_its_reach() {
        let points: Vec<Point> =
            (0..300_000u64).map(|k| [(k * 7919 % 701) as f64, (k * 104_729 % 401) as f64]).collect();
        let thin = line(&points, 0.25);
        assert!(thin.len() <= MOST);
        for (axis, most) in [(0, 700.0), (1, 400.0)] {
            assert!(thin.iter().any(|p| p[axis] < 0.5) && thin.iter().any(|p| p[axis] > most - 0.5));
        }
    }

    #[test]
    fn a_cell_keeps_one_point() {
        assert_eq!(dots(&[[0.1, 0.1], [0.9, 0.2], [2.5, 0.0]]), [[0.1, 0.1], [2.5, 0.0]]);
        let many: Vec<Point> = (0..40_000).map(|k| [f64::from(k % 200) * 2.0, f64::from(k / 200) * 2.0]).collect();
        assert!((500..=DOTS).contains(&dots(&many).len()));
    }
}
