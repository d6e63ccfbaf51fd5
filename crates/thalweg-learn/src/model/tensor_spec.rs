//! What the stretches of a vector of parameters are.

/// A stretch of the parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorSpec {
    /// Its name; an optimizer's state and a model file are keyed by it.
    pub name: String,
    /// What it does.
    pub role: TensorRole,
    /// Its axes, the slowest first.
    pub shape: Vec<usize>,
}

/// What a tensor does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TensorRole {
    /// It multiplies: penalties and decay are for it.
    Weights,
    /// It is added: penalties and decay leave it alone.
    Bias,
}

impl TensorSpec {
    pub(super) fn new(name: impl Into<String>, role: TensorRole, shape: &[usize]) -> Self {
        Self { name: name.into(), role, shape: shape.into() }
    }

    /// How many numbers it has.
    #[allow(clippy::len_without_is_empty)] // none is
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }
}
