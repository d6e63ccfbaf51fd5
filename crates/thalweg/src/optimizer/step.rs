//! A gradient comes in: is it finite, is it one of several, how far does it reach; then the step.

use super::layout::{Dtype, cut_mut};
use super::{Optimizer, StepOutcome};
use crate::error::{Error, Result};
use crate::kernel::{
    AverageUpdate, Dither, Lookahead, TensorMut, TensorRef, TensorUpdate, accumulate, all_finite_in, square_sums,
};
use crate::method::{Average, Clip, NonFinite};
use crate::real::Real;

/// A tensor and its gradient, for [`Optimizer::step_tensors`].
#[derive(Debug)]
pub struct ParamGrad<'a, F> {
    /// The tensor's name in the layout.
    pub name: &'a str,
    /// Its numbers.
    pub x: TensorMut<'a, F>,
    /// Their gradient.
    pub g: TensorRef<'a, F>,
}

impl<'a, F> ParamGrad<'a, F> {
    /// A tensor called `name`: `x` and `g` are slices of the optimizer's element type or of `bf16`.
    pub fn new(name: &'a str, x: impl Into<TensorMut<'a, F>>, g: impl Into<TensorRef<'a, F>>) -> Self {
        Self { name, x: x.into(), g: g.into() }
    }
}

impl<F: Real> Optimizer<F> {
    /// Where the next gradient is wanted: `x` itself, but for methods that look ahead.
    ///
    /// # Errors
    /// [`Error::Length`]; [`Error::Dtype`] where a tensor is in bf16: then [`Optimizer::eval_point_tensors`] is for it;
    /// [`Error::OutOfSync`] after sparse steps, until [`Optimizer::sync_all`].
    pub fn eval_point<'a>(&'a mut self, x: &'a [F]) -> Result<&'a [F]> {
        self.check_flat("x", x.len())?;
        self.check_up_to_date()?;
        if !self.rule.needs_lookahead() {
            return Ok(x);
        }
        self.look_ahead(&self.cut(x));
        Ok(&self.ahead)
    }

    /// As [`Optimizer::eval_point`], of tensors that lie apart, in the order of the layout.
    ///
    /// # Errors
    /// [`Error::Tensor`], [`Error::Length`], [`Error::Dtype`] where they are not those of the layout.
    pub fn eval_point_tensors<'a>(&'a mut self, x: &[(&str, TensorRef<'a, F>)]) -> Result<Vec<TensorRef<'a, F>>> {
        self.check_tensors("x", x.iter().copied())?;
        self.check_up_to_date()?;
        let x: Vec<_> = x.iter().map(|&(_, x)| x).collect();
        if !self.rule.needs_lookahead() {
            return Ok(x);
        }
        self.look_ahead(&x);
        Ok(self.cut(&self.ahead))
    }

    fn look_ahead(&mut self, x: &[TensorRef<'_, F>]) {
        self.ahead.resize(self.len, F::ZERO);
        let clock = self.clock();
        let places = self.tensors.iter().zip(&mut self.memory).zip(cut_mut(&self.tensors, &mut self.ahead));
        let lookaheads = places.zip(x).map(|(((tensor, memory), out), &x)| {
            let (at, _) = clock.of(tensor.lr, tensor.weight_decay, 1.0);
            Lookahead { at, x, buffers: &mut memory.buffers, out }
        });
        self.rule.lookahead(lookaheads.collect(), self.isa);
    }

    /// Takes the gradient at the point last asked for, and moves `x`.
    ///
    /// # Errors
    /// [`Error::Length`]; [`Error::NotFinite`] for a gradient with an infinity or a NaN in it, unless
    /// `nonfinite` says otherwise; [`Error::Dtype`] where a tensor is in bf16. After an error nothing has changed.
    pub fn step(&mut self, x: &mut [F], g: &[F]) -> Result<StepOutcome> {
        self.check_flat("x", x.len())?;
        self.check_flat("the gradient", g.len())?;
        let (x, g) = self.parts(x, g);
        self.take(x, &g)
    }

    /// As [`Optimizer::step`], for a gradient that is known to be finite.
    pub(crate) fn step_finite(&mut self, x: &mut [F], g: &[F]) -> Result<StepOutcome> {
        self.check_flat("x", x.len())?;
        let (x, g) = self.parts(x, g);
        self.take_finite(x, &g, None)
    }

    /// As [`Optimizer::step`], of tensors that lie apart, in the order of the layout: one piece of work, whatever their
    /// sizes.
    ///
    /// ```
    /// use thalweg::{Layout, Optimizer, ParamGrad, Sgd, Tensor};
    /// let layout = Layout { tensors: vec![Tensor::new("weights", 2), Tensor::new("bias", 1)], ..Layout::default() };
    /// let mut sgd = Optimizer::new(Sgd { lr: 0.5, ..Sgd::default() }, layout)?;
    /// let (mut weights, mut bias) = (vec![1.0, 2.0], vec![3.0]);
    /// let mut parts = [ParamGrad::new("weights", &mut weights[..], &[1.0, 1.0][..]), ParamGrad::new("bias", &mut bias[..], &[2.0][..])];
    /// sgd.step_tensors(&mut parts)?;
    /// assert_eq!((weights, bias), (vec![0.5, 1.5], vec![2.0]));
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Optimizer::step`]; [`Error::Tensor`], [`Error::Length`], [`Error::Dtype`] where the parts are not the tensors of the
    /// layout. After an error nothing has changed.
    pub fn step_tensors(&mut self, parts: &mut [ParamGrad<'_, F>]) -> Result<StepOutcome> {
        self.check_tensors("x", parts.iter().map(|part| (part.name, part.x.shared())))?;
        for (tensor, part) in self.tensors.iter().zip(&*parts) {
            Error::length(&format_args!("the gradient of {}", tensor.name), tensor.range.len(), part.g.len())?;
        }
        let (x, g) = parts.iter_mut().map(|part| (part.x.reborrow(), part.g)).unzip::<_, _, Vec<_>, Vec<_>>();
        self.take(x, &g)
    }

    /// The tensors of a flat vector and of its gradient.
    fn parts<'a>(&self, x: &'a mut [F], g: &'a [F]) -> (Vec<TensorMut<'a, F>>, Vec<TensorRef<'a, F>>) {
        (cut_mut(&self.tensors, x).map(TensorMut::Full).collect(), self.cut(g))
    }

    fn take(&mut self, x: Vec<TensorMut<'_, F>>, g: &[TensorRef<'_, F>]) -> Result<StepOutcome> {
        // Where norms are wanted, one pass gives both: a sum of squares is finite only if all of them are.
        let sums = (self.options.accumulate <= 1).then(|| self.sums(g)).flatten();
        let summed = sums.as_ref().is_some_and(|sums| sums.iter().all(|sum| sum.is_finite()));
        if !summed && self.options.nonfinite != NonFinite::Ignore && !all_finite_in(g, self.isa) {
            return self.refuse(g);
        }
        self.take_finite(x, g, sums)
    }

    fn take_finite(
        &mut self,
        x: Vec<TensorMut<'_, F>>,
        g: &[TensorRef<'_, F>],
        sums: Option<Vec<f64>>,
    ) -> Result<StepOutcome> {
        if self.options.accumulate <= 1 {
            let sums = sums.or_else(|| self.sums(g));
            self.apply_step(x, g, sums);
            return Ok(StepOutcome::Stepped);
        }
        if !self.accumulate(g) {
            return Ok(StepOutcome::Accumulated);
        }
        let mean = std::mem::take(&mut self.accumulated.1);
        let g = self.cut(&mean);
        // Finite gradients can have a sum that is not.
        let told = if self.options.nonfinite == NonFinite::Ignore || all_finite_in(&g, self.isa) {
            let sums = self.sums(&g);
            self.apply_step(x, &g, sums);
            Ok(StepOutcome::Stepped)
        } else {
            self.refuse(&g)
        };
        self.accumulated = (0, mean);
        told
    }

    fn apply_step(&mut self, mut x: Vec<TensorMut<'_, F>>, g: &[TensorRef<'_, F>], sums: Option<Vec<f64>>) {
        self.sync_tensors(&mut x);
        let clock = self.clock();
        (self.t, self.carry) = (clock.t, clock.carry);
        let scales = self.scales(sums);
        let share_of_average = self.begin_average();
        // There is nothing to cut where no average is kept.
        let mut averages = share_of_average.map(|share| (cut_mut(&self.tensors, &mut self.average), F::of(share)));
        let mut shares = Vec::with_capacity(self.tensors.len());
        for (k, ((tensor, memory), (x, &g))) in
            self.tensors.iter().zip(&mut self.memory).zip(x.into_iter().zip(g)).enumerate()
        {
            let scale = scales.get(k).copied().unwrap_or(1.0);
            let (at, modifiers) = clock.of(tensor.lr, tensor.weight_decay, scale);
            let average =
                averages.as_mut().and_then(|(parts, share)| Some(AverageUpdate { of: parts.next()?, share: *share }));
            shares.push(TensorUpdate {
                at,
                modifiers,
                x,
                g,
                buffers: &mut memory.buffers,
                residual: memory.residual.as_deref_mut(),
                average,
                index: tensor.range.start as u64,
            });
        }
        self.rule.step(shares, self.isa, Dither::new(self.options.seed, self.t));
    }

    /// Adds `g` to the gathered gradients; true once they are complete and replaced by their mean.
    fn accumulate(&mut self, g: &[TensorRef<'_, F>]) -> bool {
        let (count, sum) = &mut self.accumulated;
        if *count == 0 {
            sum.clear();
            sum.resize(self.len, F::ZERO);
        }
        *count += 1;
        let complete = *count >= self.options.accumulate;
        let divisor = if complete { *count as f64 } else { 1.0 };
        accumulate(sum, g, F::of(divisor), self.isa);
        complete
    }

    /// Σ g² of each tensor, where norms are clipped.
    pub(super) fn sums(&self, g: &[TensorRef<'_, F>]) -> Option<Vec<f64>> {
        matches!(self.options.clip, Clip::Norm(_) | Clip::GlobalNorm(_)).then(|| square_sums(g, self.isa))
    }

    /// What each tensor's gradient is multiplied by so that its norm is clipped; empty where it is not.
    pub(super) fn scales(&self, sums: Option<Vec<f64>>) -> Vec<f64> {
        let sums = sums.unwrap_or_default();
        let factor = |most: f64, sum: f64| {
            let norm = sum.sqrt() + self.options.clip_eps;
            if norm > most { most / norm } else { 1.0 }
        };
        match self.options.clip {
            Clip::Off | Clip::Value(_) => Vec::new(),
            Clip::Norm(most) => sums.into_iter().map(|sum| factor(most, sum)).collect(),
            Clip::GlobalNorm(most) => vec![factor(most, sums.iter().sum()); sums.len()],
        }
    }

    /// How far the average moves towards x at this step, if there is one.
    fn begin_average(&mut self) -> Option<f64> {
        let begins = self.average.is_empty();
        let share = match self.options.average {
            Average::Off => return None,
            _ if begins => 1.0,
            Average::Ema(decay) => 1.0 - decay,
            Average::Polyak => 1.0 / self.t as f64,
        };
        self.average.resize(self.len, F::ZERO);
        Some(share)
    }

    fn check_up_to_date(&self) -> Result<()> {
        if self.is_stale() { Err(Error::OutOfSync) } else { Ok(()) }
    }

    fn check_flat(&self, what: &str, found: usize) -> Result<()> {
        Error::length(&what, self.len, found)?;
        match self.tensors.iter().find(|tensor| tensor.dtype != Dtype::Full) {
            Some(tensor) => Err(Error::Dtype { tensor: tensor.name.clone(), expected: "bf16", found: F::NAME }),
            None => Ok(()),
        }
    }

    fn check_tensors<'a>(
        &self,
        what: &str,
        tensors: impl ExactSizeIterator<Item = (&'a str, TensorRef<'a, F>)>,
    ) -> Result<()> {
        Error::length(&"the list of tensors", self.tensors.len(), tensors.len())?;
        for (place, (tensor, (name, x))) in self.tensors.iter().zip(tensors).enumerate() {
            if tensor.name != name {
                return Err(Error::Tensor { place, expected: tensor.name.clone(), found: name.into() });
            }
            Error::length(&format_args!("{what} of {name}"), tensor.range.len(), x.len())?;
            let expected = if tensor.dtype == Dtype::Full { F::NAME } else { "bf16" };
            if x.dtype() != expected {
                return Err(Error::Dtype { tensor: name.into(), expected, found: x.dtype() });
            }
        }
        Ok(())
    }

    /// What becomes of a gradient that is not finite.
    fn refuse(&mut self, g: &[TensorRef<'_, F>]) -> Result<StepOutcome> {
        if self.options.nonfinite == NonFinite::Skip {
            self.skipped += 1;
            return Ok(StepOutcome::Skipped);
        }
        Err(self.not_finite("the gradient", g))
    }
}
