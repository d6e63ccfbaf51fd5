//! Conversion of the errors of a comparison.

use anyhow::anyhow;
use thalweg_compare::Error;

/// Returns the error inside an error of a comparison, which determines the exit code.
pub(super) fn into_anyhow(error: Error) -> anyhow::Error {
    match error {
        Error::Method(error) => thalweg_learn::Error::from(error).into(),
        Error::Learn(error) => error.into(),
        Error::Callback(error) => match error.downcast::<thalweg_learn::Error>() {
            Ok(error) => (*error).into(),
            Err(error) => anyhow!(error),
        },
        other => other.into(),
    }
}
