//! Interval between two checkpoints.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::duration::{parse_duration, split_unit};

/// Interval between two checkpoints of a training: `epoch`, a number of steps (`1000steps`), or a time (`30s`, `5m`,
/// `2h`).
///
/// ```
/// use std::time::Duration;
/// use thalweg_learn::train::CheckpointInterval;
/// let (time, steps): (CheckpointInterval, CheckpointInterval) = ("5m".parse()?, "1000steps".parse()?);
/// assert_eq!(time, CheckpointInterval::Time(Duration::from_secs(300)));
/// assert_eq!(steps, CheckpointInterval::Steps(1000));
/// assert_eq!(CheckpointInterval::Epoch.to_string(), "epoch");
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointInterval {
    /// A checkpoint after each epoch.
    Epoch,
    /// After this many steps of the optimizer, at least 1.
    Steps(u64),
    /// After this time, more than 0.
    Time(Duration),
}

impl FromStr for CheckpointInterval {
    type Err = thalweg::Error;

    fn from_str(text: &str) -> thalweg::Result<Self> {
        if text == "epoch" {
            return Ok(Self::Epoch);
        }
        let (number, unit) = split_unit(text);
        let interval = match unit {
            "steps" | "step" => number.parse().ok().filter(|&steps| steps > 0).map(Self::Steps),
            "" => None,
            _ => parse_duration(text).ok().map(Self::Time),
        };
        interval.ok_or_else(|| thalweg::Error::InvalidValue {
            what: "the interval of checkpoints".into(),
            expected: "epoch, a number of steps such as 1000steps, or a time such as 30s, 5m or 2h".into(),
            found: text.into(),
        })
    }
}

impl fmt::Display for CheckpointInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Epoch => f.write_str("epoch"),
            Self::Steps(steps) => write!(f, "{steps}steps"),
            Self::Time(time) => write!(f, "{}s", time.as_secs_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_have_a_text_form() {
        for text in ["epoch", "1steps", "1000steps", "30s", "0.5s"] {
            let interval: CheckpointInterval = text.parse().expect("an interval");
            assert_eq!(interval.to_string(), text);
        }
        let hours: CheckpointInterval = "1.5h".parse().expect("an interval");
        assert_eq!(hours, CheckpointInterval::Time(Duration::from_mins(90)));
        for text in ["", "30", "0s", "-1s", "0steps", "1.5steps", "epochs", "5d", "nans", "infs", "1e400s", "é5s"] {
            let error = text.parse::<CheckpointInterval>().expect_err("no interval");
            assert!(error.to_string().contains("must be epoch, a number of steps"), "{text}: {error}");
        }
    }
}
