//! Groups of an optimizer: the method itself, and the groups of its layout, each with its hyperparameters.

use super::bound_tensor::BoundTensor;
use super::layout::{Group, Overrides};
use super::method_kernel::MethodKernel;
use super::step_counter::StepCounter;
use super::update::TensorScalars;
use crate::error::{Error, Result};
use crate::kernel::{BoxedRule, Decay};
use crate::real::Real;

/// A group with its kernel. The first group is the method itself, which tensors in no group use.
#[derive(Clone, Debug)]
pub(super) struct BoundGroup<F: Real> {
    /// Name in the layout; `None` for the method itself.
    pub(super) name: Option<String>,
    /// Hyperparameters that the layout sets.
    pub(super) overrides: Overrides,
    /// Hyperparameters that were set since.
    pub(super) changes: Overrides,
    pub(super) kernel: MethodKernel<F>,
    /// Index of the first group with the same rule: tensors whose learning rates and decays alone differ are stepped
    /// together.
    pub(super) rule: usize,
}

impl<F: Real> BoundGroup<F> {
    /// The group of the method itself.
    pub(super) fn method(kernel: MethodKernel<F>) -> Self {
        Self { name: None, overrides: Overrides::new(), changes: Overrides::new(), kernel, rule: 0 }
    }

    /// The scalars of a step of a tensor of this group, whose counter is `counter` after the step.
    pub(super) fn scalars(&self, decay: Option<Decay>, lr_factor: f64, counter: StepCounter) -> TensorScalars {
        let kernel = &self.kernel;
        let (base_lr, decay) = (kernel.lr(), decay.unwrap_or(kernel.decay()));
        TensorScalars { lr: base_lr * lr_factor, base_lr, weight_decay: kernel.weight_decay(), decay, counter }
    }

    /// As [`scalars`](Self::scalars), of the step after `counter`.
    pub(super) fn next_scalars(&self, decay: Option<Decay>, lr_factor: f64, counter: StepCounter) -> TensorScalars {
        self.scalars(decay, lr_factor, counter.next(&self.kernel.rule))
    }

    /// Returns `true` if the group's own value of `key` takes precedence over the method's.
    pub(super) fn sets(&self, key: &str) -> bool {
        self.overrides.contains_key(key) || self.changes.contains_key(key)
    }
}

/// Appends `added` to the groups of a layout; the first of `groups` is the method as it was given.
pub(super) fn bind<F: Real>(groups: &mut Vec<BoundGroup<F>>, added: Vec<Group>) -> Result<()> {
    for Group { name, overrides } in added {
        if groups.iter().any(|earlier| earlier.name.as_ref() == Some(&name)) {
            return Err(Error::Duplicate { what: "the groups".into(), name });
        }
        let kernel = groups[0].kernel.clone();
        groups.push(BoundGroup { name: Some(name), overrides, changes: Overrides::new(), kernel, rule: 0 });
    }
    Ok(())
}

/// Rebuilds the kernel of every group from the hyperparameters that were set; `method` is the method as it was given.
pub(super) fn rebuild<F: Real>(groups: &mut [BoundGroup<F>], method: &MethodKernel<F>) -> Result<()> {
    let mut base = method.clone();
    let changes = groups[0].changes.clone();
    set_all(&mut base, None, &changes)?;
    for i in 0..groups.len() {
        let mut kernel = base.clone();
        if let BoundGroup { name: Some(name), overrides, changes, .. } = &groups[i] {
            set_all(&mut kernel, Some(name), overrides)?;
            set_all(&mut kernel, Some(name), changes)?;
        }
        groups[i].rule = groups[..i].iter().position(|earlier| earlier.kernel.has_rule_of(&kernel)).unwrap_or(i);
        groups[i].kernel = kernel;
    }
    Ok(())
}

fn set_all<F: Real>(kernel: &mut MethodKernel<F>, group: Option<&str>, values: &Overrides) -> Result<()> {
    for (key, value) in values {
        kernel.set(key, value.clone()).map_err(|error| match (error, group) {
            (Error::Range { name, expected, found }, Some(group)) => {
                Error::Range { name: format!("{name} of group {group}"), expected, found }
            }
            (Error::InvalidValue { what, expected, found }, Some(group)) => {
                Error::InvalidValue { what: format!("{what} of group {group}"), expected, found }
            }
            (error, _) => error,
        })?;
    }
    Ok(())
}

/// The index of the group called `name`.
pub(super) fn find<F: Real>(groups: &[BoundGroup<F>], name: &str) -> Result<usize> {
    groups.iter().position(|group| group.name.as_deref() == Some(name)).ok_or_else(|| {
        let known = groups.iter().filter_map(|group| group.name.as_deref());
        Error::unknown("group", name, known)
    })
}

/// Advances the counters of the tensors that are not frozen by one step.
pub(super) fn advance_counters<F: Real>(tensors: &mut [BoundTensor], groups: &[BoundGroup<F>]) {
    let mut last: Option<(usize, StepCounter, StepCounter)> = None;
    for tensor in tensors.iter_mut().filter(|tensor| tensor.is_active()) {
        let known = last.filter(|(group, before, _)| *group == tensor.group && *before == tensor.counter);
        let after = known.map_or_else(|| tensor.counter.next(&groups[tensor.group].kernel.rule), |(_, _, after)| after);
        last = Some((tensor.group, tensor.counter, after));
        tensor.counter = after;
    }
}

/// Parts of a step, collected by the rules that make them: one parallel loop for each rule.
pub(super) struct ByRule<'g, F: Real, T> {
    groups: &'g [BoundGroup<F>],
    /// Parts by the index of their rule.
    parts: Vec<Vec<T>>,
}

impl<'g, F: Real, T> ByRule<'g, F, T> {
    pub(super) fn new(groups: &'g [BoundGroup<F>]) -> Self {
        Self { groups, parts: groups.iter().map(|_| Vec::new()).collect() }
    }

    /// Adds the part of a tensor of `group`.
    pub(super) fn push(&mut self, group: usize, part: T) {
        self.parts[self.groups[group].rule].push(part);
    }

    /// Calls `run` with each rule that has parts.
    pub(super) fn for_each(self, mut run: impl FnMut(&BoxedRule<F>, Vec<T>)) {
        for (group, parts) in self.groups.iter().zip(self.parts).filter(|(_, parts)| !parts.is_empty()) {
            run(&group.kernel.rule, parts);
        }
    }
}
