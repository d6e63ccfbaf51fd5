//! Surfaces: the graph of a function of two variables in parallel projection, with paths on it.

use crate::{
    data::{
        annotation::Marker,
        axis::Axis,
        axis_range::AxisRange,
        geometry::Rect,
        scalar_grid::ScalarGrid,
        series::{ScalarField, Series},
    },
    layout::{
        axes3d::{Axes3d, label_margin},
        primitive::Primitive,
        projection::{HALF_HEIGHT, Projection, ViewAngles},
    },
    panel::{
        path::PlaneMapping,
        plane::{PlaneContent, PlanePanel},
        surface_mesh::{CELLS_PER_SIDE, SurfaceMesh},
    },
};

/// Surface of a function of two variables in parallel projection, with paths and markers on it.
///
/// The parts of a path that the surface hides are drawn faintly.
pub struct Surface<'a> {
    /// Title above the surface.
    pub title: String,
    /// Remark below the title; may be empty.
    pub note: String,
    /// First horizontal axis; without a range it shows all paths.
    pub x: Axis,
    /// Second horizontal axis; without a range it shows all paths.
    pub y: Axis,
    /// Vertical axis of the function value; if it is logarithmic, the surface is that of the logarithm.
    pub z: Axis,
    /// Function whose surface is drawn.
    pub field: ScalarField<'a>,
    /// Paths in the order in which they are drawn.
    pub paths: Vec<Series>,
    /// Points of interest, drawn above the paths.
    pub markers: Vec<Marker>,
    /// Rotation of the surface about the vertical axis, in degrees; 33 by default.
    pub azimuth: f64,
    /// Angle between the line of sight and the horizontal plane, in degrees from about 3 to 86; 28 by default.
    pub elevation: f64,
}

impl<'a> Surface<'a> {
    /// Returns the surface of a function over −1.5 ≤ x, y ≤ 1.5 without title, paths and markers.
    pub fn new(field: impl Fn(f64, f64) -> f64 + 'a) -> Self {
        Self {
            title: String::new(),
            note: String::new(),
            x: Axis::linear("x").range(-1.5, 1.5),
            y: Axis::linear("y").range(-1.5, 1.5),
            z: Axis::linear("f"),
            field: Box::new(field),
            paths: Vec::new(),
            markers: Vec::new(),
            azimuth: 33.0,
            elevation: 28.0,
        }
    }

    /// Draws the surface and its axes.
    fn draw_mesh(&self, outer: Rect, out: &mut Vec<Primitive>) -> SurfaceMesh {
        let points = || self.paths.iter().flat_map(|s| &s.points);
        let [x, y] = [(&self.x, 0), (&self.y, 1)].map(|(axis, k)| AxisRange::covering(axis, points().map(|p| p[k])));
        let value = |u: f64, v: f64| (self.field)(x.value(u), y.value(v));
        let z = AxisRange::covering(&self.z, ScalarGrid::sample(CELLS_PER_SIDE + 1, value).sorted_values());
        // A value that the scale of z cannot show is a hole.
        let height = |u, v| z.position(value(u, v)).map_or(f64::NAN, |h| HALF_HEIGHT * (2.0 * h.clamp(0.0, 1.0) - 1.0));
        let ranges = [x, y, z];
        let margin = label_margin(&ranges);
        let area = Rect::new(outer.x + margin, outer.y + 8.0, (outer.w - 2.0 * margin).max(1.0), outer.h - 24.0);
        let angles = ViewAngles { azimuth: self.azimuth, elevation: self.elevation };
        let projection = Projection::new(angles, &area);
        let mesh = SurfaceMesh { ranges, heights: ScalarGrid::sample(CELLS_PER_SIDE + 1, height), projection, outer };
        Axes3d { axes: [&self.x, &self.y, &self.z], ranges, projection, outer }.draw(out);
        mesh.draw_cells(out);
        mesh.draw_lines(out);
        mesh
    }
}

impl PlanePanel for Surface<'_> {
    fn content(&self) -> PlaneContent<'_> {
        PlaneContent { title: &self.title, note: &self.note, paths: &self.paths, markers: &self.markers }
    }

    fn height(&self, width: f64) -> f64 {
        0.69 * width
    }

    fn draw_background(&self, area: Rect, out: &mut Vec<Primitive>) -> Box<dyn PlaneMapping + '_> {
        Box::new(self.draw_mesh(area, out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::palette::ColorRole;

    const AREA: Rect = Rect::new(0.0, 0.0, 500.0, 400.0);

    #[test]
    fn a_path_behind_a_hill_is_hidden_and_one_in_front_of_it_is_visible() {
        let hill = Surface { azimuth: 0.0, ..Surface::new(|x, y| (-3.0 * (x * x + y * y)).exp()) };
        let mesh = hill.draw_mesh(AREA, &mut Vec::new());
        let line_at = |y: f64| (0..=20).map(|k| [f64::from(k) / 20.0 - 0.5, y]).collect::<Vec<_>>();
        let front = mesh.path_parts(&line_at(-0.8));
        assert!(front.visible.len() == 1 && front.hidden.is_empty());
        assert!(!mesh.path_parts(&line_at(0.6)).hidden.is_empty());
        assert!(mesh.pixel([0.0, 0.6]).is_none() && mesh.pixel([0.0, -0.6]).is_some());
    }

    #[test]
    fn long_steps_follow_the_surface() {
        let bowl = Surface::new(|x, y| x * x + y * y);
        let mesh = bowl.draw_mesh(AREA, &mut Vec::new());
        let parts = mesh.path_parts(&[[-1.0, -1.0], [1.0, 1.0]]);
        assert!(parts.visible.iter().chain(&parts.hidden).map(Vec::len).sum::<usize>() > 50);
    }

    #[test]
    fn rows_are_painted_from_back_to_front() {
        let mut primitives = Vec::new();
        Surface { azimuth: 0.0, ..Surface::new(|_, _| 0.0) }.draw_mesh(AREA, &mut primitives);
        let first_y = |primitive: &Primitive| match primitive {
            Primitive::Path(shape) => match shape.paint.fill?.color {
                ColorRole::SurfaceShade(_) => Some(shape.polylines[0][0][1]),
                _ => None,
            },
            _ => None,
        };
        let rows: Vec<f64> = primitives.iter().filter_map(first_y).collect();
        assert!(rows.len() >= CELLS_PER_SIDE && rows.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}
