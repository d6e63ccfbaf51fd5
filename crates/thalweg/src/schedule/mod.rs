//! Learning-rate schedules: pure functions from the step to a factor of the rate.

mod parse;
mod plateau;

pub use plateau::{Plateau, PlateauState};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A factor of the learning rate at each step, from step 0. The rate of a step is the method's (or
/// the group's) `lr` times this.
///
/// Written `name:key=value,…`, and one after another with `+`:
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
/// `steps` may be left out where the length of the run is known ([`with_total_steps`](Self::over)): the schedule
/// then takes all that is left of the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// 1 throughout.
    #[default]
    Constant,
    /// The factor of the last pair whose step has come; 1 before the first.
    Piecewise(Vec<(u64, f64)>),
    /// factor^⌊t / every⌋.
    Step {
        /// Steps between two falls.
        every: u64,
        /// What each fall multiplies by.
        factor: f64,
    },
    /// rate^(t / every).
    Exponential {
        /// What `every` steps multiply by.
        rate: f64,
        /// The steps one `rate` takes.
        every: u64,
    },
    /// 1 / (1 + rate·t)^power.
    Inverse {
        /// How fast it falls.
        rate: f64,
        /// 1 for 1/t, 0.5 for 1/√t.
        power: f64,
    },
    /// end + (1 − end)·(1 − t/steps)^power; from `steps` on as at `steps`.
    Polynomial {
        /// Length; 0: the rest of the run.
        steps: u64,
        /// The last factor.
        end: f64,
        /// 1 for a line.
        power: f64,
    },
    /// end + (1 − end)·(1 + cos(π·t/steps))/2, then `end` (Loshchilov & Hutter 2017, arXiv:1608.03983).
    Cosine {
        /// Length; 0: the rest of the run.
        steps: u64,
        /// The last factor.
        end: f64,
    },
    /// start + (1 − start)·t/steps, then 1.
    Warmup {
        /// Length.
        steps: u64,
        /// The first factor.
        start: f64,
    },
    /// Cosine from `start` up to 1 over the first `warmup` share of the steps, then down to `end`
    /// (Smith & Topin 2018, arXiv:1708.07120, with cosine for its lines, as PyTorch).
    OneCycle {
        /// Length; 0: the rest of the run.
        steps: u64,
        /// The share of the steps that goes up.
        warmup: f64,
        /// The first factor.
        start: f64,
        /// The last factor.
        end: f64,
    },
    /// 1, times the factor that watching a loss has brought down; see [`Plateau`].
    Plateau(Plateau),
    /// One after another, each from its own step 0; the second number is how long each holds.
    Sequence(Vec<(Schedule, u64)>),
}

impl Schedule {
    /// The factor at step `t`, from 0.
    pub fn factor_at(&self, t: u64) -> f64 {
        let part = |steps: u64| if steps == 0 { 0.0 } else { t.min(steps) as f64 / steps as f64 };
        match self {
            Self::Constant | Self::Plateau(_) => 1.0,
            Self::Piecewise(pairs) => {
                pairs.iter().take_while(|(from, _)| *from <= t).last().map_or(1.0, |&(_, factor)| factor)
            }
            Self::Step { every, factor } => crate::real::power(*factor, t.checked_div(*every).unwrap_or(0)),
            Self::Exponential { rate, every } => libm::pow(*rate, t as f64 / *every as f64),
            Self::Inverse { rate, power } => 1.0 / libm::pow(1.0 + rate * t as f64, *power),
            Self::Polynomial { steps, end, power } => end + (1.0 - end) * libm::pow(1.0 - part(*steps), *power),
            Self::Cosine { steps, end } => half_cosine(1.0, *end, part(*steps)),
            Self::Warmup { steps, start } => start + (1.0 - start) * part(*steps),
            Self::OneCycle { steps, warmup, start, end } => {
                // The last step of the run is the last point of the curve.
                let top = warmup * *steps as f64 - 1.0;
                let (t, last) = (t as f64, steps.saturating_sub(1) as f64);
                if t < top {
                    half_cosine(*start, 1.0, t / top)
                } else {
                    half_cosine(1.0, *end, ((t - top) / (last - top).max(1.0)).min(1.0))
                }
            }
            Self::Sequence(parts) => {
                let mut t = t;
                for (i, (schedule, steps)) in parts.iter().enumerate() {
                    if t < *steps || i + 1 == parts.len() {
                        return schedule.factor_at(t);
                    }
                    t -= steps;
                }
                1.0
            }
        }
    }

    /// The same schedule with every open length (`steps` 0) set, in a run of `total` steps.
    #[must_use]
    pub fn with_total_steps(self, total: u64) -> Self {
        let fill = |steps: u64| if steps == 0 { total.max(1) } else { steps };
        match self {
            Self::Polynomial { steps, end, power } => Self::Polynomial { steps: fill(steps), end, power },
            Self::Cosine { steps, end } => Self::Cosine { steps: fill(steps), end },
            Self::OneCycle { steps, warmup, start, end } => Self::OneCycle { steps: fill(steps), warmup, start, end },
            Self::Sequence(parts) => {
                // Only the last can be open: what comes before it takes what it says.
                let taken = parts.iter().fold(0_u64, |sum, (_, steps)| sum.saturating_add(*steps));
                let last = parts.len().saturating_sub(1);
                let close = |(i, (schedule, steps)): (usize, (Self, u64))| {
                    let steps = if i == last && steps == 0 { total.saturating_sub(taken).max(1) } else { steps };
                    (if steps == 0 { schedule } else { schedule.with_total_steps(steps) }, steps)
                };
                Self::Sequence(parts.into_iter().enumerate().map(close).collect())
            }
            other => other,
        }
    }

    /// The [`Plateau`] in this schedule, if there is one.
    pub fn plateau(&self) -> Option<&Plateau> {
        match self {
            Self::Plateau(plateau) => Some(plateau),
            Self::Sequence(parts) => parts.iter().find_map(|(schedule, _)| schedule.plateau()),
            _ => None,
        }
    }

    /// Checks every number, and that no length is left open.
    ///
    /// # Errors
    /// Names the number, its range, and what was found.
    pub fn check(&self) -> Result<()> {
        let known = |name: &str, steps: u64| match steps {
            0 => Err(Error::Missing { what: format!("the schedule {name}"), needs: format!("{name}:steps=N") }),
            _ => Ok(()),
        };
        match self {
            Self::Constant => Ok(()),
            Self::Piecewise(pairs) => {
                if pairs.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
                    return Err(Error::InvalidValue {
                        what: "the steps of piecewise".into(),
                        expected: "increasing".into(),
                        found: format!("{:?}", pairs.iter().map(|pair| pair.0).collect::<Vec<_>>()),
                    });
                }
                pairs.iter().try_for_each(|&(_, factor)| Error::not_negative("factor", factor))
            }
            Self::Step { every, factor } => {
                Error::positive("every", *every as f64).and(Error::not_negative("factor", *factor))
            }
            Self::Exponential { rate, every } => {
                Error::positive("every", *every as f64).and(Error::positive("rate", *rate))
            }
            Self::Inverse { rate, power } => {
                Error::not_negative("rate", *rate).and(Error::not_negative("power", *power))
            }
            Self::Polynomial { steps, end, power } => known("polynomial", *steps)
                .and(Error::not_negative("end", *end))
                .and(Error::not_negative("power", *power)),
            Self::Cosine { steps, end } => known("cosine", *steps).and(Error::not_negative("end", *end)),
            Self::Warmup { steps, start } => known("warmup", *steps).and(Error::not_negative("start", *start)),
            Self::OneCycle { steps, warmup, start, end } => {
                known("onecycle", *steps)
                    .and(Error::not_negative("start", *start))
                    .and(Error::not_negative("end", *end))?;
                Error::range("warmup", "in (0, 1)", *warmup, *warmup > 0.0 && *warmup < 1.0)
            }
            Self::Plateau(plateau) => plateau.check(),
            Self::Sequence(parts) => check_sequence(parts),
        }
    }
}

/// A sequence has parts, none of them a sequence, and only the last may be open.
fn check_sequence(parts: &[(Schedule, u64)]) -> Result<()> {
    let wrong = |found: &str| {
        let (what, expected) = ("a sequence of schedules".into(), "of single schedules, at least one".into());
        Err(Error::InvalidValue { what, expected, found: found.into() })
    };
    if parts.is_empty() {
        return wrong("empty");
    }
    for (i, (schedule, steps)) in parts.iter().enumerate() {
        if let Schedule::Sequence(_) = schedule {
            return wrong("a sequence in a sequence");
        }
        if *steps == 0 && i + 1 < parts.len() {
            let what = format!("{schedule}, which another schedule follows,");
            return Err(Error::Missing { what, needs: "for=N, the steps it holds".into() });
        }
        schedule.check()?;
    }
    Ok(())
}

/// Half a cosine wave from `from` to `to`.
fn half_cosine(from: f64, to: f64, part: f64) -> f64 {
    to + (from - to) * 0.5 * (1.0 + libm::cos(std::f64::consts::PI * part))
}
