//! Points and rectangles with y pointing down, and clipping at a rectangle.

/// Point (x, y) on the canvas in pixels, or in the plane of the data.
pub(crate) type Point = [f64; 2];

/// Axis-parallel rectangle in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Rect {
    /// Left edge of the rectangle.
    pub(crate) x: f64,
    /// Top edge of the rectangle.
    pub(crate) y: f64,
    /// Width of the rectangle.
    pub(crate) w: f64,
    /// Height of the rectangle.
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

    /// Returns `true` if a point lies inside, or on the border up to rounding errors.
    pub(crate) fn contains(&self, p: Point) -> bool {
        let [x, y] = self.onto_border(p);
        (self.x..=self.right()).contains(&x) && (self.y..=self.bottom()).contains(&y)
    }

    /// Returns a point with the coordinates that lie outside by rounding errors moved to the border.
    fn onto_border(&self, [x, y]: Point) -> Point {
        let onto = |x: f64, low: f64, high: f64| {
            let near = x.clamp(low, high);
            if (x - near).abs() <= 1e-9 * (high - low) { near } else { x }
        };
        let is_valid = self.w >= 0.0 && self.h >= 0.0;
        if is_valid { [onto(x, self.x, self.right()), onto(y, self.y, self.bottom())] } else { [x, y] }
    }

    /// Returns `true` if the two rectangles share more than an edge.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Returns `true` if `other` lies entirely inside.
    pub(crate) fn encloses(&self, other: &Self) -> bool {
        self.contains([other.x, other.y]) && self.contains([other.right(), other.bottom()])
    }

    /// Returns the rectangle with every side moved outwards by `distance`, inwards if it is negative.
    pub(crate) fn expanded(&self, distance: f64) -> Self {
        Self::new(self.x - distance, self.y - distance, self.w + 2.0 * distance, self.h + 2.0 * distance)
    }

    pub(crate) fn corners(&self) -> Vec<Point> {
        let (r, b) = (self.right(), self.bottom());
        vec![[self.x, self.y], [r, self.y], [r, b], [self.x, b]]
    }
}

/// Returns the part of the segment a–b inside `area` (Liang–Barsky); `None` if the segment lies outside.
pub(crate) fn clip_segment(a: Point, b: Point, area: &Rect) -> Option<(Point, Point)> {
    let [a, b] = [a, b].map(|p| area.onto_border(p));
    // The segment is a + t(b − a); it lies inside `area` for t0 ≤ t ≤ t1.
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

/// Clips a polyline at `area` and returns the parts inside.
pub(crate) fn clip_polyline(points: &[Point], area: &Rect) -> Vec<Vec<Point>> {
    if let [only] = points {
        return if area.contains(*only) { vec![vec![*only]] } else { Vec::new() };
    }
    let points: Vec<Point> = points.iter().map(|&p| area.onto_border(p)).collect();
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
        open = is_same_point(b, pair[1]);
    }
    runs
}

/// Clips a filled polygon at `area` (Sutherland–Hodgman).
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

/// Returns `true` if two points are bitwise equal.
fn is_same_point(a: Point, b: Point) -> bool {
    a.map(f64::to_bits) == b.map(f64::to_bits)
}

/// Returns the distance from `p` to the segment a–b.
pub(crate) fn distance_to_segment(p: Point, a: Point, b: Point) -> f64 {
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
        let runs = clip_polyline(&[[-1.0, 0.25], [3.0, 0.75]], &UNIT);
        assert_eq!(runs, vec![vec![[0.0, 0.375], [1.0, 0.5]]]);
    }

    #[test]
    fn a_line_that_leaves_and_returns_is_two_runs() {
        let runs = clip_polyline(&[[0.5, 0.5], [0.5, 2.0], [0.75, 2.0], [0.75, 0.5]], &UNIT);
        assert_eq!(runs.len(), 2);
        assert!(runs.iter().flatten().all(|&p| UNIT.contains(p)));
    }

    #[test]
    fn a_line_outside_the_square_is_removed() {
        assert!(clip_polyline(&[[-1.0, 2.0], [2.0, 2.0]], &UNIT).is_empty());
    }

    #[test]
    fn distance_is_measured_to_the_nearest_end() {
        assert!((distance_to_segment([2.0, 1.0], [0.0, 0.0], [1.0, 0.0]) - 2f64.sqrt()).abs() < 1e-15);
        assert!((distance_to_segment([0.5, 3.0], [0.0, 0.0], [1.0, 0.0]) - 3.0).abs() < 1e-15);
    }

    #[test]
    fn segments_on_the_border_stay() {
        // As of a chart, whose upper end is the pixel of y = 1 up to rounding errors.
        let area = Rect::new(62.3, 17.1, 371.7, 210.9);
        for error in [-1e-13, 0.0, 1e-13] {
            let (top, bottom) = (area.y + error, area.bottom() + error);
            let (left, right) = (area.x + error, area.right() + error);
            let ring = [[left, bottom], [left, top], [200.0, top], [right, top], [right, bottom], [left, bottom]];
            let runs = clip_polyline(&ring, &area);
            assert_eq!(runs.iter().map(Vec::len).collect::<Vec<_>>(), [6], "{error}");
            assert!(ring.iter().all(|&p| area.contains(p)), "{error}");
        }
        assert!(clip_polyline(&[[70.0, area.y - 1e-3], [90.0, area.y - 1e-3]], &area).is_empty());
    }
}
