//! Errors of checkpoints.

use std::path::PathBuf;

/// Most differences that a message lists.
const MAX_LISTED: usize = 8;

/// Error of a checkpoint of a fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file is no checkpoint, or is damaged.
    #[error("{}: invalid checkpoint: {reason}", path.display())]
    Invalid {
        /// Path of the file.
        path: PathBuf,
        /// Reason of the rejection.
        reason: String,
    },
    /// The checkpoint is that of a fit with other data or settings.
    #[error("expected a checkpoint of this fit, found one of another: {}", list(differences))]
    OtherFit {
        /// Settings and parts of the data that differ; at least one.
        differences: Vec<SettingDifference>,
    },
    /// Another process writes its checkpoints to the folder.
    #[error("{}: expected a folder that no other fit uses", path.display())]
    InUse {
        /// Path of the folder.
        path: PathBuf,
    },
}

/// Setting or part of the data in which a checkpoint differs from a fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingDifference {
    /// Name of the setting, or of the part of the data.
    pub name: String,
    /// Value in the checkpoint; `None` if it has none.
    pub checkpoint: Option<String>,
    /// Value in the fit; `None` if it has none.
    pub fit: Option<String>,
}

impl std::fmt::Display for SettingDifference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [checkpoint, fit] = [&self.checkpoint, &self.fit].map(|value| value.as_deref().unwrap_or("none"));
        write!(f, "{} was {checkpoint}, is {fit}", self.name)
    }
}

fn list(differences: &[SettingDifference]) -> String {
    let mut texts: Vec<String> = differences.iter().take(MAX_LISTED).map(ToString::to_string).collect();
    if differences.len() > MAX_LISTED {
        texts.push(format!("{} more", differences.len() - MAX_LISTED));
    }
    texts.join("; ")
}
