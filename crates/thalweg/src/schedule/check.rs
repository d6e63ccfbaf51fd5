//! Validation of the numbers of schedules.

use super::{Schedule, SchedulePart};
use crate::error::{Error, Result};

impl Schedule {
    /// Checks the range of every number, and that no length is open.
    ///
    /// # Errors
    /// [`Error::Range`] and [`Error::InvalidValue`] for a number out of range, [`Error::Missing`] for an open length.
    pub fn check(&self) -> Result<()> {
        match self {
            // The factors of a custom schedule are checked step by step.
            Self::Constant | Self::Custom(_) => Ok(()),
            Self::Piecewise(breakpoints) => {
                if breakpoints.windows(2).any(|pair| pair[0].step >= pair[1].step) {
                    return Err(Error::InvalidValue {
                        what: "the steps of piecewise".into(),
                        expected: "increasing".into(),
                        found: format!("{:?}", breakpoints.iter().map(|point| point.step).collect::<Vec<_>>()),
                    });
                }
                breakpoints.iter().try_for_each(|point| Error::not_negative("factor", point.factor))
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
            Self::Polynomial { steps, end, power } => check_length("polynomial", *steps)
                .and(Error::not_negative("end", *end))
                .and(Error::not_negative("power", *power)),
            Self::Cosine { steps, end } => check_length("cosine", *steps).and(Error::not_negative("end", *end)),
            Self::Warmup { steps, start } => {
                check_length("warmup", Some(*steps)).and(Error::not_negative("start", *start))
            }
            Self::OneCycle { steps, warmup, start, end } => {
                check_length("onecycle", *steps)
                    .and(Error::not_negative("start", *start))
                    .and(Error::not_negative("end", *end))?;
                Error::range("warmup", "in (0, 1)", *warmup, *warmup > 0.0 && *warmup < 1.0)
            }
            Self::Plateau(plateau) => plateau.check(),
            Self::Sequence(parts) => check_sequence(parts),
        }
    }
}

fn check_length(name: &str, steps: Option<u64>) -> Result<()> {
    match steps {
        None | Some(0) => {
            Err(Error::Missing { what: format!("the schedule {name}"), needs: format!("a length: {name}:steps=N") })
        }
        Some(_) => Ok(()),
    }
}

/// Checks that a sequence has at least one part, that none is a sequence, and that only the last one is open.
fn check_sequence(parts: &[SchedulePart]) -> Result<()> {
    let invalid = |found: &str| {
        let (what, expected) = ("a sequence of schedules".into(), "of single schedules, at least one".into());
        Err(Error::InvalidValue { what, expected, found: found.into() })
    };
    if parts.is_empty() {
        return invalid("empty");
    }
    for (i, SchedulePart { schedule, steps }) in parts.iter().enumerate() {
        if let Schedule::Sequence(_) = schedule {
            return invalid("a sequence in a sequence");
        }
        if steps.is_none_or(|steps| steps == 0) && i + 1 < parts.len() {
            let what = format!("{schedule}, which is followed by another schedule,");
            return Err(Error::Missing { what, needs: "a length: for=N".into() });
        }
        schedule.check()?;
    }
    Ok(())
}
