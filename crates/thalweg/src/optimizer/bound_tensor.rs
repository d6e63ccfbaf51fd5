//! Tensors at their places in the parameter vector.

use std::ops::Range;

use super::layout::{Dtype, Tensor};
use super::step_counter::StepCounter;
use crate::error::{Error, Result};

/// A tensor at its place in the parameter vector.
#[derive(Clone, Debug)]
pub(super) struct BoundTensor {
    pub(super) name: String,
    /// Its place in the vectors that the optimizer steps.
    pub(super) range: Range<usize>,
    /// Index of its first element here among all parameters of the layout.
    pub(super) first: usize,
    /// Number of its elements, of which the optimizer of a shard has a part.
    pub(super) whole_len: usize,
    /// Index of its group; 0 is the method itself.
    pub(super) group: usize,
    pub(super) dtype: Dtype,
    pub(super) counter: StepCounter,
    pub(super) activity: Activity,
}

/// Participation of a tensor in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activity {
    Active,
    /// Steps change neither the tensor nor its state.
    Frozen,
}

impl BoundTensor {
    pub(super) fn is_active(&self) -> bool {
        self.activity == Activity::Active
    }
}

/// Appends `tensors` to those that are `bound` already; `group` finds the index of a group by its name.
pub(super) fn bind(
    bound: &mut Vec<BoundTensor>,
    tensors: Vec<Tensor>,
    group: impl Fn(&str) -> Result<usize>,
) -> Result<()> {
    let mut start = bound.last().map_or(0, |tensor| tensor.range.end);
    for Tensor { name, len, group: group_name, dtype } in tensors {
        if bound.iter().any(|earlier| earlier.name == name) {
            return Err(Error::Duplicate { what: "the tensors".into(), name });
        }
        let group = group_name.as_deref().map_or(Ok(0), &group)?;
        let end = start.checked_add(len).ok_or_else(|| Error::Length {
            what: format!("all tensors up to {name}"),
            expected: usize::MAX,
            found: len,
        })?;
        let (counter, activity) = (StepCounter::default(), Activity::Active);
        bound.push(BoundTensor {
            name,
            range: start..end,
            first: start,
            whole_len: len,
            group,
            dtype,
            counter,
            activity,
        });
        start = end;
    }
    Ok(())
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
