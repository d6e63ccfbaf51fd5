//! Arrays of a checkpoint as tensors of a file.

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::train::{AnyTrainingState, StateArray};

/// Array as the bytes of a tensor.
pub(super) struct ArrayBytes {
    pub(super) name: String,
    dtype: Dtype,
    len: usize,
    pub(super) bytes: Vec<u8>,
}

impl ArrayBytes {
    /// Takes an array out of its place.
    pub(super) fn take(name: String, array: StateArray<'_>) -> Self {
        let (dtype, len, bytes) = match array {
            StateArray::F32(values) => {
                let values = std::mem::take(values);
                let mut bytes = vec![0; size_of_val(&values[..])];
                bytes.as_chunks_mut().0.iter_mut().zip(&values).for_each(|(to, v)| *to = v.to_le_bytes());
                (Dtype::F32, values.len(), bytes)
            }
            StateArray::F64(values) => {
                let values = std::mem::take(values);
                let mut bytes = vec![0; size_of_val(&values[..])];
                bytes.as_chunks_mut().0.iter_mut().zip(&values).for_each(|(to, v)| *to = v.to_le_bytes());
                (Dtype::F64, values.len(), bytes)
            }
        };
        Self { name, dtype, len, bytes }
    }

    /// Returns the tensor.
    pub(super) fn view(&self) -> Result<(&str, TensorView<'_>), safetensors::SafeTensorError> {
        Ok((self.name.as_str(), TensorView::new(self.dtype, vec![self.len], &self.bytes)?))
    }
}

/// Fills an array from the tensor of its name; one without elements has no tensor. Returns the number of tensors read.
///
/// # Errors
/// The reason in words.
pub(super) fn fill(name: &str, array: StateArray<'_>, tensors: &SafeTensors<'_>) -> Result<usize, String> {
    let Ok(tensor) = tensors.tensor(name) else { return Ok(0) };
    let dtype = match array {
        StateArray::F32(_) => Dtype::F32,
        StateArray::F64(_) => Dtype::F64,
    };
    if tensor.dtype() != dtype || tensor.shape().len() != 1 {
        let (found, shape) = (tensor.dtype(), tensor.shape());
        return Err(format!("expected tensor '{name}' to be one axis of {dtype:?}, found {found:?} {shape:?}"));
    }
    match array {
        StateArray::F32(values) => values.extend(tensor.data().as_chunks().0.iter().map(|&v| f32::from_le_bytes(v))),
        StateArray::F64(values) => values.extend(tensor.data().as_chunks().0.iter().map(|&v| f64::from_le_bytes(v))),
    }
    Ok(1)
}

/// Returns the lengths of the arrays of a state that have elements.
pub(super) fn lengths(state: &mut AnyTrainingState) -> Vec<(String, usize)> {
    let lengths = state.arrays_mut().into_iter().map(|(name, array)| match array {
        StateArray::F32(values) => (name, values.len()),
        StateArray::F64(values) => (name, values.len()),
    });
    lengths.filter(|(_, len)| *len > 0).collect()
}
