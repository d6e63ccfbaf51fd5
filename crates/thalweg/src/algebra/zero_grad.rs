//! Effect of a step whose gradient is zero.
//!
//! Without a gradient most slots only decay, at a rate that is the same for all coordinates. So the steps that a
//! coordinate skipped can be summed as scalars before the coordinate is read. Parts describe their own zero-gradient
//! step, and a composition composes the descriptions.

use super::Root;
use crate::real::Real;

/// A step with a zero gradient. Slots are numbered from 0 in the order of [`Rule::slots`](super::Rule::slots).
#[derive(Clone, Debug, PartialEq)]
pub struct ZeroGradStep {
    /// Factor that the step multiplies each slot by.
    pub factors: Vec<f64>,
    /// The update, in terms of the slots before the step.
    pub update: PendingUpdate,
    /// Amount that x loses and that its slot gains per unit of gradient; `None` where they are no multiples of it.
    pub linear: Option<[f64; 2]>,
}

/// A moment, or an update, of a step with a zero gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PendingUpdate {
    /// Zero: x does not move.
    Nothing,
    /// `scale` times a slot.
    Slot {
        /// Number of the slot.
        slot: usize,
        /// Factor of the slot.
        scale: f64,
    },
    /// `scale` times the sign of a slot.
    Sign {
        /// Number of the slot.
        slot: usize,
        /// Factor of the sign.
        scale: f64,
    },
    /// The root of a slot after the step.
    Root {
        /// Number of the slot.
        slot: usize,
        /// Scalars of the root.
        root: Root<f64>,
    },
    /// `scale` times a slot, divided by the root of another slot after the step.
    Ratio {
        /// Number of the slot in the numerator.
        slot: usize,
        /// Factor of the numerator.
        scale: f64,
        /// Number of the slot under the root.
        root_slot: usize,
        /// Scalars of the root.
        root: Root<f64>,
    },
}

impl ZeroGradStep {
    /// A step that multiplies each slot by its factor, with the given update.
    pub fn new(factors: impl Into<Vec<f64>>, update: PendingUpdate) -> Self {
        Self { factors: factors.into(), update, linear: None }
    }

    /// Returns `true` if the step changes neither x nor a slot.
    #[allow(clippy::float_cmp)] // a factor of exactly 1 changes no bit
    pub fn is_noop(&self) -> bool {
        self.update == PendingUpdate::Nothing && self.factors.iter().all(|&factor| factor == 1.0)
    }

    /// Replaces the moment by its sign; `None` where the sign is not that of a slot.
    #[must_use]
    pub fn sign(self) -> Option<Self> {
        let update = match self.update {
            PendingUpdate::Nothing => PendingUpdate::Nothing,
            // A slot that decays faster can underflow to 0, and then it has no sign.
            PendingUpdate::Slot { slot, scale } if scale > 0.0 && self.factors[slot] > 0.5 => {
                PendingUpdate::Sign { slot, scale: 1.0 }
            }
            _ => return None,
        };
        Some(Self::new(self.factors, update))
    }

    /// Multiplies the moment by `factor`.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        let update = match self.update {
            PendingUpdate::Slot { slot, scale } => PendingUpdate::Slot { slot, scale: factor * scale },
            PendingUpdate::Sign { slot, scale } => PendingUpdate::Sign { slot, scale: factor * scale },
            PendingUpdate::Ratio { slot, scale, root_slot, root } => {
                PendingUpdate::Ratio { slot, scale: factor * scale, root_slot, root }
            }
            other => other,
        };
        let linear = self.linear.map(|[lost, gained]| [factor * lost, gained]);
        Self { update, linear, ..self }
    }

    /// Divides the moment by that of another part, whose slots follow; `None` where the quotient has no form here.
    #[must_use]
    pub fn over(self, denominator: Self) -> Option<Self> {
        let before = self.factors.len();
        let update = match (self.update, denominator.update) {
            (PendingUpdate::Nothing, _) => PendingUpdate::Nothing,
            (PendingUpdate::Slot { slot, scale }, PendingUpdate::Root { slot: root_slot, root }) => {
                // A root that does not depend on its slot is a number.
                if root.scale * denominator.factors[root_slot] == 0.0 {
                    PendingUpdate::Slot { slot, scale: scale / root.of(0.0) }
                } else {
                    PendingUpdate::Ratio { slot, scale, root_slot: before + root_slot, root }
                }
            }
            _ => return None,
        };
        Some(Self::new([self.factors, denominator.factors].concat(), update))
    }
}

impl<F: Real> Root<F> {
    /// Describes the root of `slot` in a step that multiplies the slots by `factors`.
    pub(super) fn zero_grad_step<const N: usize>(&self, factors: [F; N], slot: usize) -> ZeroGradStep {
        let [scale, inside, outside] = [self.scale, self.inside, self.outside].map(F::to_f64);
        let root = Root { scale, inside, outside };
        ZeroGradStep::new(factors.map(F::to_f64), PendingUpdate::Root { slot, root })
    }
}
