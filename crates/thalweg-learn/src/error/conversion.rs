//! Conversion of the errors of cells and targets.

use super::cell::CellError;
use super::kind::Error;
use super::target::TargetError;

impl From<CellError> for Error {
    fn from(error: CellError) -> Self {
        Error::Cell(Box::new(error))
    }
}

impl From<TargetError> for Error {
    fn from(error: TargetError) -> Self {
        Error::Target(Box::new(error))
    }
}
