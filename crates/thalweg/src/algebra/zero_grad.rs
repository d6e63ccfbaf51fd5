//! Rest: what becomes of a coordinate while its gradient is 0.
//!
//! Then most memories only fade, and how fast is the same for all coordinates. So the steps that a coordinate missed can be
//! added up as scalars, before one looks at the coordinate. Parts say how they rest, and a composition composes it.

use super::Root;

/// One step without a gradient. Slots are counted from 0 in the order of [`Rule::slots`](super::Rule::slots).
#[derive(Clone, Debug, PartialEq)]
pub struct ZeroGradStep {
    /// What the step multiplies each slot by.
    pub keep: Vec<f64>,
    /// What the step amounts to, of the slots before it.
    pub left: PendingUpdate,
    /// What x loses, and what its slot gains, of a gradient; `None` where that is no multiple of it.
    pub linear: Option<[f64; 2]>,
}

/// What is left of a moment, or of a step, when there is no gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PendingUpdate {
    /// Nothing: x rests.
    Nothing,
    /// `scale` times a slot.
    Slot {
        /// Which one.
        slot: usize,
        /// What it is multiplied by.
        scale: f64,
    },
    /// `scale` times the sign of a slot.
    Sign {
        /// Which one.
        slot: usize,
        /// What the sign is multiplied by.
        scale: f64,
    },
    /// The root of a slot as it is after the step.
    Root {
        /// Which one.
        slot: usize,
        /// The scalars of the root.
        root: Root<f64>,
    },
    /// `scale` times a slot, divided by the root of another as it is after the step.
    Ratio {
        /// The one above.
        slot: usize,
        /// What it is multiplied by.
        scale: f64,
        /// The one below.
        under: usize,
        /// The scalars of the root.
        root: Root<f64>,
    },
}

impl ZeroGradStep {
    /// Slots that fade, and what is left.
    pub fn new(keep: impl Into<Vec<f64>>, left: PendingUpdate) -> Self {
        Self { keep: keep.into(), left, linear: None }
    }

    /// Whether a step without a gradient changes nothing.
    #[allow(clippy::float_cmp)] // what is multiplied by 1 is the same to the bit
    pub fn is_still(&self) -> bool {
        self.left == PendingUpdate::Nothing && self.keep.iter().all(|&keep| keep == 1.0)
    }

    /// The sign of what is left.
    #[must_use]
    pub fn sign(self) -> Option<Self> {
        let left = match self.left {
            PendingUpdate::Nothing => PendingUpdate::Nothing,
            // A slot that fades faster can underflow to 0, and then it has no sign.
            PendingUpdate::Slot { slot, scale } if scale > 0.0 && self.keep[slot] > 0.5 => {
                PendingUpdate::Sign { slot, scale: 1.0 }
            }
            _ => return None,
        };
        Some(Self::new(self.keep, left))
    }

    /// So many times what is left.
    #[must_use]
    pub fn times(self, rate: f64) -> Self {
        let left = match self.left {
            PendingUpdate::Slot { slot, scale } => PendingUpdate::Slot { slot, scale: rate * scale },
            PendingUpdate::Sign { slot, scale } => PendingUpdate::Sign { slot, scale: rate * scale },
            PendingUpdate::Ratio { slot, scale, under, root } => {
                PendingUpdate::Ratio { slot, scale: rate * scale, under, root }
            }
            other => other,
        };
        let linear = self.linear.map(|[lost, gained]| [rate * lost, gained]);
        Self { left, linear, ..self }
    }

    /// What is left of one part over what is left of another, whose slots follow.
    #[must_use]
    pub fn over(self, below: Self) -> Option<Self> {
        let before = self.keep.len();
        let left = match (self.left, below.left) {
            (PendingUpdate::Nothing, _) => PendingUpdate::Nothing,
            (PendingUpdate::Slot { slot, scale }, PendingUpdate::Root { slot: under, root }) => {
                // A root that knows nothing of its slot is a number.
                if root.scale * below.keep[under] == 0.0 {
                    PendingUpdate::Slot { slot, scale: scale / root.of(0.0) }
                } else {
                    PendingUpdate::Ratio { slot, scale, under: before + under, root }
                }
            }
            _ => return None,
        };
        Some(Self::new([self.keep, below.keep].concat(), left))
    }
}
