//! Steps without a gradient, added up: from every step at which a coordinate may have stopped, what has come since.
//!
//! At rest x loses Σ wₛ·m / (√(ψₛ²v) + oₛ) over the steps s it missed, where only m and v are the coordinate's own. With
//! y = √v and a fixed ε near o/ψ, that is m / (y + ε) times a function of u = ε / (y + ε) alone, which is in [0, 1] whatever v
//! is: Σ (wₛ/ψₛ) / (1 + u(τₛ − 1)), τₛ = oₛ / (ψₛε). While τ stays near 1 the function is almost straight, and a few
//! Chebyshev terms say it to rounding. So a row holds the sums of these terms, and a coordinate takes one look at one row. Where τ
//! has gone too far, the rows end, new ones begin, and a coordinate that stopped before goes in several legs.

use super::dress::Dress;
use crate::algebra::{Left, Rest, Root};
use crate::real::Real;

/// Most slots that legs have room for.
pub(super) const SLOTS: usize = 4;
/// Most Chebyshev terms: enough for f64.
pub(super) const TERMS: usize = 8;
/// τ stays within this factor of 1: then eight terms are exact to 4e-13 of the step, and five to 2e-8.
const REACH: f64 = 1.12;

/// What x loses, of which slots.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shape {
    Nothing,
    Slot(usize),
    Sign(usize),
    /// A slot over √v + ε of another.
    Outside(usize, usize),
    /// A slot over √(v + ε) of another.
    Inside(usize, usize),
}

impl Shape {
    fn of(left: &Left) -> Option<Self> {
        match *left {
            Left::Nothing => Some(Self::Nothing),
            Left::Slot { slot, .. } => Some(Self::Slot(slot)),
            Left::Sign { slot, .. } => Some(Self::Sign(slot)),
            Left::Ratio { slot, under, root, .. } if root.inside == 0.0 => Some(Self::Outside(slot, under)),
            Left::Ratio { slot, under, .. } => Some(Self::Inside(slot, under)),
            Left::Root { .. } => None,
        }
    }

    fn terms<F: Real>(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Slot(_) | Self::Sign(_) => 1,
            Self::Outside(..) | Self::Inside(..) => {
                if size_of::<F>() == size_of::<f32>() {
                    5
                } else {
                    TERMS
                }
            }
        }
    }
}

/// Places in a row: what x is multiplied by, what the moving slot gains of x, what v is multiplied by to compare with the
/// others', ε; the terms and the factors of the slots follow.
pub(super) const KEEP: usize = 0;
pub(super) const GAIN: usize = 1;
pub(super) const SCALE: usize = 2;
pub(super) const EPS: usize = 3;
pub(super) const FIRST: usize = 4;

/// The rests of one group of tensors.
#[derive(Clone, Debug)]
pub(crate) struct Legs<F> {
    pub(super) shape: Shape,
    pub(super) terms: usize,
    pub(super) slots: usize,
    /// One for each step since all were up to date.
    rows: Vec<F>,
    /// Where the legs end whose rows have ended.
    ends: Vec<u16>,
    /// The rows that still grow.
    open: Vec<f64>,
    /// What v has been multiplied by since they began.
    faded: f64,
    eps: f64,
    curve: Curve,
}

impl<F: Real> Legs<F> {
    /// None yet, of such steps; `None` where they cannot be added up.
    pub(crate) fn new(rest: &Rest, dress: &Dress) -> Option<Self> {
        let shape = Shape::of(&rest.left)?;
        let coupled = dress.couple != 0.0;
        if rest.keep.len() > SLOTS || (coupled && rest.linear.is_none()) {
            return None;
        }
        let terms = shape.terms::<F>();
        Some(Self {
            shape,
            terms,
            slots: rest.keep.len(),
            rows: Vec::new(),
            ends: Vec::new(),
            open: Vec::new(),
            faded: 1.0,
            eps: 1.0,
            curve: Curve::new(terms),
        })
    }

    pub(super) fn stride(&self) -> usize {
        FIRST + self.terms + self.slots
    }

    /// Whether such a step can be added; otherwise all must be up to date, and the legs begin anew.
    pub(crate) fn takes(&self, rest: &Rest) -> bool {
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
    pub(super) fn row(&self, from: u16, now: u16) -> (&[F], u16) {
        let row = &self.rows[usize::from(from) * self.stride()..][..self.stride()];
        (row, self.ends.get(usize::from(from)).copied().unwrap_or(now))
    }

    /// Adds a step.
    pub(crate) fn push(&mut self, rest: &Rest, dress: &Dress) {
        let dress = &dress.rounded::<F>();
        let terms = self.step(&rest.left, &rest.keep);
        let stride = self.stride();
        let scale = if let Shape::Outside(..) = self.shape { 1.0 / self.faded.sqrt() } else { 1.0 / self.faded };
        self.open.extend([1.0, 0.0, scale, self.eps]);
        self.open.extend(std::iter::repeat_n(0.0, self.terms));
        self.open.extend(std::iter::repeat_n(1.0, self.slots));
        if let Shape::Outside(_, under) | Shape::Inside(_, under) = self.shape {
            self.faded *= rest.keep[under];
        }
        for row in self.open.chunks_exact_mut(stride) {
            self.shape.lengthen(row, &terms[..self.terms], rest, dress);
        }
        self.rows.truncate(self.ends.len() * stride);
        self.rows.extend(self.open.iter().map(|&v| F::of(v)));
    }

    /// What one step takes from x, as terms; where they are too few for this step, the rows so far end before it.
    fn step(&mut self, left: &Left, keep: &[f64]) -> [f64; TERMS] {
        let mut terms = [0.0; TERMS];
        match *left {
            Left::Slot { scale, .. } | Left::Sign { scale, .. } => terms[0] = scale,
            Left::Ratio { scale, under, root, .. } => {
                if self.open.is_empty() || !(1.0 / REACH..=REACH).contains(&(self.level(&root, keep[under]) / self.eps))
                {
                    self.end();
                    // In general o/ψ rises, so ε begins above it.
                    self.eps = self.level(&root, keep[under]) * (0.999 * REACH);
                }
                let psi = (self.faded * keep[under] * root.scale).sqrt();
                let tau = self.level(&root, keep[under]) / self.eps;
                let inside = matches!(self.shape, Shape::Inside(..));
                let of = |u: f64| if inside { 1.0 / (1.0 - u + u * tau).sqrt() } else { 1.0 / (1.0 - u + u * tau) };
                terms = self.curve.terms(|u| scale / psi * of(u));
            }
            Left::Nothing | Left::Root { .. } => {}
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
        let rows = self.rows.len() / self.stride();
        self.ends.resize(rows, rows as u16);
        self.open.clear();
        self.faded = 1.0;
    }
}

impl Shape {
    /// One more step at the end of a row.
    fn lengthen(self, row: &mut [f64], step: &[f64], rest: &Rest, dress: &Dress) {
        let (head, keeps) = row.split_at_mut(FIRST + step.len());
        let (head, terms) = head.split_at_mut(FIRST);
        let [of_x, gained] = rest.linear.map_or([0.0; 2], |linear| linear.map(|of| of * dress.couple));
        let keep = dress.keep - of_x;
        let slot = match self {
            Self::Slot(slot) | Self::Outside(slot, _) | Self::Inside(slot, _) => Some(slot),
            Self::Nothing | Self::Sign(_) => None,
        };
        let slot_now = slot.map_or(1.0, |slot| keeps[slot]);
        // x = a·x₀ − c·s₀ and s = b·x₀ + d·s₀, one step on.
        let (x, gain, first) = (head[KEEP], head[GAIN], terms.first().copied().unwrap_or(0.0));
        let moved = if slot.is_some() { step[0] * gain } else { 0.0 };
        head[KEEP] = (keep * x - moved) * dress.shrink;
        for (term, step) in terms.iter_mut().zip(step) {
            *term = (keep * *term + slot_now * step) * dress.shrink;
        }
        for (to, keep) in keeps.iter_mut().zip(&rest.keep) {
            *to *= keep;
        }
        if let Some(slot) = slot {
            head[GAIN] = rest.keep[slot] * gain + gained * x;
            keeps[slot] -= gained * first;
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
