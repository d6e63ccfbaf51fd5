//! Learning-rate schedules: pure functions from the step to a factor of the learning rate.

mod check;
mod custom;
mod parse;
mod parts;
mod plateau;

pub use custom::CustomSchedule;
pub use parts::{Breakpoint, SchedulePart};
pub use plateau::{Plateau, PlateauState};

use serde::{Deserialize, Serialize};

/// A factor of the learning rate for each step t, counted from 0. The learning rate of a step is the `lr` of the
/// method (or of a group) times this factor.
///
/// The text form is `name:key=value,…`, and `+` joins schedules that follow each other:
///
/// ```
/// use thalweg::Schedule;
/// // lr for 10,000 steps, then a tenth of it
/// let schedule: Schedule = "piecewise:10000=0.1".parse()?;
/// assert_eq!((schedule.factor_at(9_999), schedule.factor_at(10_000)), (1.0, 0.1));
///
/// let schedule: Schedule = "warmup:steps=100+cosine:steps=900".parse()?;
/// assert_eq!((schedule.factor_at(50), schedule.factor_at(100), schedule.factor_at(1000)), (0.5, 1.0, 0.0));
/// # Ok::<(), thalweg::Error>(())
/// ```
///
/// The field `steps` of several schedules is their length N, at least 1. `None` (in texts and serialized: 0, or no
/// `steps`) stands for the rest of the run, and [`with_total_steps`](Self::with_total_steps) must set it before the
/// first step.
///
/// ```
/// use thalweg::Schedule;
/// let cosine = Schedule::Cosine { steps: None, end: 0.0 };
/// assert_eq!(cosine.to_string(), "cosine");
/// assert!(cosine.check().is_err());
/// assert_eq!(cosine.with_total_steps(1000).to_string(), "cosine:steps=1000");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// Constant factor 1 at every step.
    #[default]
    Constant,
    /// Constant factor between breakpoints: that of the last breakpoint at or before t, and 1 before the first.
    Piecewise(Vec<Breakpoint>),
    /// Step decay: factor^⌊t / every⌋.
    Step {
        /// Number of steps between two decays, at least 1.
        every: u64,
        /// Factor of each decay, at least 0. Default in texts: 0.1.
        factor: f64,
    },
    /// Exponential decay: rate^(t / every).
    Exponential {
        /// Factor over `every` steps, above 0. Default in texts: 0.96.
        rate: f64,
        /// Number of steps over which the factor falls by `rate`, at least 1. Default in texts: 1.
        every: u64,
    },
    /// Inverse time decay: 1 / (1 + rate·t)^power.
    Inverse {
        /// Decay rate per step, at least 0. Default in texts: 1.
        rate: f64,
        /// Exponent of the decay, at least 0: 1 for 1/t, 0.5 for 1/√t. Default in texts: 1.
        power: f64,
    },
    /// Polynomial decay over N steps: end + (1 − end)·(1 − t/N)^power for t ≤ N, then `end`.
    Polynomial {
        /// Length N; `None` for the rest of the run.
        #[serde(with = "parts::length")]
        steps: Option<u64>,
        /// Final factor, at least 0. Default in texts: 0.
        end: f64,
        /// Exponent of the decay, at least 0: 1 for linear decay. Default in texts: 1.
        power: f64,
    },
    /// Cosine decay over N steps: end + (1 − end)·(1 + cos(π·t/N))/2 for t ≤ N, then `end`. Loshchilov & Hutter 2017,
    /// arXiv:1608.03983.
    Cosine {
        /// Length N; `None` for the rest of the run.
        #[serde(with = "parts::length")]
        steps: Option<u64>,
        /// Final factor, at least 0. Default in texts: 0.
        end: f64,
    },
    /// Linear warm-up over N steps: start + (1 − start)·t/N for t ≤ N, then 1.
    Warmup {
        /// Length N, at least 1.
        steps: u64,
        /// Initial factor, at least 0. Default in texts: 0.
        start: f64,
    },
    /// One cycle over N steps: half a cosine wave from `start` at step 0 up to 1 at step warmup·N − 1, then another
    /// one down to `end` at step N − 1. Smith & Topin 2018, arXiv:1708.07120, with PyTorch's cosines in place of
    /// straight lines.
    OneCycle {
        /// Length N; `None` for the rest of the run.
        #[serde(with = "parts::length")]
        steps: Option<u64>,
        /// Fraction of the steps during which the factor rises, in (0, 1). Default in texts: 0.3.
        warmup: f64,
        /// Initial factor, at least 0. Default in texts: 0.04.
        start: f64,
        /// Final factor, at least 0. Default in texts: 4e-6.
        end: f64,
    },
    /// Reduction on a plateau of an observed loss. The factor is 1 here, and the optimizer multiplies it by
    /// [`PlateauState::factor`].
    Plateau(Plateau),
    /// Schedules that follow each other, each counting from its own step 0.
    Sequence(Vec<SchedulePart>),
    /// A factor that the caller computes; see [`Schedule::custom`].
    #[serde(skip)]
    Custom(CustomSchedule),
}

impl Schedule {
    /// Returns the factor of the learning rate at step `t`, counted from 0.
    pub fn factor_at(&self, t: u64) -> f64 {
        match self {
            Self::Constant | Self::Plateau(_) => 1.0,
            Self::Piecewise(breakpoints) => {
                breakpoints.iter().take_while(|point| point.step <= t).last().map_or(1.0, |point| point.factor)
            }
            Self::Step { every, factor } => crate::real::power(*factor, t.checked_div(*every).unwrap_or(0)),
            Self::Exponential { rate, every } => libm::pow(*rate, t as f64 / *every as f64),
            Self::Inverse { rate, power } => 1.0 / libm::pow(1.0 + rate * t as f64, *power),
            Self::Polynomial { steps, end, power } => end + (1.0 - end) * libm::pow(1.0 - completed(t, *steps), *power),
            Self::Cosine { steps, end } => half_cosine(1.0, *end, completed(t, *steps)),
            Self::Warmup { steps, start } => start + (1.0 - start) * completed(t, Some(*steps)),
            Self::OneCycle { steps, warmup, start, end } => {
                let steps = steps.unwrap_or(0);
                // The last step of the run is the last point of the curve.
                let top = warmup * steps as f64 - 1.0;
                let (t, last) = (t as f64, steps.saturating_sub(1) as f64);
                if t < top {
                    half_cosine(*start, 1.0, t / top)
                } else {
                    half_cosine(1.0, *end, ((t - top) / (last - top).max(1.0)).min(1.0))
                }
            }
            Self::Sequence(parts) => {
                let mut t = t;
                for (i, part) in parts.iter().enumerate() {
                    let steps = part.steps.unwrap_or(0);
                    if t < steps || i + 1 == parts.len() {
                        return part.schedule.factor_at(t);
                    }
                    t -= steps;
                }
                1.0
            }
            Self::Custom(custom) => custom.factor_at(t),
        }
    }

    /// Returns the same schedule with every open length set, for a run of `total` steps.
    #[must_use]
    pub fn with_total_steps(self, total: u64) -> Self {
        let close = |steps: Option<u64>| steps.or(Some(total.max(1)));
        match self {
            Self::Polynomial { steps, end, power } => Self::Polynomial { steps: close(steps), end, power },
            Self::Cosine { steps, end } => Self::Cosine { steps: close(steps), end },
            Self::OneCycle { steps, warmup, start, end } => Self::OneCycle { steps: close(steps), warmup, start, end },
            Self::Sequence(mut parts) => {
                // Only the last part can be open.
                let before = parts.iter().fold(0_u64, |sum, part| sum.saturating_add(part.steps.unwrap_or(0)));
                if let Some(last) = parts.last_mut() {
                    last.steps = last.steps.or(Some(total.saturating_sub(before).max(1)));
                }
                Self::Sequence(parts.into_iter().map(SchedulePart::closed).collect())
            }
            other => other,
        }
    }

    /// Returns the [`Plateau`] in this schedule, if there is one.
    pub fn plateau(&self) -> Option<&Plateau> {
        match self {
            Self::Plateau(plateau) => Some(plateau),
            Self::Sequence(parts) => parts.iter().find_map(|part| part.schedule.plateau()),
            _ => None,
        }
    }

    /// Returns the length the schedule has by its own `steps`; `None` if it has none or is open.
    fn own_length(&self) -> Option<u64> {
        match *self {
            Self::Polynomial { steps, .. } | Self::Cosine { steps, .. } | Self::OneCycle { steps, .. } => steps,
            Self::Warmup { steps, .. } => Some(steps).filter(|&steps| steps > 0),
            _ => None,
        }
    }
}

/// Returns the completed fraction of `steps` at step `t`, in [0, 1]; 0 for an open length.
fn completed(t: u64, steps: Option<u64>) -> f64 {
    match steps {
        None | Some(0) => 0.0,
        Some(steps) => t.min(steps) as f64 / steps as f64,
    }
}

/// Half a cosine wave from `from` to `to`, at `fraction` of its length.
fn half_cosine(from: f64, to: f64, fraction: f64) -> f64 {
    to + (from - to) * 0.5 * (1.0 + libm::cos(std::f64::consts::PI * fraction))
}
