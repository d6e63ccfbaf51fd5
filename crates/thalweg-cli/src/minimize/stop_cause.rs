//! Reasons why a run of the program ended.

use serde_json::{Value, json};
use thalweg::StopReason;

/// Reason why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopCause {
    /// A stopping criterion of the library.
    Criterion(StopReason),
    /// The condition of `--until` holds.
    Condition,
    /// The signal SIGINT or SIGTERM.
    Interrupted,
}

impl StopCause {
    pub(crate) fn json(self) -> Value {
        match self {
            Self::Criterion(reason) => json!(reason),
            Self::Condition => json!("condition"),
            Self::Interrupted => json!("interrupted"),
        }
    }

    pub(crate) fn text(self) -> String {
        match self {
            Self::Criterion(StopReason::NotFinite) => "f or its gradient is not finite".into(),
            Self::Criterion(reason) => reason.to_string(),
            Self::Condition => "the condition holds".into(),
            Self::Interrupted => "interrupted".into(),
        }
    }
}
