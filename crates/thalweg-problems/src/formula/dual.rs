//! Dual numbers: values with a directional derivative.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::function::{Function, Scalar, power};

/// A dual number v + dε with ε² = 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Dual {
    /// Value of the number.
    pub(super) v: f64,
    /// Derivative of the value along a direction.
    pub(super) d: f64,
}

impl Scalar for Dual {
    fn of(v: f64) -> Self {
        Self { v, d: 0.0 }
    }

    fn value(self) -> f64 {
        self.v
    }

    fn is_zero(self) -> bool {
        self.v == 0.0 && self.d == 0.0
    }

    fn apply(self, function: Function) -> Self {
        let y = function.eval(self.v);
        // A constant has derivative 0 even where f′ is infinite or undefined.
        let d = if self.d == 0.0 { 0.0 } else { function.derivative(self.v, y) * self.d };
        Self { v: y, d }
    }

    fn power(self, exponent: Self) -> Self {
        let v = power(self.v, exponent.v);
        let of_base = if self.d == 0.0 { 0.0 } else { exponent.v * power(self.v, exponent.v - 1.0) * self.d };
        let of_exponent = if exponent.d == 0.0 { 0.0 } else { v * libm::log(self.v) * exponent.d };
        Self { v, d: of_base + of_exponent }
    }
}

impl Add for Dual {
    type Output = Self;
    fn add(self, b: Self) -> Self {
        Self { v: self.v + b.v, d: self.d + b.d }
    }
}

impl Sub for Dual {
    type Output = Self;
    fn sub(self, b: Self) -> Self {
        Self { v: self.v - b.v, d: self.d - b.d }
    }
}

impl Mul for Dual {
    type Output = Self;
    fn mul(self, b: Self) -> Self {
        Self { v: self.v * b.v, d: self.d * b.v + self.v * b.d }
    }
}

impl Div for Dual {
    type Output = Self;
    fn div(self, b: Self) -> Self {
        let v = self.v / b.v;
        Self { v, d: (self.d - v * b.d) / b.v }
    }
}

impl Neg for Dual {
    type Output = Self;
    fn neg(self) -> Self {
        Self { v: -self.v, d: -self.d }
    }
}
