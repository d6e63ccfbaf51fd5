//! Options of an optimizer around its method: decay, clipping, accumulation, direction, averaging, schedule, slot
//! types.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::kernel::{Decay, StateType};
use crate::schedule::Schedule;
use crate::text::{Choice, choices, parse_choice, parse_count, parse_number};

/// Options that any method takes. The default leaves the method as it is.
///
/// ```
/// use thalweg::method::{Adam, Clip};
/// use thalweg::{Optimizer, OptimizerOptions, OptimizerSpec};
/// let options = OptimizerOptions { clip: Clip::Norm(1.0), ..OptimizerOptions::default() };
/// let adam = Optimizer::<f64>::new(OptimizerSpec { method: Adam::default().into(), options }, 10)?;
/// assert_eq!(adam.options().clip, Clip::Norm(1.0));
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerOptions {
    /// Form of weight decay; `None` (the default) for the method's own.
    pub decay: Option<Decay>,
    /// Clipping of the gradient. Default: off.
    pub clip: Clip,
    /// Number added to a norm before it is compared with its limit, at least 0. Default: 1e-6 as in PyTorch; Keras
    /// and Optax have 0.
    pub clip_eps: f64,
    /// Number of gradients whose mean makes one step, at least 1. Default: 1.
    pub accumulate: u64,
    /// Treatment of gradients that contain an infinity or a NaN. Default: an error.
    pub nonfinite: NonFinite,
    /// Direction of optimization, down or up. Default: minimize.
    pub goal: Goal,
    /// Average of the iterates that is kept in addition to them. Default: off.
    pub average: Average,
    /// Factor of the learning rate at each step. Default: constant.
    pub schedule: Schedule,
    /// Number type in which the method's slots are stored. Default: that of the parameters.
    pub state: StateType,
    /// Seed of stochastic rounding. Default: `None`, which is 0 in a bare optimizer and the seed of the training in a
    /// fit. Serialized as a number, 0 for `None`.
    #[serde(with = "seed_or_zero")]
    pub seed: Option<u64>,
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
            seed: None,
        }
    }
}

/// The serialized form of an optional seed: a number, 0 for none.
mod seed_or_zero {
    use serde::{Deserialize, Deserializer, Serializer};

    #[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
    pub(super) fn serialize<S: Serializer>(seed: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(seed.unwrap_or(0))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
        u64::deserialize(deserializer).map(|seed| (seed != 0).then_some(seed))
    }
}

/// Clipping of the gradient, before weight decay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clip {
    /// The gradient is not clipped.
    #[default]
    Off,
    /// Each coordinate is clipped to [−c, c], c > 0.
    Value(f64),
    /// Each tensor's gradient is scaled to a norm of at most c > 0: g · min(1, c / (‖g‖ + `clip_eps`)).
    Norm(f64),
    /// The gradient of all tensors is scaled to a joint norm of at most c > 0.
    GlobalNorm(f64),
}

choices! {
    /// Treatment of a gradient that contains an infinity or a NaN.
    #[derive(Default)]
    pub enum NonFinite {
        /// The step is an error that names the coordinate, and changes nothing. The check reads the gradient once
        /// more.
        #[default]
        Refuse = "refuse",
        /// The step is skipped and counted.
        Skip = "skip",
        /// The gradient is not checked: the step uses it as it is, as in PyTorch, Keras and Optax.
        Ignore = "ignore",
    }
}

choices! {
    /// Direction of optimization, down or up.
    #[derive(Default)]
    pub enum Goal {
        /// Descent of the objective.
        #[default]
        Minimize = "minimize",
        /// Ascent: the gradient is negated.
        Maximize = "maximize",
    }
}

/// Average of the iterates, kept in addition to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Average {
    /// No average is kept.
    #[default]
    Off,
    /// Exponential moving average a ← d·a + (1−d)·x with decay rate d in [0, 1); it starts at the first iterate.
    Ema(f64),
    /// Mean of all iterates so far (Polyak & Juditsky 1992).
    Polyak,
}

/// A key of [`OptimizerOptions`] in text, with the values it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionKey {
    /// Name of the key.
    pub name: &'static str,
    /// Accepted values: choices separated by `|`, or a description of the number.
    pub values: &'static str,
}

impl OptimizerOptions {
    /// The keys that the text of a method may contain in addition to the method's own hyperparameters.
    pub const KEYS: &'static [OptionKey] = &[
        OptionKey { name: "decay", values: "coupled|decoupled|proximal" },
        OptionKey { name: "clip_value", values: "limit of each coordinate" },
        OptionKey { name: "clip_norm", values: "limit of each tensor's norm" },
        OptionKey { name: "clip_global_norm", values: "limit of the joint norm" },
        OptionKey { name: "clip_eps", values: "number added to a norm" },
        OptionKey { name: "accumulate", values: "number of gradients" },
        OptionKey { name: "nonfinite", values: "refuse|skip|ignore" },
        OptionKey { name: "goal", values: "minimize|maximize" },
        OptionKey { name: "ema", values: "decay rate in [0, 1)" },
        OptionKey { name: "average", values: "off|polyak" },
        OptionKey { name: "state", values: "full|f32|bf16|8bit" },
        OptionKey { name: "seed", values: "whole number" },
        OptionKey { name: "preset", values: "torch|keras|optax|paper" },
    ];

    /// Sets `key` from text; returns `false` where there is no such key.
    pub(super) fn set_text(&mut self, key: &str, value: &str) -> Result<bool> {
        match key {
            "decay" => self.decay = Some(Choice::parse_choice(key, value)?),
            "clip_value" => self.set_clip(Clip::Value(parse_number(key, value)?))?,
            "clip_norm" => self.set_clip(Clip::Norm(parse_number(key, value)?))?,
            "clip_global_norm" => self.set_clip(Clip::GlobalNorm(parse_number(key, value)?))?,
            "clip_eps" => self.clip_eps = parse_number(key, value)?,
            "accumulate" => self.accumulate = parse_count(key, value)?,
            "nonfinite" => self.nonfinite = Choice::parse_choice(key, value)?,
            "goal" => self.goal = Choice::parse_choice(key, value)?,
            "ema" => self.set_average(Average::Ema(parse_number(key, value)?))?,
            "average" => {
                self.set_average(parse_choice(key, value, &[("off", Average::Off), ("polyak", Average::Polyak)])?)?;
            }
            "state" => self.state = Choice::parse_choice(key, value)?,
            "seed" => self.seed = Some(parse_count(key, value)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Sets the clipping; a second one would silently replace the first.
    fn set_clip(&mut self, clip: Clip) -> Result<()> {
        match self.clip {
            Clip::Off => self.clip = clip,
            _ => return Err(Error::Duplicate { what: "the options of the method".into(), name: "clipping".into() }),
        }
        Ok(())
    }

    fn set_average(&mut self, average: Average) -> Result<()> {
        match self.average {
            Average::Off => self.average = average,
            _ => return Err(Error::Duplicate { what: "the options of the method".into(), name: "average".into() }),
        }
        Ok(())
    }

    /// Checks every number against its range.
    ///
    /// # Errors
    /// [`Error::Range`] with the first one outside its range.
    pub fn check(&self) -> Result<()> {
        let limit = match self.clip {
            Clip::Off => None,
            Clip::Value(c) => Some(("clip_value", c)),
            Clip::Norm(c) => Some(("clip_norm", c)),
            Clip::GlobalNorm(c) => Some(("clip_global_norm", c)),
        };
        if let Some((name, limit)) = limit {
            Error::positive(name, limit)?;
        }
        Error::range("accumulate", "at least 1", self.accumulate as f64, self.accumulate > 0)?;
        Error::not_negative("clip_eps", self.clip_eps)?;
        if let Average::Ema(decay) = self.average {
            Error::range("ema", "in [0, 1)", decay, (0.0..1.0).contains(&decay))?;
        }
        self.schedule.check()
    }

    /// The keys that differ from their defaults with their values, as [`set_text`](Self::set_text) parses them.
    pub(super) fn changed(&self) -> Vec<(&'static str, String)> {
        let decay = self.decay.map(|decay| ("decay", decay.name().to_owned()));
        let clip = match self.clip {
            Clip::Off => None,
            Clip::Value(c) => Some(("clip_value", c.to_string())),
            Clip::Norm(c) => Some(("clip_norm", c.to_string())),
            Clip::GlobalNorm(c) => Some(("clip_global_norm", c.to_string())),
        };
        // Without clipping there is no norm to which it is added.
        let changed = self.clip_eps.to_bits() != Self::default().clip_eps.to_bits();
        let clip_eps = (changed && self.clip != Clip::Off).then(|| ("clip_eps", self.clip_eps.to_string()));
        let accumulate = (self.accumulate > 1).then(|| ("accumulate", self.accumulate.to_string()));
        let nonfinite = (self.nonfinite != NonFinite::Refuse).then(|| ("nonfinite", self.nonfinite.name().to_owned()));
        let goal = (self.goal == Goal::Maximize).then(|| ("goal", self.goal.name().to_owned()));
        let average = match self.average {
            Average::Off => None,
            Average::Ema(decay) => Some(("ema", decay.to_string())),
            Average::Polyak => Some(("average", "polyak".to_owned())),
        };
        let state = (self.state != StateType::Full).then(|| ("state", self.state.name().to_owned()));
        let seed = self.seed.map(|seed| ("seed", seed.to_string()));
        [decay, clip, clip_eps, accumulate, nonfinite, goal, average, state, seed].into_iter().flatten().collect()
    }
}
