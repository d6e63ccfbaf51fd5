//! History of a fit as lines of JSON, written while it runs.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use serde::Serialize;
use thalweg_learn::train::{EpochReport, TrainingStopReason};

use crate::report::escape::escape_controls;

/// File with a line for each epoch.
pub(crate) struct HistoryFile {
    path: PathBuf,
    /// `None` after a line could not be written.
    file: Option<File>,
}

/// Line of an epoch. Keys may be added but not renamed.
#[derive(Debug, Serialize)]
struct HistoryLine {
    /// Number of the epoch, from 1.
    epoch: u64,
    /// Mean loss of the training rows.
    train_loss: f64,
    /// Mean loss of the validation rows.
    validation_loss: Option<f64>,
    /// Learning rate at the end of the epoch.
    lr: f64,
    /// Training rows per second.
    rows_per_second: f64,
    /// Reason for which the fit ends after this epoch, if it is its budget or early stopping.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<TrainingStopReason>,
}

impl HistoryFile {
    /// Creates a file, or empties the one that exists.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(|error| anyhow!("{}: {error}", path.display()))?;
        Ok(Self { path: path.to_path_buf(), file: Some(file) })
    }

    /// Continues the file of a fit after this epoch: the lines of later epochs, which are repeated, are removed.
    pub(crate) fn continue_after(path: &Path, epoch: u64) -> Result<Self> {
        let failed = |error: std::io::Error| anyhow!("{}: {error}", path.display());
        let before = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed(error)),
        };
        let of = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok()?.get("epoch")?.as_u64();
        let is_kept = |line: &&str| line.ends_with('\n') && of(line).is_some_and(|found| found <= epoch);
        let kept: String = before.split_inclusive('\n').filter(is_kept).collect();
        let mut history = Self::create(path)?;
        if let Some(file) = &mut history.file {
            file.write_all(kept.as_bytes()).map_err(failed)?;
        }
        Ok(history)
    }

    /// Writes the line of an epoch at once. If that fails, says so and writes no further lines.
    pub(crate) fn add(&mut self, report: &EpochReport) {
        let Some(file) = &mut self.file else { return };
        let &EpochReport { epoch, train_loss, validation, lr, rows_per_second, stopped, .. } = report;
        let line = HistoryLine { epoch, train_loss, validation_loss: validation, lr, rows_per_second, stopped };
        let text = serde_json::to_string(&line).expect("numbers have a JSON form") + "\n";
        // One call writes the whole line, so that an end at any time leaves whole lines.
        if let Err(error) = file.write_all(text.as_bytes()) {
            let path = self.path.display();
            let warning = format!("warning: {path}: the history is incomplete: {error}; the fit goes on");
            let _ = writeln!(std::io::stderr(), "{}", escape_controls(&warning));
            self.file = None;
        }
    }
}
