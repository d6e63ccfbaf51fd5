//! From the target as it is trained back to its own units.

use super::target::Target;

/// Affine map z·scale + shift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AffineTransform {
    /// Factor; positive.
    pub scale: f64,
    /// Summand.
    pub shift: f64,
}

impl AffineTransform {
    /// Returns z·scale + shift.
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
