//! The text of a result on standard output.

use std::io::{ErrorKind, Write};

use anyhow::{Result, anyhow};

/// Prints a text. Where its reader has gone, as after `| head`, nothing more is to be done.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed.map_err(|error| anyhow!("standard output: {error}")),
    }
}
