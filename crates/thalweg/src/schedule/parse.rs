//! Schedules from text, and back.

use std::fmt;
use std::str::FromStr;

use super::{Plateau, Schedule};
use crate::error::{Error, Result};
use crate::text::{Named, number, whole};

/// The names a schedule can have.
const NAMES: &str = "constant, piecewise, step, exponential, inverse, polynomial, cosine, warmup, onecycle, plateau";

impl FromStr for Schedule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts = text.split('+').map(part).collect::<Result<Vec<_>>>()?;
        match <[_; 1]>::try_from(parts) {
            Ok([(schedule, 0)]) => Ok(schedule),
            Ok([part]) => Ok(Self::Sequence(vec![part])),
            Err(parts) => Ok(Self::Sequence(parts)),
        }
    }
}

/// The text that parses to the same schedule.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = |steps: &u64| if *steps == 0 { String::new() } else { format!("steps={steps},") };
        match self {
            Self::Constant => f.write_str("constant"),
            Self::Piecewise(pairs) => {
                f.write_str("piecewise:")?;
                let pair = |(step, factor): &(u64, f64)| format!("{step}={factor}");
                f.write_str(&pairs.iter().map(pair).collect::<Vec<_>>().join(","))
            }
            Self::Step { every, factor } => write!(f, "step:every={every},factor={factor}"),
            Self::Exponential { rate, every } => write!(f, "exponential:rate={rate},every={every}"),
            Self::Inverse { rate, power } => write!(f, "inverse:rate={rate},power={power}"),
            Self::Polynomial { steps, end, power } => {
                write!(f, "polynomial:{}end={end},power={power}", open(steps))
            }
            Self::Cosine { steps, end } => write!(f, "cosine:{}end={end}", open(steps)),
            Self::Warmup { steps, start } => write!(f, "warmup:steps={steps},start={start}"),
            Self::OneCycle { steps, warmup, start, end } => {
                write!(f, "onecycle:{}warmup={warmup},start={start},end={end}", open(steps))
            }
            Self::Plateau(Plateau { factor, patience, threshold, cooldown, min }) => write!(
                f,
                "plateau:factor={factor},patience={patience},threshold={threshold},cooldown={cooldown},min={min}"
            ),
            Self::Sequence(parts) => {
                for (i, (schedule, lasts)) in parts.iter().enumerate() {
                    let text = schedule.to_string();
                    let separator = if text.contains(':') { ',' } else { ':' };
                    write!(f, "{}{text}{separator}for={lasts}", if i == 0 { "" } else { "+" })?;
                }
                Ok(())
            }
        }
    }
}

/// One schedule, and how long it holds in a sequence: `for=N`, else its own `steps`, else 0 (open).
fn part(text: &str) -> Result<(Schedule, u64)> {
    let Named { name, mut pairs } = Named::parse(text)?;
    let mut lasts = None;
    if let Some(i) = pairs.iter().position(|(key, _)| *key == "for") {
        lasts = Some(whole("for", pairs.remove(i).1)?);
    }
    let schedule = if name == "piecewise" { piecewise(&pairs)? } else { plain(name, &pairs)? };
    let own = match schedule {
        Schedule::Polynomial { steps, .. }
        | Schedule::Cosine { steps, .. }
        | Schedule::Warmup { steps, .. }
        | Schedule::OneCycle { steps, .. } => steps,
        _ => 0,
    };
    Ok((schedule, lasts.unwrap_or(own)))
}

fn piecewise(pairs: &[(&str, &str)]) -> Result<Schedule> {
    let pair = |&(step, factor): &(&str, &str)| Ok((whole("a step of piecewise", step)?, number("factor", factor)?));
    Ok(Schedule::Piecewise(pairs.iter().map(pair).collect::<Result<_>>()?))
}

fn plain(name: &str, pairs: &[(&str, &str)]) -> Result<Schedule> {
    let mut keys = Keys { name, pairs, known: Vec::new() };
    let schedule = match name {
        "constant" => Schedule::Constant,
        "step" => Schedule::Step { every: keys.whole("every", None)?, factor: keys.number("factor", 0.1)? },
        "exponential" => {
            Schedule::Exponential { rate: keys.number("rate", 0.96)?, every: keys.whole("every", Some(1))? }
        }
        "inverse" => Schedule::Inverse { rate: keys.number("rate", 1.0)?, power: keys.number("power", 1.0)? },
        "polynomial" => Schedule::Polynomial {
            steps: keys.whole("steps", Some(0))?,
            end: keys.number("end", 0.0)?,
            power: keys.number("power", 1.0)?,
        },
        "cosine" => Schedule::Cosine { steps: keys.whole("steps", Some(0))?, end: keys.number("end", 0.0)? },
        "warmup" => Schedule::Warmup { steps: keys.whole("steps", None)?, start: keys.number("start", 0.0)? },
        "onecycle" => Schedule::OneCycle {
            steps: keys.whole("steps", Some(0))?,
            warmup: keys.number("warmup", 0.3)?,
            start: keys.number("start", 0.04)?,
            end: keys.number("end", 4e-6)?,
        },
        "plateau" => {
            let default = Plateau::default();
            Schedule::Plateau(Plateau {
                factor: keys.number("factor", default.factor)?,
                patience: keys.whole("patience", Some(default.patience))?,
                threshold: keys.number("threshold", default.threshold)?,
                cooldown: keys.whole("cooldown", Some(default.cooldown))?,
                min: keys.number("min", default.min)?,
            })
        }
        _ => return Err(Error::Unknown { what: "schedule".into(), name: name.into(), known: NAMES.into() }),
    };
    keys.all_used()?;
    Ok(schedule)
}

/// The pairs of one schedule, and which keys it has asked for.
struct Keys<'a> {
    name: &'a str,
    pairs: &'a [(&'a str, &'a str)],
    known: Vec<&'static str>,
}

impl Keys<'_> {
    fn find(&mut self, key: &'static str) -> Option<&str> {
        self.known.push(key);
        self.pairs.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    fn number(&mut self, key: &'static str, default: f64) -> Result<f64> {
        self.find(key).map_or(Ok(default), |value| number(key, value))
    }

    fn whole(&mut self, key: &'static str, default: Option<u64>) -> Result<u64> {
        let name = self.name.to_owned();
        match (self.find(key), default) {
            (Some(value), _) => whole(key, value),
            (None, Some(default)) => Ok(default),
            (None, None) => {
                Err(Error::Missing { what: format!("the schedule {name}"), needs: format!("{name}:{key}=N") })
            }
        }
    }

    fn all_used(&self) -> Result<()> {
        let unknown = self.pairs.iter().find(|(key, _)| !self.known.contains(key));
        unknown.map_or(Ok(()), |(key, _)| {
            Err(Error::Unknown {
                what: format!("parameter of {}", self.name),
                name: (*key).into(),
                known: self.known.join(", "),
            })
        })
    }
}
