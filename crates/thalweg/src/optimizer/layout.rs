//! Layout of the parameters: tensors in one flat vector, and groups of tensors with hyperparameters of their own.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A named part of the parameter vector, such as a layer's weights or a bias.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tensor {
    /// Name, unique in the layout; the state is keyed by it.
    pub name: String,
    /// Number of elements of the tensor.
    pub len: usize,
    /// Name of the group to which it belongs; `None` for the method's hyperparameters.
    pub group: Option<String>,
    /// Type of its elements. Default: the optimizer's element type.
    #[serde(default)]
    pub dtype: Dtype,
}

/// Element type of a tensor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dtype {
    /// The optimizer's element type.
    #[default]
    Full,
    /// bf16, with the treatment of the bits of a step that bf16 cannot represent.
    Bf16(Rounding),
}

/// Treatment of the bits of a step that bf16 cannot represent. Rounding to nearest would lose every step that is
/// smaller than half of the distance to the next number, a 256th.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Stochastic rounding: up or down at random, so that the mean is unbiased.
    Stochastic,
    /// The residual is kept in bf16 and added at the next step: two more bytes per parameter, as exact as 16 bits of
    /// mantissa.
    Compensated,
}

impl Tensor {
    /// A tensor in no group, in the optimizer's element type.
    pub fn new(name: impl Into<String>, len: usize) -> Self {
        Self { name: name.into(), len, group: None, dtype: Dtype::Full }
    }

    /// Puts the tensor into a group.
    #[must_use]
    pub fn in_group(self, group: impl Into<String>) -> Self {
        Self { group: Some(group.into()), ..self }
    }

    /// Sets the element type to bf16.
    #[must_use]
    pub fn bf16(self, rounding: Rounding) -> Self {
        Self { dtype: Dtype::Bf16(rounding), ..self }
    }
}

/// Hyperparameters that the tensors of a group share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Name, unique in the layout.
    pub name: String,
    /// Learning rate, at least 0; `None` for the method's. The schedule's factor applies to it as well.
    pub lr: Option<f64>,
    /// Weight decay λ, at least 0; `None` for the method's.
    pub weight_decay: Option<f64>,
}

/// Tensors in the order in which they lie in the parameter vector, and groups.
///
/// ```
/// use thalweg::method::Adam;
/// use thalweg::{Group, Layout, Optimizer, Tensor};
/// let layout = Layout {
///     tensors: vec![Tensor::new("weights", 3), Tensor::new("bias", 1).in_group("bias")],
///     groups: vec![Group { name: "bias".into(), weight_decay: Some(0.0), ..Group::default() }],
/// };
/// let adam = Optimizer::<f64>::new(Adam { weight_decay: 0.1, ..Adam::default() }, layout)?;
/// assert_eq!(adam.len(), 4);
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    /// Tensors, in the order of the parameter vector.
    pub tensors: Vec<Tensor>,
    /// Groups that the tensors name.
    pub groups: Vec<Group>,
}

/// One tensor called `x`.
impl From<usize> for Layout {
    fn from(len: usize) -> Self {
        Self { tensors: vec![Tensor::new("x", len)], groups: Vec::new() }
    }
}

/// Hyperparameters that differ between the groups of one optimizer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TensorHyperparams {
    pub(super) lr: f64,
    pub(super) weight_decay: f64,
}

/// A tensor at its place in the parameter vector, with its hyperparameters.
#[derive(Clone, Debug)]
pub(super) struct BoundTensor {
    pub(super) name: String,
    pub(super) range: std::ops::Range<usize>,
    pub(super) hyperparams: TensorHyperparams,
    pub(super) dtype: Dtype,
}

/// Splits a flat vector into its tensors.
pub(super) fn split_mut<'v, F>(tensors: &[BoundTensor], v: &'v mut [F]) -> impl Iterator<Item = &'v mut [F]> {
    let mut remaining = v;
    tensors.iter().map(move |tensor| {
        let (part, after) = std::mem::take(&mut remaining).split_at_mut(tensor.range.len());
        remaining = after;
        part
    })
}

impl Layout {
    /// Places the tensors one after another; `method` are the hyperparameters of tensors without a group.
    pub(super) fn bind(&self, method: TensorHyperparams) -> Result<Vec<BoundTensor>> {
        for (i, group) in self.groups.iter().enumerate() {
            if self.groups[..i].iter().any(|earlier| earlier.name == group.name) {
                return Err(Error::Duplicate { what: "the groups".into(), name: group.name.clone() });
            }
            for (key, value) in [("lr", group.lr), ("weight_decay", group.weight_decay)] {
                Error::not_negative(&format!("{key} of group {}", group.name), value.unwrap_or(0.0))?;
            }
        }
        let mut bound: Vec<BoundTensor> = Vec::new();
        let mut start = 0_usize;
        for Tensor { name, len, group, dtype } in &self.tensors {
            if bound.iter().any(|earlier| earlier.name == *name) {
                return Err(Error::Duplicate { what: "the tensors".into(), name: name.clone() });
            }
            let group = group.as_deref().map(|name| self.group(name)).transpose()?;
            let end = start.checked_add(*len).ok_or_else(|| Error::Length {
                what: format!("all tensors up to {name}"),
                expected: usize::MAX,
                found: *len,
            })?;
            let hyperparams = TensorHyperparams {
                lr: group.and_then(|group| group.lr).unwrap_or(method.lr),
                weight_decay: group.and_then(|group| group.weight_decay).unwrap_or(method.weight_decay),
            };
            bound.push(BoundTensor { name: name.clone(), range: start..end, hyperparams, dtype: *dtype });
            start = end;
        }
        Ok(bound)
    }

    fn group(&self, name: &str) -> Result<&Group> {
        self.groups
            .iter()
            .find(|group| group.name == name)
            .ok_or_else(|| Error::unknown("group", name, self.groups.iter().map(|group| group.name.as_str())))
    }
}
