//! State of an optimizer as plain named data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Accumulated, Optimizer};
use crate::error::{Error, Result};
use crate::method::Average;
use crate::real::Real;
use crate::schedule::PlateauState;

/// State of an optimizer. Together with the parameters it is all that is needed to continue to the same bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "F: Real")]
pub struct State<F> {
    /// Name of the method to which it belongs.
    pub method: String,
    /// Number of steps taken.
    pub t: u64,
    /// Scalar that the method carries from step to step.
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
            let values = state.values(tensor.range.len(), &self.slots);
            values.map(|(name, values)| (format!("{}.{name}", tensor.name), values))
        });
        let Accumulated { count, sum } = &self.accumulated;
        Ok(State {
            method: self.name.clone(),
            t: self.t,
            carry: self.carry,
            skipped: self.skipped,
            plateau: self.plateau,
            slots: slots.collect(),
            accumulated: if *count == 0 { (0, Vec::new()) } else { (*count, sum.clone()) },
            average: self.average.clone(),
        })
    }

    /// Continues from a state.
    ///
    /// # Errors
    /// [`Error::State`] where it is another method's, has other tensors, or contains a number that no run can have;
    /// then nothing has changed.
    pub fn load_state(&mut self, state: &State<F>) -> Result<()> {
        if state.method != self.name {
            let (expected, found) = (&self.name, &state.method);
            return Err(Error::State(format!("expected a state of {expected}, found one of {found}")));
        }
        self.check_scalars(state)?;
        let (count, sum) = &state.accumulated;
        Self::check_buffer("the accumulated gradients", sum, &[if *count == 0 { 0 } else { self.len() }])?;
        Self::check_buffer("the average", &state.average, &[0, self.len()])?;
        // Everything is checked before anything is changed.
        let mut found = 0;
        for (tensor, tensor_state) in self.tensors.iter().zip(&self.states) {
            for name in tensor_state.names(&self.slots) {
                let name = format!("{}.{name}", tensor.name);
                let values = state.slots.get(&name).ok_or_else(|| Error::State(format!("slot '{name}' is missing")))?;
                Self::check_buffer(&format!("slot '{name}'"), values, &[tensor.range.len()])?;
                found += 1;
            }
        }
        if state.slots.len() != found {
            return Err(Error::State(format!("expected {found} slots, found {}", state.slots.len())));
        }
        for (tensor, tensor_state) in self.tensors.iter().zip(&mut self.states) {
            for name in tensor_state.names(&self.slots).collect::<Vec<_>>() {
                let values = state.slots.get(&format!("{}.{name}", tensor.name));
                tensor_state.set(&self.slots, name, values.unwrap_or_else(|| unreachable!("all slots were checked")));
            }
        }
        self.pending = None;
        (self.t, self.carry, self.skipped, self.plateau) = (state.t, state.carry, state.skipped, state.plateau);
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

    /// Checks the scalars of a state, which may come from a file that somebody changed.
    fn check_scalars(&self, state: &State<F>) -> Result<()> {
        // Larger step counters are not exact in f64, and no run reaches them.
        let limit = 1_u64 << 53;
        let PlateauState { factor, best, .. } = state.plateau;
        let count = state.accumulated.0;
        let checks = [
            (state.t <= limit && state.skipped <= limit, "its step counters must be at most 2^53"),
            (state.carry.is_finite(), "its carry must be finite"),
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
