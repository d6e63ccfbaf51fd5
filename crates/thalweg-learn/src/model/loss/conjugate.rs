//! Convex conjugates of the losses, for lower bounds of the minimum of an objective.

use super::Loss;

/// A loss max{α(z − kink) : low ≤ α ≤ high}, which is linear on either side of its kink.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PiecewiseLinear {
    /// Score at which the loss is 0 and has no derivative.
    pub(crate) kink: f64,
    /// Smallest derivative, at most 0.
    pub(crate) low: f64,
    /// Largest derivative, at least 0.
    pub(crate) high: f64,
}

impl PiecewiseLinear {
    /// Returns the loss of the score z.
    pub(crate) fn eval(self, z: f64) -> f64 {
        let distance = z - self.kink;
        (self.low * distance).max(self.high * distance)
    }

    /// Returns max{α(z − kink) − width/2·(α − center)²}, which is smooth, and the α that has it, its derivative.
    ///
    /// It is at most the loss, and equal to it where α is the center: Nesterov, "Smooth minimization of non-smooth
    /// functions", Mathematical Programming 103 (2005), equation 2.5, with the proximal term around any center.
    pub(crate) fn smoothed(self, z: f64, center: f64, width: f64) -> (f64, f64) {
        let distance = z - self.kink;
        let derivative = (center + distance / width).clamp(self.low, self.high);
        let step = derivative - center;
        (derivative * distance - 0.5 * width * step * step, derivative)
    }
}

impl Loss {
    /// Returns the loss of a row with the target `y` as a function of its score; `None` for smooth losses.
    pub(crate) fn piecewise_linear(self, y: f64) -> Option<PiecewiseLinear> {
        match self {
            Self::Quantile { q } => Some(PiecewiseLinear { kink: y, low: -q, high: 1.0 - q }),
            Self::Hinge => {
                let sign = 2.0 * y - 1.0;
                Some(PiecewiseLinear { kink: sign, low: (-sign).min(0.0), high: (-sign).max(0.0) })
            }
            Self::Squared | Self::Huber { .. } | Self::Poisson | Self::Logistic | Self::Softmax => None,
        }
    }

    /// Returns the convex conjugate of the loss of a row with the target `y`, sup{α·z − loss(z)}, at derivatives α of
    /// the loss or numbers between them and 0.
    pub(crate) fn conjugate(self, derivatives: &[f64], y: f64) -> f64 {
        let alpha = derivatives[0];
        match self {
            Self::Squared | Self::Huber { .. } => alpha * (0.5 * alpha + y),
            Self::Quantile { .. } => alpha * y,
            Self::Hinge => alpha * (2.0 * y - 1.0),
            Self::Poisson => x_log_x(alpha + y) - alpha - x_log_x(y),
            Self::Logistic => x_log_x(alpha + y) + x_log_x(1.0 - alpha - y),
            Self::Softmax => {
                let of_class = |(class, alpha): (usize, &f64)| {
                    let is_target = class == y as usize;
                    x_log_x(alpha + f64::from(u8::from(is_target)))
                };
                derivatives.iter().enumerate().map(of_class).sum()
            }
        }
    }
}

/// Returns x·log x, and its limit 0 at 0. Rounding errors below 0 count as 0.
fn x_log_x(x: f64) -> f64 {
    if x > 0.0 { x * libm::log(x) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Loss; 6] = [
        Loss::Squared,
        Loss::Huber { delta: 0.65 },
        Loss::Quantile { q: 0.8 },
        Loss::Poisson,
        Loss::Logistic,
        Loss::Hinge,
    ];

    /// Fenchel's equality: loss(z) + conjugate(loss'(z)) = z·loss'(z); with any other derivative it is an inequality.
    #[test]
    fn the_conjugate_is_the_largest_distance_from_a_line() {
        for loss in ALL {
            for y in [0.0, 1.0] {
                for z in [-2.3, -0.4, 0.1, 0.9, 1.7] {
                    let (value, derivative) = loss.eval(z, y);
                    let conjugate = loss.conjugate(&[derivative], y);
                    assert!((value + conjugate - z * derivative).abs() < 1e-14, "{loss} at {z}, {y}");
                    for other in [-1.9, -0.2, 0.6, 1.2] {
                        assert!(loss.eval(other, y).0 + conjugate >= other * derivative - 1e-14, "{loss} at {other}");
                    }
                    // Numbers between the derivative and 0.
                    let smaller = 0.3 * derivative;
                    assert!(value + loss.conjugate(&[smaller], y) >= z * smaller - 1e-14, "{loss} at {z}, {y}");
                }
            }
        }
        let (z, mut derivatives) = ([0.3, -1.2, 2.0], [0.0; 3]);
        let value = Loss::Softmax.eval_row(&z, 1.0, &mut derivatives);
        let product: f64 = z.iter().zip(&derivatives).map(|(z, derivative)| z * derivative).sum();
        assert!((value + Loss::Softmax.conjugate(&derivatives, 1.0) - product).abs() < 1e-14);
    }

    #[test]
    fn a_smoothed_loss_is_below_the_loss_and_has_its_derivative() {
        for (loss, y) in [(Loss::Hinge, 0.0), (Loss::Hinge, 1.0), (Loss::Quantile { q: 0.8 }, 0.4)] {
            let exact = loss.piecewise_linear(y).expect("a kink");
            for z in [-2.3, -0.4, 0.1, 0.9, 1.7] {
                assert!((exact.eval(z) - loss.eval(z, y).0).abs() < 1e-15, "{loss} at {z}");
                for center in [exact.low, 0.5 * (exact.low + exact.high), exact.high] {
                    let (value, derivative) = exact.smoothed(z, center, 0.3);
                    assert!(value <= exact.eval(z) + 1e-15 && value >= exact.eval(z) - 0.15, "{loss} at {z}: {value}");
                    let value_at = |z| exact.smoothed(z, center, 0.3).0;
                    let difference = (value_at(z + 1e-6) - value_at(z - 1e-6)) / 2e-6;
                    assert!((derivative - difference).abs() < 1e-6, "{loss} at {z}: {derivative}, {difference}");
                }
            }
        }
        assert_eq!(Loss::Squared.piecewise_linear(0.0), None);
    }
}
