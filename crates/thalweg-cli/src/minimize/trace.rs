//! `--trace FILE`: a line for each step.

use std::fmt::Write as _;
use std::path::Path;

use thalweg::{Progress, Real, square_sum};
use thalweg_learn::{Destination, Result};

/// The lines so far, and where they go.
pub(crate) struct Trace {
    to: Destination,
    text: String,
}

impl Trace {
    /// Fails at once where the file cannot be written.
    pub(crate) fn open(path: &Path, variables: &[String]) -> Result<Self> {
        let text = format!("step,{},f,gradient_norm,rate\n", variables.join(","));
        Ok(Self { to: Destination::open(path)?, text })
    }

    pub(crate) fn line<F: Real>(&mut self, progress: &Progress<'_, F>) {
        // Writing to a String cannot fail.
        let _ = write!(self.text, "{}", progress.step);
        for x in progress.x {
            let _ = write!(self.text, ",{}", x.to_f64());
        }
        let norm = square_sum(progress.gradient).sqrt();
        let _ = writeln!(self.text, ",{},{norm},{}", progress.value.to_f64(), progress.optimizer.lr());
    }

    pub(crate) fn write(&self) -> Result<()> {
        self.to.write(self.text.as_bytes())
    }
}
