//! Checkpoints of a fit in a folder: begin, continue, end.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;
use thalweg_learn::fit::{CheckpointFolder, CheckpointWriter, FitCheckpoint, FitCheckpoints};
use thalweg_learn::train::{CheckpointInterval, TrainingStopReason};
use thalweg_learn::{Callbacks, Error, FitConfig, FitReport, ModelFile, PreparedData};

use crate::commands::CheckpointArgs;
use crate::exit::UsageError;
use crate::interrupt::Interrupt;
use crate::ranks::Ranks;
use crate::report::escape::escape_controls;

/// Interval between checkpoints where none is given.
const INTERVAL: CheckpointInterval = CheckpointInterval::Time(Duration::from_secs(30));

/// Number of checkpoints that are kept where none is given.
const KEEP: usize = 2;

/// Folder of checkpoints before a fit.
pub(crate) struct CheckpointedFit {
    /// Folder, on the rank that writes.
    folder: Option<CheckpointFolder>,
    start: Option<FitCheckpoint>,
    interval: CheckpointInterval,
    keep: usize,
    force: bool,
    quiet: bool,
    /// Set by a signal that asks for a checkpoint.
    request: Arc<AtomicBool>,
}

impl CheckpointedFit {
    /// Opens the folder that the options name, and reads the checkpoint from which the fit continues; `None` without
    /// such options.
    pub(crate) fn open(args: &CheckpointArgs, quiet: bool, ranks: &Ranks) -> Result<Option<Self>> {
        let (folder, start) = match (&args.checkpoint, &args.resume) {
            (Some(path), _) => (ranks.is_root().then(|| begin(path)).transpose()?, None),
            (None, Some(path)) => resume_together(path, quiet, ranks)?,
            (None, None) => {
                let option = match (args.checkpoint_every, args.checkpoint_keep) {
                    (Some(_), _) => "--checkpoint-every",
                    (None, Some(_)) => "--checkpoint-keep",
                    (None, None) => return Ok(None),
                };
                let expected = "expected a folder for the checkpoints as well (--checkpoint FOLDER or --resume FOLDER)";
                return Err(UsageError(format!("{option}: {expected}")).into());
            }
        };
        Ok(Some(Self {
            folder,
            start,
            interval: args.checkpoint_every.unwrap_or(INTERVAL),
            keep: args.checkpoint_keep.map_or(KEEP, Into::into),
            force: args.force,
            quiet,
            request: Interrupt::user_signal(),
        }))
    }

    /// Returns the folder and the interval, and the checkpoint that the fit continues from, in a sentence.
    pub(crate) fn description(&self) -> String {
        let folder = path_of(self.folder.as_ref());
        let from = self.start.as_ref().map_or_else(String::new, |start| {
            let (state, fit) = (start.state(), if start.is_last_fit() { " of the last fit, to all rows" } else { "" });
            format!("; continued after epoch {} and {} steps{fit}", state.epoch(), state.steps())
        });
        format!("in {folder}, every {}{from}", self.interval)
    }

    /// Number of epochs that the fit has reported before the checkpoint; `None` if it begins.
    pub(crate) fn epochs_done(&self) -> Option<u64> {
        // The last fit, to all rows, reports none.
        let done = |start: &FitCheckpoint| if start.is_last_fit() { u64::MAX } else { start.state().epoch() };
        self.start.as_ref().map(done)
    }

    /// Fits with checkpoints; the first signal that ends the program ends the fit after a last one. Returns what
    /// differs between this fit and that of the checkpoint from which it was forced to continue, if anything does.
    pub(crate) fn fit(
        self,
        config: &FitConfig,
        data: &PreparedData,
        interrupt: &Interrupt,
        callbacks: Callbacks<'_>,
    ) -> Result<(FitReport, ModelFile, Option<String>), Error> {
        let Self { folder, mut start, interval, keep, force, quiet, request } = self;
        let mut differences = None;
        if let Some(checkpoint) = &mut start {
            if force {
                let all = checkpoint.force(config, data)?;
                let all: Vec<_> = all.iter().map(ToString::to_string).collect();
                differences = (!all.is_empty()).then(|| all.join("; "));
            } else {
                checkpoint.check(config, data)?;
            }
        }
        let path = path_of(folder.as_ref());
        if let (Some(checkpoint), false) = (&start, quiet) {
            let state = checkpoint.state();
            let (epoch, epochs, steps) = (state.epoch(), checkpoint.epochs(), state.steps());
            let fit = if checkpoint.is_last_fit() { "the last fit, to all rows" } else { "the fit" };
            say(&format!("note: {fit} continues from {path} after epoch {epoch} of {epochs} and {steps} steps"));
        }
        // Said once, and below of the last one after a signal.
        let (requested, warned) = (Arc::clone(&interrupt.requested), AtomicBool::new(false));
        let warn = move |error: &Error| {
            if !requested.load(Ordering::Relaxed) && !warned.swap(true, Ordering::Relaxed) {
                say(&format!("warning: a checkpoint was not written: {error}; the fit goes on"));
            }
        };
        let writer = folder.map(|folder| CheckpointWriter::new(folder, keep, warn));
        let save = |checkpoint| {
            if let Some(writer) = &writer {
                writer.write(checkpoint);
            }
        };
        let checkpoints =
            if writer.is_some() { FitCheckpoints::new(interval, save) } else { FitCheckpoints::of_other_rank() };
        let checkpoints = checkpoints.on_request(&request).end_on(&*interrupt.requested);
        let fitted = config.fit_with_checkpoints(data, start, checkpoints, callbacks);
        let written = writer.map_or(Ok(()), CheckpointWriter::finish);
        let (report, model) = fitted?;
        if report.stopped == TrainingStopReason::Interrupted {
            match written {
                // The model and the report are written all the same.
                Err(error) => say(&format!(
                    "error: the last checkpoint was not written: {error}; --resume {path} continues from the one before, \
                     if there is one"
                )),
                Ok(()) if quiet => {}
                Ok(()) => say(&format!("note: --resume {path} continues")),
            }
        }
        if report.stopped == TrainingStopReason::MaxTime && !quiet {
            say(&format!("note: --resume {path} with a longer --max-time goes on"));
        }
        Ok((report, model, differences))
    }
}

/// Opens a folder for the checkpoints of a new fit. One that exists may be read-only: then it is reported that the
/// checkpoints are not written, and the fit goes on.
fn begin(path: &Path) -> Result<CheckpointFolder> {
    let folder = if path.is_dir() { CheckpointFolder::open_existing(path)? } else { CheckpointFolder::open(path)? };
    if folder.is_empty() {
        return Ok(folder);
    }
    let path = path.display();
    let text = format!(
        "--checkpoint: expected a folder without checkpoints, found those of an earlier fit in {path} (--resume {path} \
         continues it)"
    );
    Err(UsageError(text).into())
}

/// Opens a folder on rank 0 and reads its latest checkpoint, which all ranks receive: on a file system of several
/// machines, the others may see the folder as it was seconds before.
fn resume_together(
    path: &Path,
    quiet: bool,
    ranks: &Ranks,
) -> Result<(Option<CheckpointFolder>, Option<FitCheckpoint>)> {
    let opened = ranks.is_root().then(|| resume(path, quiet)).transpose()?;
    if ranks.count() == 1 {
        return Ok(opened.map_or((None, None), |(folder, start)| (Some(folder), start)));
    }
    let bytes = opened.as_ref().and_then(|(_, start)| start.clone()).map(|start| start.into_bytes(path)).transpose()?;
    let bytes = ranks.broadcast(|| bytes.unwrap_or_default());
    let start = if bytes.is_empty() { None } else { Some(FitCheckpoint::from_bytes(path, &bytes)?) };
    Ok((opened.map(|(folder, _)| folder), start))
}

/// Returns the path of a folder as it is printed.
fn path_of(folder: Option<&CheckpointFolder>) -> String {
    let path = folder.map(|folder| folder.path().display().to_string()).unwrap_or_default();
    escape_controls(&path).into_owned()
}

/// Opens a folder and reads its latest checkpoint.
fn resume(path: &Path, quiet: bool) -> Result<(CheckpointFolder, Option<FitCheckpoint>)> {
    if !path.is_dir() {
        let text = format!(
            "--resume: expected a folder of checkpoints, found none at {} (--checkpoint begins a fit that can be resumed)",
            path.display()
        );
        return Err(UsageError(text).into());
    }
    // It may be read-only.
    let folder = CheckpointFolder::open_existing(path)?;
    let start = folder.latest()?.map(|(checkpoint, errors)| {
        for error in errors {
            say(&format!("warning: {error}; the checkpoint before it is used"));
        }
        checkpoint
    });
    if start.is_none() && !quiet {
        say(&format!("note: no checkpoint in {}; the fit begins", path.display()));
    }
    Ok((folder, start))
}

/// Prints a message to standard error.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", escape_controls(text));
}
