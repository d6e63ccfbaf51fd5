//! Output of predictions, to a file or standard output.

use std::fmt;
use std::io::{self, Seek, Write};
use std::path::Path;

use anyhow::Result;
use tempfile::SpooledTempFile;
use thalweg_learn::{Destination, DestinationFile, Error};

use crate::standard_output;

/// Bytes of predictions that are kept in memory; more of them are kept in a temporary file.
const SPOOL_BYTES: usize = 8 << 20;

/// File or standard output for the lines of predictions.
pub(super) enum PredictionOutput {
    /// A file that gets its name at the end, so that a failure leaves no partial output.
    File(DestinationFile),
    /// All rows are predicted before the first byte is written to a device or to standard output, for the same reason.
    AtTheEnd { lines: SpooledTempFile, destination: Option<Destination> },
    /// Each line is printed when its row has been predicted: the rows come from a pipe, which may wait for the answer.
    AsTheyArrive(io::Stdout),
}

/// The reader of standard output has gone, as after `| head`.
#[derive(Debug)]
pub(super) struct ReaderGone;

impl fmt::Display for ReaderGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the reader of standard output has gone")
    }
}

impl std::error::Error for ReaderGone {}

impl PredictionOutput {
    /// A file, which is replaced at the end, or standard output, at the end.
    pub(super) fn at_the_end(path: Option<&Path>) -> Result<Self> {
        let destination = path.map(Destination::open).transpose()?;
        match destination {
            Some(destination) if !destination.is_device() => Ok(Self::File(destination.begin()?)),
            destination => Ok(Self::AtTheEnd { lines: SpooledTempFile::new(SPOOL_BYTES), destination }),
        }
    }

    /// Standard output, at once.
    pub(super) fn as_they_arrive() -> Self {
        Self::AsTheyArrive(io::stdout())
    }

    /// Writes some whole lines.
    pub(super) fn write(&mut self, lines: &str) -> Result<()> {
        match self {
            Self::File(file) => {
                let written = file.write_all(lines.as_bytes());
                Ok(written.map_err(|source| Error::Io { path: file.path().to_path_buf(), source })?)
            }
            Self::AtTheEnd { lines: spool, .. } => Ok(spool.write_all(lines.as_bytes())?),
            Self::AsTheyArrive(output) => {
                let printed = output.write_all(lines.as_bytes()).and_then(|()| output.flush());
                if standard_output::has_reader(printed)? { Ok(()) } else { Err(ReaderGone.into()) }
            }
        }
    }

    /// Makes the output complete after the last line.
    pub(super) fn complete(self) -> Result<()> {
        match self {
            Self::File(file) => Ok(file.complete()?),
            Self::AtTheEnd { mut lines, destination } => {
                lines.rewind()?;
                let Some(destination) = destination else { return standard_output::copy(&mut lines) };
                let mut file = destination.begin()?;
                io::copy(&mut lines, &mut file)?;
                Ok(file.complete()?)
            }
            Self::AsTheyArrive(_) => Ok(()),
        }
    }
}
