//! Axes of a surface: the base and the rear edges of the box around it, with ticks and labels.

use crate::{
    data::{
        axis::Axis,
        axis_range::AxisRange,
        geometry::{Point, Rect},
        ticks::Ticks,
    },
    layout::{
        axes2d::{AXIS_LABEL_SIZE, TICK_LABEL_SIZE},
        font::Font,
        label_layout::LabelLayout,
        palette::ColorRole,
        primitive::{Paint, Primitive, Stroke, TextAnchor, TextLabel, polygon, polylines},
        projection::{HALF_HEIGHT, Point3, Projection},
    },
};

/// Largest number of labeled ticks on each axis.
const MAX_TICKS: usize = 4;

/// Axes x, y and z of a surface.
pub(crate) struct Axes3d<'a> {
    pub(crate) axes: [&'a Axis; 3],
    pub(crate) ranges: [AxisRange; 3],
    pub(crate) projection: Projection,
    /// Area of the panel, which no label may exceed.
    pub(crate) outer: Rect,
}

/// Edge of the box that carries the ticks of an axis.
struct AxisEdge {
    /// Corner at the low end of the axis.
    low: Point3,
    /// Corner at the high end of the axis.
    high: Point3,
    /// Direction away from the box on the canvas.
    outward: Point,
}

impl AxisEdge {
    /// Returns the point at a normalized position.
    fn point(&self, u: f64) -> Point3 {
        [0, 1, 2].map(|k| self.low[k] + u * (self.high[k] - self.low[k]))
    }
}

/// Returns the width in pixels to reserve for labels on either side of the box.
pub(crate) fn label_margin(ranges: &[AxisRange; 3]) -> f64 {
    let font = Font::regular(TICK_LABEL_SIZE);
    let widths = ranges.iter().flat_map(|range| ticks(range).major).map(|tick| font.reserved_width(&tick.label));
    widths.fold(18.0, f64::max) + 16.0
}

fn ticks(range: &AxisRange) -> Ticks {
    Ticks::new(range, MAX_TICKS, |_| true)
}

impl Axes3d<'_> {
    /// Draws the base, the rear edges of the box, and the labels of the three axes.
    pub(crate) fn draw(&self, out: &mut Vec<Primitive>) {
        let projection = self.projection;
        let base = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]];
        let pixel = |[x, y]: Point, z: f64| projection.pixel([x, y, z]);
        let base_paint = Paint::translucent_fill(ColorRole::GridLine, 0.45).outlined(ColorRole::GridLine, 1.0);
        out.push(polygon(base.map(|c| pixel(c, -HALF_HEIGHT)).to_vec(), base_paint));
        let rear = base.into_iter().max_by(|a, b| projection.depth(*a).total_cmp(&projection.depth(*b)));
        let rear = rear.expect("the base has four corners");
        let sides = [[-rear[0], rear[1]], [rear[0], -rear[1]]];
        let vertical_edges = [rear, sides[0], sides[1]].map(|c| vec![pixel(c, -HALF_HEIGHT), pixel(c, HALF_HEIGHT)]);
        let top_edges = [sides[0], rear, sides[1]].map(|c| pixel(c, HALF_HEIGHT)).to_vec();
        let edges = vertical_edges.into_iter().chain([top_edges]).collect();
        out.push(polylines(edges, Stroke::new(ColorRole::GridLine, 1.0)));

        let mut labels = LabelLayout::new(Rect::new(-1e4, -1e4, 2e4, 2e4));
        let edges = self.axis_edges(rear.map(|c| -c), sides);
        for ((edge, axis), range) in edges.iter().zip(self.axes).zip(&self.ranges) {
            out.extend(self.axis_labels(edge, axis, range, &mut labels));
        }
    }

    /// Returns the edges for x, y and z: the two lower edges at the front corner, and the vertical edge on the left.
    fn axis_edges(&self, front: Point, sides: [Point; 2]) -> [AxisEdge; 3] {
        let pixel = |[x, y]: Point, z: f64| self.projection.pixel([x, y, z]);
        let left = if pixel(sides[0], 0.0)[0] < pixel(sides[1], 0.0)[0] { sides[0] } else { sides[1] };
        let center = pixel([0.0, 0.0], -HALF_HEIGHT);
        let outward = |p: Point| if p[0] < center[0] { [-0.5, 1.0] } else { [0.5, 1.0] };
        [
            AxisEdge {
                low: [-1.0, front[1], -HALF_HEIGHT],
                high: [1.0, front[1], -HALF_HEIGHT],
                outward: outward(pixel([0.0, front[1]], -HALF_HEIGHT)),
            },
            AxisEdge {
                low: [front[0], -1.0, -HALF_HEIGHT],
                high: [front[0], 1.0, -HALF_HEIGHT],
                outward: outward(pixel([front[0], 0.0], -HALF_HEIGHT)),
            },
            AxisEdge {
                low: [left[0], left[1], -HALF_HEIGHT],
                high: [left[0], left[1], HALF_HEIGHT],
                outward: [-1.0, 0.0],
            },
        ]
    }

    /// Returns the tick marks, tick labels and label of one axis; labels without space are omitted.
    fn axis_labels(&self, edge: &AxisEdge, axis: &Axis, range: &AxisRange, labels: &mut LabelLayout) -> Vec<Primitive> {
        let is_vertical = edge.outward[1].abs() < 0.5;
        let anchor = if is_vertical || edge.outward[0] < 0.0 { TextAnchor::End } else { TextAnchor::Start };
        let offset_from_edge = |u: f64, distance: f64| {
            let [x, y] = self.projection.pixel(edge.point(u));
            [x + distance * edge.outward[0], y + distance * edge.outward[1]]
        };
        let text = |[x, y]: Point, content: &str, size: f64| {
            TextLabel::new([x, y + 0.35 * TICK_LABEL_SIZE], content, size).anchor(anchor)
        };
        let axis_label = if is_vertical {
            // Above the upper end of the axis, but inside the panel.
            let [x, y] = offset_from_edge(1.0, 0.0);
            let half = Font::regular(AXIS_LABEL_SIZE).reserved_width(&axis.label) / 2.0;
            text([x.max(self.outer.x + half), y - 16.0], &axis.label, AXIS_LABEL_SIZE).anchor(TextAnchor::Middle)
        } else {
            text(offset_from_edge(0.5, 30.0), &axis.label, AXIS_LABEL_SIZE)
        };
        let mut primitives = Vec::new();
        let mut marks = Vec::new();
        primitives.extend(labels.place_first_fit([axis_label]).map(Primitive::from));
        for tick in ticks(range).major {
            let u = tick.position;
            marks.push(vec![offset_from_edge(u, 0.0), offset_from_edge(u, 5.0)]);
            let label = text(offset_from_edge(u, 10.0), &tick.label, TICK_LABEL_SIZE).color(ColorRole::SecondaryText);
            primitives.extend(labels.place_first_fit([label]).map(Primitive::from));
        }
        primitives.push(polylines(marks, Stroke::new(ColorRole::AxisLine, 1.0)));
        primitives
    }
}
