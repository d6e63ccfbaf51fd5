//! Conversion of errors of other types.

use super::cell::CellError;
use super::checkpoint::CheckpointError;
use super::kind::Error;
use super::memory::MemoryNeed;
use super::mismatch::MismatchError;
use super::no_features::NoFeaturesError;
use super::target::TargetError;

impl From<CellError> for Error {
    fn from(error: CellError) -> Self {
        Error::Cell(Box::new(error))
    }
}

impl From<CheckpointError> for Error {
    fn from(error: CheckpointError) -> Self {
        Error::Checkpoint(Box::new(error))
    }
}

impl From<TargetError> for Error {
    fn from(error: TargetError) -> Self {
        Error::Target(Box::new(error))
    }
}

impl From<MemoryNeed> for Error {
    fn from(error: MemoryNeed) -> Self {
        Error::Memory(Box::new(error))
    }
}

impl From<MismatchError> for Error {
    fn from(error: MismatchError) -> Self {
        Error::Mismatch(Box::new(error))
    }
}

impl From<NoFeaturesError> for Error {
    fn from(error: NoFeaturesError) -> Self {
        Error::NoFeatures(Box::new(error))
    }
}
