//! Kinds of errors, and their parts as data.

use std::fmt;

use super::Error;

/// Kind of an [`Error`], without its parts. Its text, such as `not_finite`, is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A number is outside its range.
    Range,
    /// A slice has the wrong length.
    Length,
    /// Bounds of a coordinate are not in order.
    Bounds,
    /// Tensors are not in the order of the layout.
    Tensor,
    /// A tensor has another element type than the layout says.
    Dtype,
    /// An array contains an infinity or a NaN.
    NotFinite,
    /// A name is not in its table.
    Unknown,
    /// A text cannot be parsed as what it must be.
    InvalidValue,
    /// A name or setting is given more than once.
    Duplicate,
    /// A required number is missing.
    Missing,
    /// The method does not have the preset.
    NoPreset,
    /// The optimizer supports dense steps only.
    SparseUnsupported,
    /// A list of coordinates does not ascend, or goes beyond the parameters.
    InvalidIndex,
    /// Parameters or state are read while sparse steps are pending.
    OutOfSync,
    /// A saved state does not belong to the optimizer.
    State,
    /// The objective failed.
    Objective,
}

impl ErrorKind {
    /// Returns the name of the kind in lower case with underscores, such as `not_finite`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::Length => "length",
            Self::Bounds => "bounds",
            Self::Tensor => "tensor",
            Self::Dtype => "dtype",
            Self::NotFinite => "not_finite",
            Self::Unknown => "unknown",
            Self::InvalidValue => "invalid_value",
            Self::Duplicate => "duplicate",
            Self::Missing => "missing",
            Self::NoPreset => "no_preset",
            Self::SparseUnsupported => "sparse_unsupported",
            Self::InvalidIndex => "invalid_index",
            Self::OutOfSync => "out_of_sync",
            Self::State => "state",
            Self::Objective => "objective",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Error {
    /// Returns the kind of the error.
    ///
    /// ```
    /// use thalweg::{Error, ErrorKind, OptimizerSpec};
    /// let error: Error = "adam:lr=-1".parse::<OptimizerSpec>().unwrap_err();
    /// assert_eq!((error.kind(), error.kind().name()), (ErrorKind::Range, "range"));
    /// assert_eq!(error.found().as_deref(), Some("-1"));
    /// assert_eq!(error.expected().as_deref(), Some("at least 0 and finite"));
    /// ```
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Range { .. } => ErrorKind::Range,
            Self::Length { .. } => ErrorKind::Length,
            Self::Bounds { .. } => ErrorKind::Bounds,
            Self::Tensor { .. } => ErrorKind::Tensor,
            Self::Dtype { .. } => ErrorKind::Dtype,
            Self::NotFinite { .. } => ErrorKind::NotFinite,
            Self::Unknown { .. } => ErrorKind::Unknown,
            Self::InvalidValue { .. } => ErrorKind::InvalidValue,
            Self::Duplicate { .. } => ErrorKind::Duplicate,
            Self::Missing { .. } => ErrorKind::Missing,
            Self::NoPreset { .. } => ErrorKind::NoPreset,
            Self::SparseUnsupported(_) => ErrorKind::SparseUnsupported,
            Self::InvalidIndex { .. } => ErrorKind::InvalidIndex,
            Self::OutOfSync => ErrorKind::OutOfSync,
            Self::State(_) => ErrorKind::State,
            Self::Objective(_) => ErrorKind::Objective,
        }
    }

    /// Returns the value that was found: a number, a text, a name. `None` if the error is not about one value.
    pub fn found(&self) -> Option<String> {
        match self {
            Self::Range { found, .. } | Self::NotFinite { found, .. } => Some(found.to_string()),
            Self::Length { found, .. } => Some(found.to_string()),
            Self::Bounds { lower, upper, .. } => Some(format!("{lower} and {upper}")),
            Self::Tensor { found, .. } | Self::InvalidValue { found, .. } => Some(found.clone()),
            Self::Dtype { found, .. } => Some((*found).into()),
            Self::Unknown { name, .. } | Self::Duplicate { name, .. } => Some(name.clone()),
            Self::NoPreset { preset, .. } => Some((*preset).into()),
            Self::InvalidIndex { found, .. } => Some(found.to_string()),
            Self::Missing { .. }
            | Self::SparseUnsupported(_)
            | Self::OutOfSync
            | Self::State(_)
            | Self::Objective(_) => None,
        }
    }

    /// Returns what was expected instead, in words.
    pub fn expected(&self) -> Option<String> {
        match self {
            Self::Range { expected, .. } | Self::Dtype { expected, .. } => Some((*expected).into()),
            Self::Length { expected, .. } => Some(format!("{expected} numbers")),
            Self::Bounds { .. } => Some("bounds with a finite number between them".into()),
            Self::Tensor { expected, .. } | Self::InvalidValue { expected, .. } => Some(expected.clone()),
            Self::NotFinite { .. } => Some("a finite number".into()),
            Self::Unknown { known, .. } => Some(format!("one of {}", known.join(", "))),
            Self::Duplicate { .. } => Some("each name once".into()),
            Self::Missing { needs, .. } => Some(needs.clone()),
            Self::NoPreset { known, .. } => Some(format!("one of {}", known.join(", "))),
            Self::InvalidIndex { len, .. } => Some(format!("ascending coordinates below {len}")),
            Self::SparseUnsupported(_) | Self::OutOfSync | Self::State(_) | Self::Objective(_) => None,
        }
    }
}
