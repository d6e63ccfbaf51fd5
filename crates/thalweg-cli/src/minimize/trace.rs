//! `--trace FILE`: a line for each evaluation.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use thalweg::{Progress, Real, square_sum};
use thalweg_learn::{Destination, Error, Result};

/// The file, written as the run goes on: what is done is kept, however the run ends.
pub(crate) struct Trace {
    path: PathBuf,
    file: BufWriter<File>,
    /// The first thing that went wrong.
    failed: Option<std::io::Error>,
}

impl Trace {
    /// Fails at once where the file cannot be written.
    pub(crate) fn open(path: &Path, variables: &[String]) -> Result<Self> {
        Destination::open(path)?;
        let io = |source| Error::Io { path: path.into(), source };
        let mut file = BufWriter::new(File::create(path).map_err(io)?);
        writeln!(file, "step,{},f,gradient_norm,rate", variables.join(",")).map_err(io)?;
        Ok(Self { path: path.into(), file, failed: None })
    }

    pub(crate) fn line<F: Real>(&mut self, progress: &Progress<'_, F>) {
        if self.failed.is_none() {
            self.failed = self.write(progress).err();
        }
    }

    fn write<F: Real>(&mut self, progress: &Progress<'_, F>) -> std::io::Result<()> {
        write!(self.file, "{}", progress.step)?;
        progress.x.iter().try_for_each(|x| write!(self.file, ",{:?}", x.to_f64()))?;
        let norm = square_sum(progress.gradient).sqrt();
        writeln!(self.file, ",{:?},{norm:?},{:?}", progress.value.to_f64(), progress.optimizer.lr())
    }

    /// Ends the file, or says what went wrong.
    pub(crate) fn end(mut self) -> Result<()> {
        let ended = self.failed.take().map_or_else(|| self.file.flush(), Err);
        ended.map_err(|source| Error::Io { path: self.path, source })
    }
}
