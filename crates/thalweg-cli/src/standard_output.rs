//! The text of a result on standard output.

use std::io::{self, ErrorKind, Read, Write};

use anyhow::{Result, anyhow};

/// Prints a text. Where its reader has gone, as after `| head`, nothing more is to be done.
pub(crate) fn print(text: &str) -> Result<()> {
    copy(&mut text.as_bytes())
}

/// Prints all that a reader returns, as [`print`] does.
pub(crate) fn copy(reader: &mut impl Read) -> Result<()> {
    let mut output = std::io::stdout().lock();
    has_reader(std::io::copy(reader, &mut output).and_then(|_| output.flush())).map(drop)
}

/// Returns `false` if what was to be printed has no reader any more, and the error of printing.
pub(crate) fn has_reader(printed: io::Result<()>) -> Result<bool> {
    match printed {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(anyhow!("standard output: {error}")),
    }
}
