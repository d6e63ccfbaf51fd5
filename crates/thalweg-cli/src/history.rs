//! History of a fit as lines of JSON, written while it runs.

use std::fs::File;
use std::io::{ErrorKind, Seek, SeekFrom, Write};
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
    /// The latest line, if it is of this fit.
    last: Option<HistoryLine>,
}

/// Line of an epoch. Keys may be added but not renamed.
#[derive(Clone, Copy, Debug, Serialize)]
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

impl HistoryLine {
    fn text(&self) -> String {
        serde_json::to_string(self).expect("numbers have a JSON form") + "\n"
    }
}

impl HistoryFile {
    /// Creates a file, or empties the one that exists.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(|error| anyhow!("{}: {error}", path.display()))?;
        Ok(Self { path: path.to_path_buf(), file: Some(file), last: None })
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
        // The fit did not end where it continues.
        let without_end = |line: &str| match line.split_once(",\"stopped\":") {
            Some((start, _)) => format!("{start}}}\n"),
            None => line.to_owned(),
        };
        let kept: String = before.split_inclusive('\n').filter(is_kept).map(without_end).collect();
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
        // One call writes the whole line, so that an end at any time leaves whole lines.
        let written = file.write_all(line.text().as_bytes());
        self.last = Some(line);
        if let Err(error) = written {
            self.fail(&error);
        }
    }

    /// Adds the reason for the end to the last line, where the time ended the fit after that line was written: within
    /// an evaluation, whose sum is then dropped.
    pub(crate) fn end(&mut self, stopped: TrainingStopReason) {
        let (Some(file), Some(line)) = (&mut self.file, &self.last) else { return };
        let is_file = file.metadata().is_ok_and(|found| found.is_file());
        if stopped != TrainingStopReason::MaxTime || line.stopped.is_some() || !is_file {
            return;
        }
        let ended = HistoryLine { stopped: Some(stopped), ..*line }.text();
        let length = i64::try_from(line.text().len()).unwrap_or(i64::MAX);
        let start = file.seek(SeekFrom::End(-length));
        if let Err(error) = start.and_then(|_| file.write_all(ended.as_bytes())) {
            self.fail(&error);
        }
    }

    fn fail(&mut self, error: &std::io::Error) {
        let path = self.path.display();
        let warning = format!("warning: {path}: the history is incomplete: {error}; the fit goes on");
        let _ = writeln!(std::io::stderr(), "{}", escape_controls(&warning));
        self.file = None;
    }
}
