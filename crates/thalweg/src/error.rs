//! Errors a caller can correct: each carries what was expected, what was found, and where.

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A number outside its range.
    #[error("{name} must be {expected}, but is {found}")]
    Range {
        /// Name of the parameter.
        name: String,
        /// The range, in words or as an interval.
        expected: &'static str,
        /// The number that was given.
        found: f64,
    },
    /// A slice of the wrong length.
    #[error("{what} must have {expected} numbers, but has {found}")]
    Length {
        /// Name of the slice.
        what: String,
        /// Expected number of elements.
        expected: usize,
        /// Number of elements found.
        found: usize,
    },
    /// Tensors that are not in the order of the layout.
    #[error("expected tensor '{expected}' at position {position}, found '{found}'")]
    Tensor {
        /// Position in the list, from 0.
        position: usize,
        /// Name of the layout's tensor at that position.
        expected: String,
        /// Name of the tensor that was given.
        found: String,
    },
    /// A tensor of another element type than the layout says.
    #[error("expected {expected} for tensor '{tensor}', found {found}")]
    Dtype {
        /// Name of the tensor.
        tensor: String,
        /// Element type in the layout.
        expected: &'static str,
        /// Element type that was given.
        found: &'static str,
    },
    /// A start, gradient or state that contains an infinity or a NaN.
    #[error("{what} must be finite, but {tensor}[{index}] is {found}")]
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
    #[error("unknown {what} '{name}'; known {}: {}", plural(.what), .known.join(", "))]
    Unknown {
        /// Kind of thing that was named, in the singular: `method`, `parameter of adam`.
        what: String,
        /// The name that was given.
        name: String,
        /// All names in the table.
        known: Vec<String>,
    },
    /// A text that cannot be parsed as what it must be.
    #[error("{what} must be {expected}, but is '{found}'")]
    InvalidValue {
        /// Name of the value.
        what: String,
        /// Description of the accepted texts.
        expected: String,
        /// The text that was given.
        found: String,
    },
    /// A name or setting given more than once.
    #[error("duplicate name '{name}' in {what}")]
    Duplicate {
        /// The list that contains it.
        what: String,
        /// The name that occurs twice.
        name: String,
    },
    /// A required number that was not given.
    #[error("{what} needs {needs}")]
    Missing {
        /// Setting that requires the number.
        what: String,
        /// The number, and how it is given.
        needs: String,
    },
    /// A preset that the method does not have.
    #[error("{method} has no preset '{preset}'; known presets: {}", .known.join(", "))]
    NoPreset {
        /// Name of the method.
        method: &'static str,
        /// Name of the preset.
        preset: &'static str,
        /// Names of the presets the method has.
        known: Vec<&'static str>,
    },
    /// A sparse step of an optimizer that supports dense steps only, with the reason.
    #[error("sparse steps are not supported: {0}")]
    SparseUnsupported(String),
    /// A list of coordinates that is not in ascending order, or goes beyond the parameters.
    #[error("coordinates must be ascending and below {len}, but the one at position {position} is {found}")]
    InvalidIndex {
        /// Position in the list, from 0.
        position: usize,
        /// Number of parameters of the optimizer.
        len: usize,
        /// The coordinate found there.
        found: u32,
    },
    /// Parameters or state are read while sparse steps are pending for some coordinates.
    #[error("some coordinates have pending sparse steps: call sync_all first")]
    OutOfSync,
    /// A saved state that does not belong to this optimizer.
    #[error("the state does not match this optimizer: {0}")]
    State(String),
    /// An error of the objective.
    #[error(transparent)]
    Objective(Box<dyn std::error::Error + Send + Sync>),
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
    pub fn length(what: &dyn std::fmt::Display, expected: usize, found: usize) -> Result<()> {
        if found == expected { Ok(()) } else { Err(Self::Length { what: what.to_string(), expected, found }) }
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
}
