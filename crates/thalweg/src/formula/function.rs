//! The functions a formula can hold, each with its derivative.

use std::f64::consts::{LN_2, LN_10};
use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::text;

/// What a formula is computed in: f32, f64, or [`Dual`] numbers, which carry a derivative along.
pub(super) trait Scalar:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    fn of(value: f64) -> Self;
    /// The number without what it carries along.
    fn value(self) -> f64;
    /// Whether it is 0 and carries nothing along.
    fn is_zero(self) -> bool;
    /// f(self).
    fn apply(self, function: Function) -> Self;
    /// self to the power of `exponent`.
    fn power(self, exponent: Self) -> Self;
}

/// A function of one number.
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
    /// xᶜ with a constant c.
    Power(f64),
}

impl Function {
    /// The names that can be written; `log` is the natural one, as in every programming language.
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
        text::choice("function", name, &Self::ALL).ok()
    }

    /// f(x). Roots, products and signs are correctly rounded; the rest is the `libm` crate's, the same on every machine.
    pub(super) fn at(self, x: f64) -> f64 {
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

    /// f′(x), where y = f(x). At a kink it is the mean of both sides.
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

/// xᶜ; whole powers that are not large by multiplication.
fn power(x: f64, c: f64) -> f64 {
    if c.fract() != 0.0 || c.abs() > 64.0 {
        return libm::pow(x, c);
    }
    let (mut product, mut square, mut rest) = (1.0, x, c.abs() as u32);
    while rest > 0 {
        if rest % 2 == 1 {
            product *= square;
        }
        square *= square;
        rest /= 2;
    }
    if c < 0.0 { 1.0 / product } else { product }
}

macro_rules! number {
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
                Self::of(function.at(f64::from(self)))
            }
            fn power(self, exponent: Self) -> Self {
                Self::of(power(f64::from(self), f64::from(exponent)))
            }
        }
    };
}

number!(f32);
number!(f64);

/// v + dε with ε² = 0: d is the derivative of v along some direction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Dual {
    pub(super) v: f64,
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
        let y = function.at(self.v);
        // What does not move has no derivative, though the function have none there.
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
