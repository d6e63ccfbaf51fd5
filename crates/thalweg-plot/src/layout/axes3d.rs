//! The box around a surface: its ground, its back edges and a few labels.

use crate::{
    data::axis_range::AxisRange,
    data::geometry::{Point, Rect},
    data::series::Axis,
    data::ticks::{Ticks, ticks},
    layout::axes2d::{LABEL, TICK},
    layout::font,
    layout::label_layout::LabelLayout,
    layout::palette::ColorRole,
    layout::primitive::{Paint, Primitive, TextAnchor, TextLabel, lines, polygon},
    layout::projection::{HALF_HEIGHT, Point3, Projection},
};

/// An edge of the box that carries an axis: its two ends, and the way outwards on the canvas.
struct Edge {
    from: Point3,
    to: Point3,
    out: Point,
}

impl Edge {
    fn at(&self, u: f64) -> Point3 {
        [0, 1, 2].map(|k| self.from[k] + u * (self.to[k] - self.from[k]))
    }
}

/// The box around a surface.
pub(crate) struct Axes3d<'a> {
    /// The axes x, y, z.
    pub(crate) axes: [&'a Axis; 3],
    /// Their ranges.
    pub(crate) ranges: [AxisRange; 3],
    pub(crate) projection: Projection,
    /// The area of the panel.
    pub(crate) outer: Rect,
}

/// Draws the box with the three axes x, y, z.
pub(crate) fn draw(frame: &Axes3d<'_>, out: &mut Vec<Primitive>) {
    let view = frame.projection;
    let floor = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]];
    let pixel = |[x, y]: Point, z: f64| view.pixel([x, y, z]);
    out.push(polygon(
        floor.map(|c| pixel(c, -HALF_HEIGHT)).to_vec(),
        Paint::tint(ColorRole::GridLine, 0.45).edge(ColorRole::GridLine, 1.0),
    ));
    let back = floor.into_iter().max_by(|a, b| view.depth(*a).total_cmp(&view.depth(*b))).unwrap_or_default();
    let sides = [[-back[0], back[1]], [back[0], -back[1]]];
    let mut runs: Vec<Vec<Point>> =
        [back, sides[0], sides[1]].map(|c| vec![pixel(c, -HALF_HEIGHT), pixel(c, HALF_HEIGHT)]).to_vec();
    runs.push([sides[0], back, sides[1]].map(|c| pixel(c, HALF_HEIGHT)).to_vec());
    out.push(lines(runs, Paint::line(ColorRole::GridLine, 1.0)));

    let front = back.map(|c| -c);
    let left = if pixel(sides[0], 0.0)[0] < pixel(sides[1], 0.0)[0] { sides[0] } else { sides[1] };
    let centre = pixel([0.0, 0.0], -HALF_HEIGHT);
    let outwards = |p: Point| if p[0] < centre[0] { [-0.5, 1.0] } else { [0.5, 1.0] };
    let edges = [
        Edge {
            from: [-1.0, front[1], -HALF_HEIGHT],
            to: [1.0, front[1], -HALF_HEIGHT],
            out: outwards(pixel([0.0, front[1]], -HALF_HEIGHT)),
        },
        Edge {
            from: [front[0], -1.0, -HALF_HEIGHT],
            to: [front[0], 1.0, -HALF_HEIGHT],
            out: outwards(pixel([front[0], 0.0], -HALF_HEIGHT)),
        },
        Edge { from: [left[0], left[1], -HALF_HEIGHT], to: [left[0], left[1], HALF_HEIGHT], out: [-1.0, 0.0] },
    ];
    let mut places = LabelLayout::new(Rect::new(-1e4, -1e4, 2e4, 2e4));
    for ((edge, axis), span) in edges.iter().zip(frame.axes).zip(&frame.ranges) {
        out.extend(label(frame, edge, (axis, span), &mut places));
    }
}

fn few(span: &AxisRange) -> Ticks {
    ticks(span, 4, |_| true)
}

/// The room that labels need at either side of the box.
pub(crate) fn label_margin(spans: &[AxisRange; 3]) -> f64 {
    let names = spans.iter().flat_map(|span| few(span).major).map(|(_, name)| font::room(&name, TICK, false));
    names.fold(18.0, f64::max) + 16.0
}

/// The ticks and the name of one axis.
fn label(
    frame: &Axes3d<'_>,
    edge: &Edge,
    (axis, span): (&Axis, &AxisRange),
    places: &mut LabelLayout,
) -> Vec<Primitive> {
    let upright = edge.out[1].abs() < 0.5;
    let anchor = match edge.out[0] {
        x if upright || x < 0.0 => TextAnchor::End,
        _ => TextAnchor::Start,
    };
    let beside = |u: f64, far: f64| {
        let [x, y] = frame.projection.pixel(edge.at(u));
        [x + far * edge.out[0], y + far * edge.out[1]]
    };
    let lower = |[x, y]: Point| [x, y + 0.35 * TICK];
    let mut items = Vec::new();
    let mut marks = Vec::new();
    let named = |at: Point, text: &str, size: f64| TextLabel::new(lower(at), text, size).anchor(anchor);
    let name = if upright {
        // Above its axis, but not beyond the panel.
        let [x, y] = beside(1.0, 0.0);
        let half = font::room(&axis.label, LABEL, false) / 2.0;
        named([x.max(frame.outer.x + half), y - 16.0], &axis.label, LABEL).anchor(TextAnchor::Middle)
    } else {
        named(beside(0.5, 30.0), &axis.label, LABEL)
    };
    items.extend(places.put([name]).map(Primitive::from));
    for (u, text) in few(span).major {
        marks.push(vec![beside(u, 0.0), beside(u, 5.0)]);
        items.extend(
            places.put([named(beside(u, 10.0), &text, TICK).ink(ColorRole::SecondaryText)]).map(Primitive::from),
        );
    }
    items.push(lines(marks, Paint::line(ColorRole::AxisLine, 1.0)));
    items
}
