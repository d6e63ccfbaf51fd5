//! `--trace FILE`: one CSV line per evaluation.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use thalweg::Real;
use thalweg::minimize::Progress;
use thalweg::optimizer::square_sum;
use thalweg_learn::{Destination, Error, Result};

/// A trace file. It is written during the run, so that an interrupted run leaves its trace.
pub(crate) struct TraceFile {
    path: PathBuf,
    file: BufWriter<File>,
    /// First error, after which nothing is written.
    error: Option<std::io::Error>,
}

impl TraceFile {
    /// Creates the file and writes its header.
    pub(crate) fn open(path: &Path, variables: &[String]) -> Result<Self> {
        Destination::open(path)?;
        let io_error = |source| Error::Io { path: path.into(), source };
        let mut file = BufWriter::new(File::create(path).map_err(io_error)?);
        writeln!(file, "step,{},f,gradient_norm,rate", variables.join(",")).map_err(io_error)?;
        Ok(Self { path: path.into(), file, error: None })
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
    /// The first error of any line.
    pub(crate) fn finish(mut self) -> Result<()> {
        let flushed = self.error.take().map_or_else(|| self.file.flush(), Err);
        flushed.map_err(|source| Error::Io { path: self.path, source })
    }
}
