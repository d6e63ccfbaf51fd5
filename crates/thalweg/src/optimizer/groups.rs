//! Changes of an optimizer while it runs: hyperparameters, frozen tensors, added tensors.

use super::Optimizer;
use super::bound_group::{self, BoundGroup};
use super::bound_tensor::{self, Activity};
use super::gradient_memory::GradientMemory;
use super::layout::{Layout, Overrides};
use super::tensor_state::TensorState;
use crate::error::{Error, Result};
use crate::kernel::{TensorMut, TensorRef};
use crate::method::HyperparamValue;
use crate::real::Real;

/// Hyperparameters and groups of a running optimizer.
///
/// ```
/// use thalweg::method::AdamW;
/// use thalweg::{Group, Layout, Optimizer, Tensor};
/// let layout = Layout {
///     tensors: vec![Tensor::new("weights", 3), Tensor::new("bias", 1).in_group("bias")],
///     groups: vec![Group::new("bias").with("weight_decay", 0.0)],
/// };
/// let mut adam = Optimizer::<f32>::new(AdamW::default(), layout)?;
/// adam.set_lr(0.01)?;
/// adam.set_group_hyperparameter("bias", "beta1", 0.8)?;
/// adam.freeze_tensor("weights")?;
/// adam.add_tensors(Tensor::new("head", 2).in_group("bias"))?;
/// assert_eq!(adam.len(), 6);
/// # Ok::<(), thalweg::Error>(())
/// ```
impl<F: Real> Optimizer<F> {
    /// Learning rate of the first tensor at the next step, with the factor of the schedule; 0 without tensors.
    pub fn lr(&self) -> f64 {
        self.tensors.first().map_or(0.0, |tensor| self.groups[tensor.group].kernel.lr()) * self.lr_factor()
    }

    /// Learning rate of a group at the next step, with the factor of the schedule.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a group that the layout does not have.
    pub fn group_lr(&self, group: &str) -> Result<f64> {
        Ok(self.groups[bound_group::find(&self.groups, group)?].kernel.lr() * self.lr_factor())
    }

    /// Sets the learning rate before the schedule, from the next step on. Groups that have a learning rate of their
    /// own keep it.
    ///
    /// # Errors
    /// [`Error::Range`] for a number that is negative or not finite.
    pub fn set_lr(&mut self, lr: f64) -> Result<()> {
        self.change_lr(0, lr)
    }

    /// Sets the learning rate of a group before the schedule, from the next step on.
    ///
    /// # Errors
    /// As [`set_lr`](Self::set_lr); [`Error::Unknown`] for a group that the layout does not have.
    pub fn set_group_lr(&mut self, group: &str, lr: f64) -> Result<()> {
        self.change_lr(bound_group::find(&self.groups, group)?, lr)
    }

    /// No rule depends on the learning rate, so that pending sparse steps stay as they are.
    fn change_lr(&mut self, group: usize, lr: f64) -> Result<()> {
        self.groups[group].kernel.set_lr(lr)?;
        insert(&mut self.groups[group].changes, "lr", lr.into());
        if group == 0 {
            for group in self.groups[1..].iter_mut().filter(|group| !group.sets("lr")) {
                group.kernel.set_lr(lr)?;
            }
        }
        Ok(())
    }

    /// Returns hyperparameter `key` of the method; `None` where the method does not have it.
    pub fn hyperparameter(&self, key: &str) -> Option<HyperparamValue> {
        self.groups[0].kernel.get(key)
    }

    /// Returns hyperparameter `key` of a group; `None` where the method does not have it.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a group that the layout does not have.
    pub fn group_hyperparameter(&self, group: &str, key: &str) -> Result<Option<HyperparamValue>> {
        Ok(self.groups[bound_group::find(&self.groups, group)?].kernel.get(key))
    }

    /// Sets hyperparameter `key` of the method from the next step on: a number or the name of a choice. Groups that
    /// have a value of their own keep it.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a key that the method does not have or a name that is none of its choices;
    /// [`Error::Range`] for a number outside its range; [`Error::InvalidValue`] for a choice that needs other slots;
    /// [`Error::OutOfSync`] for other keys than `lr` after sparse steps, until [`sync_all`](Self::sync_all). After an
    /// error nothing has changed.
    pub fn set_hyperparameter(&mut self, key: &str, value: impl Into<HyperparamValue>) -> Result<()> {
        self.change(0, key, value.into())
    }

    /// Sets hyperparameter `key` of one group; see [`set_hyperparameter`](Self::set_hyperparameter).
    ///
    /// # Errors
    /// As [`set_hyperparameter`](Self::set_hyperparameter); [`Error::Unknown`] for a group that the layout does not
    /// have.
    pub fn set_group_hyperparameter(
        &mut self,
        group: &str,
        key: &str,
        value: impl Into<HyperparamValue>,
    ) -> Result<()> {
        self.change(bound_group::find(&self.groups, group)?, key, value.into())
    }

    fn change(&mut self, group: usize, key: &str, value: HyperparamValue) -> Result<()> {
        if key == "lr" {
            return self.change_lr(group, value.to_number(key)?);
        }
        self.check_in_sync()?;
        let mut groups = self.groups.clone();
        insert(&mut groups[group].changes, key, value);
        self.replace_groups(groups)
    }

    /// Replaces the groups by such with other hyperparameters, and rebuilds their kernels.
    pub(super) fn replace_groups(&mut self, mut groups: Vec<BoundGroup<F>>) -> Result<()> {
        bound_group::rebuild(&mut groups, &self.method)?;
        for (before, after) in self.groups.iter().zip(&groups) {
            let (before, after) = (before.kernel.slots(), after.kernel.slots());
            if before != after {
                let names =
                    |slots: &[crate::algebra::Slot]| slots.iter().map(|slot| slot.name).collect::<Vec<_>>().join(", ");
                return Err(Error::InvalidValue {
                    what: "a hyperparameter of a running optimizer".into(),
                    expected: format!("one with the same slots ({})", names(before)),
                    found: format!("slots {}", names(after)),
                });
            }
        }
        self.groups = groups;
        self.pending = None;
        Ok(())
    }

    /// Freezes a tensor: steps change neither its parameters nor its state, its gradient is not read, and its step
    /// counter stands still. [`step_tensors`](Self::step_tensors) may be called without it.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a tensor that the layout does not have; [`Error::OutOfSync`] after sparse steps, until
    /// [`sync_all`](Self::sync_all).
    pub fn freeze_tensor(&mut self, tensor: &str) -> Result<()> {
        self.set_tensor_activity(tensor, Activity::Frozen)
    }

    /// Ends [`freeze_tensor`](Self::freeze_tensor).
    ///
    /// # Errors
    /// As [`freeze_tensor`](Self::freeze_tensor).
    pub fn unfreeze_tensor(&mut self, tensor: &str) -> Result<()> {
        self.set_tensor_activity(tensor, Activity::Active)
    }

    /// Freezes all tensors of a group; see [`freeze_tensor`](Self::freeze_tensor).
    ///
    /// # Errors
    /// [`Error::Unknown`] for a group that the layout does not have; [`Error::OutOfSync`] as for a tensor.
    pub fn freeze_group(&mut self, group: &str) -> Result<()> {
        self.set_group_activity(group, Activity::Frozen)
    }

    /// Ends [`freeze_group`](Self::freeze_group).
    ///
    /// # Errors
    /// As [`freeze_group`](Self::freeze_group).
    pub fn unfreeze_group(&mut self, group: &str) -> Result<()> {
        self.set_group_activity(group, Activity::Active)
    }

    fn set_tensor_activity(&mut self, name: &str, activity: Activity) -> Result<()> {
        let Some(position) = self.tensors.iter().position(|tensor| tensor.name == name) else {
            return Err(Error::unknown("tensor", name, self.tensors.iter().map(|tensor| tensor.name.as_str())));
        };
        self.check_in_sync()?;
        self.tensors[position].activity = activity;
        self.pending = None;
        Ok(())
    }

    fn set_group_activity(&mut self, name: &str, activity: Activity) -> Result<()> {
        let group = bound_group::find(&self.groups, name)?;
        self.check_in_sync()?;
        self.tensors.iter_mut().filter(|tensor| tensor.group == group).for_each(|tensor| tensor.activity = activity);
        self.pending = None;
        Ok(())
    }

    /// Appends tensors and groups to the layout; the tensors may be in groups that exist already. Their counters start
    /// at 0, so that bias corrections are those of a new optimizer; the schedule goes on.
    ///
    /// # Errors
    /// As [`Optimizer::new`] for the layout; [`Error::OutOfSync`] after sparse steps, until
    /// [`sync_all`](Self::sync_all); [`Error::InvalidValue`] while gradients are accumulated, and for the
    /// optimizer of a shard. After an error nothing has changed.
    pub fn add_tensors(&mut self, layout: impl Into<Layout>) -> Result<()> {
        self.check_in_sync()?;
        self.check_whole("the optimizer to which tensors are added")?;
        if self.accumulated.count > 0 {
            return Err(Error::InvalidValue {
                what: "the number of accumulated gradients".into(),
                expected: "0 when tensors are added".into(),
                found: self.accumulated.count.to_string(),
            });
        }
        let Layout { tensors: added, groups: added_groups } = layout.into();
        let (mut groups, mut tensors) = (self.groups.clone(), self.tensors.clone());
        bound_group::bind(&mut groups, added_groups)?;
        bound_tensor::bind(&mut tensors, added, |name| bound_group::find(&groups, name))?;
        bound_group::rebuild(&mut groups, &self.method)?;
        let states = TensorState::all(&tensors[self.tensors.len()..], &groups, self.options.state);
        (self.groups, self.tensors, self.pending) = (groups, tensors, None);
        self.states.extend(states);
        self.correction_pairs.clear();
        self.gradient_memory = GradientMemory::default();
        self.len = self.tensors.last().map_or(0, |tensor| tensor.range.end);
        if !self.average.is_empty() {
            self.average.resize(self.len, F::ZERO);
        }
        Ok(())
    }

    /// Splits a flat vector into the tensors that are not frozen.
    pub(super) fn split_active<'v>(&self, v: &'v [F]) -> impl Iterator<Item = TensorRef<'v, F>> {
        let active = self.tensors.iter().filter(|tensor| tensor.is_active());
        active.map(|tensor| TensorRef::Full(&v[tensor.range.clone()]))
    }

    /// As [`split_active`](Self::split_active), for writing.
    pub(super) fn split_active_mut<'v>(&self, v: &'v mut [F]) -> impl Iterator<Item = TensorMut<'v, F>> {
        let parts = self.tensors.iter().zip(bound_tensor::split_mut(&self.tensors, v));
        parts.filter(|(tensor, _)| tensor.is_active()).map(|(_, part)| TensorMut::Full(part))
    }
}

fn insert(values: &mut Overrides, key: &str, value: HyperparamValue) {
    match values.get_mut(key) {
        Some(known) => *known = value,
        None => {
            values.insert(key.into(), value);
        }
    }
}
