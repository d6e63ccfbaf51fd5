//! Errors a caller can correct: each carries what was expected, what was found, and where.

mod kind;

use std::fmt;

pub use kind::ErrorKind;

/// An error of this crate.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A number outside its range.
    Range {
        /// Name of the parameter.
        name: String,
        /// The range, in words or as an interval.
        expected: &'static str,
        /// The number that was given.
        found: f64,
    },
    /// A slice of the wrong length.
    Length {
        /// Name of the slice.
        what: String,
        /// Expected number of elements.
        expected: usize,
        /// Number of elements found.
        found: usize,
    },
    /// Bounds of a coordinate that are not in order, or leave it no finite value.
    Bounds {
        /// Index of the coordinate, from 0.
        index: usize,
        /// Lower bound of the coordinate.
        lower: f64,
        /// Upper bound of the coordinate.
        upper: f64,
    },
    /// Tensors that are not in the order of the layout.
    Tensor {
        /// Position in the list, from 0.
        position: usize,
        /// Name of the layout's tensor at that position.
        expected: String,
        /// Name of the tensor that was given.
        found: String,
    },
    /// A tensor of another element type than the layout says.
    Dtype {
        /// Name of the tensor.
        tensor: String,
        /// Element type in the layout.
        expected: &'static str,
        /// Element type that was given.
        found: &'static str,
    },
    /// A start, gradient or state that contains an infinity or a NaN.
    NotFinite {
        /// Name of the array.
        what: &'static str,
        /// Name of the tensor within it.
        tensor: String,
        /// Index within that tensor, from 0.
        index: usize,
        /// Value of that number: an infinity or NaN.
        found: f64,
    },
    /// A name that is not in its table.
    Unknown {
        /// Kind of thing that was named, in the singular: `method`, `parameter of adam`.
        what: String,
        /// The name that was given.
        name: String,
        /// All names in the table.
        known: Vec<String>,
    },
    /// A text that cannot be parsed as what it must be.
    InvalidValue {
        /// Name of the value.
        what: String,
        /// Description of the accepted texts.
        expected: String,
        /// The text that was given.
        found: String,
    },
    /// A name or setting given more than once.
    Duplicate {
        /// The list that contains it.
        what: String,
        /// The name that occurs twice.
        name: String,
    },
    /// A required number that was not given.
    Missing {
        /// Setting that requires the number.
        what: String,
        /// The number, and how it is given.
        needs: String,
    },
    /// A preset that the method does not have.
    NoPreset {
        /// Name of the method.
        method: &'static str,
        /// Name of the preset.
        preset: &'static str,
        /// Names of the presets the method has.
        known: Vec<&'static str>,
    },
    /// A sparse step of an optimizer that supports dense steps only, with the reason.
    SparseUnsupported(String),
    /// A list of coordinates that is not in ascending order, or goes beyond the parameters.
    InvalidIndex {
        /// Position in the list, from 0.
        position: usize,
        /// Number of parameters of the optimizer.
        len: usize,
        /// The coordinate found there.
        found: u32,
    },
    /// Parameters or state are read while sparse steps are pending for some coordinates.
    OutOfSync,
    /// A saved state that does not belong to this optimizer.
    State(String),
    /// An error of the objective.
    Objective(Box<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range { name, expected, found } => write!(f, "{name} must be {expected}, but is {found}"),
            Self::Length { what, expected, found } => {
                write!(f, "{what} must have {expected} numbers, but has {found}")
            }
            Self::Bounds { index, lower, upper } => {
                let expected = "a finite number between them";
                write!(f, "the bounds of coordinate {index} must have {expected}, but are {lower} and {upper}")
            }
            Self::Tensor { position, expected, found } => {
                write!(f, "expected tensor '{expected}' at position {position}, found '{found}'")
            }
            Self::Dtype { tensor, expected, found } => {
                write!(f, "expected {expected} for tensor '{tensor}', found {found}")
            }
            Self::NotFinite { what, tensor, index, found } => {
                write!(f, "{what} must be finite, but {tensor}[{index}] is {found}")
            }
            Self::Unknown { what, name, known } => {
                write!(f, "unknown {what} '{name}'; known {}: {}", plural(what), known.join(", "))
            }
            Self::InvalidValue { what, expected, found } => write!(f, "{what} must be {expected}, but is '{found}'"),
            Self::Duplicate { what, name } => write!(f, "duplicate name '{name}' in {what}"),
            Self::Missing { what, needs } => write!(f, "{what} needs {needs}"),
            Self::NoPreset { method, preset, known } => {
                write!(f, "{method} has no preset '{preset}'; known presets: {}", known.join(", "))
            }
            Self::SparseUnsupported(reason) => write!(f, "sparse steps are not supported: {reason}"),
            Self::InvalidIndex { position, len, found } => write!(
                f,
                "coordinates must be ascending and below {len}, but the one at position {position} is {found}"
            ),
            Self::OutOfSync => f.write_str("some coordinates have pending sparse steps: call sync_all first"),
            Self::State(reason) => write!(f, "the state does not match this optimizer: {reason}"),
            Self::Objective(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if let Self::Objective(error) = self { error.source() } else { None }
    }
}

impl Error {
    /// [`Error::Unknown`] for `name`, with all `known` names.
    pub fn unknown<S: Into<String>>(what: impl Into<String>, name: &str, known: impl IntoIterator<Item = S>) -> Self {
        let known = known.into_iter().map(Into::into).collect();
        Self::Unknown { what: what.into(), name: name.into(), known }
    }

    /// Returns [`Error::Range`] unless `holds`.
    pub fn range(name: &str, expected: &'static str, found: f64, holds: bool) -> Result<()> {
        if holds { Ok(()) } else { Err(Self::Range { name: name.into(), expected, found }) }
    }

    /// Returns [`Error::Length`] unless `found` is `expected`.
    #[inline]
    pub fn length(what: &dyn std::fmt::Display, expected: usize, found: usize) -> Result<()> {
        if found == expected { Ok(()) } else { Err(Self::other_length(what, expected, found)) }
    }

    /// Apart from the check, which every step makes.
    #[cold]
    fn other_length(what: &dyn std::fmt::Display, expected: usize, found: usize) -> Self {
        Self::Length { what: what.to_string(), expected, found }
    }

    /// Returns [`Error::Range`] unless `found` is finite and at least 0.
    pub fn not_negative(name: &str, found: f64) -> Result<()> {
        Self::range(name, "at least 0 and finite", found, found >= 0.0 && found.is_finite())
    }

    /// Returns [`Error::Range`] unless `found` is finite and positive.
    pub fn positive(name: &str, found: f64) -> Result<()> {
        Self::range(name, "positive and finite", found, found > 0.0 && found.is_finite())
    }
}

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// The plural of `what`, whose first noun is the head: `parameters of adam`.
fn plural(what: &str) -> String {
    match what.split_once(' ') {
        Some((noun, rest)) => format!("{noun}s {rest}"),
        None if what.ends_with('s') => format!("{what}es"),
        None => format!("{what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let unknown = |what: &str| Error::Unknown {
            what: what.into(),
            name: "adma".into(),
            known: vec!["sgd".into(), "adam".into()],
        };
        assert_eq!(unknown("method").to_string(), "unknown method 'adma'; known methods: sgd, adam");
        assert_eq!(
            unknown("parameter of adam").to_string(),
            "unknown parameter of adam 'adma'; known parameters of adam: sgd, adam"
        );
    }

    #[test]
    fn errors_have_a_kind_and_their_values_as_data() {
        let errors = [
            (
                Error::not_negative("lr", -1.0).expect_err("negative"),
                "range",
                Some("-1"),
                Some("at least 0 and finite"),
            ),
            (Error::length(&"x", 3, 2).expect_err("shorter"), "length", Some("2"), Some("3 numbers")),
            (Error::unknown("method", "adma", ["sgd", "adam"]), "unknown", Some("adma"), Some("one of sgd, adam")),
            (Error::OutOfSync, "out_of_sync", None, None),
        ];
        for (error, kind, found, expected) in errors {
            assert_eq!(error.kind().to_string(), kind);
            assert_eq!((error.found().as_deref(), error.expected().as_deref()), (found, expected), "{error}");
            // The text contains the values.
            assert!(found.is_none_or(|found| error.to_string().contains(found)), "{error}");
        }
    }
}
