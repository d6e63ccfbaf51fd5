//! Event files of a training, which `TensorBoard` shows.

mod format;
mod record;

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;

use crate::error::{Error, Result};
use crate::train::EpochReport;
use format::{Content, Event, Number, NumberValue, Summary};

/// Name of the file in its folder. `TensorBoard` reads the files whose name contains `tfevents`.
const NAME: &str = "events.out.tfevents.thalweg";

/// Version of the format, the first event of a file.
const VERSION: &str = "brain.Event:2";

/// Event file with the losses and the learning rate of each epoch, as the numbers `train/loss`, `validation/loss` and
/// `learning_rate` at the step that is the number of the epoch.
///
/// ```
/// use std::ops::ControlFlow;
/// use thalweg_learn::{Callbacks, EventFile};
///
/// let folder = tempfile::tempdir()?;
/// let mut events = EventFile::create(folder.path())?;
/// let callbacks = Callbacks::new().on_epoch(|epoch, _| match events.add(epoch) {
///     Ok(()) => ControlFlow::Continue(()),
///     Err(_) => ControlFlow::Break(()),
/// });
/// # drop(callbacks);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EventFile {
    path: PathBuf,
    file: File,
}

impl EventFile {
    /// Returns the path of the event file in a folder.
    pub fn path_in(folder: &Path) -> PathBuf {
        folder.join(NAME)
    }

    /// Creates the folder where it does not exist, and the file, or empties the one of an earlier training.
    ///
    /// # Errors
    /// A folder or a file that cannot be created.
    pub fn create(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|error| io_error(folder, error))?;
        let path = Self::path_in(folder);
        let file = File::create(&path).map_err(|error| io_error(&path, error))?;
        let mut events = Self { path, file };
        events.write(0, Content::FileVersion(VERSION.into()))?;
        Ok(events)
    }

    /// Continues the file of a training after this epoch: later epochs, which are repeated, are removed, and an event
    /// whose writing was interrupted. A file that does not exist is created.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn continue_after(folder: &Path, epoch: u64) -> Result<Self> {
        let path = Self::path_in(folder);
        if !path.exists() {
            return Self::create(folder);
        }
        let failed = |error| io_error(&path, error);
        let mut file = OpenOptions::new().read(true).write(true).open(&path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let is_kept = |data: &[u8]| {
            Event::decode(data).is_ok_and(|event| u64::try_from(event.step).is_ok_and(|step| step <= epoch))
        };
        let kept: usize = record::records(&bytes).take_while(|data| is_kept(data)).map(record::length).sum();
        if kept == 0 {
            return Self::create(folder);
        }
        file.set_len(kept as u64).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Self { path, file })
    }

    /// Writes the event of an epoch at once, so that an end at any time leaves whole events.
    ///
    /// # Errors
    /// A file that cannot be written, as on a full disk.
    pub fn add(&mut self, report: &EpochReport) -> Result<()> {
        let number = |tag: &str, value: f64| Number { tag: tag.into(), value: Some(NumberValue::Simple(value as f32)) };
        let validation = report.validation.map(|loss| number("validation/loss", loss));
        let numbers = [number("train/loss", report.train_loss), number("learning_rate", report.lr)];
        let value = numbers.into_iter().chain(validation).collect();
        let step = i64::try_from(report.epoch).unwrap_or(i64::MAX);
        self.write(step, Content::Summary(Summary { value }))
    }

    fn write(&mut self, step: i64, content: Content) -> Result<()> {
        let wall_time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64());
        let data = Event { wall_time, step, content: Some(content) }.encode_to_vec();
        self.file.write_all(&record::frame(&data)).map_err(|error| io_error(&self.path, error))
    }
}

fn io_error(path: &Path, source: std::io::Error) -> Error {
    Error::Io { path: path.to_path_buf(), source }
}
