//! Text form of schedules.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::parts::length;
use super::{Breakpoint, Plateau, Schedule, SchedulePart};
use crate::error::{Error, Result};
use crate::text::{NamedParams, parse_count, parse_number};

/// Names of all schedules.
const NAMES: [&str; 10] = [
    "constant",
    "piecewise",
    "step",
    "exponential",
    "inverse",
    "polynomial",
    "cosine",
    "warmup",
    "onecycle",
    "plateau",
];

impl FromStr for Schedule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts = text.split('+').map(part).collect::<Result<Vec<_>>>()?;
        match <[_; 1]>::try_from(parts) {
            Ok([SchedulePart { schedule, steps }]) if steps == schedule.own_length() => Ok(schedule),
            Ok([part]) => Ok(Self::Sequence(vec![part])),
            Err(parts) => Ok(Self::Sequence(parts)),
        }
    }
}

/// Writes the text that parses to the same schedule. Numbers at their defaults are omitted.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |n: u64| n as f64;
        let length = |steps: Option<u64>| steps.unwrap_or(0) as f64;
        // NaN differs from every number, which is therefore always written.
        let no_default = f64::NAN;
        match self {
            Self::Constant => f.write_str("constant"),
            Self::Custom(_) => f.write_str("custom"),
            Self::Piecewise(breakpoints) => {
                let pair = |Breakpoint { step, factor }: &Breakpoint| format!("{step}={factor}");
                write!(f, "piecewise:{}", breakpoints.iter().map(pair).collect::<Vec<_>>().join(","))
            }
            Self::Step { every, factor } => {
                write_pairs(f, "step", &[("every", count(*every), no_default), ("factor", *factor, 0.1)])
            }
            Self::Exponential { rate, every } => {
                write_pairs(f, "exponential", &[("rate", *rate, 0.96), ("every", count(*every), 1.0)])
            }
            Self::Inverse { rate, power } => write_pairs(f, "inverse", &[("rate", *rate, 1.0), ("power", *power, 1.0)]),
            Self::Polynomial { steps, end, power } => write_pairs(
                f,
                "polynomial",
                &[("steps", length(*steps), 0.0), ("end", *end, 0.0), ("power", *power, 1.0)],
            ),
            Self::Cosine { steps, end } => {
                write_pairs(f, "cosine", &[("steps", length(*steps), 0.0), ("end", *end, 0.0)])
            }
            Self::Warmup { steps, start } => {
                write_pairs(f, "warmup", &[("steps", count(*steps), no_default), ("start", *start, 0.0)])
            }
            Self::OneCycle { steps, warmup, start, end } => write_pairs(
                f,
                "onecycle",
                &[
                    ("steps", length(*steps), 0.0),
                    ("warmup", *warmup, 0.3),
                    ("start", *start, 0.04),
                    ("end", *end, 4e-6),
                ],
            ),
            Self::Plateau(plateau) => write_plateau(f, plateau),
            Self::Sequence(parts) => {
                for (i, SchedulePart { schedule, steps }) in parts.iter().enumerate() {
                    write!(f, "{}{schedule}", if i == 0 { "" } else { "+" })?;
                    if parts.len() == 1 || *steps != schedule.own_length() {
                        let separator = if schedule.to_string().contains(':') { ',' } else { ':' };
                        write!(f, "{separator}for={}", steps.unwrap_or(0))?;
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

/// Writes `name:key=value,…` with those of the triples (key, value, default) whose value is not the default.
fn write_pairs(f: &mut fmt::Formatter<'_>, name: &str, pairs: &[(&str, f64, f64)]) -> fmt::Result {
    f.write_str(name)?;
    let changed = pairs.iter().filter(|(_, value, default)| value.partial_cmp(default) != Some(Ordering::Equal));
    for (i, (key, value, _)) in changed.enumerate() {
        write!(f, "{}{key}={value}", if i == 0 { ':' } else { ',' })?;
    }
    Ok(())
}

/// Parses one part of a sequence. Its length is `for=N`, otherwise the schedule's own `steps`.
fn part(text: &str) -> Result<SchedulePart> {
    let NamedParams { name, params: mut pairs } = NamedParams::parse(text)?;
    let mut explicit = None;
    if let Some(i) = pairs.iter().position(|(key, _)| *key == "for") {
        explicit = Some(length::from_number(parse_count("for", pairs.remove(i).1)?));
    }
    let schedule = if name == "piecewise" { piecewise(&pairs)? } else { keyed(name, &pairs)? };
    let steps = explicit.unwrap_or_else(|| schedule.own_length());
    Ok(SchedulePart { schedule, steps })
}

fn piecewise(pairs: &[(&str, &str)]) -> Result<Schedule> {
    let breakpoint = |&(step, factor): &(&str, &str)| {
        Ok(Breakpoint { step: parse_count("a step of piecewise", step)?, factor: parse_number("factor", factor)? })
    };
    Ok(Schedule::Piecewise(pairs.iter().map(breakpoint).collect::<Result<_>>()?))
}

/// Parses a schedule whose keys are names.
fn keyed(name: &str, pairs: &[(&str, &str)]) -> Result<Schedule> {
    let mut keys = Keys { name, pairs, known: Vec::new() };
    let schedule = match name {
        "constant" => Schedule::Constant,
        "step" => Schedule::Step { every: keys.whole("every", None)?, factor: keys.number("factor", 0.1)? },
        "exponential" => {
            Schedule::Exponential { rate: keys.number("rate", 0.96)?, every: keys.whole("every", Some(1))? }
        }
        "inverse" => Schedule::Inverse { rate: keys.number("rate", 1.0)?, power: keys.number("power", 1.0)? },
        "polynomial" => Schedule::Polynomial {
            steps: keys.length()?,
            end: keys.number("end", 0.0)?,
            power: keys.number("power", 1.0)?,
        },
        "cosine" => Schedule::Cosine { steps: keys.length()?, end: keys.number("end", 0.0)? },
        "warmup" => Schedule::Warmup { steps: keys.whole("steps", None)?, start: keys.number("start", 0.0)? },
        "onecycle" => Schedule::OneCycle {
            steps: keys.length()?,
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
        _ => {
            return Err(Error::unknown("schedule", name, NAMES));
        }
    };
    keys.check_all_used()?;
    Ok(schedule)
}

/// The key-value pairs of one schedule, and the keys that were looked up.
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
        self.find(key).map_or(Ok(default), |value| parse_number(key, value))
    }

    fn whole(&mut self, key: &'static str, default: Option<u64>) -> Result<u64> {
        let name = self.name.to_owned();
        match (self.find(key), default) {
            (Some(value), _) => parse_count(key, value),
            (None, Some(default)) => Ok(default),
            (None, None) => {
                Err(Error::Missing { what: format!("the schedule {name}"), needs: format!("a number: {name}:{key}=N") })
            }
        }
    }

    /// Parses `steps`; 0 and no `steps` mean the rest of the run.
    fn length(&mut self) -> Result<Option<u64>> {
        Ok(length::from_number(self.whole("steps", Some(0))?))
    }

    /// Fails for a key that was not looked up.
    fn check_all_used(&self) -> Result<()> {
        let unknown = self.pairs.iter().find(|(key, _)| !self.known.contains(key));
        unknown.map_or(Ok(()), |(key, _)| {
            Err(Error::unknown(format!("parameter of {}", self.name), key, self.known.iter().copied()))
        })
    }
}
