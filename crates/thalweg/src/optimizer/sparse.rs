//! Steps that touch only some coordinates; the others catch up when they are next needed.

use super::bound_group::{ByRule, advance_counters};
use super::bound_tensor::{BoundTensor, split_mut};
use super::layout::Dtype;
use super::pending::{NextStep, PendingSteps, SyncTarget, sparse_slices};
use super::update::{clip_scales, clip_sums};
use super::{Optimizer, StepOutcome};
use crate::error::{Error, Result};
use crate::kernel::{SparseLookahead, SparseStep, StateType, TensorMut, TensorRef, all_finite_in};
use crate::method::{Average, NonFinite};
use crate::real::Real;

/// Sparse steps.
///
/// A gradient is often 0 in all but a few coordinates: a mini-batch of rows with few features each. A sparse step
/// costs as much as these few, and equals the dense step to rounding: in a dense step the other coordinates would be
/// moved by momentum, averages would decay, and so would weights. In a sparse step they skip that, and catch up with
/// all skipped steps at once when they are next needed.
///
/// ```
/// use thalweg::Optimizer;
/// use thalweg::method::AdamW;
/// let mut opt = Optimizer::new(AdamW { lr: 0.1, ..AdamW::default() }, 1000)?;
/// assert_eq!(opt.sparse_unsupported(), None);
/// let mut x = vec![1.0_f64; 1000];
/// for step in 0..100 {
///     let coordinates = [step % 7, 10 + step]; // ascending
///     opt.sync(&mut x, &coordinates)?; // now x is up to date there
///     let g = coordinates.map(|i| x[i as usize] - 0.5);
///     opt.step_sparse(&mut x, &coordinates, &g)?;
/// }
/// opt.sync_all(&mut x)?; // now everywhere
/// assert!((x[999] - (1.0_f64 - 0.1 * 0.01).powi(100)).abs() < 1e-12); // decay alone
/// # Ok::<(), thalweg::Error>(())
/// ```
///
/// Averages over steps, learning rates under a schedule and decays of groups are all taken into account. How skipped
/// steps are applied depends on the rule: not at all (sgd, AdaGrad, FTRL), in closed form (momentum, nag, RMSProp,
/// AdaDelta, Adam, AdamW, AMSGrad, Nadam, RAdam, Yogi, Lion, signSGD; SGD and momentum with coupled decay too), or
/// one by one with a gradient of 0, to the same bits as dense steps and at their cost (the others, and adaptive
/// methods with coupled decay).
impl<F: Real> Optimizer<F> {
    /// The reason why this optimizer supports dense steps only; `None` where sparse steps are supported.
    ///
    /// ```
    /// use thalweg::Optimizer;
    /// use thalweg::method::Lars;
    /// let lars = Optimizer::<f32>::new(Lars::default(), 10)?;
    /// assert_eq!(lars.sparse_unsupported().as_deref(), Some("lars needs the norms of whole tensors"));
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    pub fn sparse_unsupported(&self) -> Option<String> {
        if self.is_shard() {
            return Some("it has a shard of the parameters".into());
        }
        let full = |state| state == StateType::Full || (state == StateType::F32 && F::NAME == "f32");
        if self.method.is_solver() {
            return Some(format!("{} is not a method of single steps by a gradient", self.method.name()));
        }
        if self.method.rule.needs_norms() {
            return Some(format!("{} needs the norms of whole tensors", self.method.name()));
        }
        if self.options.average != Average::Off {
            return Some("an average of the iterates changes in every coordinate at every step".into());
        }
        if self.options.accumulate > 1 {
            return Some("accumulated gradients are dense".into());
        }
        if let Some(tensor) = self.tensors.iter().find(|tensor| tensor.dtype != Dtype::Full) {
            return Some(format!("{} is in bf16, which is rounded at every step", tensor.name));
        }
        if !full(self.options.state) {
            return Some(format!("slots in {} are rounded at every step", self.options.state.name()));
        }
        (self.len > u32::MAX as usize).then(|| format!("coordinates must be below 2^32, but there are {}", self.len))
    }

    /// Returns `true` if any coordinate may have skipped steps pending: then `x` and the slots are not up to date.
    pub fn is_stale(&self) -> bool {
        self.pending.as_ref().is_some_and(PendingSteps::is_stale)
    }

    /// Applies the skipped steps to the listed coordinates, which are in ascending order.
    ///
    /// # Errors
    /// [`Error::SparseUnsupported`] where [`sparse_unsupported`](Self::sparse_unsupported) has a reason;
    /// [`Error::Length`]; [`Error::InvalidIndex`] for a list that is not ascending or goes beyond the parameters.
    pub fn sync(&mut self, x: &mut [F], coordinates: &[u32]) -> Result<()> {
        self.check_sparse(x, coordinates)?;
        self.apply_pending(x, Some(coordinates));
        Ok(())
    }

    /// Applies the skipped steps to all coordinates: to be called before `x` is read as a whole, and before
    /// [`state`](Self::state). A dense step does so itself.
    ///
    /// # Errors
    /// [`Error::Length`] where `x` is not as long as the parameters.
    pub fn sync_all(&mut self, x: &mut [F]) -> Result<()> {
        Error::length(&"x", self.len, x.len())?;
        self.apply_pending(x, None);
        Ok(())
    }

    fn apply_pending(&mut self, x: &mut [F], coordinates: Option<&[u32]>) {
        let Self { groups, isa, tensors, states, pending, .. } = self;
        if let Some(pending) = pending {
            pending.sync(SyncTarget { groups, isa: *isa, tensors, states, x: split_mut(tensors, x) }, coordinates);
        }
    }

    /// As [`sync_all`](Self::sync_all), for the tensors that are not frozen; after sparse steps all are in the element
    /// type.
    pub(super) fn sync_tensors(&mut self, x: &mut [TensorMut<'_, F>]) {
        let Self { groups, isa, tensors, states, pending, .. } = self;
        if let Some(pending) = pending {
            let mut active = x.iter_mut().map(|x| match x {
                TensorMut::Full(x) => &mut **x,
                TensorMut::Bf16(_) => unreachable!("an optimizer with bf16 tensors makes no sparse steps"),
            });
            let x = tensors.iter().map(|tensor| -> &mut [F] {
                if !tensor.is_active() {
                    return &mut [];
                }
                active.next().unwrap_or_else(|| unreachable!("every active tensor has its part"))
            });
            pending.sync(SyncTarget { groups, isa: *isa, tensors, states, x }, None);
        }
    }

    /// Applies the skipped steps to the listed coordinates and returns the points at which their next gradients are
    /// needed, one number per coordinate: `x` itself, but for methods with a lookahead.
    ///
    /// # Errors
    /// As [`sync`](Self::sync).
    pub fn eval_point_sparse(&mut self, x: &mut [F], coordinates: &[u32]) -> Result<&[F]> {
        self.check_schedule()?;
        self.sync(x, coordinates)?;
        if self.lookahead.len() < coordinates.len() {
            self.lookahead.resize(coordinates.len(), F::ZERO);
        }
        let lr_factor = self.lr_factor();
        let Self { groups, options, tensors, states, lookahead, .. } = self;
        let points = &mut lookahead[..coordinates.len()];
        points.iter_mut().zip(coordinates).for_each(|(point, &i)| *point = x[i as usize]);
        let next = NextStep { options, lr_factor, groups, tensors };
        let mut by_rule = ByRule::new(groups);
        let (mut remaining, mut from) = (points, 0);
        for (k, slice) in sparse_slices(tensors, states, &mut [], split_mut(tensors, x), Some(coordinates)) {
            let tensor = &tensors[k];
            // Coordinates of frozen tensors have no slice.
            let start = coordinates.partition_point(|&i| (i as usize) < tensor.range.start);
            let out;
            (_, remaining) = std::mem::take(&mut remaining).split_at_mut(start - from);
            (out, remaining) = std::mem::take(&mut remaining).split_at_mut(slice.count());
            from = start + slice.count();
            let (step, _) = next.scalars(tensor, 1.0);
            if groups[tensor.group].kernel.needs_lookahead {
                by_rule.push(tensor.group, SparseLookahead { step, slice, out });
            }
        }
        by_rule.for_each(|rule, lookaheads| rule.lookahead_sparse(lookaheads));
        Ok(&self.lookahead[..coordinates.len()])
    }

    /// Makes one step with a gradient that is `g` at the listed coordinates, in ascending order, and 0 everywhere
    /// else.
    ///
    /// # Errors
    /// As [`step`](Self::step) and [`sync`](Self::sync). After an error nothing has changed, except that the listed
    /// coordinates may be in sync.
    pub fn step_sparse(&mut self, x: &mut [F], coordinates: &[u32], g: &[F]) -> Result<StepOutcome> {
        self.check_step()?;
        self.check_sparse(x, coordinates)?;
        Error::length(&"the gradient", coordinates.len(), g.len())?;
        let parts = self.split_sparse(coordinates, g);
        if self.options.nonfinite != NonFinite::Ignore && !all_finite_in(&parts, self.isa) {
            return self.refuse_sparse(coordinates, g);
        }
        let sums = clip_sums(&self.options, &parts, self.isa);
        let scales = sums.map_or_else(Vec::new, |sums| clip_scales(&self.options, sums));
        self.apply_pending(x, Some(coordinates));
        self.prepare_pending(x);
        let lr_factor = self.lr_factor();
        let Self { groups, options, isa, tensors, states, pending, .. } = self;
        let Some(pending) = pending else { unreachable!("`prepare_pending` has made it") };
        let next = NextStep { options, lr_factor, groups, tensors };
        let mut by_rule = ByRule::new(groups);
        let slices = sparse_slices(tensors, states, &mut pending.last_steps, split_mut(tensors, x), Some(coordinates));
        for (k, slice) in slices {
            let tensor = &tensors[k];
            let start = coordinates.partition_point(|&i| (i as usize) < tensor.range.start);
            let g = &g[start..start + slice.count()];
            let (step, modifiers) = next.scalars(tensor, scales.get(k).copied().unwrap_or(1.0));
            by_rule.push(tensor.group, SparseStep { step, modifiers, slice, g });
        }
        by_rule.for_each(|rule, steps| rule.step_sparse(steps, pending.count + 1, *isa));
        pending.append(&next);
        let full = pending.count >= pending.max_count;
        self.t += 1;
        advance_counters(tensors, groups);
        if full {
            self.apply_pending(x, None);
        }
        Ok(StepOutcome::Stepped)
    }

    /// Makes sure that the next step can be appended to the pending ones; where it is of another form, all
    /// coordinates are synced first.
    fn prepare_pending(&mut self, x: &mut [F]) {
        let lr_factor = self.lr_factor();
        let Self { options, groups, tensors, .. } = self;
        let next = NextStep { options, lr_factor, groups, tensors };
        if self.pending.as_ref().is_some_and(|pending| pending.accepts(&next)) {
            return;
        }
        let new = PendingSteps::new(&next);
        self.apply_pending(x, None);
        self.pending = Some(new);
    }

    fn check_sparse(&self, x: &[F], coordinates: &[u32]) -> Result<()> {
        if let Some(reason) = self.sparse_unsupported() {
            return Err(Error::SparseUnsupported(reason));
        }
        Error::length(&"x", self.len, x.len())?;
        let invalid = |position: usize| {
            let beyond = coordinates[position] as usize >= self.len;
            beyond || (position > 0 && coordinates[position - 1] >= coordinates[position])
        };
        // Without an early exit, which would keep the comparisons from being vectorized.
        let pairs = coordinates.iter().zip(coordinates.iter().skip(1));
        let ascending = pairs.filter(|(a, b)| a >= b).count() == 0;
        if ascending && coordinates.last().is_none_or(|&last| (last as usize) < self.len) {
            return Ok(());
        }
        match (0..coordinates.len()).find(|&position| invalid(position)) {
            Some(position) => Err(Error::InvalidIndex { position, len: self.len, found: coordinates[position] }),
            None => unreachable!("a list that is not ascending, or too large, has a first such coordinate"),
        }
    }

    /// Splits the gradient by tensors.
    fn split_sparse<'a>(&self, coordinates: &[u32], g: &'a [F]) -> Vec<TensorRef<'a, F>> {
        let mut from = 0;
        let part = |tensor: &BoundTensor| {
            let to = from + coordinates[from..].partition_point(|&i| (i as usize) < tensor.range.end);
            let part = if tensor.is_active() { &g[from..to] } else { &[] };
            from = to;
            TensorRef::Full(part)
        };
        self.tensors.iter().map(part).collect()
    }

    /// Skips a gradient that is not finite, or returns the error with its first such number.
    fn refuse_sparse(&mut self, coordinates: &[u32], g: &[F]) -> Result<StepOutcome> {
        if self.options.nonfinite == NonFinite::Skip {
            self.skipped += 1;
            return Ok(StepOutcome::Skipped);
        }
        let mut not_finite = coordinates.iter().zip(g).filter(|(_, g)| !g.is_finite());
        let first = not_finite.find_map(|(&i, found)| {
            let i = i as usize;
            let tensor = self.tensors.iter().find(|tensor| tensor.is_active() && tensor.range.contains(&i))?;
            let (tensor, index) = (tensor.name.clone(), i - tensor.range.start);
            Some(Error::NotFinite { what: "the gradient", tensor, index, found: found.to_f64() })
        });
        Err(first.unwrap_or_else(|| unreachable!("a number that is not finite was found before")))
    }
}
