//! An optimizer's memory as plain named data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Optimizer;
use crate::error::{Error, Result};
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
    /// Each slot of each tensor, named `tensor.slot`.
    pub slots: BTreeMap<String, Vec<F>>,
    /// Gradients gathered towards the next step, and their sum.
    pub gathered: (u64, Vec<F>),
    /// The average of the iterates, if one is kept and has begun.
    pub average: Vec<F>,
}

impl<F: Real> Optimizer<F> {
    /// The state as it stands.
    pub fn state(&self) -> State<F> {
        let slots = self.tensors.iter().flat_map(|tensor| {
            let slot = |(slot, column): (&crate::algebra::Slot, &Vec<F>)| {
                (format!("{}.{}", tensor.name, slot.name), column[tensor.range.clone()].to_vec())
            };
            self.slots.iter().zip(&self.columns).map(slot)
        });
        State {
            method: self.name.clone(),
            t: self.t,
            carry: self.carry,
            skipped: self.skipped,
            plateau: self.plateau,
            slots: slots.collect(),
            gathered: self.gathered.clone(),
            average: self.average.clone(),
        }
    }

    /// Goes on from a state.
    ///
    /// # Errors
    /// [`Error::State`] where it is another method's or has other tensors; nothing is changed then.
    pub fn load(&mut self, state: &State<F>) -> Result<()> {
        if state.method != self.name {
            return Err(Error::State(format!("it is {}'s, and this optimizer is {}", state.method, self.name)));
        }
        for (what, buffer) in [("gathered gradients", &state.gathered.1), ("average", &state.average)] {
            if !buffer.is_empty() && buffer.len() != self.len() {
                let (found, must) = (buffer.len(), self.len());
                return Err(Error::State(format!("its {what} must have {must} numbers, but have {found}")));
            }
        }
        let mut columns = self.columns.clone();
        for tensor in &self.tensors {
            for (slot, column) in self.slots.iter().zip(&mut columns) {
                let name = format!("{}.{}", tensor.name, slot.name);
                let saved = state.slots.get(&name).ok_or_else(|| Error::State(format!("it has no '{name}'")))?;
                let (must, found) = (tensor.range.len(), saved.len());
                if must != found {
                    return Err(Error::State(format!("'{name}' must have {must} numbers, but has {found}")));
                }
                column[tensor.range.clone()].copy_from_slice(saved);
            }
        }
        let must = self.tensors.len() * self.slots.len();
        if state.slots.len() != must {
            return Err(Error::State(format!("it must have {must} slots, but has {}", state.slots.len())));
        }
        self.columns = columns;
        (self.t, self.carry, self.skipped, self.plateau) = (state.t, state.carry, state.skipped, state.plateau);
        self.gathered.clone_from(&state.gathered);
        self.average.clone_from(&state.average);
        Ok(())
    }
}
