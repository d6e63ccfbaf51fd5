//! A method with its options, as one value and as one text.

use std::fmt;
use std::str::FromStr;

use super::{Method, MethodDef, OptimizerOptions, Preset};
use crate::error::{Error, Result};
use crate::kernel::Decay;
use crate::schedule::Schedule;
use crate::text::NamedParams;

/// Specification of an optimizer: a method and the options around it.
///
/// ```
/// use thalweg::OptimizerSpec;
/// use thalweg::method::Clip;
/// let spec: OptimizerSpec = "adam:lr=0.01,beta1=0.8,clip_norm=1".parse()?;
/// assert_eq!(spec.method.lr(), 0.01);
/// assert_eq!(spec.options.clip, Clip::Norm(1.0));
///
/// let keras: OptimizerSpec = "adam:preset=keras".parse()?;
/// assert_eq!(keras.to_string(), "adam:lr=0.001,eps=1e-7,eps_form=hat,decay=decoupled");
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct OptimizerSpec {
    /// The method with its hyperparameters.
    pub method: Method,
    /// Clipping, decay, accumulation, averaging, schedule and slot types.
    pub options: OptimizerOptions,
}

impl<M: Into<Method> + MethodDef> From<M> for OptimizerSpec {
    fn from(method: M) -> Self {
        Self::from(method.into())
    }
}

impl From<Method> for OptimizerSpec {
    fn from(method: Method) -> Self {
        Self { method, options: OptimizerOptions::default() }
    }
}

impl OptimizerSpec {
    /// Returns `method` with the conventions of `preset`, in its hyperparameters and in its options: Keras decays
    /// weights apart from the gradient in every method, and Keras and Optax add nothing to a norm that they clip by.
    ///
    /// # Errors
    /// [`Error::NoPreset`] where the library has no such method.
    pub fn preset(method: &Method, preset: Preset) -> Result<Self> {
        let mut spec = Self::from(method.with_preset(preset)?);
        if matches!(preset, Preset::Keras | Preset::Optax) {
            spec.options.clip_eps = 0.0;
        }
        if preset == Preset::Keras && spec.method.decay() != Decay::Decoupled {
            spec.options.decay = Some(Decay::Decoupled);
        }
        Ok(spec)
    }

    /// Form of weight decay: that of the options, else the method's own.
    pub fn decay(&self) -> Decay {
        self.options.decay.unwrap_or_else(|| self.method.decay())
    }

    /// Checks the hyperparameters and the options.
    ///
    /// # Errors
    /// [`Error::Range`] with the first number outside its range; [`Error::InvalidValue`] for a decay that the method
    /// does not have.
    pub fn check(&self) -> Result<()> {
        self.method.check()?;
        if self.options.decay == Some(Decay::Own) && self.method.decay() != Decay::Own {
            let expected = "coupled, decoupled or proximal (only lars and lamb have their own)".into();
            return Err(Error::InvalidValue { what: "decay".into(), expected, found: "own".into() });
        }
        if self.method.is_solver() {
            self.check_solver_options()?;
        }
        self.options.check()
    }

    /// Checks that a solver has no options of single steps.
    fn check_solver_options(&self) -> Result<()> {
        let allowed: &[&str] = if self.method.needs_finite_sum() { &["seed"] } else { &["goal", "seed"] };
        let schedule = (self.options.schedule != Schedule::Constant).then(|| ("schedule", String::new()));
        let other = self.options.changed().into_iter().chain(schedule).find(|(key, _)| !allowed.contains(key));
        match other {
            None => Ok(()),
            Some((key, _)) => {
                let what = format!("the options of {}", self.method.name());
                let expected = format!("none but {}, since it chooses the length of its steps", allowed.join(" and "));
                Err(Error::InvalidValue { what, expected, found: key.into() })
            }
        }
    }

    /// Returns the same specification with `key`, a hyperparameter or an option, set from text.
    fn with_text(mut self, key: &str, value: &str) -> Result<Self> {
        if self.options.set_text(key, value)? {
            return Ok(self);
        }
        if !self.method.has_key(key, value) {
            let options = OptimizerOptions::KEYS.iter().map(|option| option.name);
            return Err(self.method.unknown_key(key, options));
        }
        self.method = self.method.set_text(key, value)?;
        Ok(self)
    }
}

impl FromStr for OptimizerSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let NamedParams { name, params } = NamedParams::parse(text)?;
        let method = Method::named(name)?;
        let preset = params.iter().find(|(key, _)| *key == "preset").map(|(_, preset)| preset.parse()).transpose()?;
        let start = preset.map_or(Ok(Self::from(method)), |preset| Self::preset(&method, preset))?;
        let others = params.into_iter().filter(|(key, _)| *key != "preset");
        let spec = others.into_iter().try_fold(start, |spec, (key, value)| spec.with_text(key, value))?;
        spec.check().map(|()| spec)
    }
}

/// The text that is parsed to the same specification, but for the schedule, which has a text of its own.
impl fmt::Display for OptimizerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.method)?;
        self.options.changed().into_iter().try_for_each(|(key, value)| write!(f, ",{key}={value}"))
    }
}
