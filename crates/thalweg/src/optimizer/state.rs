//! State of an optimizer as plain named data.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::bound_tensor::Activity;
use super::correction_pairs::CorrectionPair;
use super::gradient_memory::GradientMemory;
use super::layout::Overrides;
use super::step_counter::StepCounter;
use super::{Accumulated, Optimizer, bound_group};
use crate::error::{Error, Result};
use crate::method::{Average, HyperparamValue};
use crate::real::Real;
use crate::schedule::PlateauState;

/// State of an optimizer. Together with the parameters, and an optimizer of the same method, options and layout, it is
/// all that is needed to continue to the same bits.
///
/// States of all earlier versions are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "F: Real")]
pub struct State<F> {
    /// Version of the format: [`State::VERSION`] where this version wrote it, 1 where none is given.
    #[serde(default = "first_version")]
    pub version: u32,
    /// Name of the method to which it belongs.
    pub method: String,
    /// Number of steps taken.
    pub t: u64,
    /// Scalar that the method carries from step to step, of the tensors that have taken all steps.
    pub carry: f64,
    /// Number of gradients skipped because they were not finite.
    pub skipped: u64,
    /// State of the plateau schedule.
    pub plateau: PlateauState,
    /// Values of each slot of each tensor, keyed `tensor.slot`; slots stored in fewer bits are given exactly.
    pub slots: BTreeMap<String, Vec<F>>,
    /// Number of gradients accumulated towards the next step, and their sum.
    #[serde(rename = "gathered", alias = "accumulated")]
    pub accumulated: (u64, Vec<F>),
    /// Average of the iterates; empty where none is kept or none has begun.
    pub average: Vec<F>,
    /// Latest steps of L-BFGS, oldest first; empty for other methods.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub correction_pairs: Vec<CorrectionPair<F>>,
    /// Latest derivatives of the terms in SAGA; empty for other methods.
    #[serde(default, skip_serializing_if = "GradientMemory::is_empty")]
    pub gradient_memory: GradientMemory<F>,
    /// Clocks of the tensors that differ from `t` and `carry`: those that joined later or were frozen.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counters: BTreeMap<String, StepCounter>,
    /// Names of the frozen tensors.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub frozen: BTreeSet<String>,
    /// Hyperparameters of the method that were set while the optimizer ran.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hyperparameters: BTreeMap<String, HyperparamValue>,
    /// Hyperparameters of groups that were set while the optimizer ran, by the name of the group.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub group_hyperparameters: BTreeMap<String, BTreeMap<String, HyperparamValue>>,
}

fn first_version() -> u32 {
    1
}

impl<F> State<F> {
    /// Version of the format that [`Optimizer::state`] returns.
    pub const VERSION: u32 = 2;
}

impl<F: Real> Optimizer<F> {
    /// Returns the state.
    ///
    /// # Errors
    /// [`Error::OutOfSync`] while sparse steps are pending for some coordinates: [`sync_all`](Self::sync_all) applies
    /// them.
    pub fn state(&self) -> Result<State<F>> {
        self.check_in_sync()?;
        let tensors = self.tensors.iter().zip(&self.states);
        let slots = tensors.flat_map(|(tensor, state)| {
            let values = state.values(self.groups[tensor.group].kernel.slots());
            values.map(|(name, values)| (format!("{}.{name}", tensor.name), values))
        });
        // The carry of the tensors that have taken all steps; those of another group may have another one.
        let current = self.tensors.iter().find(|tensor| tensor.counter.t == self.t);
        let counter = StepCounter { t: self.t, carry: current.map_or(1.0, |tensor| tensor.counter.carry) };
        let behind = self.tensors.iter().filter(|tensor| tensor.counter != counter);
        let frozen = self.tensors.iter().filter(|tensor| !tensor.is_active());
        let changed = self.groups.iter().filter(|group| !group.changes.is_empty());
        let changed_groups = changed.filter_map(|group| Some((group.name.clone()?, group.changes.clone())));
        let Accumulated { count, sum } = &self.accumulated;
        Ok(State {
            version: State::<F>::VERSION,
            method: self.method.name().into(),
            t: self.t,
            carry: counter.carry,
            skipped: self.skipped,
            plateau: self.plateau,
            slots: slots.collect(),
            accumulated: if *count == 0 { (0, Vec::new()) } else { (*count, sum.clone()) },
            average: self.average.clone(),
            correction_pairs: self.correction_pairs.to_vec(),
            gradient_memory: self.gradient_memory.clone(),
            counters: behind.map(|tensor| (tensor.name.clone(), tensor.counter)).collect(),
            frozen: frozen.map(|tensor| tensor.name.clone()).collect(),
            hyperparameters: self.groups[0].changes.clone(),
            group_hyperparameters: changed_groups.collect(),
        })
    }

    /// Continues from a state.
    ///
    /// # Errors
    /// [`Error::State`] where it is of a later version or another method's, has other tensors or groups, or contains a
    /// number that no run can have; then nothing has changed.
    pub fn load_state(&mut self, state: &State<F>) -> Result<()> {
        if state.version == 0 || state.version > State::<F>::VERSION {
            let (expected, found) = (State::<F>::VERSION, state.version);
            return Err(Error::State(format!("expected a version of at most {expected}, found {found}")));
        }
        if state.method != self.method.name() {
            let (expected, found) = (self.method.name(), &state.method);
            return Err(Error::State(format!("expected a state of {expected}, found one of {found}")));
        }
        self.check_scalars(state)?;
        let (count, sum) = &state.accumulated;
        Self::check_buffer("the accumulated gradients", sum, &[if *count == 0 { 0 } else { self.len() }])?;
        Self::check_buffer("the average", &state.average, &[0, self.len()])?;
        self.check_pairs(&state.correction_pairs)?;
        self.check_memory(&state.gradient_memory)?;
        // Everything is checked before anything is changed.
        let mut found = 0;
        for (tensor, tensor_state) in self.tensors.iter().zip(&self.states) {
            let slots = self.groups[tensor.group].kernel.slots();
            for slot in tensor_state.names(slots) {
                let name = format!("{}.{slot}", tensor.name);
                let values = state.slots.get(&name).ok_or_else(|| Error::State(format!("slot '{name}' is missing")))?;
                Self::check_buffer(&format!("slot '{name}'"), values, &[tensor.range.len()])?;
                if let Some(v) = tensor_state.too_large(slots, slot, values) {
                    let message =
                        format!("slot '{name}' must have numbers within the range of its type, but contains {v:?}");
                    return Err(Error::State(message));
                }
                found += 1;
            }
        }
        if state.slots.len() != found {
            return Err(Error::State(format!("expected {found} slots, found {}", state.slots.len())));
        }
        self.check_names(state)?;
        let mut groups = self.groups.clone();
        for group in &mut groups {
            let changes = match &group.name {
                None => Some(&state.hyperparameters),
                Some(name) => state.group_hyperparameters.get(name),
            };
            group.changes = changes.cloned().unwrap_or_else(Overrides::new);
        }
        self.replace_groups(groups)?;
        for (tensor, tensor_state) in self.tensors.iter_mut().zip(&mut self.states) {
            let slots = self.groups[tensor.group].kernel.slots();
            for name in tensor_state.names(slots).collect::<Vec<_>>() {
                let values = state.slots.get(&format!("{}.{name}", tensor.name));
                tensor_state.set(slots, name, values.unwrap_or_else(|| unreachable!("all slots were checked")));
            }
            let counter = StepCounter { t: state.t, carry: state.carry };
            tensor.counter = state.counters.get(&tensor.name).copied().unwrap_or(counter);
            tensor.activity = if state.frozen.contains(&tensor.name) { Activity::Frozen } else { Activity::Active };
        }
        self.pending = None;
        self.correction_pairs.set(&state.correction_pairs);
        self.gradient_memory.clone_from(&state.gradient_memory);
        (self.t, self.skipped, self.plateau) = (state.t, state.skipped, state.plateau);
        self.accumulated = Accumulated { count: *count, sum: sum.clone() };
        self.average.clear();
        if self.options.average != Average::Off {
            self.average.extend_from_slice(&state.average);
        }
        Ok(())
    }

    /// Checks that no coordinate has sparse steps pending.
    pub(super) fn check_in_sync(&self) -> Result<()> {
        if self.is_stale() { Err(Error::OutOfSync) } else { Ok(()) }
    }

    /// Checks the pairs of L-BFGS.
    fn check_pairs(&self, pairs: &[CorrectionPair<F>]) -> Result<()> {
        if !pairs.is_empty() && self.lbfgs().is_none() {
            return Err(Error::State(format!("expected no correction pairs, found {}", pairs.len())));
        }
        for v in pairs.iter().flat_map(|pair| [&pair.s, &pair.y]) {
            Self::check_buffer("a correction pair", v, &[self.len()])?;
        }
        Ok(())
    }

    /// Checks the memory of SAGA.
    fn check_memory(&self, memory: &GradientMemory<F>) -> Result<()> {
        if memory.is_empty() {
            return Ok(());
        }
        if self.saga().is_none() {
            return Err(Error::State(format!("expected no derivatives, found {}", memory.derivatives.len())));
        }
        Self::check_buffer("the derivatives of the terms", &memory.derivatives, &[memory.derivatives.len()])?;
        Self::check_buffer("the mean gradient of the terms", &memory.mean_gradient, &[self.len()])
    }

    /// Checks that the tensors and groups named in a state exist.
    fn check_names(&self, state: &State<F>) -> Result<()> {
        for name in state.counters.keys().chain(&state.frozen) {
            if !self.tensors.iter().any(|tensor| tensor.name == *name) {
                return Err(Error::State(format!("expected a tensor '{name}', found none in the layout")));
            }
        }
        for name in state.group_hyperparameters.keys() {
            bound_group::find(&self.groups, name).map_err(|error| Error::State(error.to_string()))?;
        }
        Ok(())
    }

    /// Checks the scalars of a state, which may come from a file that somebody changed.
    fn check_scalars(&self, state: &State<F>) -> Result<()> {
        // Larger step counters are not exact in f64, and no run reaches them.
        let limit = 1_u64 << 53;
        let PlateauState { factor, best, .. } = state.plateau;
        let count = state.accumulated.0;
        let checks = [
            (state.t <= limit && state.skipped <= limit, "its step counters must be at most 2^53"),
            (state.carry.is_finite(), "its carry must be finite"),
            (
                state.counters.values().all(|counter| counter.t <= state.t && counter.carry.is_finite()),
                "its counters must be at most its step counter, with finite carries",
            ),
            ((0.0..=1.0).contains(&factor), "its plateau factor must be in [0, 1]"),
            (best.is_none_or(f64::is_finite), "its best plateau loss must be finite"),
            (count < self.options.accumulate.max(1), "its accumulated gradients must be fewer than accumulate"),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, message)) => Err(Error::State((*message).to_owned())),
            None => Ok(()),
        }
    }

    fn check_buffer(what: &str, buffer: &[F], lengths: &[usize]) -> Result<()> {
        let found = buffer.len();
        if !lengths.contains(&found) {
            let expected = lengths.iter().map(usize::to_string).collect::<Vec<_>>().join(" or ");
            return Err(Error::State(format!("{what} must have {expected} numbers, but has {found}")));
        }
        match buffer.iter().find(|v| !v.is_finite()) {
            Some(v) => Err(Error::State(format!("{what} must be finite, but contains {v}"))),
            None => Ok(()),
        }
    }
}
