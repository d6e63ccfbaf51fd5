//! Schedules from text, and back.

use std::cmp::Ordering;
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
            Ok([(schedule, lasts)]) if lasts == schedule.own_length() => Ok(schedule),
            Ok([part]) => Ok(Self::Sequence(vec![part])),
            Err(parts) => Ok(Self::Sequence(parts)),
        }
    }
}

/// The text that parses to the same schedule; numbers at their defaults are left out.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |n: u64| n as f64;
        // A default of NaN equals nothing: such a number is always written.
        let always = f64::NAN;
        match self {
            Self::Constant => f.write_str("constant"),
            Self::Piecewise(pairs) => {
                let pair = |(step, factor): &(u64, f64)| format!("{step}={factor}");
                write!(f, "piecewise:{}", pairs.iter().map(pair).collect::<Vec<_>>().join(","))
            }
            Self::Step { every, factor } => {
                write_pairs(f, "step", &[("every", count(*every), always), ("factor", *factor, 0.1)])
            }
            Self::Exponential { rate, every } => {
                write_pairs(f, "exponential", &[("rate", *rate, 0.96), ("every", count(*every), 1.0)])
            }
            Self::Inverse { rate, power } => write_pairs(f, "inverse", &[("rate", *rate, 1.0), ("power", *power, 1.0)]),
            Self::Polynomial { steps, end, power } => write_pairs(
                f,
                "polynomial",
                &[("steps", count(*steps), 0.0), ("end", *end, 0.0), ("power", *power, 1.0)],
            ),
            Self::Cosine { steps, end } => {
                write_pairs(f, "cosine", &[("steps", count(*steps), 0.0), ("end", *end, 0.0)])
            }
            Self::Warmup { steps, start } => {
                write_pairs(f, "warmup", &[("steps", count(*steps), always), ("start", *start, 0.0)])
            }
            Self::OneCycle { steps, warmup, start, end } => write_pairs(
                f,
                "onecycle",
                &[
                    ("steps", count(*steps), 0.0),
                    ("warmup", *warmup, 0.3),
                    ("start", *start, 0.04),
                    ("end", *end, 4e-6),
                ],
            ),
            Self::Plateau(plateau) => write_plateau(f, plateau),
            Self::Sequence(parts) => {
                for (i, (schedule, lasts)) in parts.iter().enumerate() {
                    write!(f, "{}{schedule}", if i == 0 { "" } else { "+" })?;
                    if parts.len() == 1 || *lasts != schedule.own_length() {
                        write!(f, "{}for={lasts}", if schedule.to_string().contains(':') { ',' } else { ':' })?;
                    }
                }
                Ok(())
            }
        }
    }
}

fn write_plateau(f: &mut fmt::Formatter<'_>, plateau: &Plateau) -> fmt::Result {
    let default = Plateau::default();
    let pairs = [
        ("factor", plateau.factor, default.factor),
        ("patience", plateau.patience as f64, default.patience as f64),
        ("threshold", plateau.threshold, default.threshold),
        ("cooldown", plateau.cooldown as f64, default.cooldown as f64),
        ("min", plateau.min, default.min),
    ];
    write_pairs(f, "plateau", &pairs)
}

/// `name:key=value,…` of the pairs whose value is not the default.
fn write_pairs(f: &mut fmt::Formatter<'_>, name: &str, pairs: &[(&str, f64, f64)]) -> fmt::Result {
    f.write_str(name)?;
    let changed = pairs.iter().filter(|(_, value, default)| value.partial_cmp(default) != Some(Ordering::Equal));
    for (i, (key, value, _)) in changed.enumerate() {
        write!(f, "{}{key}={value}", if i == 0 { ':' } else { ',' })?;
    }
    Ok(())
}

impl Schedule {
    /// The steps that a part of a sequence takes if nothing else is said; 0 is open.
    fn own_length(&self) -> u64 {
        match *self {
            Self::Polynomial { steps, .. }
            | Self::Cosine { steps, .. }
            | Self::Warmup { steps, .. }
            | Self::OneCycle { steps, .. } => steps,
            _ => 0,
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
    let own = schedule.own_length();
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
