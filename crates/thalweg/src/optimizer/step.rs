//! Dense steps: checks of the gradient, accumulation, clipping, then the update.

use super::bound_group::ByRule;
use super::bound_tensor::split_mut;
use super::update::{TensorRefs, TensorsMut, clip_sums, is_accepted};
use super::{Optimizer, StepOutcome, first_not_finite};
use crate::error::{Error, Result};
use crate::kernel::{Lookahead, TensorMut, TensorRef, TensorSlots, accumulate};
use crate::method::NonFinite;
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
        self.check_schedule()?;
        Ok(self.checked_eval_point(x))
    }

    /// As [`eval_point`](Self::eval_point), where it has been called with this length since the latest step.
    #[inline]
    pub(crate) fn checked_eval_point<'a>(&'a mut self, x: &'a [F]) -> &'a [F] {
        if !self.needs_lookahead() {
            return x;
        }
        let tensors: TensorRefs<'_, F> = self.split(x).collect();
        self.compute_lookahead(&tensors);
        &self.lookahead
    }

    /// As [`eval_point`](Self::eval_point), for separate tensors in the order of the layout.
    ///
    /// # Errors
    /// [`Error::Tensor`], [`Error::Length`] or [`Error::Dtype`] where they are not the tensors of the layout;
    /// [`Error::OutOfSync`] as above.
    pub fn eval_point_tensors<'a>(&'a mut self, x: &[(&str, TensorRef<'a, F>)]) -> Result<Vec<TensorRef<'a, F>>> {
        Error::length(&"the list of tensors", self.tensors.len(), x.len())?;
        self.check_tensors("x", x.iter().copied())?;
        self.check_in_sync()?;
        self.check_schedule()?;
        let x: Vec<_> = x.iter().map(|&(_, x)| x).collect();
        if !self.needs_lookahead() {
            return Ok(x);
        }
        self.compute_lookahead(&x);
        Ok(self.split(&self.lookahead).collect())
    }

    fn needs_lookahead(&self) -> bool {
        self.groups.iter().any(|group| group.kernel.needs_lookahead)
    }

    /// Splits a flat vector into its tensors.
    fn split<'v>(&self, v: &'v [F]) -> impl Iterator<Item = TensorRef<'v, F>> {
        self.tensors.iter().map(|tensor| TensorRef::Full(&v[tensor.range.clone()]))
    }

    fn compute_lookahead(&mut self, x: &[TensorRef<'_, F>]) {
        self.lookahead.resize(self.len, F::ZERO);
        let lr_factor = self.lr_factor();
        let Self { groups, options, tensors, states, lookahead, isa, .. } = self;
        let mut by_rule = ByRule::new(groups);
        let outs = split_mut(tensors, lookahead);
        for (((tensor, state), out), &x) in tensors.iter().zip(states).zip(outs).zip(x) {
            let group = &groups[tensor.group];
            if !group.kernel.needs_lookahead || !tensor.is_active() {
                x.copy_to(out);
                continue;
            }
            let scalars = group.next_scalars(options.decay, lr_factor, tensor.counter);
            let (step, _) = scalars.at_scale(options, 1.0);
            let slots = TensorSlots::Buffers(&mut state.slots);
            by_rule.push(tensor.group, Lookahead { step, x, slots, out });
        }
        by_rule.for_each(|rule, lookaheads| rule.lookahead(lookaheads, *isa));
    }

    /// Makes one step: updates `x` with its gradient `g` at the [`eval_point`](Self::eval_point).
    ///
    /// # Errors
    /// [`Error::Length`]; [`Error::NotFinite`] for a gradient that contains an infinity or a NaN, unless `nonfinite`
    /// says otherwise; [`Error::Dtype`] where a tensor is in bf16. After an error nothing has changed.
    pub fn step(&mut self, x: &mut [F], g: &[F]) -> Result<StepOutcome> {
        self.check_flat("x", x.len())?;
        self.check_flat("the gradient", g.len())?;
        self.with_active(x, g, Self::step_checked)
    }

    /// As [`step`](Self::step), for a gradient that is known to be finite.
    pub(crate) fn step_finite(&mut self, x: &mut [F], g: &[F]) -> Result<StepOutcome> {
        self.check_step()?;
        self.check_flat("x", x.len())?;
        self.with_active(x, g, |optimizer, x, g| optimizer.accumulate_or_apply(x, g, None))
    }

    /// Calls `step` with the parts of flat vectors that belong to tensors that are not frozen.
    fn with_active(
        &mut self,
        x: &mut [F],
        g: &[F],
        step: impl FnOnce(&mut Self, &mut [TensorMut<'_, F>], &[TensorRef<'_, F>]) -> Result<StepOutcome>,
    ) -> Result<StepOutcome> {
        if self.tensors.len() == 1 && self.tensors[0].is_active() {
            return step(self, &mut [TensorMut::Full(x)], &[TensorRef::Full(g)]);
        }
        let mut x: TensorsMut<'_, F> = self.split_active_mut(x).collect();
        let g: TensorRefs<'_, F> = self.split_active(g).collect();
        step(self, &mut x, &g)
    }

    /// As [`step`](Self::step), for separate tensors in the order of the layout: one parallel loop, whatever their
    /// sizes. Frozen tensors may be omitted.
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
        for tensor in &*tensors {
            Error::length(&format_args!("the gradient of {}", tensor.name), tensor.x.shared().len(), tensor.g.len())?;
        }
        let mut active = self.tensors.iter().filter(|tensor| tensor.is_active()).peekable();
        let (mut x, mut g) = (TensorsMut::new(), TensorRefs::new());
        for tensor in tensors {
            if active.next_if(|active| active.name == tensor.name).is_some() {
                x.push(tensor.x.reborrow());
                g.push(tensor.g);
            }
        }
        self.step_checked(&mut x, &g)
    }

    /// Checks the gradient, then steps. Tensors are those that are not frozen.
    fn step_checked(&mut self, x: &mut [TensorMut<'_, F>], g: &[TensorRef<'_, F>]) -> Result<StepOutcome> {
        self.check_step()?;
        let sums = if self.options.accumulate <= 1 { clip_sums(&self.options, g, self.isa) } else { None };
        if !is_accepted(&self.options, g, sums.as_deref(), self.isa) {
            return self.refuse(g);
        }
        self.accumulate_or_apply(x, g, sums)
    }

    /// Steps with the gradient, or with the mean of the accumulated ones once they are complete; `sums` are the
    /// squared norms of `g` where they are known.
    #[inline]
    fn accumulate_or_apply(
        &mut self,
        x: &mut [TensorMut<'_, F>],
        g: &[TensorRef<'_, F>],
        sums: Option<Vec<f64>>,
    ) -> Result<StepOutcome> {
        if self.options.accumulate > 1 {
            return self.accumulate_then_apply(x, g);
        }
        let sums = sums.or_else(|| clip_sums(&self.options, g, self.isa));
        self.apply(x, g, sums);
        Ok(StepOutcome::Stepped)
    }

    /// Accumulates the gradient, and steps with the mean of the accumulated ones once they are complete.
    fn accumulate_then_apply(&mut self, x: &mut [TensorMut<'_, F>], g: &[TensorRef<'_, F>]) -> Result<StepOutcome> {
        if !self.accumulate(g) {
            return Ok(StepOutcome::Accumulated);
        }
        let mean = std::mem::take(&mut self.accumulated.sum);
        let g: TensorRefs<'_, F> = self.split_active(&mean).collect();
        let sums = clip_sums(&self.options, &g, self.isa);
        // Finite gradients can have a sum that is not finite.
        let outcome = if is_accepted(&self.options, &g, sums.as_deref(), self.isa) {
            self.apply(x, &g, sums);
            Ok(StepOutcome::Stepped)
        } else {
            self.refuse(&g)
        };
        drop(g);
        self.accumulated = super::Accumulated { count: 0, sum: mean };
        outcome
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
        let parts = self.tensors.iter().zip(split_mut(&self.tensors, sum));
        let parts = parts.filter(|(tensor, _)| tensor.is_active()).map(|(_, part)| part);
        accumulate(parts.zip(g.iter().copied()), F::of(divisor), self.isa);
        complete
    }

    /// Skips a gradient that is not finite, or returns the error with its first such number.
    fn refuse(&mut self, g: &[TensorRef<'_, F>]) -> Result<StepOutcome> {
        if self.options.nonfinite == NonFinite::Skip {
            self.skipped += 1;
            return Ok(StepOutcome::Skipped);
        }
        let active = self.tensors.iter().filter(|tensor| tensor.is_active());
        Err(first_not_finite("the gradient", active.map(|tensor| tensor.name.as_str()).zip(g.iter().copied())))
    }
}
