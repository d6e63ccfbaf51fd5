//! Classification of errors by their cause.

use super::kind::Error;

impl Error {
    /// Returns `true` if the data are malformed or unsuitable, in contrast to the request or the machine.
    pub fn is_bad_data(&self) -> bool {
        !matches!(
            self,
            Error::Io { .. }
                | Error::RepeatedStream { .. }
                | Error::Destination { .. }
                | Error::UnknownColumn { .. }
                | Error::NotModel { .. }
                | Error::NewerModel { .. }
                | Error::Checkpoint(_)
                | Error::Method(_)
                | Error::TargetAsFeature { .. }
        )
    }

    /// Returns `true` if the request is invalid: it names something that does not exist or cannot be done.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Error::RepeatedStream { .. }
                | Error::UnknownColumn { .. }
                | Error::Checkpoint(_)
                | Error::Method(_)
                | Error::TargetAsFeature { .. }
        )
    }
}
