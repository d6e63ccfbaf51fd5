//! Choice of the points that represent a curve.

/// Largest number of points of a curve in a report.
pub(super) const MAX_POINTS: usize = 200;

/// Returns the indices of at most `most` points of a curve, ascending: its ends and its upper convex hull, then those
/// that are farthest from the line through their neighbours (Ramer 1972; Douglas & Peucker 1973).
pub(super) fn thinned(points: &[(f64, f64)], most: usize) -> Vec<usize> {
    if points.len() <= most {
        return (0..points.len()).collect();
    }
    let mut kept = upper_hull(points);
    if kept.len() > most {
        kept = vec![0, points.len() - 1];
    }
    let mut gaps: Vec<Gap> = kept.windows(2).filter_map(|ends| Gap::new(points, ends[0], ends[1])).collect();
    while kept.len() < most {
        let Some(widest) = (0..gaps.len()).max_by(|&a, &b| gaps[a].distance.total_cmp(&gaps[b].distance)) else {
            break;
        };
        let Gap { start, farthest, end, .. } = gaps.swap_remove(widest);
        kept.push(farthest);
        gaps.extend([Gap::new(points, start, farthest), Gap::new(points, farthest, end)].into_iter().flatten());
    }
    kept.sort_unstable();
    kept
}

/// Points that are omitted between two kept ones.
struct Gap {
    start: usize,
    end: usize,
    /// The point that is farthest from the line through both ends, and its distance.
    farthest: usize,
    distance: f64,
}

impl Gap {
    /// Returns the gap between two points; `None` if there is no point between them.
    fn new(points: &[(f64, f64)], start: usize, end: usize) -> Option<Self> {
        let ((x0, y0), (x1, y1)) = (points[start], points[end]);
        let length = (x1 - x0).hypot(y1 - y0);
        let distance = |&(x, y): &(f64, f64)| {
            if length > 0.0 {
                ((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)).abs() / length
            } else {
                (x - x0).hypot(y - y0)
            }
        };
        let between = points[start + 1..end].iter().map(distance).zip(start + 1..);
        let (distance, farthest) = between.max_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(Self { start, end, farthest, distance })
    }
}

/// Returns the vertices of the upper convex hull of points with ascending x (Andrew 1979), the ends included.
fn upper_hull(points: &[(f64, f64)]) -> Vec<usize> {
    let mut hull: Vec<usize> = Vec::new();
    for (i, &(x, y)) in points.iter().enumerate() {
        while let [.., a, b] = hull[..] {
            let ((ax, ay), (bx, by)) = (points[a], points[b]);
            let turns_right = (bx - ax) * (y - ay) - (by - ay) * (x - ax) < 0.0;
            if turns_right {
                break;
            }
            hull.pop();
        }
        hull.push(i);
    }
    hull
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rising curve with steps.
    fn curve(len: usize) -> Vec<(f64, f64)> {
        let x = |i: usize| i as f64 / (len - 1) as f64;
        (0..len).map(|i| (x(i), x(i).sqrt() - 0.03 * (i * 7919 % 1009) as f64 / 1009.0)).collect()
    }

    #[test]
    fn the_hull_and_the_ends_remain() {
        let points = curve(5_000);
        let kept = thinned(&points, MAX_POINTS);
        assert_eq!((kept.len(), kept[0], kept[kept.len() - 1]), (MAX_POINTS, 0, points.len() - 1));
        assert!(kept.is_sorted_by(|a, b| a < b));
        let hull = upper_hull(&points);
        assert!(hull.len() > 20 && hull.iter().all(|vertex| kept.contains(vertex)), "{}", hull.len());
        // No point is above the polygon through the hull, within the rounding of the sums.
        for ends in hull.windows(2) {
            let ((x0, y0), (x1, y1)) = (points[ends[0]], points[ends[1]]);
            let line = |x: f64| y0 + (y1 - y0) * (x - x0) / (x1 - x0);
            assert!(points[ends[0]..=ends[1]].iter().all(|&(x, y)| y <= line(x) + 1e-12));
        }
    }

    #[test]
    fn few_points_remain_as_they_are() {
        assert_eq!(thinned(&curve(MAX_POINTS), MAX_POINTS).len(), MAX_POINTS);
        assert_eq!(thinned(&[], 5), [0_usize; 0]);
    }
}
