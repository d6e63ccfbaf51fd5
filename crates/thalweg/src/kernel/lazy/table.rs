//! Precomputed total effect of runs of zero-gradient steps.
//!
//! In a zero-gradient step x loses w·m / (√(ψ²v) + o), where only m and v belong to the coordinate. Over skipped
//! steps s it loses Σ wₛ·m / (√(ψₛ²v) + oₛ). With y = √v and a fixed ε near o/ψ, that is m / (y + ε) times a function
//! of u = ε / (y + ε) alone, which lies in [0, 1] for every v: Σ (wₛ/ψₛ) / (1 + u(τₛ − 1)), τₛ = oₛ / (ψₛε). While τ
//! stays near 1 the function is almost linear, and a few Chebyshev terms represent it to rounding. So the table has
//! one row for each step at which a coordinate may have stopped, with the sums of these terms since, and a coordinate
//! reads one row. Where τ has moved too far, the rows are closed and new ones begin; a coordinate that stopped
//! earlier then takes several rows, one after another.

use super::super::modifiers::StepModifiers;
use super::chebyshev::{Chebyshev, MAX_TERMS};
use crate::algebra::{PendingUpdate, Root, ZeroGradStep};
use crate::real::Real;

/// Largest number of slots that a row has factors for.
pub(super) const MAX_SLOTS: usize = 4;

/// Form of the update of x, with the numbers of the slots in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum UpdateForm {
    Nothing,
    Slot(usize),
    Sign(usize),
    /// A slot divided by √v + ε, v another slot.
    EpsOutside {
        slot: usize,
        root_slot: usize,
    },
    /// A slot divided by √(v + ε), v another slot.
    EpsInside {
        slot: usize,
        root_slot: usize,
    },
}

impl UpdateForm {
    fn of(update: &PendingUpdate) -> Option<Self> {
        match *update {
            PendingUpdate::Nothing => Some(Self::Nothing),
            PendingUpdate::Slot { slot, .. } => Some(Self::Slot(slot)),
            PendingUpdate::Sign { slot, .. } => Some(Self::Sign(slot)),
            PendingUpdate::Ratio { slot, root_slot, root, .. } if root.inside == 0.0 => {
                Some(Self::EpsOutside { slot, root_slot })
            }
            PendingUpdate::Ratio { slot, root_slot, .. } => Some(Self::EpsInside { slot, root_slot }),
            PendingUpdate::Root { .. } => None,
        }
    }

    /// The slot in the numerator of the update, where x and the slot are coupled linearly.
    fn numerator(self) -> Option<usize> {
        match self {
            Self::Slot(slot) | Self::EpsOutside { slot, .. } | Self::EpsInside { slot, .. } => Some(slot),
            Self::Nothing | Self::Sign(_) => None,
        }
    }

    /// The slot under the root.
    fn root_slot(self) -> Option<usize> {
        match self {
            Self::EpsOutside { root_slot, .. } | Self::EpsInside { root_slot, .. } => Some(root_slot),
            Self::Nothing | Self::Slot(_) | Self::Sign(_) => None,
        }
    }
}

/// Number of Chebyshev terms of an element type.
#[inline(always)]
pub(super) const fn terms<F: Real>() -> usize {
    if size_of::<F>() == size_of::<f32>() { 6 } else { MAX_TERMS }
}

/// Largest factor of τ from 1 at which the terms are exact to rounding: six terms to 8e-8 of a step, eight to 4e-13,
/// where τ is farthest.
const fn max_tau_factor<F: Real>() -> f64 {
    if size_of::<F>() == size_of::<f32>() { 1.3 } else { 1.12 }
}

/// One row of the table: what a run of zero-gradient steps does to a coordinate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<F> {
    /// Factor of x over the run.
    pub(super) keep: F,
    /// Amount that the slot in the numerator gains per unit of x.
    pub(super) gain: F,
    /// Factor that makes v comparable with that of the other rows.
    pub(super) scale: F,
    /// ε, in the unit of the scaled root.
    pub(super) eps: F,
    /// Chebyshev terms of the update; the first is the update itself where it has no root.
    pub(super) terms: [F; MAX_TERMS],
    /// Factor of each slot.
    pub(super) factors: [F; MAX_SLOTS],
}

impl Row<f64> {
    /// The row of no step at all.
    const IDENTITY: Self =
        Self { keep: 1.0, gain: 0.0, scale: 1.0, eps: 1.0, terms: [0.0; MAX_TERMS], factors: [1.0; MAX_SLOTS] };

    fn rounded<F: Real>(&self) -> Row<F> {
        Row {
            keep: F::of(self.keep),
            gain: F::of(self.gain),
            scale: F::of(self.scale),
            eps: F::of(self.eps),
            terms: self.terms.map(F::of),
            factors: self.factors.map(F::of),
        }
    }

    /// Appends one step to the run.
    #[inline(always)]
    fn append(&mut self, numerator: Option<usize>, step: &TableStep) {
        let slot_factor = numerator.map_or(1.0, |slot| self.factors[slot]);
        // x = a·x₀ − c·s₀ and s = b·x₀ + d·s₀, one step later.
        let (x, gain, first) = (self.keep, self.gain, self.terms[0]);
        let [lost, gained] = step.coupled;
        let of_x = step.modifiers.keep - lost;
        let of_gain = if numerator.is_some() { step.terms[0] * gain } else { 0.0 };
        self.keep = (of_x * x - of_gain) * step.modifiers.shrink;
        for (term, step_term) in self.terms.iter_mut().zip(&step.terms) {
            *term = (of_x * *term + slot_factor * step_term) * step.modifiers.shrink;
        }
        for (factor, step_factor) in self.factors.iter_mut().zip(&step.factors) {
            *factor *= step_factor;
        }
        if let Some(slot) = numerator {
            self.gain = step.factors[slot] * gain + gained * x;
            self.factors[slot] -= gained * first;
        }
    }
}

/// A zero-gradient step as it is appended to rows.
struct TableStep {
    /// The update of x, as Chebyshev terms.
    terms: [f64; MAX_TERMS],
    /// Factor of each slot.
    factors: [f64; MAX_SLOTS],
    /// Amounts that x loses and its slot gains per unit of x, by coupled decay.
    coupled: [f64; 2],
    modifiers: StepModifiers,
}

/// Zero-gradient steps of the tensors with the same hyperparameters.
#[derive(Clone, Debug)]
pub(crate) struct CatchUpTable<F> {
    pub(super) form: UpdateForm,
    /// One row for each step since all coordinates were in sync.
    rows: Vec<Row<F>>,
    /// The row of no step, for lanes that are already in sync.
    pub(super) identity: Row<F>,
    /// For each closed row, the step that it leads to.
    ends: Vec<u16>,
    /// The rows to which steps are still appended.
    open: Vec<Row<f64>>,
    /// Factor of v since the open rows began.
    decayed: f64,
    /// ε of the open rows.
    eps: f64,
    chebyshev: Chebyshev,
}

impl<F: Real> CatchUpTable<F> {
    /// An empty table for steps like `step`; `None` where such steps have no closed form.
    pub(crate) fn new(step: &ZeroGradStep, modifiers: &StepModifiers) -> Option<Self> {
        let form = UpdateForm::of(&step.update)?;
        let coupled = modifiers.couple != 0.0;
        if step.factors.len() > MAX_SLOTS || (coupled && step.linear.is_none()) {
            return None;
        }
        Some(Self {
            form,
            rows: Vec::new(),
            identity: Row::IDENTITY.rounded(),
            ends: Vec::new(),
            open: Vec::new(),
            decayed: 1.0,
            eps: 1.0,
            chebyshev: Chebyshev::new(terms::<F>()),
        })
    }

    /// Returns `true` if `step` can be appended; otherwise all coordinates must be in sync and the table begins
    /// again.
    pub(crate) fn accepts(&self, step: &ZeroGradStep) -> bool {
        UpdateForm::of(&step.update) == Some(self.form)
    }

    /// Removes all rows, once all coordinates are in sync.
    pub(crate) fn clear(&mut self) {
        self.rows.clear();
        self.ends.clear();
        self.open.clear();
        self.decayed = 1.0;
    }

    /// The row of a coordinate whose last step is `from`, and the step that the row leads to.
    #[inline(always)]
    pub(super) fn row(&self, from: u16, now: u16) -> (&Row<F>, u16) {
        let from = usize::from(from);
        (&self.rows[from], self.ends.get(from).copied().unwrap_or(now))
    }

    /// Appends a step to all open rows and opens a new one.
    pub(crate) fn push(&mut self, step: &ZeroGradStep, modifiers: &StepModifiers) {
        let modifiers = modifiers.rounded::<F>();
        let terms = self.update_terms(&step.update, &step.factors);
        let outside = matches!(self.form, UpdateForm::EpsOutside { .. });
        let scale = if outside { 1.0 / self.decayed.sqrt() } else { 1.0 / self.decayed };
        self.open.push(Row { scale, eps: self.eps, ..Row::IDENTITY });
        if let Some(root_slot) = self.form.root_slot() {
            self.decayed *= step.factors[root_slot];
        }
        let mut factors = [1.0; MAX_SLOTS];
        factors[..step.factors.len()].copy_from_slice(&step.factors);
        let coupled = step.linear.map_or([0.0; 2], |linear| linear.map(|amount| amount * modifiers.couple));
        let step = TableStep { terms, factors, coupled, modifiers };
        let numerator = self.form.numerator();
        self.open.iter_mut().for_each(|row| row.append(numerator, &step));
        self.rows.truncate(self.ends.len());
        self.rows.extend(self.open.iter().map(Row::rounded));
    }

    /// The update of one step as Chebyshev terms; where they are too few for it, the rows so far are closed before
    /// it.
    fn update_terms(&mut self, update: &PendingUpdate, factors: &[f64]) -> [f64; MAX_TERMS] {
        let mut terms = [0.0; MAX_TERMS];
        match *update {
            PendingUpdate::Slot { scale, .. } | PendingUpdate::Sign { scale, .. } => terms[0] = scale,
            PendingUpdate::Ratio { scale, root_slot, root, .. } => {
                let factor = factors[root_slot];
                let (limit, tau) = (max_tau_factor::<F>(), self.eps_level(&root, factor) / self.eps);
                if self.open.is_empty() || !(1.0 / limit..=limit).contains(&tau) {
                    self.close();
                    // In general o/ψ rises, so ε begins above it.
                    self.eps = self.eps_level(&root, factor) * (0.999 * limit);
                }
                let psi = (self.decayed * factor * root.scale).sqrt();
                let tau = self.eps_level(&root, factor) / self.eps;
                let inside = matches!(self.form, UpdateForm::EpsInside { .. });
                let ratio = |u: f64| if inside { 1.0 / (1.0 - u + u * tau).sqrt() } else { 1.0 / (1.0 - u + u * tau) };
                terms = self.chebyshev.terms(|u| scale / psi * ratio(u));
            }
            PendingUpdate::Nothing => {}
            PendingUpdate::Root { .. } => unreachable!("a root alone is no update of x, so no table accepts it"),
        }
        terms
    }

    /// o/ψ after a step; where ε is 0, the smallest number in its place.
    fn eps_level(&self, root: &Root<f64>, factor: f64) -> f64 {
        let square = self.decayed * factor * root.scale;
        let inside = matches!(self.form, UpdateForm::EpsInside { .. });
        let level = if inside { root.inside / square } else { root.outside / square.sqrt() };
        level.max(F::TINY.to_f64())
    }

    /// Closes the open rows: no step is appended to them any more.
    fn close(&mut self) {
        let rows = self.rows.len();
        self.ends.resize(rows, rows as u16);
        self.open.clear();
        self.decayed = 1.0;
    }
}
