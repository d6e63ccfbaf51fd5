//! Which numbers belong together: tensors in one flat vector, and groups of tensors.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A named stretch of the parameter vector: a layer's weights, a bias.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tensor {
    /// Its name; the state is keyed by it.
    pub name: String,
    /// How many numbers it has.
    pub len: usize,
    /// The group it belongs to, if any.
    pub group: Option<String>,
    /// In what type its numbers are.
    #[serde(default)]
    pub dtype: Dtype,
}

/// In what type a tensor's numbers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dtype {
    /// The optimizer's element type.
    #[default]
    Full,
    /// bf16, with what to do about the bits that a step has and bf16 has not.
    Bf16(Rounding),
}

/// What becomes of the bits of a step that do not fit bf16. Rounding to nearest would lose every step that is smaller
/// than half of the distance to the next number, a 256th.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Rounded up or down at random, so that the mean is right.
    Stochastic,
    /// Kept beside the parameters in bf16 and given back at the next step: two more bytes a parameter, as exact as 16
    /// bits of mantissa.
    Compensated,
}

impl Tensor {
    /// A tensor in no group.
    pub fn new(name: impl Into<String>, len: usize) -> Self {
        Self { name: name.into(), len, group: None, dtype: Dtype::Full }
    }

    /// The same tensor in a group.
    #[must_use]
    pub fn in_group(self, group: impl Into<String>) -> Self {
        Self { group: Some(group.into()), ..self }
    }

    /// The same tensor with its numbers in bf16.
    #[must_use]
    pub fn bf16(self, rounding: Rounding) -> Self {
        Self { dtype: Dtype::Bf16(rounding), ..self }
    }
}

/// Tensors that share a rate and a decay of their own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its learning rate; `None`: the method's. The schedule's factor applies to it as well.
    pub lr: Option<f64>,
    /// Its weight decay; `None`: the method's.
    pub weight_decay: Option<f64>,
}

/// The tensors, in the order in which they lie in the parameter vector, and the groups.
///
/// ```
/// use thalweg::{Adam, Group, Layout, Optimizer, Tensor};
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
    /// The tensors.
    pub tensors: Vec<Tensor>,
    /// The groups they name.
    pub groups: Vec<Group>,
}

/// One tensor called `x`.
impl From<usize> for Layout {
    fn from(len: usize) -> Self {
        Self { tensors: vec![Tensor::new("x", len)], groups: Vec::new() }
    }
}

/// A tensor in its place, with the rate and decay that hold for it.
#[derive(Clone, Debug)]
pub(super) struct BoundTensor {
    pub(super) name: String,
    pub(super) range: std::ops::Range<usize>,
    pub(super) lr: f64,
    pub(super) weight_decay: f64,
    pub(super) dtype: Dtype,
}

/// The tensors of a flat vector, to change.
pub(super) fn cut_mut<'v, F>(tensors: &[BoundTensor], v: &'v mut [F]) -> impl Iterator<Item = &'v mut [F]> {
    let mut rest = v;
    tensors.iter().map(move |tensor| {
        let (part, after) = std::mem::take(&mut rest).split_at_mut(tensor.range.len());
        rest = after;
        part
    })
}

impl Layout {
    /// Places the tensors one after another.
    pub(super) fn place(&self, lr: f64, weight_decay: f64) -> Result<Vec<BoundTensor>> {
        for (i, group) in self.groups.iter().enumerate() {
            if self.groups[..i].iter().any(|earlier| earlier.name == group.name) {
                return Err(Error::Duplicate { what: "the groups".into(), name: group.name.clone() });
            }
            for (key, value) in [("lr", group.lr), ("weight_decay", group.weight_decay)] {
                Error::not_negative(&format!("{key} of group {}", group.name), value.unwrap_or(0.0))?;
            }
        }
        let mut placed: Vec<BoundTensor> = Vec::new();
        let mut start = 0_usize;
        for Tensor { name, len, group, dtype } in &self.tensors {
            if placed.iter().any(|earlier| earlier.name == *name) {
                return Err(Error::Duplicate { what: "the tensors".into(), name: name.clone() });
            }
            let group = group.as_deref().map(|name| self.group(name)).transpose()?;
            let end = start.checked_add(*len).ok_or_else(|| Error::Length {
                what: format!("all tensors up to {name}"),
                expected: usize::MAX,
                found: *len,
            })?;
            placed.push(BoundTensor {
                name: name.clone(),
                range: start..end,
                lr: group.and_then(|group| group.lr).unwrap_or(lr),
                weight_decay: group.and_then(|group| group.weight_decay).unwrap_or(weight_decay),
                dtype: *dtype,
            });
            start = end;
        }
        Ok(placed)
    }

    fn group(&self, name: &str) -> Result<&Group> {
        self.groups.iter().find(|group| group.name == name).ok_or_else(|| Error::Unknown {
            what: "group".into(),
            name: name.into(),
            known: self.groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }
}
