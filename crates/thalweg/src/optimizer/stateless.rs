//! Steps of tensors whose states belong to the caller.

use super::borrowed::BorrowedTensor;
use super::method_kernel::{CustomRule, MethodKernel};
use super::step_counter::StepCounter;
use super::update::{TensorRefs, TensorScalars, TensorStep, apply, clip_sums, is_accepted};
use super::{StepOutcome, first_not_finite};
use crate::algebra::Rule;
use crate::error::{Error, Result};
use crate::kernel::{Isa, Lookahead, SlotMut, TensorMut, TensorSlots};
use crate::method::{Average, Element, NonFinite, OptimizerOptions, OptimizerSpec};
use crate::real::Real;

/// A method without states: it steps tensors whose parameters, gradients, slots and counters belong to the caller, in
/// place and without copies. The owner may be a training framework, shared memory, or a database of embeddings.
///
/// The same kernels run as in [`Optimizer`](crate::Optimizer), with the same bits.
///
/// ```
/// use thalweg::method::Adam;
/// use thalweg::optimizer::{StepCounter, SlotMut};
/// use thalweg::{Optimizer, StatelessOptimizer};
/// let adam = StatelessOptimizer::new(Adam::default())?;
/// let (mut x, mut m, mut v, mut counter) = ([1.0_f32, -2.0], [0.0; 2], [0.0; 2], StepCounter::default());
/// for _ in 0..10 {
///     let g = x;
///     let mut slots = [SlotMut::Full(&mut m[..]), SlotMut::Full(&mut v[..])];
///     adam.step(&mut x, &g, &mut slots, &mut counter)?;
/// }
///
/// let (mut owned, mut y) = (Optimizer::new(Adam::default(), 2)?, [1.0_f32, -2.0]);
/// for _ in 0..10 {
///     let g = y;
///     owned.step(&mut y, &g)?;
/// }
/// assert_eq!(x, y);
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StatelessOptimizer<F: Real> {
    method: MethodKernel<F>,
    options: OptimizerOptions,
    isa: Isa,
}

impl<F: Element> StatelessOptimizer<F> {
    /// A method with its options. The options that keep a state of their own are refused: accumulated gradients, an
    /// average, a plateau schedule. [`OptimizerOptions::state`] is ignored, as the slots say their type themselves.
    ///
    /// # Errors
    /// [`Error::Range`] for a hyperparameter outside its range; [`Error::InvalidValue`] for an option that keeps a
    /// state.
    pub fn new(spec: impl Into<OptimizerSpec>) -> Result<Self> {
        let spec = spec.into();
        spec.check()?;
        Self::build(MethodKernel::new(spec.method)?, spec.options)
    }
}

impl<F: Real> StatelessOptimizer<F> {
    /// A user's rule with its options; see [`Optimizer::from_rule`](crate::Optimizer::from_rule).
    ///
    /// # Errors
    /// As [`MethodKernel::from_rule`]; [`Error::InvalidValue`] for an option that keeps a state.
    pub fn from_rule(custom: CustomRule<impl Rule>, options: OptimizerOptions) -> Result<Self> {
        options.check()?;
        Self::build(MethodKernel::from_rule(custom)?, options)
    }

    fn build(method: MethodKernel<F>, options: OptimizerOptions) -> Result<Self> {
        let refuse = |what: &str, expected: &str, found: String| {
            Err(Error::InvalidValue { what: what.into(), expected: format!("{expected} without a state"), found })
        };
        method.check_steps()?;
        if options.accumulate > 1 {
            return refuse("accumulate", "1", options.accumulate.to_string());
        }
        if options.average != Average::Off {
            return refuse("average", "off", format!("{:?}", options.average));
        }
        if options.schedule.plateau().is_some() {
            return refuse("schedule", "a function of the step", options.schedule.to_string());
        }
        Ok(Self { method, options, isa: Isa::best() })
    }

    /// Runs on another of this machine's instruction sets than the best: slower, the same to the bit.
    #[must_use]
    pub fn with_isa(self, isa: Isa) -> Self {
        Self { isa, ..self }
    }

    /// The method with its hyperparameters, its slots, and their allocation.
    pub fn method(&self) -> &MethodKernel<F> {
        &self.method
    }

    /// The method, to set its hyperparameters.
    pub fn method_mut(&mut self) -> &mut MethodKernel<F> {
        &mut self.method
    }

    /// The options around the method.
    pub fn options(&self) -> &OptimizerOptions {
        &self.options
    }

    /// Makes one step of one tensor: updates `x` with its gradient `g`, its `slots` and its `counter`.
    ///
    /// # Errors
    /// As [`step_tensors`](Self::step_tensors).
    pub fn step(
        &self,
        x: &mut [F],
        g: &[F],
        slots: &mut [SlotMut<'_, F>],
        counter: &mut StepCounter,
    ) -> Result<StepOutcome> {
        self.step_tensors(&mut [BorrowedTensor::new(x, g, slots, counter)])
    }

    /// Makes one step of several tensors, in one parallel loop for each method among them.
    ///
    /// Clipping by a joint norm is over all of them. The schedule's factor is that of each tensor's own counter.
    ///
    /// # Errors
    /// [`Error::Length`] for a gradient, slot or residual that does not fit its tensor, or a wrong number of slots;
    /// [`Error::NotFinite`] for a gradient that contains an infinity or a NaN, unless `nonfinite` says otherwise;
    /// [`Error::Range`] for a learning rate or weight decay that is negative or not finite. After an error nothing
    /// has changed.
    pub fn step_tensors(&self, tensors: &mut [BorrowedTensor<'_, '_, F>]) -> Result<StepOutcome> {
        for (position, tensor) in tensors.iter().enumerate() {
            self.check(position, tensor)?;
        }
        let g: TensorRefs<'_, F> = tensors.iter().map(|tensor| tensor.g).collect();
        let sums = clip_sums(&self.options, &g, self.isa);
        if !is_accepted(&self.options, &g, sums.as_deref(), self.isa) {
            if self.options.nonfinite == NonFinite::Skip {
                return Ok(StepOutcome::Skipped);
            }
            let names: Vec<_> = (0..g.len()).map(|position| format!("tensors[{position}]")).collect();
            return Err(first_not_finite("the gradient", names.iter().map(String::as_str).zip(g)));
        }
        let steps = tensors.iter_mut().map(|tensor| {
            let method = tensor.method.unwrap_or(&self.method);
            let lr_factor = self.options.schedule.factor_at(tensor.counter.t);
            *tensor.counter = tensor.counter.next(&method.rule);
            let base_lr = tensor.lr.unwrap_or(method.lr());
            let scalars = TensorScalars {
                lr: base_lr * lr_factor,
                base_lr,
                weight_decay: tensor.weight_decay.unwrap_or(method.weight_decay()),
                decay: self.options.decay.unwrap_or(method.decay()),
                counter: *tensor.counter,
            };
            TensorStep {
                rule: &method.rule,
                scalars,
                x: tensor.x.reborrow(),
                g: tensor.g,
                slots: TensorSlots::Borrowed(tensor.slots),
                residual: tensor.residual.as_deref_mut(),
                average: None,
                index: tensor.index,
            }
        });
        apply(&self.options, self.isa, sums, steps);
        Ok(StepOutcome::Stepped)
    }

    /// Writes the point at which the next gradient of a tensor is needed to `point`: `x` itself, but for methods with
    /// a lookahead.
    ///
    /// # Errors
    /// [`Error::Length`] for slots or a point that do not fit `x`.
    pub fn eval_point(
        &self,
        x: &[F],
        slots: &mut [SlotMut<'_, F>],
        counter: StepCounter,
        point: &mut [F],
    ) -> Result<()> {
        self.options.schedule.check_factor_at(counter.t)?;
        Error::length(&"the point", x.len(), point.len())?;
        check_slots(&self.method, "the tensor", x.len(), slots)?;
        if !self.method.needs_lookahead {
            point.copy_from_slice(x);
            return Ok(());
        }
        let base_lr = self.method.lr();
        let scalars = TensorScalars {
            lr: base_lr * self.options.schedule.factor_at(counter.t),
            base_lr,
            weight_decay: self.method.weight_decay(),
            decay: self.options.decay.unwrap_or(self.method.decay()),
            counter: counter.next(&self.method.rule),
        };
        let (step, _) = scalars.at_scale(&self.options, 1.0);
        let slots = TensorSlots::Borrowed(slots);
        self.method.rule.lookahead(vec![Lookahead { step, x: x.into(), slots, out: point }], self.isa);
        Ok(())
    }

    fn check(&self, position: usize, tensor: &BorrowedTensor<'_, '_, F>) -> Result<()> {
        self.options.schedule.check_factor_at(tensor.counter.t)?;
        let len = tensor.x.shared().len();
        if tensor.g.len() != len {
            return Err(Error::Length {
                what: format!("the gradient of tensors[{position}]"),
                expected: len,
                found: tensor.g.len(),
            });
        }
        if let Some(residual) = &tensor.residual {
            Error::length(&format_args!("the residual of tensors[{position}]"), len, residual.len())?;
            if let TensorMut::Full(_) = tensor.x {
                let tensor = format!("tensors[{position}]");
                return Err(Error::Dtype { tensor, expected: "bf16 with a residual", found: F::NAME });
            }
        }
        for (name, found) in [("lr", tensor.lr), ("weight_decay", tensor.weight_decay)] {
            if let Some(found) = found {
                Error::not_negative(name, found)?;
            }
        }
        check_slots(tensor.method.unwrap_or(&self.method), format_args!("tensors[{position}]"), len, tensor.slots)
    }
}

/// Checks the slots of a tensor of `len` numbers.
fn check_slots<F: Real>(
    method: &MethodKernel<F>,
    tensor: impl std::fmt::Display,
    len: usize,
    slots: &[SlotMut<'_, F>],
) -> Result<()> {
    if slots.len() != method.slots().len() {
        let names = method.slots().iter().map(|slot| slot.name).collect::<Vec<_>>().join(", ");
        let (expected, found) = (method.slots().len(), slots.len());
        return Err(Error::Length { what: format!("the list of slots ({names}) of {tensor}"), expected, found });
    }
    for (known, slot) in method.slots().iter().zip(slots) {
        slot.check_len(&format_args!("slot {} of {tensor}", known.name), len)?;
        if let Some(found) = slot.sign().filter(|sign| *sign != known.sign) {
            return Err(Error::InvalidValue {
                what: format!("the sign of slot {} of {tensor}", known.name),
                expected: format!("{:?}", known.sign),
                found: format!("{found:?}"),
            });
        }
    }
    Ok(())
}
