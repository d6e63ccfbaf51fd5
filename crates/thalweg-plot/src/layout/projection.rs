//! How a surface in space is seen: from afar, by parallel rays, and from where it hides itself.

use crate::{
    data::geometry::{Point, Rect},
    data::grid::ScalarGrid,
};

/// Half the height of the surface, where its ground goes from −1 to 1 both ways.
pub(crate) const HALF_HEIGHT: f64 = 0.62;

/// A point in the box around the surface: ground −1 … 1, height −[`HALF_HEIGHT`] … [`HALF_HEIGHT`].
pub(crate) type Point3 = [f64; 3];

/// A parallel projection onto a rectangle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Projection {
    azimuth: (f64, f64),
    elevation: (f64, f64),
    centre: Point,
    scale: f64,
}

impl Projection {
    /// The view from an azimuth and an elevation in degrees that shows the whole box inside `area`.
    pub(crate) fn new(azimuth: f64, elevation: f64, area: &Rect) -> Self {
        let angle = |degrees: f64| if degrees.is_finite() { degrees.to_radians() } else { 0.5 };
        let elevation = angle(elevation).clamp(0.05, 1.5);
        let view = Self {
            azimuth: angle(azimuth).sin_cos(),
            elevation: elevation.sin_cos(),
            centre: [area.x + area.w / 2.0, area.y + area.h / 2.0],
            scale: 1.0,
        };
        let reach = Self::corners().map(|c| view.flat(c));
        let [wide, high] = [0, 1].map(|k| reach.iter().map(|p| p[k].abs()).fold(0.0, f64::max));
        Self { scale: (area.w / 2.0 / wide).min(area.h / 2.0 / high), ..view }
    }

    /// The corners of the box.
    pub(crate) fn corners() -> [Point3; 8] {
        std::array::from_fn(|k| {
            let side = |bit: usize| if k >> bit & 1 == 1 { 1.0 } else { -1.0 };
            [side(0), side(1), HALF_HEIGHT * side(2)]
        })
    }

    /// The pixel of a point.
    pub(crate) fn pixel(&self, p: Point3) -> Point {
        let [right, up] = self.flat(p);
        [self.centre[0] + self.scale * right, self.centre[1] - self.scale * up]
    }

    /// Right and up on the plane that the rays meet.
    fn flat(&self, [x, y, z]: Point3) -> Point {
        let ((sa, ca), (se, ce)) = (self.azimuth, self.elevation);
        [x * ca + y * sa, z * ce + (y * ca - x * sa) * se]
    }

    /// How far behind the middle a point of the ground lies.
    pub(crate) fn depth(&self, [x, y]: Point) -> f64 {
        let (sa, ca) = self.azimuth;
        y * ca - x * sa
    }

    /// The direction towards the eye.
    pub(crate) fn eye(&self) -> Point3 {
        let ((sa, ca), (se, ce)) = (self.azimuth, self.elevation);
        [sa * ce, -ca * ce, se]
    }

    /// Whether nothing of the surface lies between a point and the eye.
    pub(crate) fn sees(&self, heights: &ScalarGrid, p: Point3) -> bool {
        let eye = self.eye();
        let step = 1.0 / heights.side as f64;
        let most = ((HALF_HEIGHT - p[2]).max(0.0) / eye[2]).min(3.0);
        let steps = (most / step) as usize;
        (1..=steps).map(|k| k as f64 * step).all(|t| {
            let [x, y, z] = [0, 1, 2].map(|k| p[k] + t * eye[k]);
            heights.between(f64::midpoint(x, 1.0), f64::midpoint(y, 1.0)).is_none_or(|h| h <= z + 0.004)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect::new(0.0, 0.0, 400.0, 300.0);

    #[test]
    fn the_box_fits() {
        for azimuth in [-120.0, -30.0, 0.0, 45.0, 200.0] {
            let view = Projection::new(azimuth, 30.0, &AREA);
            assert!(Projection::corners().iter().all(|&c| AREA.grown(1e-9).contains(view.pixel(c))));
        }
    }

    #[test]
    fn moving_towards_the_eye_moves_no_pixel() {
        let view = Projection::new(37.0, 25.0, &AREA);
        let (p, eye) = ([0.2, -0.4, 0.1], view.eye());
        let (a, b) = (view.pixel(p), view.pixel([0, 1, 2].map(|k| p[k] + 0.3 * eye[k])));
        assert!((a[0] - b[0]).hypot(a[1] - b[1]) < 1e-9);
    }

    #[test]
    fn a_wall_hides_what_is_behind() {
        let wall = ScalarGrid::sample(101, |_, v| if v < 0.3 { HALF_HEIGHT } else { -HALF_HEIGHT });
        let view = Projection::new(0.0, 20.0, &AREA);
        assert!(!view.sees(&wall, [0.0, -0.3, -HALF_HEIGHT]));
        assert!(view.sees(&wall, [0.0, -0.9, HALF_HEIGHT]));
        assert!(view.sees(&wall, [0.0, 0.9, HALF_HEIGHT]));
    }
}
