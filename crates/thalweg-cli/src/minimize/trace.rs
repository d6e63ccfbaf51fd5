//! `--trace FILE`: one CSV line per evaluation.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use thalweg::Real;
use thalweg::minimize::Progress;
use thalweg::optimizer::square_sum;
use thalweg_learn::{Destination, DestinationFile, Error, Result};

/// A trace file. It replaces an existing one at the end of the run, also at one by a signal.
pub(crate) struct TraceFile {
    path: PathBuf,
    file: BufWriter<DestinationFile>,
    /// First error, after which nothing is written.
    error: Option<std::io::Error>,
}

impl TraceFile {
    /// Begins the file and writes its header.
    pub(crate) fn begin(destination: &Destination, variables: &[String]) -> Result<Self> {
        let mut file = BufWriter::new(destination.begin()?);
        let error = writeln!(file, "step,{},f,gradient_norm,rate", variables.join(",")).err();
        Ok(Self { path: destination.path().into(), file, error })
    }

    /// Appends a line. An error is kept for [`finish`](Self::finish), as the callback of a run cannot return one.
    pub(crate) fn append<F: Real>(&mut self, progress: &Progress<'_, F>) {
        if self.error.is_none() {
            self.error = self.write_line(progress).err();
        }
    }

    fn write_line<F: Real>(&mut self, progress: &Progress<'_, F>) -> std::io::Result<()> {
        write!(self.file, "{}", progress.step)?;
        progress.x.iter().try_for_each(|x| write!(self.file, ",{:?}", x.to_f64()))?;
        let norm = square_sum(progress.gradient).sqrt();
        writeln!(self.file, ",{:?},{norm:?},{:?}", progress.value.to_f64(), progress.optimizer.lr())
    }

    /// Completes the file.
    ///
    /// # Errors
    /// The first error of any line, with which an existing file is not replaced.
    pub(crate) fn finish(self) -> Result<()> {
        let file = match self.error {
            Some(error) => Err(error),
            None => self.file.into_inner().map_err(std::io::IntoInnerError::into_error),
        };
        file.map_err(|source| Error::Io { path: self.path, source })?.complete()
    }
}
