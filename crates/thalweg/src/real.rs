//! Element types, with the correctly rounded operations that rules are written in.

use std::fmt::{Debug, Display};
use std::ops::{Add, Div, Mul, Neg, Sub};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// An element type: `f32` or `f64`.
///
/// Rules use no other operations. Each is correctly rounded as of IEEE 754, or a selection, so that a rule gives the
/// same bits on every instruction set. `mul_add` and the functions of the platform's mathematical library are
/// excluded on purpose.
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
    /// The number 0 of this type.
    const ZERO: Self;
    /// The number 1 of this type.
    const ONE: Self;
    /// Smallest positive normal number, added to denominators that could be 0.
    const TINY: Self;
    /// Difference between 1 and the next larger number.
    const EPSILON: f64;
    /// Name of the type, `"f32"` or `"f64"`.
    const NAME: &'static str;

    /// Returns the number of this type nearest to `value`.
    fn of(value: f64) -> Self;
    /// Converts to `f64`, exactly.
    fn to_f64(self) -> f64;
    /// Returns the square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// Returns the absolute value.
    fn abs(self) -> Self;
    /// Returns the larger of two numbers; `other` if they are equal or one is NaN.
    fn max(self, other: Self) -> Self;
    /// Returns the smaller of two numbers; `other` if they are equal or one is NaN.
    fn min(self, other: Self) -> Self;
    /// Returns the sign: −1, 0 or 1, and 0 for NaN. A step by the sign of a zero gradient therefore moves nothing.
    #[inline(always)]
    fn sign(self) -> Self {
        Self::ONE.times_sign_of(self)
    }
    /// Returns this number times the [sign](Real::sign) of another, without a product: 0 where the sign is 0, also for
    /// infinities.
    fn times_sign_of(self, other: Self) -> Self;
    /// Returns `true` for numbers that are neither infinite nor NaN.
    fn is_finite(self) -> bool;
}

macro_rules! impl_real {
    ($float:ident) => {
        impl Real for $float {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const TINY: Self = $float::MIN_POSITIVE;
            const EPSILON: f64 = $float::EPSILON as f64;
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
            // The standard min and max do not specify the order of −0 and +0.
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                if self > other { self } else { other }
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                if self < other { self } else { other }
            }
            #[inline(always)]
            fn times_sign_of(self, other: Self) -> Self {
                // Masks and a difference: signs that are integers would be converted, in vectors of bytes.
                let above = if other > 0.0 { self } else { 0.0 };
                let below = if other < 0.0 { self } else { 0.0 };
                above - below
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                $float::is_finite(self)
            }
        }
    };
}

impl_real!(f32);
impl_real!(f64);

/// Returns `base` to the power of `exponent` by repeated squaring, with the same rounding on every machine. Used for
/// bias corrections.
///
/// ```
/// assert_eq!(thalweg::algebra::power(0.5, 10), 1.0 / 1024.0);
/// assert_eq!(thalweg::algebra::power(0.9, 0), 1.0);
/// ```
pub fn power(base: f64, exponent: u64) -> f64 {
    let (mut result, mut square, mut remaining) = (1.0, base, exponent);
    while remaining > 0 {
        if remaining & 1 == 1 {
            result *= square;
        }
        square *= square;
        remaining >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_of_zero_is_zero() {
        assert_eq!([-3.0, -0.0, 0.0, 2.5_f64].map(Real::sign), [-1.0, 0.0, 0.0, 1.0]);
        assert_eq!([-3.0, 0.0, 1e-40_f32].map(Real::sign), [-1.0, 0.0, 1.0]);
        assert_eq!(f64::NAN.sign().to_bits(), 0);
        for (other, expected) in [(-2.0, -7.5), (0.0, 0.0), (-0.0, 0.0), (1e-300, 7.5), (f64::NAN, 0.0)] {
            assert_eq!(7.5.times_sign_of(other).to_bits(), f64::to_bits(expected), "{other}");
        }
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
