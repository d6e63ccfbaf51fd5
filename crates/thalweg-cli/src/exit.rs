//! Errors and exit codes: 0 done, 1 failure, 2 usage, 3 diverged, 4 bad data, 130/143 interrupted.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The loss became infinite or NaN.
pub(crate) const DIVERGED: u8 = 3;
const FAILURE: u8 = 1;
const USAGE: u8 = 2;
const BAD_DATA: u8 = 4;

/// A command that makes no sense as typed.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Refuses to write over a file that is being read.
pub(crate) fn refuse_same(option: &str, output: &Path, inputs: &[&Path]) -> Result<(), Usage> {
    let real = |path: &Path| path.canonicalize().ok();
    match inputs.iter().find(|input| real(input).is_some() && real(input) == real(output)) {
        Some(input) => Err(Usage(format!("{option}: {} would be written over", input.display()))),
        None => Ok(()),
    }
}

/// Refuses two options that name one file.
pub(crate) fn distinct(given: &[(&str, &Option<PathBuf>)]) -> Result<(), Usage> {
    let real = |path: &PathBuf| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        path.canonicalize().ok().or_else(|| Some(folder.canonicalize().ok()?.join(path.file_name()?)))
    };
    // A device can take more than one.
    let named = given.iter().filter_map(|(option, path)| Some((option, path.as_ref()?)));
    let files: Vec<_> = named.filter(|(_, path)| !path.exists() || path.is_file()).collect();
    for (i, (option, path)) in files.iter().enumerate() {
        if let Some((other, _)) = files[..i].iter().find(|(_, other)| real(other) == real(path)) {
            return Err(Usage(format!(
                "{other} and {option} must be different files, but both are {}",
                path.display()
            )));
        }
    }
    Ok(())
}

/// Says what went wrong, and the exit code for it.
pub(crate) fn explain(error: &anyhow::Error) -> ExitCode {
    let broken_pipe = |error: &std::io::Error| error.kind() == ErrorKind::BrokenPipe;
    if error.downcast_ref().is_some_and(broken_pipe) {
        // The reader has what it wanted (`| head`).
        return ExitCode::SUCCESS;
    }
    let _ = writeln!(std::io::stderr(), "error: {error}");
    let learn = error.downcast_ref::<thalweg_learn::Error>();
    ExitCode::from(match learn {
        Some(error) if error.is_bad_data() => BAD_DATA,
        Some(error) if error.is_usage() => USAGE,
        _ if error.is::<Usage>() => USAGE,
        _ => FAILURE,
    })
}
