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
    check(std::io::copy(reader, &mut output).and_then(|_| output.flush()))
}

/// Returns the error of what was printed, except that of a reader who has gone.
pub(crate) fn check(printed: io::Result<()>) -> Result<()> {
    match printed {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed.map_err(|error| anyhow!("standard output: {error}")),
    }
}
