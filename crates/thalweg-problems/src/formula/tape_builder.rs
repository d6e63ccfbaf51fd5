//! Construction of a tape, one operation after another, with constant folding.

use super::function::{Function, Scalar};
use super::tape::{Operation, Tape, ValueIndex};

/// Provisional index of the first constant and of the first result, while the number of constants is unknown.
/// Relative to the width of a `usize`, which has 32 bits on some targets.
const CONSTANT: ValueIndex = 1 << (ValueIndex::BITS - 2);
const RESULT: ValueIndex = 1 << (ValueIndex::BITS - 1);

/// A text has at most `isize::MAX` bytes, and each constant or variable takes two of them with its operator: the
/// ranges do not overlap.
const _: () = assert!(isize::MAX as usize / 2 < CONSTANT, "variables reach the range of the constants");
const _: () = assert!(isize::MAX as usize / 2 < RESULT - CONSTANT, "constants reach the range of the results");

/// An operation on two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BinaryOperator {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Min,
    Max,
}

/// An operand of the operations to come.
#[derive(Clone, Copy, PartialEq)]
enum Operand {
    Variable(usize),
    Constant(f64),
    Result(usize),
}

/// A tape under construction, and the stack of operands that no operation has used yet.
#[derive(Default)]
pub(super) struct TapeBuilder {
    constants: Vec<f64>,
    operations: Vec<Operation>,
    operands: Vec<Operand>,
}

impl TapeBuilder {
    /// Pushes the variable with this index.
    pub(super) fn variable(&mut self, index: usize) {
        self.operands.push(Operand::Variable(index));
    }

    pub(super) fn constant(&mut self, value: f64) {
        self.operands.push(Operand::Constant(value));
    }

    /// Replaces the last operand by its negative.
    pub(super) fn negate(&mut self) {
        match self.pop() {
            Operand::Constant(c) => self.constant(-c),
            a => {
                let index = self.index(a);
                self.push(Operation::Neg(index));
            }
        }
    }

    /// Replaces the last operand by a function of it.
    pub(super) fn apply(&mut self, function: Function) {
        let operand = self.pop();
        self.apply_to(function, operand);
    }

    /// Replaces the last two operands by an operation on them.
    pub(super) fn binary(&mut self, operator: BinaryOperator) {
        let (b, a) = (self.pop(), self.pop());
        if let (Operand::Constant(a), Operand::Constant(b)) = (a, b) {
            return self.constant(operator.value(a, b));
        }
        if operator == BinaryOperator::Pow {
            return self.power(a, b);
        }
        let (a, b) = (self.index(a), self.index(b));
        self.push(operator.operation(a, b));
    }

    /// Pushes aᵇ, where not both are constant.
    fn power(&mut self, a: Operand, b: Operand) {
        match (a, b) {
            (a, Operand::Constant(1.0)) => self.operands.push(a),
            (a, Operand::Constant(2.0)) => {
                let a = self.index(a);
                self.push(Operation::Mul(a, a));
            }
            (a, Operand::Constant(0.5)) => self.apply_to(Function::Sqrt, a),
            (a, Operand::Constant(c)) => self.apply_to(Function::Power(c), a),
            (Operand::Constant(std::f64::consts::E), b) => self.apply_to(Function::Exp, b),
            (a, b) => {
                let (a, b) = (self.index(a), self.index(b));
                self.push(Operation::Pow(a, b));
            }
        }
    }

    fn apply_to(&mut self, function: Function, operand: Operand) {
        match operand {
            Operand::Constant(c) => self.constant(function.eval(c)),
            a => {
                let index = self.index(a);
                self.push(Operation::Apply(function, index));
            }
        }
    }

    /// Returns the tape that computes the only remaining operand from `variables` variables.
    pub(super) fn finish(mut self, variables: usize) -> Tape {
        let result = self.pop();
        assert!(self.operands.is_empty(), "every operand but the result is used by an operation");
        let result = self.index(result);
        let constants = self.constants.len();
        let final_index = |index: ValueIndex| match index {
            index if index >= RESULT => index - RESULT + variables + constants,
            index if index >= CONSTANT => index - CONSTANT + variables,
            index => index,
        };
        let operations = self.operations.iter().map(|operation| operation.map_indices(final_index)).collect();
        Tape { variables, constants: self.constants, operations, result: final_index(result) }
    }

    fn pop(&mut self) -> Operand {
        self.operands.pop().expect("the parser pushes the operands of an operation before the operation")
    }

    fn push(&mut self, operation: Operation) {
        self.operands.push(Operand::Result(self.operations.len()));
        self.operations.push(operation);
    }

    /// Returns the provisional index of an operand; equal constants share one.
    fn index(&mut self, operand: Operand) -> ValueIndex {
        match operand {
            Operand::Variable(index) => index,
            Operand::Result(k) => RESULT + k,
            Operand::Constant(c) => {
                let same = self.constants.iter().position(|constant| constant.to_bits() == c.to_bits());
                CONSTANT
                    + same.unwrap_or_else(|| {
                        self.constants.push(c);
                        self.constants.len() - 1
                    })
            }
        }
    }
}

impl BinaryOperator {
    fn value(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Add => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
            Self::Pow => a.power(b),
            Self::Min => a.min(b),
            Self::Max => a.max(b),
        }
    }

    fn operation(self, a: ValueIndex, b: ValueIndex) -> Operation {
        match self {
            Self::Add => Operation::Add(a, b),
            Self::Sub => Operation::Sub(a, b),
            Self::Mul => Operation::Mul(a, b),
            Self::Div => Operation::Div(a, b),
            Self::Pow => Operation::Pow(a, b),
            Self::Min => Operation::Min(a, b),
            Self::Max => Operation::Max(a, b),
        }
    }
}
