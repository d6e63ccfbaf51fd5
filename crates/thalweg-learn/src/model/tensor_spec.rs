//! Description of the tensors in a parameter vector.

/// Name, role and shape of a tensor in a parameter vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorSpec {
    /// Name, the key of the tensor in optimizer states and model files.
    pub name: String,
    /// Role of the tensor in the model.
    pub role: TensorRole,
    /// Dimensions in row-major order: the last runs fastest.
    pub shape: Vec<usize>,
}

/// Role of a tensor in a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TensorRole {
    /// Factors of features or units, to which penalties and weight decay apply.
    Weights,
    /// Summands, to which neither penalties nor weight decay apply.
    Bias,
}

impl TensorSpec {
    /// Creates the description of a tensor of this shape, of one or two dimensions.
    pub fn new(name: impl Into<String>, role: TensorRole, shape: &[usize]) -> Self {
        Self { name: name.into(), role, shape: shape.into() }
    }

    /// Returns the number of elements.
    #[allow(clippy::len_without_is_empty, reason = "no tensor is empty")]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }
}
