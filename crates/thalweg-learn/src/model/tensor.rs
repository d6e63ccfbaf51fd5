//! What the stretches of a vector of parameters are.

/// A stretch of the parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Its name; an optimizer's state and a model file are keyed by it.
    pub name: String,
    /// What it does.
    pub role: Role,
    /// Its axes, the slowest first.
    pub shape: Vec<usize>,
}

/// What a tensor does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It multiplies: penalties and decay are for it.
    Weights,
    /// It is added: penalties and decay leave it alone.
    Bias,
}

impl Tensor {
    pub(super) fn new(name: impl Into<String>, role: Role, shape: &[usize]) -> Self {
        Self { name: name.into(), role, shape: shape.into() }
    }

    /// How many numbers it has.
    #[allow(clippy::len_without_is_empty)] // none is
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }
}
