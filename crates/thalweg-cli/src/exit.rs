//! Errors and exit codes: 0 success, 1 failure, 2 usage, 3 diverged, 4 invalid data, 128 plus the signal interrupted.

use std::io::Write;
use std::process::{self, Termination};

use crate::hints;
use crate::report::escape::{escape_controls, escape_lines};
use crate::standard_output;

/// Exit code of a run whose loss or function value became infinite or NaN, and of a fit that learned nothing.
pub(crate) const DIVERGED: u8 = 3;
/// Exit code after a panic, as of a program of one process.
pub(crate) const PANICKED: u8 = 101;
/// Exit code of errors that are none of the others.
pub(crate) const FAILURE: u8 = 1;
const USAGE: u8 = 2;
const INVALID_DATA: u8 = 4;

/// Exit code of the program, which the package for Python returns as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitCode(u8);

impl ExitCode {
    /// The program did what was asked.
    pub(crate) const SUCCESS: Self = Self(0);
}

impl From<u8> for ExitCode {
    fn from(code: u8) -> Self {
        Self(code)
    }
}

impl From<ExitCode> for u8 {
    fn from(code: ExitCode) -> Self {
        code.0
    }
}

impl Termination for ExitCode {
    fn report(self) -> process::ExitCode {
        self.0.into()
    }
}

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

/// Prints an error of the command line to standard error, or the help that it asks for to standard output.
pub(crate) fn report_parse_error(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        let _ = error.print();
        if let Some(advice) = hints::option_advice(error) {
            let _ = writeln!(std::io::stderr(), "\nhint: {}", escape_controls(&advice));
        }
        return ExitCode::from(USAGE);
    }
    match standard_output::has_reader(error.print().and_then(|()| std::io::stdout().flush())) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => report_error(&error),
    }
}

/// Prints an error to standard error and returns the exit code for it.
pub(crate) fn report_error(error: &anyhow::Error) -> ExitCode {
    let learn = error.downcast_ref::<thalweg_learn::Error>();
    let text = error.to_string();
    // Errors in formulas show their place in lines of their own; errors in data contain texts of the data.
    let text = if learn.is_some() { escape_controls(&text) } else { escape_lines(&text) };
    let _ = writeln!(std::io::stderr(), "error: {text}");
    if let Some(hint) = learn.and_then(hints::hint) {
        let _ = writeln!(std::io::stderr(), "hint: {}", escape_controls(&hint));
    }
    ExitCode::from(match learn {
        Some(error) if error.is_bad_data() => INVALID_DATA,
        Some(error) if error.is_usage() => USAGE,
        _ if error.is::<UsageError>() => USAGE,
        _ => FAILURE,
    })
}
