//! Dense steps: checks of the gradient, accumulation, clipping, then the update.

use super::layout::{Dtype, split_mut};
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
    /// Name of the tensor in the layout.
    pub name: &'a str,
    /// Parameters of the tensor.
    pub x: TensorMut<'a, F>,
    /// Gradient with respect to `x`, of the same length.
    pub g: TensorRef<'a, F>,
}

impl<'a, F> ParamGrad<'a, F> {
    /// A tensor called `name`; `x` and `g` are slices of the optimizer's element type or of `bf16`.
    pub fn new(name: &'a str, x: impl Into<TensorMut<'a, F>>, g: impl Into<TensorRef<'a, F>>) -> Self {
        Self { name, x: x.into(), g: g.into() }
    }
}

impl<F: Real> Optimizer<F> {
    /// Returns the point at which the next gradient is needed: `x` itself, but for methods with a lookahead.
    ///
    /// # Errors
    /// [`Error::Length`]; [`Error::Dtype`] where a tensor is in bf16, for which there is
    /// [`eval_point_tensors`](Self::eval_point_tensors); [`Error::OutOfSync`] after sparse steps, until
    /// [`sync_all`](Self::sync_all).
    pub fn eval_point<'a>(&'a mut self, x: &'a [F]) -> Result<&'a [F]> {
        self.check_flat("x", x.len())?;
        self.check_in_sync()?;
        if !self.rule.needs_lookahead() {
            return Ok(x);
        }
        self.compute_lookahead(&self.split(x));
        Ok(&self.lookahead)
    }

    /// As [`eval_point`](Self::eval_point), for separate tensors in the order of the layout.
    ///
    /// # Errors
    /// [`Error::Tensor`], [`Error::Length`] or [`Error::Dtype`] where they are not the tensors of the layout;
    /// [`Error::OutOfSync`] as above.
    pub fn eval_point_tensors<'a>(&'a mut self, x: &[(&str, TensorRef<'a, F>)]) -> Result<Vec<TensorRef<'a, F>>> {
        self.check_tensors("x", x.iter().copied())?;
        self.check_in_sync()?;
        let x: Vec<_> = x.iter().map(|&(_, x)| x).collect();
        if !self.rule.needs_lookahead() {
            return Ok(x);
        }
        self.compute_lookahead(&x);
        Ok(self.split(&self.lookahead))
    }

    fn compute_lookahead(&mut self, x: &[TensorRef<'_, F>]) {
        self.lookahead.resize(self.len, F::ZERO);
        let info = self.next_step();
        let outs = split_mut(&self.tensors, &mut self.lookahead);
        let tensors = self.tensors.iter().zip(&mut self.states).zip(outs).zip(x);
        let lookaheads = tensors.map(|(((tensor, state), out), &x)| {
            let (step, _) = info.scalars(tensor.hyperparams, 1.0);
            Lookahead { step, x, slots: &mut state.slots, out }
        });
        self.rule.lookahead(lookaheads.collect(), self.isa);
    }

    /// Makes one step: updates `x` with its gradient `g` at the [`eval_point`](Self::eval_point).
    ///
    /// # Errors
    /// [`Error::Length`]; [`Error::NotFinite`] for a gradient that contains an infinity or a NaN, unless `nonfinite`
    /// says otherwise; [`Error::Dtype`] where a tensor is in bf16. After an error nothing has changed.
    pub fn step(&mut self, x: &mut [F], g: &[F]) -> Result<StepOutcome> {
        self.check_flat("x", x.len())?;
        self.check_flat("the gradient", g.len())?;
        let x = split_mut(&self.tensors, x).map(TensorMut::Full).collect();
        self.step_checked(x, &self.split(g))
    }

    /// As [`step`](Self::step), for a gradient that is known to be finite.
    pub(crate) fn step_finite(&mut self, x: &mut [F], g: &[F]) -> Result<StepOutcome> {
        self.check_flat("x", x.len())?;
        let x = split_mut(&self.tensors, x).map(TensorMut::Full).collect();
        self.accumulate_or_apply(x, &self.split(g), None)
    }

    /// As [`step`](Self::step), for separate tensors in the order of the layout: one parallel loop, whatever their
    /// sizes.
    ///
    /// ```
    /// use thalweg::method::Sgd;
    /// use thalweg::{Layout, Optimizer, ParamGrad, Tensor};
    /// let layout = Layout { tensors: vec![Tensor::new("weights", 2), Tensor::new("bias", 1)], ..Layout::default() };
    /// let mut sgd = Optimizer::new(Sgd { lr: 0.5, ..Sgd::default() }, layout)?;
    /// let (mut weights, mut bias) = (vec![1.0, 2.0], vec![3.0]);
    /// sgd.step_tensors(&mut [
    ///     ParamGrad::new("weights", &mut weights[..], &[1.0, 1.0][..]),
    ///     ParamGrad::new("bias", &mut bias[..], &[2.0][..]),
    /// ])?;
    /// assert_eq!((weights, bias), (vec![0.5, 1.5], vec![2.0]));
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`step`](Self::step); [`Error::Tensor`], [`Error::Length`] or [`Error::Dtype`] where they are not the
    /// tensors of the layout. After an error nothing has changed.
    pub fn step_tensors(&mut self, tensors: &mut [ParamGrad<'_, F>]) -> Result<StepOutcome> {
        self.check_tensors("x", tensors.iter().map(|tensor| (tensor.name, tensor.x.shared())))?;
        for (bound, tensor) in self.tensors.iter().zip(&*tensors) {
            Error::length(&format_args!("the gradient of {}", bound.name), bound.range.len(), tensor.g.len())?;
        }
        let parts = tensors.iter_mut().map(|tensor| (tensor.x.reborrow(), tensor.g));
        let (x, g) = parts.unzip::<_, _, Vec<_>, Vec<_>>();
        self.step_checked(x, &g)
    }

    /// Checks the gradient, then steps.
    fn step_checked(&mut self, x: Vec<TensorMut<'_, F>>, g: &[TensorRef<'_, F>]) -> Result<StepOutcome> {
        // Where norms are needed, one pass is enough: a sum of squares is finite only if every number is.
        let sums = if self.options.accumulate <= 1 { self.square_sums(g) } else { None };
        let known_finite = sums.as_ref().is_some_and(|sums| sums.iter().all(|sum| sum.is_finite()));
        if !known_finite && self.options.nonfinite != NonFinite::Ignore && !all_finite_in(g, self.isa) {
            return self.refuse(g);
        }
        self.accumulate_or_apply(x, g, sums)
    }

    /// Steps with the gradient, or with the mean of the accumulated ones once they are complete; `sums` are the
    /// squared norms of `g` where they are known.
    fn accumulate_or_apply(
        &mut self,
        x: Vec<TensorMut<'_, F>>,
        g: &[TensorRef<'_, F>],
        sums: Option<Vec<f64>>,
    ) -> Result<StepOutcome> {
        if self.options.accumulate <= 1 {
            let sums = sums.or_else(|| self.square_sums(g));
            self.apply(x, g, sums);
            return Ok(StepOutcome::Stepped);
        }
        if !self.accumulate(g) {
            return Ok(StepOutcome::Accumulated);
        }
        let mean = std::mem::take(&mut self.accumulated.sum);
        let g = self.split(&mean);
        // Finite gradients can have a sum that is not finite.
        let outcome = if self.options.nonfinite == NonFinite::Ignore || all_finite_in(&g, self.isa) {
            let sums = self.square_sums(&g);
            self.apply(x, &g, sums);
            Ok(StepOutcome::Stepped)
        } else {
            self.refuse(&g)
        };
        self.accumulated = super::Accumulated { count: 0, sum: mean };
        outcome
    }

    fn apply(&mut self, mut x: Vec<TensorMut<'_, F>>, g: &[TensorRef<'_, F>], sums: Option<Vec<f64>>) {
        self.sync_tensors(&mut x);
        let info = self.next_step();
        (self.t, self.carry) = (info.t, info.carry);
        let scales = self.clip_scales(sums);
        let average_weight = self.start_average();
        // Without an average there is nothing to split.
        let mut averages = average_weight.map(|weight| (split_mut(&self.tensors, &mut self.average), F::of(weight)));
        let mut updates = Vec::with_capacity(self.tensors.len());
        let tensors = self.tensors.iter().zip(&mut self.states).zip(x.into_iter().zip(g));
        for (k, ((tensor, state), (x, &g))) in tensors.enumerate() {
            let scale = scales.get(k).copied().unwrap_or(1.0);
            let (step, modifiers) = info.scalars(tensor.hyperparams, scale);
            let average = averages.as_mut().map(|(parts, weight)| AverageUpdate {
                average: parts.next().unwrap_or_else(|| unreachable!("every tensor has its part")),
                weight: *weight,
            });
            updates.push(TensorUpdate {
                step,
                modifiers,
                x,
                g,
                slots: &mut state.slots,
                residual: state.residual.as_deref_mut(),
                average,
                index: tensor.range.start as u64,
            });
        }
        self.rule.step(updates, self.isa, Dither::new(self.options.seed.unwrap_or(0), self.t));
    }

    /// Adds `g` to the accumulated gradients; returns `true` once they are complete and replaced by their mean.
    fn accumulate(&mut self, g: &[TensorRef<'_, F>]) -> bool {
        let super::Accumulated { count, sum } = &mut self.accumulated;
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
    pub(super) fn square_sums(&self, g: &[TensorRef<'_, F>]) -> Option<Vec<f64>> {
        matches!(self.options.clip, Clip::Norm(_) | Clip::GlobalNorm(_)).then(|| square_sums(g, self.isa))
    }

    /// Factor of each tensor's gradient by norm clipping; empty without it.
    pub(super) fn clip_scales(&self, sums: Option<Vec<f64>>) -> Vec<f64> {
        let factor = |limit: f64, sum: f64| {
            let norm = sum.sqrt() + self.options.clip_eps;
            if norm > limit { limit / norm } else { 1.0 }
        };
        match (self.options.clip, sums) {
            (Clip::Off | Clip::Value(_), _) => Vec::new(),
            (Clip::Norm(limit), Some(sums)) => sums.into_iter().map(|sum| factor(limit, sum)).collect(),
            (Clip::GlobalNorm(limit), Some(sums)) => vec![factor(limit, sums.iter().sum()); sums.len()],
            (Clip::Norm(_) | Clip::GlobalNorm(_), None) => unreachable!("norm clipping has its norms"),
        }
    }

    /// Weight of x in the average at this step, if there is an average; allocates it at the first step.
    fn start_average(&mut self) -> Option<f64> {
        let starts = self.average.is_empty();
        let weight = match self.options.average {
            Average::Off => return None,
            _ if starts => 1.0,
            Average::Ema(decay) => 1.0 - decay,
            Average::Polyak => 1.0 / self.t as f64,
        };
        self.average.resize(self.len, F::ZERO);
        Some(weight)
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
        for (position, (tensor, (name, x))) in self.tensors.iter().zip(tensors).enumerate() {
            if tensor.name != name {
                return Err(Error::Tensor { position, expected: tensor.name.clone(), found: name.into() });
            }
            Error::length(&format_args!("{what} of {name}"), tensor.range.len(), x.len())?;
            let expected = if tensor.dtype == Dtype::Full { F::NAME } else { "bf16" };
            if x.dtype() != expected {
                return Err(Error::Dtype { tensor: name.into(), expected, found: x.dtype() });
            }
        }
        Ok(())
    }

    /// Skips a gradient that is not finite, or returns the error with its first such number.
    fn refuse(&mut self, g: &[TensorRef<'_, F>]) -> Result<StepOutcome> {
        if self.options.nonfinite == NonFinite::Skip {
            self.skipped += 1;
            return Ok(StepOutcome::Skipped);
        }
        Err(self.not_finite("the gradient", g))
    }
}
