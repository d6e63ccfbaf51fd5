//! What a number must do: the few correctly rounded operations that every rule is written in.

use std::fmt::{Debug, Display};
use std::ops::{Add, Div, Mul, Neg, Sub};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// An element type: `f32` or `f64`.
///
/// Rules use these operations and no others. Each is correctly rounded by IEEE 754 (or a plain
/// selection), so a rule gives the same bits on every instruction set. There is no `mul_add` and
/// no function of the platform's mathematics library here on purpose.
pub trait Real:
    Copy
    + Default
    + Debug
    + Display
    + PartialEq
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Serialize
    + DeserializeOwned
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The smallest positive normal number; keeps a denominator from being 0.
    const TINY: Self;
    /// The type's name, `"f32"` or `"f64"`.
    const NAME: &'static str;

    /// The nearest number of this type.
    fn of(value: f64) -> Self;
    /// The same number as `f64` (exact).
    fn to_f64(self) -> f64;
    /// √self, correctly rounded.
    fn sqrt(self) -> Self;
    /// |self|.
    fn abs(self) -> Self;
    /// The larger of two numbers; `other` where they cannot be ordered.
    fn max(self, other: Self) -> Self;
    /// The smaller of two numbers; `other` where they cannot be ordered.
    fn min(self, other: Self) -> Self;
    /// −1, 0 or 1. The sign of 0 is 0, so that a coordinate at rest stays at rest.
    fn sign(self) -> Self;
    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;
}

macro_rules! real {
    ($float:ident) => {
        impl Real for $float {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const TINY: Self = $float::MIN_POSITIVE;
            const NAME: &'static str = stringify!($float);

            #[inline(always)]
            fn of(value: f64) -> Self {
                value as $float
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $float::sqrt(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $float::abs(self)
            }
            // Spelled out because the standard min and max leave the order of ±0 open.
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                if self > other { self } else { other }
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                if self < other { self } else { other }
            }
            #[inline(always)]
            fn sign(self) -> Self {
                $float::from(i8::from(self > 0.0) - i8::from(self < 0.0))
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                $float::is_finite(self)
            }
        }
    };
}

real!(f32);
real!(f64);

/// bᵗ by repeated squaring, rounded the same everywhere. Scalars of a step (bias corrections) use it.
///
/// ```
/// assert_eq!(thalweg::power(0.5, 10), 1.0 / 1024.0);
/// assert_eq!(thalweg::power(0.9, 0), 1.0);
/// ```
pub fn power(base: f64, exponent: u64) -> f64 {
    let (mut result, mut square, mut left) = (1.0, base, exponent);
    while left > 0 {
        if left & 1 == 1 {
            result *= square;
        }
        square *= square;
        left >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_rests_at_zero() {
        assert_eq!([-3.0, -0.0, 0.0, 2.5_f64].map(Real::sign), [-1.0, 0.0, 0.0, 1.0]);
        assert_eq!([-3.0, 0.0, 1e-40_f32].map(Real::sign), [-1.0, 0.0, 1.0]);
    }

    #[test]
    fn power_is_repeated_multiplication() {
        for t in [1, 2, 3, 7, 64, 1000] {
            let direct: f64 = (0..t).map(|_| 0.999).product();
            assert!((power(0.999, t) / direct - 1.0).abs() < 1e-13);
        }
        assert_eq!(power(0.999, 1_000_000_000), 0.0);
    }
}
