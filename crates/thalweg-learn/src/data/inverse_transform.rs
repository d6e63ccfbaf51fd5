//! Transformation of predictions from the trained scale to the units of the target.

use super::target::Target;

/// Affine map z·scale + shift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AffineTransform {
    /// Factor of z, greater than 0.
    pub scale: f64,
    /// Number added after the multiplication.
    pub shift: f64,
}

impl AffineTransform {
    /// Returns z·scale + shift for one number.
    #[inline]
    pub fn apply(self, z: f64) -> f64 {
        z * self.scale + self.shift
    }
}

impl Target {
    /// Returns the map from the target as it is trained to the units of the column; the identity for labels and
    /// classes.
    pub fn inverse_transform(&self) -> AffineTransform {
        match *self {
            Target::Number { mean, deviation, .. } => AffineTransform { scale: deviation, shift: mean },
            Target::Label { .. } | Target::Classes { .. } => AffineTransform { scale: 1.0, shift: 0.0 },
        }
    }
}
