//! What can be put around any method: decay, clipping, accumulation, ascent, averaging, a schedule.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::kernel::{Decay, StateType};
use crate::schedule::Schedule;
use crate::text::{self, number, whole};

/// The settings around a method. The default changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerOptions {
    /// How weight decay enters; `None`: as the method has it.
    pub decay: Option<Decay>,
    /// Clipping of the gradient.
    pub clip: Clip,
    /// What norm clipping adds to the norm: 1e-6 in PyTorch, 0 in Keras and Optax.
    pub clip_eps: f64,
    /// Steps once in this many gradients, by their mean.
    pub accumulate: u64,
    /// What to do about a gradient that is not finite.
    pub nonfinite: NonFinite,
    /// Down or up.
    pub goal: Goal,
    /// An average of the iterates beside them.
    pub average: Average,
    /// The factor of the rate at each step.
    pub schedule: Schedule,
    /// In how many bits the method's slots are kept.
    pub state: StateType,
    /// Where the random numbers of stochastic rounding begin.
    pub seed: u64,
}

impl Default for OptimizerOptions {
    fn default() -> Self {
        Self {
            decay: None,
            clip: Clip::Off,
            clip_eps: 1e-6,
            accumulate: 1,
            nonfinite: NonFinite::Refuse,
            goal: Goal::Minimize,
            average: Average::Off,
            schedule: Schedule::Constant,
            state: StateType::Full,
            seed: 0,
        }
    }
}

/// Clipping of the gradient, before weight decay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clip {
    /// None.
    #[default]
    Off,
    /// Each coordinate to ±c.
    Value(f64),
    /// Each tensor's norm to c: g · min(1, c / (‖g‖ + `clip_eps`)).
    Norm(f64),
    /// The norm of all tensors together to c.
    GlobalNorm(f64),
}

/// What to do about a gradient that holds an infinity or a NaN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NonFinite {
    /// Refuse it with an error that names the place; nothing changes. Every gradient is read once more for it.
    #[default]
    Refuse,
    /// Leave the step out and count it.
    Skip,
    /// Not look for it: it goes into the step, as in PyTorch, Keras and Optax.
    Ignore,
}

impl NonFinite {
    /// All by name.
    pub const ALL: [(&'static str, Self); 3] =
        [("refuse", Self::Refuse), ("skip", Self::Skip), ("ignore", Self::Ignore)];
}

/// Which way is forward.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Descent.
    #[default]
    Minimize,
    /// Ascent: the gradient is negated.
    Maximize,
}

/// An average of the iterates, kept beside them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Average {
    /// None.
    #[default]
    Off,
    /// a ← d·a + (1−d)·x with this decay d; the first is x itself.
    Ema(f64),
    /// The mean of all iterates so far (Polyak & Juditsky 1992).
    Polyak,
}

/// The keys that a method's text may hold besides the method's own.
const KEYS: &str = "decay, clip_value, clip_norm, clip_global_norm, clip_eps, accumulate, nonfinite, goal, ema, average, state, seed, preset";

impl OptimizerOptions {
    /// Sets `key` from text; says whether the key is one of these.
    pub(super) fn set(&mut self, key: &str, value: &str) -> Result<bool> {
        match key {
            "decay" => self.decay = Some(text::choice(key, value, &Decay::ALL)?),
            "clip_value" => self.set_clip(Clip::Value(number(key, value)?))?,
            "clip_norm" => self.set_clip(Clip::Norm(number(key, value)?))?,
            "clip_global_norm" => self.set_clip(Clip::GlobalNorm(number(key, value)?))?,
            "clip_eps" => self.clip_eps = number(key, value)?,
            "accumulate" => self.accumulate = whole(key, value)?,
            "nonfinite" => {
                self.nonfinite = text::choice(key, value, &NonFinite::ALL)?;
            }
            "goal" => {
                self.goal = text::choice(key, value, &[("minimize", Goal::Minimize), ("maximize", Goal::Maximize)])?;
            }
            "ema" => self.set_average(Average::Ema(number(key, value)?))?,
            "average" => {
                self.set_average(text::choice(key, value, &[("off", Average::Off), ("polyak", Average::Polyak)])?)?;
            }
            "state" => self.state = text::choice(key, value, &StateType::ALL)?,
            "seed" => self.seed = whole(key, value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// There is one clipping; a second would silently take its place.
    fn set_clip(&mut self, clip: Clip) -> Result<()> {
        match self.clip {
            Clip::Off => self.clip = clip,
            _ => return Err(Error::Duplicate { what: "what is around a method".into(), name: "clipping".into() }),
        }
        Ok(())
    }

    fn set_average(&mut self, average: Average) -> Result<()> {
        match self.average {
            Average::Off => self.average = average,
            _ => return Err(Error::Duplicate { what: "what is around a method".into(), name: "an average".into() }),
        }
        Ok(())
    }

    /// Adds the keys around any method to the known keys of an error.
    pub(super) fn extend(error: Error) -> Error {
        match error {
            Error::Unknown { what, name, known } if what.starts_with("parameter of ") => {
                Error::Unknown { what, name, known: format!("{known}; around it: {KEYS}") }
            }
            other => other,
        }
    }

    /// Checks every number.
    ///
    /// # Errors
    /// Names the number, its range, and what was found.
    pub fn check(&self) -> Result<()> {
        let bound = match self.clip {
            Clip::Off => None,
            Clip::Value(c) => Some(("clip_value", c)),
            Clip::Norm(c) => Some(("clip_norm", c)),
            Clip::GlobalNorm(c) => Some(("clip_global_norm", c)),
        };
        if let Some((name, bound)) = bound {
            Error::positive(name, bound)?;
        }
        Error::range("accumulate", "at least 1", self.accumulate as f64, self.accumulate > 0)?;
        Error::not_negative("clip_eps", self.clip_eps)?;
        if let Average::Ema(decay) = self.average {
            Error::range("ema", "in [0, 1)", decay, (0.0..1.0).contains(&decay))?;
        }
        self.schedule.check()
    }
}

impl OptimizerOptions {
    /// The settings that are off their defaults, as [`set`](Self::set) reads them.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let decay = self.decay.map(|decay| ("decay", decay.name().to_owned()));
        let clip = match self.clip {
            Clip::Off => None,
            Clip::Value(c) => Some(("clip_value", c.to_string())),
            Clip::Norm(c) => Some(("clip_norm", c.to_string())),
            Clip::GlobalNorm(c) => Some(("clip_global_norm", c.to_string())),
        };
        // Without clipping there is no norm to add it to.
        let changed = self.clip_eps.to_bits() != Self::default().clip_eps.to_bits();
        let clip_eps = (changed && self.clip != Clip::Off).then(|| ("clip_eps", self.clip_eps.to_string()));
        let accumulate = (self.accumulate > 1).then(|| ("accumulate", self.accumulate.to_string()));
        let nonfinite = (self.nonfinite != NonFinite::Refuse)
            .then(|| ("nonfinite", text::name_of(&self.nonfinite, &NonFinite::ALL).to_owned()));
        let goal = (self.goal == Goal::Maximize).then(|| ("goal", "maximize".to_owned()));
        let average = match self.average {
            Average::Off => None,
            Average::Ema(decay) => Some(("ema", decay.to_string())),
            Average::Polyak => Some(("average", "polyak".to_owned())),
        };
        let state = (self.state != StateType::Full).then(|| ("state", self.state.name().to_owned()));
        let seed = (self.seed != 0).then(|| ("seed", self.seed.to_string()));
        [decay, clip, clip_eps, accumulate, nonfinite, goal, average, state, seed].into_iter().flatten().collect()
    }
}
