//! Steps without a gradient, added up: from every step at which a coordinate may have stopped, what has come since.
//!
//! At rest x loses Σ wₛ·m / (√(ψₛ²v) + oₛ) over the steps s it missed, where only m and v are the coordinate's own. With
//! y = √v and a fixed ε near o/ψ, that is m / (y + ε) times a function of u = ε / (y + ε) alone, which is in [0, 1] whatever v
//! is: Σ (wₛ/ψₛ) / (1 + u(τₛ − 1)), τₛ = oₛ / (ψₛε). While τ stays near 1 the function is almost straight, and a few
//! Chebyshev terms say it to rounding. So a row holds the sums of these terms, and a coordinate takes one look at one row. Where τ
//! has gone too far, the rows end, new ones begin, and a coordinate that stopped before goes in several legs.

use super::super::modifiers::StepModifiers;
use crate::algebra::{PendingUpdate, Root, ZeroGradStep};
use crate::real::Real;

/// Most slots that legs have room for.
pub(in crate::kernel) const SLOTS: usize = 4;
/// Most Chebyshev terms: enough for f64.
pub(in crate::kernel) const TERMS: usize = 8;

/// What x loses, of which slots.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::kernel) enum Shape {
    Nothing,
    Slot(usize),
    Sign(usize),
    /// A slot over √v + ε of another.
    Outside(usize, usize),
    /// A slot over √(v + ε) of another.
    Inside(usize, usize),
}

impl Shape {
    fn of(left: &PendingUpdate) -> Option<Self> {
        match *left {
            PendingUpdate::Nothing => Some(Self::Nothing),
            PendingUpdate::Slot { slot, .. } => Some(Self::Slot(slot)),
            PendingUpdate::Sign { slot, .. } => Some(Self::Sign(slot)),
            PendingUpdate::Ratio { slot, under, root, .. } if root.inside == 0.0 => Some(Self::Outside(slot, under)),
            PendingUpdate::Ratio { slot, under, .. } => Some(Self::Inside(slot, under)),
            PendingUpdate::Root { .. } => None,
        }
    }
}

/// Chebyshev terms.
#[inline(always)]
pub(in crate::kernel) const fn terms<F: Real>() -> usize {
    if size_of::<F>() == size_of::<f32>() { 6 } else { TERMS }
}

/// τ stays within this factor of 1: then six terms are exact to 8e-8 of a step, and eight to 4e-13, where τ is farthest.
const fn reach<F: Real>() -> f64 {
    if size_of::<F>() == size_of::<f32>() { 1.3 } else { 1.12 }
}

/// Places in a row: what x is multiplied by, what the moving slot gains of x, what v is multiplied by to compare with the
/// others', ε; the terms and the factors of the slots follow.
pub(in crate::kernel) const KEEP: usize = 0;
pub(in crate::kernel) const GAIN: usize = 1;
pub(in crate::kernel) const SCALE: usize = 2;
pub(in crate::kernel) const EPS: usize = 3;
pub(in crate::kernel) const FIRST: usize = 4;

/// A cache line in f32.
pub(in crate::kernel) type Row<F> = [F; FIRST + TERMS + SLOTS];

/// A row that leads nowhere.
const IDLE: Row<f64> = {
    let mut row = [0.0; FIRST + TERMS + SLOTS];
    row[KEEP] = 1.0;
    row[SCALE] = 1.0;
    row[EPS] = 1.0;
    let mut slot = 0;
    while slot < SLOTS {
        row[FIRST + TERMS + slot] = 1.0;
        slot += 1;
    }
    row
};

/// The rests of one group of tensors.
#[derive(Clone, Debug)]
pub(crate) struct CatchUpTable<F> {
    pub(in crate::kernel) shape: Shape,
    /// One for each step since all were up to date.
    rows: Vec<Row<F>>,
    pub(in crate::kernel) idle: Row<F>,
    /// Where the legs end whose rows have ended.
    ends: Vec<u16>,
    /// The rows that still grow.
    open: Vec<Row<f64>>,
    /// What v has been multiplied by since they began.
    faded: f64,
    eps: f64,
    curve: Curve,
}

impl<F: Real> CatchUpTable<F> {
    /// None yet, of such steps; `None` where they cannot be added up.
    pub(crate) fn new(rest: &ZeroGradStep, modifiers: &StepModifiers) -> Option<Self> {
        let shape = Shape::of(&rest.left)?;
        let coupled = modifiers.couple != 0.0;
        if rest.keep.len() > SLOTS || (coupled && rest.linear.is_none()) {
            return None;
        }
        let (rows, ends, open) = (Vec::new(), Vec::new(), Vec::new());
        let (idle, curve) = (IDLE.map(F::of), Curve::new(terms::<F>()));
        Some(Self { shape, rows, idle, ends, open, faded: 1.0, eps: 1.0, curve })
    }

    /// Whether such a step can be added; otherwise all must be up to date, and the legs begin anew.
    pub(crate) fn takes(&self, rest: &ZeroGradStep) -> bool {
        Shape::of(&rest.left) == Some(self.shape)
    }

    /// Forgets all, when all are up to date.
    pub(crate) fn clear(&mut self) {
        self.rows.clear();
        self.ends.clear();
        self.open.clear();
        self.faded = 1.0;
    }

    /// The row of a coordinate that stopped at step `from`, and the step it leads to.
    #[inline(always)]
    pub(in crate::kernel) fn row(&self, from: u16, now: u16) -> (&Row<F>, u16) {
        let from = usize::from(from);
        (&self.rows[from], self.ends.get(from).copied().unwrap_or(now))
    }

    /// Adds a step.
    pub(crate) fn push(&mut self, rest: &ZeroGradStep, modifiers: &StepModifiers) {
        let modifiers = &modifiers.rounded::<F>();
        let terms = self.step(&rest.left, &rest.keep);
        let mut row = IDLE;
        row[SCALE] = if let Shape::Outside(..) = self.shape { 1.0 / self.faded.sqrt() } else { 1.0 / self.faded };
        row[EPS] = self.eps;
        self.open.push(row);
        if let Shape::Outside(_, under) | Shape::Inside(_, under) = self.shape {
            self.faded *= rest.keep[under];
        }
        let mut keep = [1.0; SLOTS];
        keep[..rest.keep.len()].copy_from_slice(&rest.keep);
        let coupled = rest.linear.map_or([0.0; 2], |linear| linear.map(|of| of * modifiers.couple));
        for row in &mut self.open {
            self.shape.lengthen(row, &terms, &keep, coupled, modifiers);
        }
        self.rows.truncate(self.ends.len());
        self.rows.extend(self.open.iter().map(|row| row.map(F::of)));
    }

    /// What one step takes from x, as terms; where they are too few for this step, the rows so far end before it.
    fn step(&mut self, left: &PendingUpdate, keep: &[f64]) -> [f64; TERMS] {
        let mut terms = [0.0; TERMS];
        match *left {
            PendingUpdate::Slot { scale, .. } | PendingUpdate::Sign { scale, .. } => terms[0] = scale,
            PendingUpdate::Ratio { scale, under, root, .. } => {
                let (reach, tau) = (reach::<F>(), self.level(&root, keep[under]) / self.eps);
                if self.open.is_empty() || !(1.0 / reach..=reach).contains(&tau) {
                    self.end();
                    // In general o/ψ rises, so ε begins above it.
                    self.eps = self.level(&root, keep[under]) * (0.999 * reach);
                }
                let psi = (self.faded * keep[under] * root.scale).sqrt();
                let tau = self.level(&root, keep[under]) / self.eps;
                let inside = matches!(self.shape, Shape::Inside(..));
                let of = |u: f64| if inside { 1.0 / (1.0 - u + u * tau).sqrt() } else { 1.0 / (1.0 - u + u * tau) };
                terms = self.curve.terms(|u| scale / psi * of(u));
            }
            PendingUpdate::Nothing | PendingUpdate::Root { .. } => {}
        }
        terms
    }

    /// o/ψ after a step; where there is no ε, what stands for it.
    fn level(&self, root: &Root<f64>, keep: f64) -> f64 {
        let square = self.faded * keep * root.scale;
        let level =
            if let Shape::Inside(..) = self.shape { root.inside / square } else { root.outside / square.sqrt() };
        level.max(F::TINY.to_f64())
    }

    /// The rows that grew grow no more.
    fn end(&mut self) {
        let rows = self.rows.len();
        self.ends.resize(rows, rows as u16);
        self.open.clear();
        self.faded = 1.0;
    }
}

impl Shape {
    /// One more step at the end of a row: what it takes as terms, what it multiplies the slots by, and what x and its slot
    /// lose and gain of x.
    #[inline(always)]
    fn lengthen(
        self,
        row: &mut Row<f64>,
        step: &[f64; TERMS],
        keep: &[f64; SLOTS],
        coupled: [f64; 2],
        modifiers: &StepModifiers,
    ) {
        let slot = match self {
            Self::Slot(slot) | Self::Outside(slot, _) | Self::Inside(slot, _) => Some(FIRST + TERMS + slot),
            Self::Nothing | Self::Sign(_) => None,
        };
        let slot_now = slot.map_or(1.0, |slot| row[slot]);
        // x = a·x₀ − c·s₀ and s = b·x₀ + d·s₀, one step on.
        let (x, gain, first) = (row[KEEP], row[GAIN], row[FIRST]);
        let [lost, gained] = coupled;
        let of_x = modifiers.keep - lost;
        let moved = if slot.is_some() { step[0] * gain } else { 0.0 };
        row[KEEP] = (of_x * x - moved) * modifiers.shrink;
        for k in 0..TERMS {
            row[FIRST + k] = (of_x * row[FIRST + k] + slot_now * step[k]) * modifiers.shrink;
        }
        for k in 0..SLOTS {
            row[FIRST + TERMS + k] *= keep[k];
        }
        if let Some(slot) = slot {
            row[GAIN] = keep[slot - FIRST - TERMS] * gain + gained * x;
            row[slot] -= gained * first;
        }
    }
}

/// Chebyshev's polynomials on [0, 1], at the nodes that determine them.
#[derive(Clone, Debug)]
struct Curve {
    n: usize,
    /// cos(kπ(j + ½)/n).
    cos: Vec<f64>,
}

impl Curve {
    fn new(n: usize) -> Self {
        let angle = |k: usize, j: usize| std::f64::consts::PI * k as f64 * (j as f64 + 0.5) / n as f64;
        Self { n, cos: (0..n * n).map(|i| libm::cos(angle(i / n, i % n))).collect() }
    }

    /// The terms of a function.
    fn terms(&self, of: impl Fn(f64) -> f64) -> [f64; TERMS] {
        let n = self.n;
        let mut values = [0.0; TERMS];
        for (j, value) in values.iter_mut().enumerate().take(n) {
            // The first polynomial that is no constant is the node itself.
            *value = of(0.5 + 0.5 * self.cos[n + j]);
        }
        let mut terms = [0.0; TERMS];
        for (k, term) in terms.iter_mut().enumerate().take(n) {
            let sum: f64 = self.cos[k * n..][..n].iter().zip(&values).map(|(cos, value)| cos * value).sum();
            *term = sum * if k == 0 { 1.0 } else { 2.0 } / n as f64;
        }
        terms
    }
}
