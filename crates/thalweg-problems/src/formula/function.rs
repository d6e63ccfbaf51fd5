//! Elementary functions of formulas and their derivatives.

use std::f64::consts::{LN_2, LN_10};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A number type for the evaluation of formulas: f32, f64, or [`Dual`](super::dual::Dual) numbers with a derivative.
pub(super) trait Scalar:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// Converts a constant, whose derivative is 0.
    fn of(value: f64) -> Self;
    /// Returns the number without its derivative.
    fn value(self) -> f64;
    /// Returns `true` if the number and its derivative are 0.
    fn is_zero(self) -> bool;
    /// Returns the value of `function` at this number.
    fn apply(self, function: Function) -> Self;
    /// Returns `self` to the power of `exponent`.
    fn power(self, exponent: Self) -> Self;
}

/// An elementary function of one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Function {
    Sqrt,
    Exp,
    Ln,
    Log10,
    Log2,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Abs,
    Sign,
    /// xᶜ with a constant exponent c.
    Power(f64),
}

impl Function {
    /// Functions by name; `log` is the natural logarithm, as in most programming languages.
    pub(super) const ALL: [(&'static str, Self); 17] = [
        ("sqrt", Self::Sqrt),
        ("exp", Self::Exp),
        ("log", Self::Ln),
        ("ln", Self::Ln),
        ("log10", Self::Log10),
        ("log2", Self::Log2),
        ("sin", Self::Sin),
        ("cos", Self::Cos),
        ("tan", Self::Tan),
        ("asin", Self::Asin),
        ("acos", Self::Acos),
        ("atan", Self::Atan),
        ("sinh", Self::Sinh),
        ("cosh", Self::Cosh),
        ("tanh", Self::Tanh),
        ("abs", Self::Abs),
        ("sign", Self::Sign),
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|&(_, function)| function)
    }

    /// Returns f(x). Roots, products and signs are correctly rounded; all others are those of the `libm` crate, which
    /// are the same on every machine.
    pub(super) fn eval(self, x: f64) -> f64 {
        match self {
            Self::Sqrt => x.sqrt(),
            Self::Exp => libm::exp(x),
            Self::Ln => libm::log(x),
            Self::Log10 => libm::log10(x),
            Self::Log2 => libm::log2(x),
            Self::Sin => libm::sin(x),
            Self::Cos => libm::cos(x),
            Self::Tan => libm::tan(x),
            Self::Asin => libm::asin(x),
            Self::Acos => libm::acos(x),
            Self::Atan => libm::atan(x),
            Self::Sinh => libm::sinh(x),
            Self::Cosh => libm::cosh(x),
            Self::Tanh => libm::tanh(x),
            Self::Abs => x.abs(),
            Self::Sign if x == 0.0 => 0.0,
            Self::Sign => x.signum(),
            Self::Power(c) => power(x, c),
        }
    }

    /// Returns f′(x), given y = f(x). At a kink it is the mean of both one-sided derivatives.
    pub(super) fn derivative<N: Scalar>(self, x: N, y: N) -> N {
        let one = N::of(1.0);
        match self {
            Self::Sqrt => N::of(0.5) / y,
            Self::Exp => y,
            Self::Ln => one / x,
            Self::Log10 => one / (x * N::of(LN_10)),
            Self::Log2 => one / (x * N::of(LN_2)),
            Self::Sin => x.apply(Self::Cos),
            Self::Cos => -x.apply(Self::Sin),
            Self::Tan => one + y * y,
            Self::Asin => one / (one - x * x).apply(Self::Sqrt),
            Self::Acos => -(one / (one - x * x).apply(Self::Sqrt)),
            Self::Atan => one / (one + x * x),
            Self::Sinh => x.apply(Self::Cosh),
            Self::Cosh => x.apply(Self::Sinh),
            Self::Tanh => one - y * y,
            Self::Abs => x.apply(Self::Sign),
            Self::Sign | Self::Power(0.0) => N::of(0.0),
            Self::Power(1.0) => one,
            Self::Power(c) => N::of(c) * x.apply(Self::Power(c - 1.0)),
        }
    }
}

/// Returns xᶜ, for whole exponents up to ±64 by repeated squaring.
pub(super) fn power(x: f64, c: f64) -> f64 {
    if c.fract() != 0.0 || c.abs() > 64.0 {
        return libm::pow(x, c);
    }
    let (mut product, mut square, mut exponent) = (1.0, x, c.abs() as u32);
    while exponent > 0 {
        if exponent % 2 == 1 {
            product *= square;
        }
        square *= square;
        exponent /= 2;
    }
    if c < 0.0 { 1.0 / product } else { product }
}

macro_rules! impl_scalar {
    ($float:ident) => {
        impl Scalar for $float {
            #[inline]
            fn of(value: f64) -> Self {
                value as $float
            }
            #[inline]
            fn value(self) -> f64 {
                f64::from(self)
            }
            #[inline]
            fn is_zero(self) -> bool {
                self == 0.0
            }
            #[inline]
            fn apply(self, function: Function) -> Self {
                Self::of(function.eval(f64::from(self)))
            }
            fn power(self, exponent: Self) -> Self {
                Self::of(power(f64::from(self), f64::from(exponent)))
            }
        }
    };
}

impl_scalar!(f32);
impl_scalar!(f64);
