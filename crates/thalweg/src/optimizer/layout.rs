//! Layout of the parameters: tensors in one flat vector, and groups of tensors with hyperparameters of their own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::method::HyperparamValue;

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

/// Hyperparameters by name.
pub(super) type Overrides = BTreeMap<String, HyperparamValue>;

/// Hyperparameters that the tensors of a group share.
///
/// ```
/// use thalweg::Group;
/// let bias = Group::new("bias").with("weight_decay", 0.0).with("beta1", 0.8);
/// assert_eq!(bias.overrides.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Name, unique in the layout.
    pub name: String,
    /// Hyperparameters that differ from the method's, by name: any that the method has. The schedule's factor applies
    /// to `lr` as well.
    #[serde(flatten, deserialize_with = "present_values")]
    pub overrides: BTreeMap<String, HyperparamValue>,
}

/// Reads overrides; a hyperparameter without a value is the method's, as in earlier versions.
fn present_values<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Overrides, D::Error> {
    let values = BTreeMap::<String, Option<HyperparamValue>>::deserialize(deserializer)?;
    Ok(values.into_iter().filter_map(|(key, value)| value.map(|value| (key, value))).collect())
}

impl Group {
    /// A group with the method's hyperparameters.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), overrides: BTreeMap::new() }
    }

    /// Sets hyperparameter `key` of the group, a number or the name of a choice. The optimizer checks it.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<HyperparamValue>) -> Self {
        self.overrides.insert(key.into(), value.into());
        self
    }
}

/// Tensors in the order in which they lie in the parameter vector, and groups.
///
/// ```
/// use thalweg::method::Adam;
/// use thalweg::{Group, Layout, Optimizer, Tensor};
/// let layout = Layout {
///     tensors: vec![Tensor::new("weights", 3), Tensor::new("bias", 1).in_group("bias")],
///     groups: vec![Group::new("bias").with("weight_decay", 0.0)],
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

/// One tensor in no group.
impl From<Tensor> for Layout {
    fn from(tensor: Tensor) -> Self {
        Self { tensors: vec![tensor], groups: Vec::new() }
    }
}

/// Tensors in no group.
impl From<Vec<Tensor>> for Layout {
    fn from(tensors: Vec<Tensor>) -> Self {
        Self { tensors, groups: Vec::new() }
    }
}
