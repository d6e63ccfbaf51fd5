//! Shards: ranges of the parameters, each with an optimizer of its own.

use std::collections::BTreeMap;
use std::ops::Range;

use super::bound_tensor::BoundTensor;
use super::gradient_memory::GradientMemory;
use super::layout::Layout;
use super::state::State;
use super::{MethodKernel, Optimizer};
use crate::error::{Error, Result};
use crate::kernel::BLOCK;
use crate::method::{Clip, Element, OptimizerSpec};
use crate::real::Real;

impl Layout {
    /// Divides the parameters into `count` shards: ranges of about equal length, one after another, some of which may
    /// be empty. Within a tensor they begin at multiples of 64, the length of the blocks in which slots are stored in
    /// fewer bits.
    ///
    /// ```
    /// use thalweg::{Layout, Tensor};
    /// let layout = Layout::from(vec![Tensor::new("weights", 300), Tensor::new("bias", 10)]);
    /// assert_eq!(layout.shards(3), [0..64, 64..192, 192..310]);
    /// ```
    pub fn shards(&self, count: usize) -> Vec<Range<usize>> {
        let ranges = self.tensor_ranges();
        let len = ranges.last().map_or(0, |range| range.end);
        let border = |k: usize| {
            // In 128 bits, in which the product does not overflow.
            let at = (len as u128 * k as u128 / count as u128) as usize;
            let tensor = ranges.iter().find(|range| range.contains(&at));
            tensor.map_or(len, |tensor| at - (at - tensor.start) % BLOCK)
        };
        (0..count).map(|k| border(k)..border(k + 1)).collect()
    }

    /// Ranges of the tensors in the parameter vector.
    fn tensor_ranges(&self) -> Vec<Range<usize>> {
        let mut end = 0_usize;
        let range = |len: usize| {
            let start = end;
            end = start.saturating_add(len);
            start..end
        };
        self.tensors.iter().map(|tensor| tensor.len).map(range).collect()
    }
}

/// Shards of the parameters, for processes that share the state and the steps of one optimizer.
///
/// Each has the optimizer of one shard. Their steps together are those of one optimizer over all parameters, to the
/// bit, as long as all of them take the same steps: a gradient that is not finite is refused where it is.
///
/// ```
/// use thalweg::method::Adam;
/// use thalweg::{Layout, Optimizer};
/// let (layout, g) = (Layout::from(200), [0.1; 200]);
/// let (mut x, mut together) = ([1.0; 200], [1.0; 200]);
/// Optimizer::new(Adam::default(), layout.clone())?.step(&mut x, &g)?;
/// for shard in layout.shards(2) {
///     let mut optimizer = Optimizer::for_shard(Adam::default(), layout.clone(), shard.clone())?;
///     optimizer.step(&mut together[shard.clone()], &g[shard])?;
/// }
/// assert_eq!(together, x);
/// # Ok::<(), thalweg::Error>(())
/// ```
impl<F: Element> Optimizer<F> {
    /// An optimizer over the parameters of `layout` in the range `shard`, which it steps as if it had all of them: its
    /// vectors and tensors are the parts within the shard, empty ones included, and so is its [state](State::shard).
    ///
    /// # Errors
    /// As [`Optimizer::new`]; [`Error::InvalidValue`] for a method with a
    /// [reason](Self::shard_unsupported) against shards, and for a range that is not one or several of
    /// [`Layout::shards`].
    pub fn for_shard(spec: impl Into<OptimizerSpec>, layout: impl Into<Layout>, shard: Range<usize>) -> Result<Self> {
        let spec = spec.into();
        spec.check()?;
        let optimizer = Self::build(MethodKernel::new(spec.method)?, spec.options, layout.into(), Some(shard))?;
        match optimizer.shard_unsupported() {
            None => Ok(optimizer),
            Some(found) => {
                let (what, expected) = ("the method for a shard".into(), "steps of each parameter by itself".into());
                Err(Error::InvalidValue { what, expected, found })
            }
        }
    }
}

impl<F: Real> Optimizer<F> {
    /// The reason why shards of the parameters cannot have optimizers of their own; `None` where they can.
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::Lamb;
    /// let lamb = Optimizer::<f32>::new(Lamb::default(), 10)?;
    /// assert_eq!(lamb.shard_unsupported().as_deref(), Some("lamb needs the norms of whole tensors"));
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    pub fn shard_unsupported(&self) -> Option<String> {
        if self.method.is_solver() {
            return Some(format!("{} is not a method of single steps by a gradient", self.method.name()));
        }
        if self.method.rule.needs_norms() {
            return Some(format!("{} needs the norms of whole tensors", self.method.name()));
        }
        matches!(self.options.clip, Clip::Norm(_) | Clip::GlobalNorm(_))
            .then(|| "clipping needs the norms of whole tensors".into())
    }

    /// Returns `true` for the optimizer of a shard that has not all parameters of the layout.
    pub(super) fn is_shard(&self) -> bool {
        self.tensors.iter().any(|tensor| tensor.range.len() < tensor.whole_len)
    }

    /// Returns an error for the optimizer of a shard.
    pub(super) fn check_whole(&self, what: &str) -> Result<()> {
        if self.is_shard() {
            let (expected, found) = ("all parameters of the layout".into(), "a shard of them".into());
            return Err(Error::InvalidValue { what: what.into(), expected, found });
        }
        Ok(())
    }
}

/// Keeps the parts of tensors that are in a shard.
pub(super) fn keep(tensors: &mut [BoundTensor], shard: Range<usize>) -> Result<()> {
    let len = tensors.last().map_or(0, |tensor| tensor.range.end);
    let is_border = |at: usize| {
        let tensor = tensors.iter().find(|tensor| tensor.range.contains(&at));
        tensor.map_or(at == len, |tensor| (at - tensor.range.start).is_multiple_of(BLOCK))
    };
    if shard.start > shard.end || !is_border(shard.start) || !is_border(shard.end) {
        return Err(Error::InvalidValue {
            what: "a shard of the parameters".into(),
            expected: format!("a range within 0..{len} between multiples of {BLOCK} of a tensor"),
            found: format!("{shard:?}"),
        });
    }
    for tensor in tensors {
        let part = within(&tensor.range, &shard);
        tensor.first = part.start;
        tensor.range = part.start - shard.start..part.end - shard.start;
    }
    Ok(())
}

/// The part of a tensor's range that is in a shard: an empty one at its border if there is none.
fn within(tensor: &Range<usize>, shard: &Range<usize>) -> Range<usize> {
    tensor.start.clamp(shard.start, shard.end)..tensor.end.clamp(shard.start, shard.end)
}

/// States of shards.
impl<F: Real> State<F> {
    /// Returns the part of a shard of the state of all parameters of `layout`, from which
    /// [the optimizer of the shard](Optimizer::for_shard) continues.
    ///
    /// # Errors
    /// [`Error::State`] for an array that is not as long as its tensor.
    pub fn shard(&self, layout: &Layout, shard: Range<usize>) -> Result<Self> {
        let ranges = layout.tensor_ranges();
        let slot = |(name, values): (&String, &Vec<F>)| {
            let is_of = |tensor: &str| name.strip_prefix(tensor).is_some_and(|rest| rest.starts_with('.'));
            // Names have dots too, and a slot has none: the longest name is that of the tensor.
            let named = layout.tensors.iter().zip(&ranges).filter(|(tensor, _)| is_of(&tensor.name));
            let Some((_, tensor)) = named.max_by_key(|(tensor, _)| tensor.name.len()) else {
                return Ok((name.clone(), values.clone()));
            };
            Ok((name.clone(), part(&format!("slot '{name}'"), values, tensor, &shard)?))
        };
        let all = 0..ranges.last().map_or(0, |range| range.end);
        let flat =
            |what, values: &[F]| if values.is_empty() { Ok(Vec::new()) } else { part(what, values, &all, &shard) };
        let (count, sum) = &self.accumulated;
        Ok(Self {
            version: self.version,
            method: self.method.clone(),
            t: self.t,
            carry: self.carry,
            skipped: self.skipped,
            plateau: self.plateau,
            slots: self.slots.iter().map(slot).collect::<Result<BTreeMap<_, _>>>()?,
            accumulated: (*count, flat("the accumulated gradients", sum)?),
            average: flat("the average", &self.average)?,
            // No method with shards has them.
            correction_pairs: Vec::new(),
            gradient_memory: GradientMemory::default(),
            counters: self.counters.clone(),
            frozen: self.frozen.clone(),
            hyperparameters: self.hyperparameters.clone(),
            group_hyperparameters: self.group_hyperparameters.clone(),
        })
    }

    /// Appends the state of the shard that follows: those of all shards, one after another, are the state of all
    /// parameters.
    pub fn append(&mut self, next: Self) {
        for (name, values) in next.slots {
            self.slots.entry(name).or_default().extend(values);
        }
        self.accumulated.1.extend(next.accumulated.1);
        self.average.extend(next.average);
    }
}

/// Returns the part within a shard of the values of a tensor.
fn part<F: Real>(what: &str, values: &[F], tensor: &Range<usize>, shard: &Range<usize>) -> Result<Vec<F>> {
    let (expected, found) = (tensor.len(), values.len());
    if found != expected {
        return Err(Error::State(format!("{what} must have {expected} numbers, but has {found}")));
    }
    let Range { start, end } = within(tensor, shard);
    Ok(if start < end { values[start - tensor.start..end - tensor.start].to_vec() } else { Vec::new() })
}
