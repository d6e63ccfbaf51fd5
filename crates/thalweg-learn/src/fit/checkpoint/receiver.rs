//! Start of a fit from a checkpoint, and the receiver of further ones.

use std::fmt;
use std::sync::atomic::AtomicBool;

use super::{FitCheckpoint, FitProgress};
use crate::fit::clock::FitClock;
use crate::interrupt::Interrupt;
use crate::train::{CheckpointInterval, Checkpoints};

/// Checkpoint from which a fit continues, and receiver of its checkpoints.
///
/// ```no_run
/// use std::path::Path;
/// use thalweg_learn::fit::{CheckpointFolder, CheckpointWriter, FitCheckpoints};
/// use thalweg_learn::train::CheckpointInterval;
/// use thalweg_learn::{Callbacks, FitConfig};
///
/// let config = FitConfig::new("y");
/// let data = config.prepare(Path::new("data.csv"))?;
/// let folder = CheckpointFolder::open(Path::new("checkpoints"))?;
/// let start = folder.latest()?.map(|(checkpoint, _)| checkpoint);
/// if let Some(start) = &start {
///     start.check(&config, &data)?;
/// }
/// let writer = CheckpointWriter::new(folder, 2, |error| eprintln!("{error}"));
/// let checkpoints = FitCheckpoints::new(CheckpointInterval::Epoch, |checkpoint| writer.write(checkpoint));
/// let (report, model) = config.fit_with_checkpoints(&data, start, checkpoints, Callbacks::new())?;
/// writer.finish()?;
/// # Ok::<(), thalweg_learn::Error>(())
/// ```
pub struct FitCheckpoints<'a> {
    interval: CheckpointInterval,
    /// Receiver of a checkpoint; `None` on a rank whose states another one saves.
    save: Option<Box<dyn FnMut(FitCheckpoint) + Send + 'a>>,
    request: Option<&'a AtomicBool>,
    end: Interrupt<'a>,
}

impl<'a> FitCheckpoints<'a> {
    /// Creates a receiver that is called at this interval.
    pub fn new(interval: CheckpointInterval, save: impl FnMut(FitCheckpoint) + Send + 'a) -> Self {
        Self { interval, save: Some(Box::new(save)), request: None, end: Interrupt::NEVER }
    }

    /// Creates what a rank has that receives no checkpoints: it ends where the others do, and sends its part of the
    /// state to those that receive them.
    pub fn of_other_rank() -> Self {
        Self { interval: CheckpointInterval::Steps(u64::MAX), save: None, request: None, end: Interrupt::NEVER }
    }

    /// Passes on a checkpoint also as soon as the flag is set, which is cleared then.
    #[must_use]
    pub fn on_request(self, request: &'a AtomicBool) -> Self {
        Self { request: Some(request), ..self }
    }

    /// Ends the fit on request, after a last checkpoint.
    #[must_use]
    pub fn end_on(self, end: impl Into<Interrupt<'a>>) -> Self {
        Self { end: end.into(), ..self }
    }

    /// Returns the receiver of the states of one training of the fit.
    pub(in crate::fit) fn of_training(&mut self, progress: FitProgress, clock: FitClock) -> Checkpoints<'_> {
        let Self { interval, save, request, end } = self;
        let checkpoints = match save {
            Some(save) => Checkpoints::new(*interval, move |state| {
                let progress = FitProgress { seconds: clock.seconds(), ..progress.clone() };
                save(FitCheckpoint { progress, state });
            }),
            None => Checkpoints::of_other_rank(*interval),
        };
        let checkpoints = checkpoints.end_on(*end);
        match request {
            Some(request) => checkpoints.on_request(request),
            None => checkpoints,
        }
    }
}

impl fmt::Debug for FitCheckpoints<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FitCheckpoints").field("interval", &self.interval).finish_non_exhaustive()
    }
}
