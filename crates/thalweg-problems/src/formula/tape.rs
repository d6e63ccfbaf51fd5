//! Tape of a formula: its operations in order of evaluation, differentiated in reverse.

use super::function::{Function, Scalar};

/// Index of a value: variables first, then constants, then the results of the operations in order.
pub(super) type ValueIndex = usize;

/// An operation on earlier values.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    Add(ValueIndex, ValueIndex),
    Sub(ValueIndex, ValueIndex),
    Mul(ValueIndex, ValueIndex),
    Div(ValueIndex, ValueIndex),
    /// A power whose base and exponent are not both constant.
    Pow(ValueIndex, ValueIndex),
    Min(ValueIndex, ValueIndex),
    Max(ValueIndex, ValueIndex),
    Neg(ValueIndex),
    Apply(Function, ValueIndex),
}

impl Operation {
    /// Returns the same operation with its indices mapped by `to`.
    pub(super) fn map_indices(self, to: impl Fn(ValueIndex) -> ValueIndex) -> Self {
        match self {
            Self::Add(a, b) => Self::Add(to(a), to(b)),
            Self::Sub(a, b) => Self::Sub(to(a), to(b)),
            Self::Mul(a, b) => Self::Mul(to(a), to(b)),
            Self::Div(a, b) => Self::Div(to(a), to(b)),
            Self::Pow(a, b) => Self::Pow(to(a), to(b)),
            Self::Min(a, b) => Self::Min(to(a), to(b)),
            Self::Max(a, b) => Self::Max(to(a), to(b)),
            Self::Neg(a) => Self::Neg(to(a)),
            Self::Apply(function, a) => Self::Apply(function, to(a)),
        }
    }
}

/// The operations of a formula and their constants.
#[derive(Clone, Debug)]
pub(super) struct Tape {
    /// Number of variables of the formula.
    pub(super) variables: usize,
    pub(super) constants: Vec<f64>,
    pub(super) operations: Vec<Operation>,
    /// Index of the result, which can also be a variable or a constant.
    pub(super) result: ValueIndex,
}

/// Buffers of an evaluation.
#[derive(Clone, Debug, Default)]
pub(super) struct Workspace<N> {
    values: Vec<N>,
    /// Derivative of the result with respect to each value.
    adjoints: Vec<N>,
}

impl Tape {
    /// Evaluates the formula at `x`.
    pub(super) fn value<N: Scalar>(&self, x: impl Iterator<Item = N>, workspace: &mut Workspace<N>) -> N {
        let v = &mut workspace.values;
        v.clear();
        v.extend(x);
        v.extend(self.constants.iter().map(|c| N::of(*c)));
        for operation in &self.operations {
            v.push(match *operation {
                Operation::Add(a, b) => v[a] + v[b],
                Operation::Sub(a, b) => v[a] - v[b],
                Operation::Mul(a, b) => v[a] * v[b],
                Operation::Div(a, b) => v[a] / v[b],
                Operation::Pow(a, b) => v[a].power(v[b]),
                Operation::Min(a, b) => v[if first_is_less(v[a], v[b]) { a } else { b }],
                Operation::Max(a, b) => v[if first_is_less(v[a], v[b]) { b } else { a }],
                Operation::Neg(a) => -v[a],
                Operation::Apply(function, a) => v[a].apply(function),
            });
        }
        v[self.result]
    }

    /// Returns the gradient at the point of the latest [`value`](Self::value) with this workspace, by reverse-mode
    /// differentiation.
    pub(super) fn gradient<'a, N: Scalar>(&self, workspace: &'a mut Workspace<N>) -> &'a [N] {
        let (v, s) = (&workspace.values, &mut workspace.adjoints);
        let zero = N::of(0.0);
        s.clear();
        s.resize(v.len(), zero);
        s[self.result] = N::of(1.0);
        let first = self.variables + self.constants.len();
        for (k, operation) in self.operations.iter().enumerate().rev() {
            let (y, by) = (v[first + k], s[first + k]);
            // Skipping unused values keeps an infinite derivative, as of √x at 0, from making 0·∞ = NaN.
            if by.is_zero() {
                continue;
            }
            match *operation {
                Operation::Add(a, b) => {
                    s[a] = s[a] + by;
                    s[b] = s[b] + by;
                }
                Operation::Sub(a, b) => {
                    s[a] = s[a] + by;
                    s[b] = s[b] - by;
                }
                Operation::Mul(a, b) => {
                    s[a] = s[a] + by * v[b];
                    s[b] = s[b] + by * v[a];
                }
                Operation::Div(a, b) => {
                    let by = by / v[b];
                    s[a] = s[a] + by;
                    s[b] = s[b] - by * y;
                }
                Operation::Pow(a, b) => {
                    s[a] = s[a] + by * v[b] * v[a].power(v[b] - N::of(1.0));
                    s[b] = s[b] + by * y * v[a].apply(Function::Ln);
                }
                Operation::Min(a, b) => {
                    let chosen = if first_is_less(v[a], v[b]) { a } else { b };
                    s[chosen] = s[chosen] + by;
                }
                Operation::Max(a, b) => {
                    let chosen = if first_is_less(v[a], v[b]) { b } else { a };
                    s[chosen] = s[chosen] + by;
                }
                Operation::Neg(a) => s[a] = s[a] - by,
                Operation::Apply(function, a) => s[a] = s[a] + by * function.derivative(v[a], y),
            }
        }
        &s[..self.variables]
    }
}

fn first_is_less<N: Scalar>(a: N, b: N) -> bool {
    a.value() < b.value()
}
