//! Points and rectangles in pixels, y down, and lines cut at a rectangle.

/// A point on the canvas, or in the plane of the data.
pub(crate) type Point = [f64; 2];

/// An upright rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Rect {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) w: f64,
    pub(crate) h: f64,
}

impl Rect {
    pub(crate) const fn new(x: f64, y: f64, w: f64, h: f64) -> Self {
        Self { x, y, w, h }
    }

    pub(crate) fn right(&self) -> f64 {
        self.x + self.w
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.y + self.h
    }

    pub(crate) fn contains(&self, p: Point) -> bool {
        (self.x..=self.right()).contains(&p[0]) && (self.y..=self.bottom()).contains(&p[1])
    }

    /// Whether the two share more than an edge.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Whether `other` lies wholly inside.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        self.contains([other.x, other.y]) && self.contains([other.right(), other.bottom()])
    }

    /// The same rectangle, `by` wider on every side.
    pub(crate) fn grown(&self, by: f64) -> Self {
        Self::new(self.x - by, self.y - by, self.w + 2.0 * by, self.h + 2.0 * by)
    }

    pub(crate) fn corners(&self) -> Vec<Point> {
        let (r, b) = (self.right(), self.bottom());
        vec![[self.x, self.y], [r, self.y], [r, b], [self.x, b]]
    }
}

/// The piece of the segment a–b inside `area` (Liang and Barsky), if there is one.
pub(crate) fn clip_segment(a: Point, b: Point, area: &Rect) -> Option<(Point, Point)> {
    let (mut t0, mut t1) = (0.0_f64, 1.0_f64);
    let bounds = [[area.x, area.right()], [area.y, area.bottom()]];
    for k in 0..2 {
        let d = b[k] - a[k];
        let [low, high] = bounds[k];
        if d.abs() < f64::MIN_POSITIVE {
            if a[k] < low || a[k] > high {
                return None;
            }
            continue;
        }
        let (enter, leave) = ((low - a[k]) / d, (high - a[k]) / d);
        t0 = t0.max(enter.min(leave));
        t1 = t1.min(enter.max(leave));
    }
    let at = |t: f64| [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
    (t0 <= t1).then(|| (if t0 > 0.0 { at(t0) } else { a }, if t1 < 1.0 { at(t1) } else { b }))
}

/// A polyline cut at `area`: the runs that lie inside.
pub(crate) fn clip_line(points: &[Point], area: &Rect) -> Vec<Vec<Point>> {
    if let [only] = points {
        return if area.contains(*only) { vec![vec![*only]] } else { Vec::new() };
    }
    let mut runs: Vec<Vec<Point>> = Vec::new();
    let mut open = false;
    for pair in points.windows(2) {
        let Some((a, b)) = clip_segment(pair[0], pair[1], area) else {
            open = false;
            continue;
        };
        match runs.last_mut() {
            Some(run) if open => run.push(b),
            _ => runs.push(vec![a, b]),
        }
        open = same(b, pair[1]);
    }
    runs
}

/// A filled outline cut at `area` (Sutherland and Hodgman).
pub(crate) fn clip_polygon(ring: Vec<Point>, area: &Rect) -> Vec<Point> {
    let sides = [(0, area.x, 1.0), (0, area.right(), -1.0), (1, area.y, 1.0), (1, area.bottom(), -1.0)];
    sides.into_iter().fold(ring, |ring, (axis, bound, sign)| {
        let depth = |p: &Point| sign * (p[axis] - bound);
        let mut kept = Vec::with_capacity(ring.len());
        for (k, &b) in ring.iter().enumerate() {
            let a = ring[if k == 0 { ring.len() - 1 } else { k - 1 }];
            let (da, db) = (depth(&a), depth(&b));
            if (da < 0.0) != (db < 0.0) {
                let t = da / (da - db);
                let mut cut = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
                cut[axis] = bound;
                kept.push(cut);
            }
            if db >= 0.0 {
                kept.push(b);
            }
        }
        kept
    })
}

/// Whether two points are the very same point.
pub(crate) fn same(a: Point, b: Point) -> bool {
    a.map(f64::to_bits) == b.map(f64::to_bits)
}

/// The distance from `p` to the segment a–b.
pub(crate) fn distance(p: Point, a: Point, b: Point) -> f64 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let length2 = dx * dx + dy * dy;
    let along = if length2 > 0.0 { ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length2 } else { 0.0 };
    let t = along.clamp(0.0, 1.0);
    (p[0] - a[0] - t * dx).hypot(p[1] - a[1] - t * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Rect = Rect::new(0.0, 0.0, 1.0, 1.0);

    #[test]
    fn a_line_through_the_square_keeps_its_slope() {
        let runs = clip_line(&[[-1.0, 0.25], [3.0, 0.75]], &UNIT);
        assert_eq!(runs, vec![vec![[0.0, 0.375], [1.0, 0.5]]]);
    }

    #[test]
    fn a_line_that_leaves_and_returns_is_two_runs() {
        let runs = clip_line(&[[0.5, 0.5], [0.5, 2.0], [0.75, 2.0], [0.75, 0.5]], &UNIT);
        assert_eq!(runs.len(), 2);
        assert!(runs.iter().flatten().all(|&p| UNIT.contains(p)));
    }

    #[test]
    fn a_line_beside_the_square_is_nothing() {
        assert!(clip_line(&[[-1.0, 2.0], [2.0, 2.0]], &UNIT).is_empty());
    }

    #[test]
    fn distance_ends_at_the_ends() {
        assert!((distance([2.0, 1.0], [0.0, 0.0], [1.0, 0.0]) - 2f64.sqrt()).abs() < 1e-15);
        assert!((distance([0.5, 3.0], [0.0, 0.0], [1.0, 0.0]) - 3.0).abs() < 1e-15);
    }
}
