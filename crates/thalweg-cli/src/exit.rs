//! Errors and exit codes: 0 success, 1 failure, 2 usage, 3 diverged, 4 invalid data, 128 plus the signal interrupted.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::hints;

/// Exit code of a run whose loss or function value became infinite or NaN.
pub(crate) const DIVERGED: u8 = 3;
const FAILURE: u8 = 1;
const USAGE: u8 = 2;
const INVALID_DATA: u8 = 4;

/// An error in the arguments of a command; the exit code is 2.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

impl From<thalweg::Error> for UsageError {
    fn from(error: thalweg::Error) -> Self {
        Self(hints::describe(&error))
    }
}

impl From<thalweg_problems::Error> for UsageError {
    fn from(error: thalweg_problems::Error) -> Self {
        match error {
            thalweg_problems::Error::Optimization(error) => error.into(),
            other => Self(other.to_string()),
        }
    }
}

/// Checks that an output file is none of the input files, which it would overwrite.
pub(crate) fn check_not_input(option: &str, output: &Path, inputs: &[&Path]) -> Result<(), UsageError> {
    let canonical = |path: &Path| path.canonicalize().ok();
    match inputs.iter().find(|input| canonical(input).is_some() && canonical(input) == canonical(output)) {
        Some(input) => Err(UsageError(format!("{option}: the input file {} would be overwritten", input.display()))),
        None => Ok(()),
    }
}

/// Checks that no two options name the same file. Devices such as `/dev/null` may be named more than once.
pub(crate) fn check_distinct_files(options: &[(&str, &Option<PathBuf>)]) -> Result<(), UsageError> {
    let canonical = |path: &PathBuf| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        path.canonicalize().ok().or_else(|| Some(folder.canonicalize().ok()?.join(path.file_name()?)))
    };
    let given = options.iter().filter_map(|(option, path)| Some((option, path.as_ref()?)));
    let files: Vec<_> = given.filter(|(_, path)| !path.exists() || path.is_file()).collect();
    for (i, (option, path)) in files.iter().enumerate() {
        if let Some((other, _)) = files[..i].iter().find(|(_, other)| canonical(other) == canonical(path)) {
            let path = path.display();
            return Err(UsageError(format!("{other} and {option} must be different files, found {path} for both")));
        }
    }
    Ok(())
}

/// Prints an error to standard error and returns the exit code for it.
pub(crate) fn report_error(error: &anyhow::Error) -> ExitCode {
    let is_broken_pipe = |error: &std::io::Error| error.kind() == ErrorKind::BrokenPipe;
    if error.downcast_ref().is_some_and(is_broken_pipe) {
        // The reader of a pipe (`| head`) has read enough.
        return ExitCode::SUCCESS;
    }
    let _ = writeln!(std::io::stderr(), "error: {error}");
    let learn = error.downcast_ref::<thalweg_learn::Error>();
    if let Some(hint) = learn.and_then(hints::hint) {
        let _ = writeln!(std::io::stderr(), "hint: {hint}");
    }
    ExitCode::from(match learn {
        Some(error) if error.is_bad_data() => INVALID_DATA,
        Some(error) if error.is_usage() => USAGE,
        _ if error.is::<UsageError>() => USAGE,
        _ => FAILURE,
    })
}
