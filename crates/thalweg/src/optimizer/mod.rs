//! A method + its slots + the clock t. `ask` says where to evaluate, `tell` moves.

mod beside;
mod layout;
mod state;

pub use layout::{Group, Layout, Tensor};
pub use state::State;

use crate::algebra::{At, Rule, Slot};
use crate::error::{Error, Result};
use crate::kernel::{Decay, Dress, Fused, all_finite, square_sum};
use crate::method::{Around, Clip, Goal, Spec};
use crate::real::Real;
use crate::schedule::PlateauState;
use layout::Placed;

/// What [`Optimizer::tell`] did with a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Moved the parameters.
    Stepped,
    /// Kept it for a later step (`accumulate`).
    Gathered,
    /// Left it out: it was not finite (`nonfinite=skip`).
    Skipped,
}

/// A rule of your own, with what every method has; see [`Optimizer::of_rule`].
#[derive(Clone, Copy, Debug)]
pub struct Custom<R> {
    /// The method's name; its state carries it.
    pub name: &'static str,
    /// What happens to one coordinate.
    pub rule: R,
    /// The learning rate.
    pub lr: f64,
    /// The weight decay λ: coupled, unless [`Around::decay`] says otherwise.
    pub weight_decay: f64,
}

/// A method at work on one vector of parameters.
///
/// ```
/// use thalweg::{Adam, Optimizer};
/// let mut adam = Optimizer::new(Adam { lr: 0.1, ..Adam::default() }, 2)?;
/// let mut x = [1.0, -2.0];
/// for _ in 0..500 {
///     let g = [x[0], 4.0 * x[1]]; // of x²/2 + 2y²
///     adam.tell(&mut x, &g)?;
/// }
/// assert!(x.iter().all(|v: &f64| v.abs() < 1e-3));
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Optimizer<F: Real> {
    name: String,
    rule: Fused<F>,
    decay: Decay,
    around: Around,
    tensors: Vec<Placed>,
    len: usize,
    slots: Vec<Slot>,
    /// One column for each slot, as long as the parameters.
    columns: Vec<Vec<F>>,
    t: u64,
    carry: f64,
    skipped: u64,
    plateau: PlateauState,
    gathered: (u64, Vec<F>),
    average: Vec<F>,
    /// Where the gradient is wanted, for methods that look ahead.
    ahead: Vec<F>,
}

impl<F: Real> Optimizer<F> {
    /// A method over `layout`: a number of parameters, or named tensors in groups.
    ///
    /// # Errors
    /// [`Error::Range`] for a hyperparameter outside its range; [`Error::Unknown`] for a group that is not there.
    pub fn new(spec: impl Into<Spec>, layout: impl Into<Layout>) -> Result<Self> {
        let spec = spec.into();
        spec.check()?;
        let (lr, weight_decay, decay) = (spec.method.lr(), spec.method.weight_decay(), spec.decay());
        let tensors = layout.into().place(lr, weight_decay)?;
        Ok(Self::build(spec.method.name(), spec.method.fused(), decay, spec.around, tensors))
    }

    /// A rule of your own, put together from the parts in [`algebra`](crate::algebra).
    ///
    /// # Errors
    /// As [`Optimizer::new`]; [`Error::Twice`] if two of its slots have one name. What the rule itself holds is its own
    /// to check.
    pub fn of_rule(custom: Custom<impl Rule>, around: Around, layout: impl Into<Layout>) -> Result<Self> {
        let Custom { name, rule, lr, weight_decay } = custom;
        for (name, found) in [("lr", lr), ("weight_decay", weight_decay)] {
            Error::not_negative(name, found)?;
        }
        let slots = Rule::slots(&rule);
        for (i, slot) in slots.iter().enumerate() {
            if slots[..i].iter().any(|earlier| earlier.name == slot.name) {
                return Err(Error::Twice { what: format!("the slots of {name}"), name: slot.name.into() });
            }
        }
        around.check()?;
        let tensors = layout.into().place(lr, weight_decay)?;
        let decay = around.decay.unwrap_or(Decay::Coupled);
        Ok(Self::build(name, Box::new(rule), decay, around, tensors))
    }

    fn build(name: &str, rule: Fused<F>, decay: Decay, around: Around, tensors: Vec<Placed>) -> Self {
        let len = tensors.last().map_or(0, |tensor| tensor.range.end);
        let slots = rule.slots();
        let columns = slots.iter().map(|slot| vec![F::of(slot.start); len]).collect();
        Self {
            name: name.into(),
            rule,
            decay,
            around,
            tensors,
            len,
            slots,
            columns,
            t: 0,
            carry: 1.0,
            skipped: 0,
            plateau: PlateauState::default(),
            gathered: (0, Vec::new()),
            average: Vec::new(),
            ahead: Vec::new(),
        }
    }

    /// How many parameters there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Steps taken: the clock.
    pub fn steps(&self) -> u64 {
        self.t
    }

    /// Gradients left out because they were not finite.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// What is around the method.
    pub fn around(&self) -> &Around {
        &self.around
    }

    /// The factor of every rate at the next step.
    pub fn rate_factor(&self) -> f64 {
        self.around.schedule.at(self.t) * self.plateau.factor
    }

    /// The learning rate of the first tensor at the next step.
    pub fn lr(&self) -> f64 {
        self.tensors.first().map_or(0.0, |tensor| tensor.lr) * self.rate_factor()
    }

    /// The average of the iterates, once there is one; see [`Average`](crate::Average).
    pub fn average(&self) -> Option<&[F]> {
        (!self.average.is_empty()).then_some(self.average.as_slice())
    }

    /// Shows a loss to the schedule's [`Plateau`](crate::Plateau), if it has one.
    pub fn observe(&mut self, loss: f64) {
        if let Some(plateau) = self.around.schedule.plateau() {
            self.plateau = plateau.observe(self.plateau, loss);
        }
    }

    /// Where the next gradient is wanted: `x` itself, but for methods that look ahead.
    ///
    /// # Errors
    /// [`Error::Length`].
    pub fn ask<'a>(&'a mut self, x: &'a [F]) -> Result<&'a [F]> {
        self.check_length("x", x.len())?;
        if !self.rule.looks() {
            return Ok(x);
        }
        self.ahead.resize(self.len, F::ZERO);
        let (t, factor) = (self.t + 1, self.rate_factor());
        let carry = self.rule.carry(t, self.carry);
        for tensor in &self.tensors {
            let at = At { t, lr: tensor.lr * factor, weight_decay: tensor.weight_decay, carry };
            let (range, from) = (tensor.range.clone(), tensor.range.start);
            self.rule.look(&at, &x[range.clone()], &mut self.columns, from, &mut self.ahead[range]);
        }
        Ok(&self.ahead)
    }

    /// Takes the gradient at the point last asked for, and moves `x`.
    ///
    /// # Errors
    /// [`Error::Length`]; [`Error::NotFinite`] for a gradient with an infinity or a NaN in it, unless
    /// `nonfinite=skip`. After an error nothing has changed.
    pub fn tell(&mut self, x: &mut [F], g: &[F]) -> Result<Told> {
        self.check_length("x", x.len())?;
        self.check_length("the gradient", g.len())?;
        if !all_finite(g) {
            return self.refuse(g);
        }
        if self.around.accumulate <= 1 {
            self.step(x, g);
            return Ok(Told::Stepped);
        }
        if !self.gather(g) {
            return Ok(Told::Gathered);
        }
        let mean = std::mem::take(&mut self.gathered.1);
        // Finite gradients can have a sum that is not.
        let told = if all_finite(&mean) {
            self.step(x, &mean);
            Ok(Told::Stepped)
        } else {
            self.refuse(&mean)
        };
        self.gathered = (0, mean);
        told
    }

    fn step(&mut self, x: &mut [F], g: &[F]) {
        let factor = self.rate_factor();
        self.t += 1;
        self.carry = self.rule.carry(self.t, self.carry);
        let clip_all = match self.around.clip {
            Clip::GlobalNorm(most) => {
                let norms = self.tensors.iter().map(|tensor| square_sum(&g[tensor.range.clone()]));
                self.clip_factor(most, norms.sum::<f64>().sqrt())
            }
            _ => 1.0,
        };
        for tensor in &self.tensors {
            let (range, lr) = (tensor.range.clone(), tensor.lr * factor);
            let (x, g) = (&mut x[range.clone()], &g[range.clone()]);
            let at = At { t: self.t, lr, weight_decay: tensor.weight_decay, carry: self.carry };
            let mut dress = Dress { scale: clip_all, ..Dress::default() };
            match self.around.clip {
                Clip::Value(bound) => dress.bound = bound,
                Clip::Norm(most) => dress.scale = self.clip_factor(most, square_sum(g).sqrt()),
                Clip::Off | Clip::GlobalNorm(_) => {}
            }
            if self.around.goal == Goal::Maximize {
                dress.scale = -dress.scale;
            }
            let dress = dress.decayed(self.decay, tensor.weight_decay, lr);
            let at = if self.decay == Decay::Own { at } else { At { weight_decay: 0.0, ..at } };
            self.rule.step(&at, &dress, x, g, &mut self.columns, range.start);
        }
        self.take_average(x);
    }

    /// What a gradient of this norm is multiplied by so that its norm is at most `most`.
    fn clip_factor(&self, most: f64, norm: f64) -> f64 {
        let norm = norm + self.around.clip_eps;
        if norm > most { most / norm } else { 1.0 }
    }

    fn check_length(&self, what: &str, found: usize) -> Result<()> {
        if found == self.len {
            return Ok(());
        }
        Err(Error::Length { what: what.into(), must: self.len, found })
    }

    /// The error that names the first number of `v` that is not finite.
    pub(crate) fn not_finite(&self, what: &'static str, v: &[F]) -> Error {
        let place = v.iter().position(|v| !v.is_finite()).unwrap_or(0);
        let tensor = self.tensors.iter().find(|tensor| tensor.range.contains(&place));
        let (tensor, start) = tensor.map_or(("x", 0), |tensor| (tensor.name.as_str(), tensor.range.start));
        let found = v.get(place).map_or(f64::NAN, |v| v.to_f64());
        Error::NotFinite { what, tensor: tensor.into(), index: place - start, found }
    }
}
