//! A method with all that is around it, as one text or one value.

use std::fmt;
use std::str::FromStr;

use super::{Method, OptimizerOptions, Preset};
use crate::error::{Error, Result};
use crate::kernel::Decay;
use crate::text::Named;

/// A method and its surroundings.
///
/// ```
/// use thalweg::{Clip, Method, OptimizerSpec};
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
    /// The method.
    pub method: Method,
    /// What is around it.
    pub options: OptimizerOptions,
}

impl<M: Into<Method> + super::MethodDef> From<M> for OptimizerSpec {
    fn from(method: M) -> Self {
        let method: Method = method.into();
        Self { method, options: OptimizerOptions::default() }
    }
}

impl From<Method> for OptimizerSpec {
    fn from(method: Method) -> Self {
        Self { method, options: OptimizerOptions::default() }
    }
}

impl OptimizerSpec {
    /// A method with the conventions of `preset`, its own and those around it: Keras decays beside the step in every
    /// method, and neither Keras nor Optax adds anything to a norm it clips by.
    ///
    /// # Errors
    /// [`Error::NoPreset`] where there is no such convention.
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

    /// How weight decay enters.
    pub fn decay(&self) -> Decay {
        self.options.decay.unwrap_or_else(|| self.method.decay())
    }

    /// Checks the method and its surroundings.
    ///
    /// # Errors
    /// Names the number, its range, and what was found.
    pub fn check(&self) -> Result<()> {
        self.method.check()?;
        if self.options.decay == Some(Decay::Own) && self.method.decay() != Decay::Own {
            let expected = "coupled, decoupled or proximal (only lars and lamb have their own)".into();
            return Err(Error::InvalidValue { what: "decay".into(), expected, found: "own".into() });
        }
        self.options.check()
    }
}

impl FromStr for OptimizerSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let Named { name, pairs } = Named::parse(text)?;
        let method = Method::named(name)?;
        let preset = pairs.iter().find(|(key, _)| *key == "preset").map(|(_, preset)| preset.parse()).transpose()?;
        let mut spec = preset.map_or(Ok(Self::from(method)), |preset| Self::preset(&method, preset))?;
        for (key, value) in pairs.into_iter().filter(|(key, _)| *key != "preset") {
            if !spec.options.set(key, value)? {
                spec.method = spec.method.set(key, value).map_err(OptimizerOptions::extend)?;
            }
        }
        spec.check().map(|()| spec)
    }
}

/// The text that parses to the same spec, but for the schedule, which has a text of its own.
impl fmt::Display for OptimizerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.method)?;
        self.options.pairs().into_iter().try_for_each(|(key, value)| write!(f, ",{key}={value}"))
    }
}
