//! Parallel projection of a surface onto the canvas, and visibility of its points.

use crate::data::{
    geometry::{Point, Rect},
    scalar_grid::ScalarGrid,
};

/// Half the height of the box around a surface, whose base extends from −1 to 1 in x and y.
pub(crate) const HALF_HEIGHT: f64 = 0.62;
/// Height by which the surface may exceed a point on a line of sight without hiding it: points on the surface itself
/// would otherwise be hidden by interpolation errors.
const VISIBILITY_TOLERANCE: f64 = 0.004;
/// Longest part of a line of sight that can lie inside the box around a surface.
const MAX_SIGHT_LENGTH: f64 = 3.0;

/// Point in the box around a surface: x and y in [−1, 1], z in [−[`HALF_HEIGHT`], [`HALF_HEIGHT`]].
pub(crate) type Point3 = [f64; 3];

/// Parallel projection onto a rectangle of the canvas.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Projection {
    azimuth: SinCos,
    elevation: SinCos,
    /// Pixel of the center of the box.
    center: Point,
    /// Pixels per unit of length.
    scale: f64,
}

/// Sine and cosine of an angle.
#[derive(Clone, Copy, Debug)]
struct SinCos {
    sin: f64,
    cos: f64,
}

impl SinCos {
    fn of(angle: f64) -> Self {
        let (sin, cos) = angle.sin_cos();
        Self { sin, cos }
    }
}

/// Direction of view, in degrees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ViewAngles {
    /// Rotation of the surface about the vertical axis.
    pub(crate) azimuth: f64,
    /// Angle between the line of sight and the horizontal plane, limited to 3°…86°.
    pub(crate) elevation: f64,
}

impl Projection {
    /// Returns the projection with the given direction of view that fits the whole box into `area`.
    ///
    /// An angle that is not finite is replaced by 0.5 radians.
    pub(crate) fn new(angles: ViewAngles, area: &Rect) -> Self {
        let radians = |degrees: f64| if degrees.is_finite() { degrees.to_radians() } else { 0.5 };
        let projection = Self {
            azimuth: SinCos::of(radians(angles.azimuth)),
            elevation: SinCos::of(radians(angles.elevation).clamp(0.05, 1.5)),
            center: [area.x + area.w / 2.0, area.y + area.h / 2.0],
            scale: 1.0,
        };
        let corners = Self::box_corners().map(|c| projection.image_plane(c));
        let [width, height] = [0, 1].map(|k| corners.iter().map(|p| p[k].abs()).fold(0.0, f64::max));
        Self { scale: (area.w / 2.0 / width).min(area.h / 2.0 / height), ..projection }
    }

    /// Returns the eight corners of the box around the surface.
    pub(crate) fn box_corners() -> [Point3; 8] {
        std::array::from_fn(|k| {
            let sign = |bit: usize| if k >> bit & 1 == 1 { 1.0 } else { -1.0 };
            [sign(0), sign(1), HALF_HEIGHT * sign(2)]
        })
    }

    /// Returns the pixel of a point.
    pub(crate) fn pixel(&self, p: Point3) -> Point {
        let [right, up] = self.image_plane(p);
        [self.center[0] + self.scale * right, self.center[1] - self.scale * up]
    }

    /// Returns the coordinates (right, up) in the plane perpendicular to the lines of sight.
    fn image_plane(&self, [x, y, z]: Point3) -> Point {
        let (azimuth, elevation) = (self.azimuth, self.elevation);
        let right = x * azimuth.cos + y * azimuth.sin;
        [right, z * elevation.cos + (y * azimuth.cos - x * azimuth.sin) * elevation.sin]
    }

    /// Returns the distance of a point of the base behind the vertical plane through the center.
    pub(crate) fn depth(&self, [x, y]: Point) -> f64 {
        y * self.azimuth.cos - x * self.azimuth.sin
    }

    /// Returns the unit vector towards the eye.
    pub(crate) fn eye_direction(&self) -> Point3 {
        let (azimuth, elevation) = (self.azimuth, self.elevation);
        [azimuth.sin * elevation.cos, -azimuth.cos * elevation.cos, elevation.sin]
    }

    /// Returns `true` if the surface with the given heights does not hide a point.
    pub(crate) fn is_visible(&self, heights: &ScalarGrid, p: Point3) -> bool {
        let eye = self.eye_direction();
        let step = 1.0 / heights.side as f64;
        let length = ((HALF_HEIGHT - p[2]).max(0.0) / eye[2]).min(MAX_SIGHT_LENGTH);
        let steps = (length / step) as usize;
        (1..=steps).map(|k| k as f64 * step).all(|t| {
            let [x, y, z] = [0, 1, 2].map(|k| p[k] + t * eye[k]);
            let height = heights.interpolate(f64::midpoint(x, 1.0), f64::midpoint(y, 1.0));
            height.is_none_or(|h| h <= z + VISIBILITY_TOLERANCE)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect::new(0.0, 0.0, 400.0, 300.0);

    fn projection(azimuth: f64, elevation: f64) -> Projection {
        Projection::new(ViewAngles { azimuth, elevation }, &AREA)
    }

    #[test]
    fn the_box_fits_into_the_area() {
        for azimuth in [-120.0, -30.0, 0.0, 45.0, 200.0] {
            let projection = projection(azimuth, 30.0);
            assert!(Projection::box_corners().iter().all(|&c| AREA.expanded(1e-9).contains(projection.pixel(c))));
        }
    }

    #[test]
    fn moving_a_point_towards_the_eye_does_not_move_its_pixel() {
        let projection = projection(37.0, 25.0);
        let (p, eye) = ([0.2, -0.4, 0.1], projection.eye_direction());
        let (a, b) = (projection.pixel(p), projection.pixel([0, 1, 2].map(|k| p[k] + 0.3 * eye[k])));
        assert!((a[0] - b[0]).hypot(a[1] - b[1]) < 1e-9);
    }

    #[test]
    fn a_wall_hides_points_behind_it() {
        let wall = ScalarGrid::sample(101, |_, v| if v < 0.3 { HALF_HEIGHT } else { -HALF_HEIGHT });
        let projection = projection(0.0, 20.0);
        assert!(!projection.is_visible(&wall, [0.0, -0.3, -HALF_HEIGHT]));
        assert!(projection.is_visible(&wall, [0.0, -0.9, HALF_HEIGHT]));
        assert!(projection.is_visible(&wall, [0.0, 0.9, HALF_HEIGHT]));
    }
}
