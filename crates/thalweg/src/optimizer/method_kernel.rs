//! A method with its hyperparameters for one element type, without state.

use crate::algebra::{Rule, Slot};
use crate::error::{Error, Result};
use crate::kernel::{BoxedRule, Decay, SlotBuffer, StateType};
use crate::method::{Element, HyperparamValue, Method};
use crate::real::Real;

/// A user's rule with what every method has; see [`Optimizer::from_rule`](crate::Optimizer::from_rule).
#[derive(Clone, Copy, Debug)]
pub struct CustomRule<R> {
    /// Name of the method; a saved state contains it.
    pub name: &'static str,
    /// Update rule of one coordinate.
    pub rule: R,
    /// Learning rate, at least 0.
    pub lr: f64,
    /// Weight decay λ, at least 0: coupled, unless [`OptimizerOptions::decay`](crate::OptimizerOptions::decay) says
    /// otherwise.
    pub weight_decay: f64,
}

/// A method with its hyperparameters, compiled for parameters of type `F`. It has no state.
///
/// ```
/// use thalweg::method::Adam;
/// use thalweg::optimizer::MethodKernel;
/// let mut adam = MethodKernel::<f32>::new(Adam::default())?;
/// assert_eq!(adam.slots().iter().map(|slot| slot.name).collect::<Vec<_>>(), ["m", "v"]);
/// adam.set("beta1", 0.8)?;
/// adam.set_lr(0.01)?;
/// assert_eq!(adam.lr(), 0.01);
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MethodKernel<F: Real> {
    name: &'static str,
    pub(super) rule: BoxedRule<F>,
    slots: Vec<Slot>,
    /// [`Rule::needs_lookahead`], which every evaluation asks.
    pub(super) needs_lookahead: bool,
    lr: f64,
    weight_decay: f64,
    decay: Decay,
    /// The method, from which the rule is built anew when a hyperparameter changes; `None` for a user's rule.
    method: Option<BuildableMethod<F>>,
}

/// A method with the function that builds its rule.
#[derive(Clone, Copy, Debug)]
struct BuildableMethod<F: Real> {
    method: Method,
    build: fn(&Method) -> BoxedRule<F>,
}

impl<F: Element> MethodKernel<F> {
    /// The kernel of a method.
    ///
    /// # Errors
    /// [`Error::Range`] for a hyperparameter outside its range.
    pub fn new(method: impl Into<Method>) -> Result<Self> {
        let method = method.into();
        method.check()?;
        let rule = F::rule(&method);
        Ok(Self {
            name: method.name(),
            slots: rule.slots(),
            needs_lookahead: rule.needs_lookahead(),
            rule,
            lr: method.lr(),
            weight_decay: method.weight_decay(),
            decay: method.decay(),
            method: Some(BuildableMethod { method, build: F::rule }),
        })
    }
}

impl<F: Real> MethodKernel<F> {
    /// The kernel of a user's rule.
    ///
    /// # Errors
    /// [`Error::Range`] for a learning rate or weight decay outside its range; [`Error::Duplicate`] if two of its
    /// slots have one name. The numbers in the rule itself are not checked.
    pub fn from_rule(custom: CustomRule<impl Rule>) -> Result<Self> {
        let CustomRule { name, rule, lr, weight_decay } = custom;
        for (name, found) in [("lr", lr), ("weight_decay", weight_decay)] {
            Error::not_negative(name, found)?;
        }
        let slots = Rule::slots(&rule);
        for (i, slot) in slots.iter().enumerate() {
            if slots[..i].iter().any(|earlier| earlier.name == slot.name) {
                return Err(Error::Duplicate { what: format!("the slots of {name}"), name: slot.name.into() });
            }
        }
        let (needs_lookahead, rule, decay) = (rule.needs_lookahead(), Box::new(rule), Decay::Coupled);
        Ok(Self { name, rule, slots, needs_lookahead, lr, weight_decay, decay, method: None })
    }

    /// Name of the method, as in text.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The slots that each tensor needs, in the order in which a step takes them.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Allocates the slots of a tensor of `len` numbers at their initial values, aligned to cache lines.
    pub fn new_slots(&self, len: usize, state: StateType) -> Vec<SlotBuffer<F>> {
        let state = state.of_tensor(len);
        self.slots.iter().enumerate().map(|(number, slot)| SlotBuffer::new(slot, number, state, len)).collect()
    }

    /// Learning rate, before any schedule.
    pub fn lr(&self) -> f64 {
        self.lr
    }

    /// Sets the learning rate.
    ///
    /// # Errors
    /// [`Error::Range`] for a number that is negative or not finite.
    pub fn set_lr(&mut self, lr: f64) -> Result<()> {
        Error::not_negative("lr", lr)?;
        self.lr = lr;
        if let Some(buildable) = &mut self.method {
            buildable.method = buildable.method.with_lr(lr);
        }
        Ok(())
    }

    /// Weight decay λ.
    pub fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    /// Form of weight decay, unless the options of the optimizer say otherwise.
    pub fn decay(&self) -> Decay {
        self.decay
    }

    /// Returns the value of hyperparameter `key`; `None` where the method does not have it.
    pub fn get(&self, key: &str) -> Option<HyperparamValue> {
        match (&self.method, key) {
            (Some(buildable), _) => buildable.method.get(key),
            (None, "lr") => Some(self.lr.into()),
            (None, "weight_decay") => Some(self.weight_decay.into()),
            (None, _) => None,
        }
    }

    /// Sets hyperparameter `key` to a number or to the name of a choice. A user's rule has `lr` and `weight_decay`.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a key that the method does not have or a name that is none of its choices,
    /// [`Error::Range`] for a number outside its range. After an error nothing has changed.
    pub fn set(&mut self, key: &str, value: impl Into<HyperparamValue>) -> Result<()> {
        let value = value.into();
        match (&mut self.method, key) {
            (Some(BuildableMethod { method, build }), _) => {
                *method = method.set_value(key, &value)?;
                self.rule = build(method);
                self.slots = self.rule.slots();
                self.needs_lookahead = self.rule.needs_lookahead();
                (self.lr, self.weight_decay) = (method.lr(), method.weight_decay());
                Ok(())
            }
            (None, "lr") => self.set_lr(value.to_number(key)?),
            (None, "weight_decay") => {
                let number = value.to_number(key)?;
                Error::not_negative(key, number)?;
                self.weight_decay = number;
                Ok(())
            }
            (None, _) => Err(Error::unknown(format!("parameter of {}", self.name), key, ["lr", "weight_decay"])),
        }
    }
}

impl<F: Real> MethodKernel<F> {
    /// The method with its present hyperparameters; `None` for a user's rule.
    pub(super) fn method(&self) -> Option<Method> {
        self.method.map(|buildable| buildable.method)
    }

    /// Returns `true` for a method that does not step by a gradient alone.
    pub(super) fn is_solver(&self) -> bool {
        self.method.as_ref().is_some_and(|buildable| buildable.method.is_solver())
    }

    /// Checks that the method steps by a gradient alone.
    #[inline]
    pub(super) fn check_steps(&self) -> Result<()> {
        if self.is_solver() { Err(self.solver_error()) } else { Ok(()) }
    }

    #[cold]
    fn solver_error(&self) -> Error {
        Error::InvalidValue {
            what: "the method of a step".into(),
            expected: "one that needs the gradient alone".into(),
            found: format!("{}, which runs by Minimize", self.name()),
        }
    }

    /// Returns `true` if the rules differ in their learning rates and weight decays alone, which are no part of them.
    pub(super) fn has_rule_of(&self, other: &Self) -> bool {
        let same_rate = |kernel: &Self| kernel.method.map(|BuildableMethod { method, .. }| method.without_rates());
        same_rate(self) == same_rate(other)
    }
}
