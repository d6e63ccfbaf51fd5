//! Event files of a fit for `TensorBoard`, written while it runs.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use thalweg_learn::EventFile;
use thalweg_learn::train::EpochReport;

use crate::report::escape::escape_controls;

/// Event file in the folder of `--tensorboard`.
pub(crate) struct TensorBoardLog {
    /// `None` after an event could not be written.
    file: Option<EventFile>,
}

impl TensorBoardLog {
    /// Creates the file in a folder; or continues it after the epoch of a checkpoint.
    pub(crate) fn open(folder: &Path, epochs_done: Option<u64>) -> Result<Self> {
        let file = match epochs_done {
            Some(epoch) => EventFile::continue_after(folder, epoch)?,
            None => EventFile::create(folder)?,
        };
        Ok(Self { file: Some(file) })
    }

    /// Writes the event of an epoch at once. If that fails, says so and writes no further events.
    pub(crate) fn add(&mut self, report: &EpochReport) {
        let Some(file) = &mut self.file else { return };
        if let Err(error) = file.add(report) {
            let warning = format!("warning: the events for TensorBoard are incomplete: {error}; the fit goes on");
            let _ = writeln!(std::io::stderr(), "{}", escape_controls(&warning));
            self.file = None;
        }
    }
}
