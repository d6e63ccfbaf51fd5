//! Steps that touch some coordinates only: the others catch up when they are next wanted.

use super::layout::{BoundTensor, Dtype, cut_mut};
use super::pending::{PendingSteps, fews};
use super::{Optimizer, StepOutcome};
use crate::error::{Error, Result};
use crate::kernel::{SparseLookahead, SparseStep, StateType, TensorMut, TensorRef, all_finite_in};
use crate::method::{Average, NonFinite};
use crate::real::Real;

/// Sparse steps.
///
/// A gradient is often 0 in all but a few coordinates: a mini-batch of rows with few columns each. A step then costs as much
/// as these few, and is the dense step all the same, to rounding: momentum moves the others on, averages fade, weights
/// decay. They do so when they are next wanted, all missed steps at once.
///
/// ```
/// use thalweg::{AdamW, Optimizer};
/// let mut opt = Optimizer::new(AdamW { lr: 0.1, ..AdamW::default() }, 1000)?;
/// assert_eq!(opt.sparse_unsupported(), None);
/// let mut x = vec![1.0_f64; 1000];
/// for step in 0..100 {
///     let at = [step % 7, 10 + step]; // ascending
///     opt.sync(&mut x, &at)?; // now x is up to date there
///     let g = at.map(|i| x[i as usize] - 0.5);
///     opt.step_sparse(&mut x, &at, &g)?;
/// }
/// opt.sync_all(&mut x)?; // now everywhere
/// assert!((x[999] - (1.0_f64 - 0.1 * 0.01).powi(100)).abs() < 1e-12); // decay alone
/// # Ok::<(), thalweg::Error>(())
/// ```
///
/// Averages over steps, rates that a schedule changes and decays of groups are all seen to. How the missed steps are added
/// up depends on the rule: nothing to do (sgd, AdaGrad), in closed form (momentum, nag, RMSProp, AdaDelta, Adam, AdamW, AMSGrad,
/// Nadam, RAdam, Yogi, Lion, signSGD; SGD and momentum with coupled decay too), or one by one with a gradient of 0, to the same
/// bits as the dense step and at its price (the others, and adaptive methods with coupled decay).
impl<F: Real> Optimizer<F> {
    /// Why steps of this optimizer must be dense, if they must.
    ///
    /// ```
    /// use thalweg::{Lars, Optimizer};
    /// let lars = Optimizer::<f32>::new(Lars::default(), 10)?;
    /// assert_eq!(lars.sparse_unsupported().as_deref(), Some("lars needs the norms of whole tensors"));
    /// # Ok::<(), thalweg::Error>(())
    /// ```
    pub fn sparse_unsupported(&self) -> Option<String> {
        let wide = |state| state == StateType::Full || (state == StateType::F32 && F::NAME == "f32");
        if self.rule.needs_norms() {
            return Some(format!("{} needs the norms of whole tensors", self.name));
        }
        if self.options.average != Average::Off {
            return Some("an average of the iterates takes in every coordinate at every step".into());
        }
        if self.options.accumulate > 1 {
            return Some("gathered gradients are kept whole".into());
        }
        if let Some(tensor) = self.tensors.iter().find(|tensor| tensor.dtype != Dtype::Full) {
            return Some(format!("{} is in bf16, which is rounded at every step", tensor.name));
        }
        if !wide(self.options.state) {
            return Some(format!("slots in {} are rounded at every step", self.options.state.name()));
        }
        (self.len > u32::MAX as usize).then(|| format!("places must be below 2^32, but there are {}", self.len))
    }

    /// Whether a coordinate may be behind the clock: then `x` and the slots are not what they are going to be seen as.
    pub fn is_stale(&self) -> bool {
        self.window.as_ref().is_some_and(PendingSteps::is_stale)
    }

    /// Brings the coordinates listed in `at`, in ascending order, up to date.
    ///
    /// # Errors
    /// [`Error::SparseUnsupported`] where [`sparse_unsupported`](Self::sparse_unsupported) says so; [`Error::Length`]; [`Error::InvalidIndex`] for a list
    /// that does not ascend or that goes beyond the parameters.
    pub fn sync(&mut self, x: &mut [F], at: &[u32]) -> Result<()> {
        self.check_few(x, at)?;
        let Self { rule, isa, tensors, memory, window, .. } = self;
        if let Some(window) = window {
            window.bring((rule, *isa), tensors, memory, cut_mut(tensors, x), Some(at));
        }
        Ok(())
    }

    /// Brings all coordinates up to date: before `x` is read as a whole, and before [`state`](Self::state). A dense
    /// step does it by itself.
    ///
    /// # Errors
    /// [`Error::Length`].
    pub fn sync_all(&mut self, x: &mut [F]) -> Result<()> {
        Error::length(&"x", self.len, x.len())?;
        let Self { rule, isa, tensors, memory, window, .. } = self;
        if let Some(window) = window {
            window.bring((rule, *isa), tensors, memory, cut_mut(tensors, x), None);
        }
        Ok(())
    }

    /// As [`sync_all`](Self::sync_all), of tensors; none is narrow where steps were sparse.
    pub(super) fn sync_tensors(&mut self, x: &mut [TensorMut<'_, F>]) {
        let Self { rule, isa, tensors, memory, window, .. } = self;
        if let Some(window) = window {
            let x = x.iter_mut().map(|x| if let TensorMut::Full(x) = x { &mut **x } else { Default::default() });
            window.bring((rule, *isa), tensors, memory, x, None);
        }
    }

    /// Brings the coordinates listed in `at` up to date and says where their next gradient is wanted: one number for each,
    /// which is `x` there but for methods that look ahead.
    ///
    /// # Errors
    /// As [`sync`](Self::sync).
    pub fn eval_point_sparse(&mut self, x: &mut [F], at: &[u32]) -> Result<&[F]> {
        self.sync(x, at)?;
        if self.ahead.len() < at.len() {
            self.ahead.resize(at.len(), F::ZERO);
        }
        let clock = self.clock();
        let Self { rule, tensors, memory, ahead, .. } = self;
        let mut rest = &mut ahead[..at.len()];
        if rule.needs_lookahead() {
            let slice = fews(tensors, memory, &mut [], cut_mut(tensors, x), Some(at));
            let lookaheads = slice.into_iter().map(|(k, slice)| {
                let out;
                (out, rest) = std::mem::take(&mut rest).split_at_mut(slice.count());
                SparseLookahead { at: clock.of(tensors[k].lr, tensors[k].weight_decay, 1.0).0, slice, out }
            });
            rule.lookahead_sparse(lookaheads.collect());
        } else {
            rest.iter_mut().zip(at).for_each(|(out, &i)| *out = x[i as usize]);
        }
        Ok(&self.ahead[..at.len()])
    }

    /// One step with a gradient that is `g` at the coordinates listed in `at`, in ascending order, and 0 everywhere else.
    ///
    /// # Errors
    /// As [`step`](Self::tell) and [`sync`](Self::sync). After an error nothing has changed but that the
    /// coordinates listed are up to date.
    pub fn step_sparse(&mut self, x: &mut [F], at: &[u32], g: &[F]) -> Result<StepOutcome> {
        self.check_few(x, at)?;
        Error::length(&"the gradient", at.len(), g.len())?;
        let parts = self.cut_few(at, g);
        if self.options.nonfinite != NonFinite::Ignore && !all_finite_in(&parts, self.isa) {
            return self.refuse_few(at, g);
        }
        let scales = self.scales(self.sums(&parts));
        self.sync(x, at)?;
        self.open_window(x)?;
        let clock = self.clock();
        let Self { rule, isa, tensors, memory, window, .. } = self;
        let Some(window) = window else { return Ok(StepOutcome::Skipped) };
        let mut rest = g;
        let slice = fews(tensors, memory, &mut window.last, cut_mut(tensors, x), Some(at)).into_iter();
        let shares = slice.map(|(k, slice)| {
            let g;
            (g, rest) = rest.split_at(slice.count());
            let (at, modifiers) =
                clock.of(tensors[k].lr, tensors[k].weight_decay, scales.get(k).copied().unwrap_or(1.0));
            SparseStep { at, modifiers, slice, g }
        });
        rule.step_sparse(shares.collect(), window.now + 1, *isa);
        if !window.last.is_empty() {
            clock.note(rule, window);
        }
        let full = window.now >= window.most;
        (self.t, self.carry) = (clock.t, clock.carry);
        if full {
            self.sync_all(x)?;
        }
        Ok(StepOutcome::Stepped)
    }

    /// Makes sure that the next step can be noted; where it is of another kind than those before, all come up to date first.
    fn open_window(&mut self, x: &mut [F]) -> Result<()> {
        let clock = self.clock();
        if let Some(window) = &self.window {
            if clock.fits(&self.rule, window) {
                return Ok(());
            }
            self.sync_all(x)?;
        }
        self.window =
            Some(PendingSteps::new(&self.tensors, self.len, |lr, decay| clock.resting(&self.rule, lr, decay)));
        Ok(())
    }

    fn check_few(&self, x: &[F], at: &[u32]) -> Result<()> {
        if let Some(why) = self.sparse_unsupported() {
            return Err(Error::SparseUnsupported(why));
        }
        Error::length(&"x", self.len, x.len())?;
        let ascends = at.is_sorted_by(|a, b| a < b);
        if ascends && at.last().is_none_or(|&last| (last as usize) < self.len) {
            return Ok(());
        }
        let wrong = |place: &usize| at[*place] as usize >= self.len || (*place > 0 && at[*place - 1] >= at[*place]);
        let place = (0..at.len()).find(wrong).unwrap_or(0);
        Err(Error::InvalidIndex { place, len: self.len, found: at[place] })
    }

    /// The gradients of each tensor's coordinates.
    fn cut_few<'a>(&self, at: &[u32], g: &'a [F]) -> Vec<TensorRef<'a, F>> {
        let mut from = 0;
        let cut = |tensor: &BoundTensor| {
            let to = from + at[from..].partition_point(|&i| (i as usize) < tensor.range.end);
            let part = &g[from..to];
            from = to;
            TensorRef::Full(part)
        };
        self.tensors.iter().map(cut).collect()
    }

    fn refuse_few(&mut self, at: &[u32], g: &[F]) -> Result<StepOutcome> {
        if self.options.nonfinite == NonFinite::Skip {
            self.skipped += 1;
            return Ok(StepOutcome::Skipped);
        }
        let broken = at.iter().zip(g).find(|(_, g)| !g.is_finite());
        let (i, found) = broken.map_or((0, f64::NAN), |(&i, g)| (i as usize, g.to_f64()));
        let tensor = self.tensors.iter().find(|tensor| tensor.range.contains(&i));
        let (tensor, index) = tensor.map_or(("x", i), |tensor| (&*tensor.name, i - tensor.range.start));
        Err(Error::NotFinite { what: "the gradient", tensor: tensor.into(), index, found })
    }
}
