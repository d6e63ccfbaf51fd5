//! Surfaces: a function of the plane as a landscape, with the paths taken on it.

use crate::{
    data::axis_range::AxisRange,
    data::geometry::Rect,
    data::grid::ScalarGrid,
    data::series::{Axis, Marker, ScalarField, Series},
    layout::axes3d::{self, Axes3d},
    layout::legend::LegendEntry,
    layout::primitive::Primitive,
    layout::projection::{HALF_HEIGHT, Projection},
    panel::draw::DrawPanel,
    panel::path,
    panel::surface_mesh::{MESH, SurfaceMesh},
};

/// A surface in parallel projection, with paths and points of interest on it.
///
/// Parts of a path that the surface hides are drawn faintly.
pub struct Surface<'a> {
    /// What is shown.
    pub title: String,
    /// One remark below the title; may be empty.
    pub note: String,
    /// The axis to the right.
    pub x: Axis,
    /// The axis to the back.
    pub y: Axis,
    /// The axis upwards; a logarithmic one shows the logarithm of the function.
    pub z: Axis,
    /// The function.
    pub field: ScalarField<'a>,
    /// Paths on it.
    pub paths: Vec<Series>,
    /// Points of interest.
    pub markers: Vec<Marker>,
    /// By how many degrees the ground is turned.
    pub azimuth: f64,
    /// How many degrees above the ground the eye is.
    pub elevation: f64,
}

impl<'a> Surface<'a> {
    /// The surface of a function over a square around the origin, everything else empty.
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

    /// Draws everything but the paths; returns where they would go.
    pub(crate) fn ground(&self, outer: Rect, out: &mut Vec<Primitive>) -> SurfaceMesh {
        let points = || self.paths.iter().flat_map(|s| &s.points);
        let [x, y] = [(&self.x, 0), (&self.y, 1)].map(|(axis, k)| AxisRange::fit(axis, points().map(|p| p[k])));
        let value = |u: f64, v: f64| (self.field)(x.value(u), y.value(v));
        let z = AxisRange::fit(&self.z, ScalarGrid::sample(MESH + 1, value).sorted());
        let height = |u, v| z.unit(value(u, v)).map_or(f64::NAN, |h| HALF_HEIGHT * (2.0 * h.clamp(0.0, 1.0) - 1.0));
        let side = axes3d::label_margin(&[x, y, z]);
        let area = Rect::new(outer.x + side, outer.y + 8.0, (outer.w - 2.0 * side).max(1.0), outer.h - 24.0);
        let view = Projection::new(self.azimuth, self.elevation, &area);
        let relief = SurfaceMesh { spans: [x, y, z], heights: ScalarGrid::sample(MESH + 1, height), view, outer };
        let axes = Axes3d { axes: [&self.x, &self.y, &self.z], ranges: [x, y, z], projection: view, outer };
        axes3d::draw(&axes, out);
        relief.paint(out);
        relief.mesh(out);
        relief
    }
}

impl DrawPanel for Surface<'_> {
    fn title(&self) -> &str {
        &self.title
    }

    fn note(&self) -> &str {
        &self.note
    }

    fn keys(&self) -> Vec<LegendEntry> {
        path::legend_entries(&self.paths, &self.markers)
    }

    fn height(&self, width: f64) -> f64 {
        0.69 * width
    }

    fn draw(&self, area: Rect, out: &mut Vec<Primitive>) {
        let relief = self.ground(area, out);
        path::draw_paths(&self.paths, &relief, out);
        path::draw_markers(&self.markers, &relief, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::palette::ColorRole;
    use crate::panel::path::PlaneMapping;

    const AREA: Rect = Rect::new(0.0, 0.0, 500.0, 400.0);

    #[test]
    fn a_path_behind_a_hill_is_hidden_and_one_before_it_is_not() {
        let hill = Surface { azimuth: 0.0, ..Surface::new(|x, y| (-3.0 * (x * x + y * y)).exp()) };
        let relief = hill.ground(AREA, &mut Vec::new());
        let across = |y: f64| (0..=20).map(|k| [f64::from(k) / 20.0 - 0.5, y]).collect::<Vec<_>>();
        let [seen, hidden] = relief.runs(&across(-0.8));
        assert!(seen.len() == 1 && hidden.is_empty());
        let [_, hidden] = relief.runs(&across(0.6));
        assert!(!hidden.is_empty());
        assert!(relief.pixel([0.0, 0.6]).is_none() && relief.pixel([0.0, -0.6]).is_some());
    }

    #[test]
    fn long_steps_follow_the_ground() {
        let bowl = Surface::new(|x, y| x * x + y * y);
        let relief = bowl.ground(AREA, &mut Vec::new());
        let [seen, hidden] = relief.runs(&[[-1.0, -1.0], [1.0, 1.0]]);
        assert!(seen.iter().chain(&hidden).map(Vec::len).sum::<usize>() > 50);
    }

    #[test]
    fn the_far_rows_come_first() {
        let mut items = Vec::new();
        Surface { azimuth: 0.0, ..Surface::new(|_, _| 0.0) }.ground(AREA, &mut items);
        let relief = |item: &Primitive| match item {
            Primitive::Path(s) if matches!(s.paint.fill, Some((ColorRole::SurfaceShade(_), _))) => {
                Some(s.runs[0][0][1])
            }
            _ => None,
        };
        let rows: Vec<f64> = items.iter().filter_map(relief).collect();
        assert!(rows.len() >= MESH && rows.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}
