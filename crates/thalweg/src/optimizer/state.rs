//! An optimizer's memory as plain named data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Optimizer;
use crate::error::{Error, Result};
use crate::method::Average;
use crate::real::Real;
use crate::schedule::PlateauState;

/// All that an optimizer remembers. With the parameters it is all that is needed to go on to the bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "F: Real")]
pub struct State<F> {
    /// The method it belongs to.
    pub method: String,
    /// The clock: steps taken.
    pub t: u64,
    /// The scalar the method carries from step to step.
    pub carry: f64,
    /// Gradients left out because they were not finite.
    pub skipped: u64,
    /// What the plateau schedule has seen.
    pub plateau: PlateauState,
    /// Each slot of each tensor, named `tensor.slot`; numbers kept narrow are given exactly.
    pub slots: BTreeMap<String, Vec<F>>,
    /// Gradients gathered towards the next step, and their sum.
    #[serde(rename = "gathered")]
    pub accumulated: (u64, Vec<F>),
    /// The average of the iterates, if one is kept and has begun.
    pub average: Vec<F>,
}

impl<F: Real> Optimizer<F> {
    /// The state as it stands. After sparse steps, [`sync_all`](Self::sync_all) comes first.
    pub fn state(&self) -> State<F> {
        debug_assert!(!self.is_stale(), "catch_up_all comes before state");
        let tensors = self.tensors.iter().zip(&self.memory);
        let slots = tensors.flat_map(|(tensor, memory)| {
            memory
                .values(tensor.range.len(), &self.slots)
                .map(|(name, values)| (format!("{}.{name}", tensor.name), values))
        });
        State {
            method: self.name.clone(),
            t: self.t,
            carry: self.carry,
            skipped: self.skipped,
            plateau: self.plateau,
            slots: slots.collect(),
            accumulated: if self.accumulated.0 == 0 { (0, Vec::new()) } else { self.accumulated.clone() },
            average: self.average.clone(),
        }
    }

    /// Goes on from a state.
    ///
    /// # Errors
    /// [`Error::State`] where it is another method's, has other tensors, or holds a number that no run can have; nothing
    /// is changed then.
    pub fn load_state(&mut self, state: &State<F>) -> Result<()> {
        if state.method != self.name {
            return Err(Error::State(format!("it is {}'s, and this optimizer is {}", state.method, self.name)));
        }
        self.check_scalars(state)?;
        let accumulated = if state.accumulated.0 == 0 { 0 } else { self.len() };
        Self::check_buffer("gathered gradients", &state.accumulated.1, &[accumulated])?;
        Self::check_buffer("average", &state.average, &[0, self.len()])?;
        // All is looked at before anything is changed.
        let mut found = 0;
        for (tensor, memory) in self.tensors.iter().zip(&self.memory) {
            for name in memory.names(&self.slots) {
                let name = format!("{}.{name}", tensor.name);
                let saved = state.slots.get(&name).ok_or_else(|| Error::State(format!("it has no '{name}'")))?;
                Self::check_buffer(&format!("'{name}'"), saved, &[tensor.range.len()])?;
                found += 1;
            }
        }
        if state.slots.len() != found {
            return Err(Error::State(format!("it must have {found} slots, but has {}", state.slots.len())));
        }
        for (tensor, memory) in self.tensors.iter().zip(&mut self.memory) {
            for name in memory.names(&self.slots).collect::<Vec<_>>() {
                if let Some(saved) = state.slots.get(&format!("{}.{name}", tensor.name)) {
                    memory.set(&self.slots, name, saved);
                }
            }
        }
        self.window = None;
        (self.t, self.carry, self.skipped, self.plateau) = (state.t, state.carry, state.skipped, state.plateau);
        self.accumulated.clone_from(&state.accumulated);
        self.average.clear();
        if self.options.average != Average::Off {
            self.average.extend_from_slice(&state.average);
        }
        Ok(())
    }

    /// A state may come from a file that somebody changed: every number must be one that a run can have.
    fn check_scalars(&self, state: &State<F>) -> Result<()> {
        // Larger clocks are not exact as f64, and no run gets there.
        let clock = 1_u64 << 53;
        let PlateauState { factor, best, .. } = state.plateau;
        let rules = [
            (state.t <= clock && state.skipped <= clock, "its clock must be at most 2^53"),
            (state.carry.is_finite(), "its carry must be finite"),
            ((0.0..=1.0).contains(&factor), "its plateau factor must be in [0, 1]"),
            (best.is_none_or(f64::is_finite), "its best plateau loss must be finite"),
            (
                state.accumulated.0 < self.options.accumulate.max(1),
                "its gathered gradients must be fewer than accumulate",
            ),
        ];
        let broken = rules.iter().find(|(holds, _)| !holds);
        broken.map_or(Ok(()), |(_, rule)| Err(Error::State((*rule).to_owned())))
    }

    fn check_buffer(what: &str, buffer: &[F], lengths: &[usize]) -> Result<()> {
        let (found, expected) = (buffer.len(), lengths.last().copied().unwrap_or(0));
        if !lengths.contains(&found) {
            return Err(Error::State(format!("{what} must have {expected} numbers, but has {found}")));
        }
        match buffer.iter().find(|v| !v.is_finite()) {
            Some(v) => Err(Error::State(format!("{what} must be finite, but holds {v}"))),
            None => Ok(()),
        }
    }
}
