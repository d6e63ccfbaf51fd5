//! What the user can mend: every message says what must hold, then what was found.

/// Everything that can be wrong with what a caller hands in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A number outside its range.
    #[error("{name} must be {expected}, but is {found}")]
    Range {
        /// The parameter.
        name: String,
        /// The range in words or as an interval.
        expected: &'static str,
        /// What was given.
        found: f64,
    },
    /// A slice of the wrong length.
    #[error("{what} must have {expected} numbers, but has {found}")]
    Length {
        /// Which slice.
        what: String,
        /// How many it must hold.
        expected: usize,
        /// How many it holds.
        found: usize,
    },
    /// A tensor in the place of another.
    #[error("tensor {place} must be '{expected}', but is '{found}'")]
    Tensor {
        /// The place in the list, from 0.
        place: usize,
        /// The tensor of the layout in that place.
        expected: String,
        /// The one that was given.
        found: String,
    },
    /// Numbers in another type than the layout says.
    #[error("{tensor} must be in {expected}, but is in {found}")]
    Dtype {
        /// The tensor.
        tensor: String,
        /// The type of the layout.
        expected: &'static str,
        /// The type that was given.
        found: &'static str,
    },
    /// A start, gradient or state that holds an infinity or a NaN.
    #[error("{what} must be finite, but {tensor}[{index}] is {found}")]
    NotFinite {
        /// Which array.
        what: &'static str,
        /// The tensor in it.
        tensor: String,
        /// The place in that tensor, from 0.
        index: usize,
        /// The number found.
        found: f64,
    },
    /// A name that is in no table.
    #[error("unknown {what} '{name}'{}; there is: {known}", nearest(.name, .known))]
    Unknown {
        /// What kind of thing was named.
        what: String,
        /// The name.
        name: String,
        /// All the names there are, separated by commas.
        known: String,
    },
    /// A text that does not read as what it must be.
    #[error("{what} must be {expected}, but is '{found}'")]
    InvalidValue {
        /// Which part of the text.
        what: String,
        /// What it must look like.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A mistake in a formula.
    #[error("a formula must have {expected} here, but {found}\n  {shown}\n  {caret}")]
    Formula {
        /// What can stand there.
        expected: String,
        /// What is there.
        found: String,
        /// The formula around the place.
        shown: String,
        /// Blanks, and a `^` under the place.
        caret: String,
    },
    /// A name given more than once.
    #[error("{what} must have different names, but {name} is there twice")]
    Duplicate {
        /// Where.
        what: String,
        /// The name.
        name: String,
    },
    /// Something that cannot do without a number that was not given.
    #[error("{what} needs a number that is not given: {needs}")]
    Missing {
        /// What lacks it.
        what: String,
        /// How to give it.
        needs: String,
    },
    /// A method for which a library has no convention.
    #[error("{method} has no preset '{preset}'; there is: {known}")]
    NoPreset {
        /// The method.
        method: &'static str,
        /// The preset.
        preset: &'static str,
        /// The presets the method has, separated by commas.
        known: String,
    },
    /// A sparse step of what must step densely.
    #[error("steps must be dense: {0}")]
    SparseUnsupported(String),
    /// A list of places that does not ascend, or goes beyond the parameters.
    #[error("places must ascend and be below {len}, but number {place} is {found}")]
    InvalidIndex {
        /// Which of them, from 0.
        place: usize,
        /// How many parameters there are.
        len: usize,
        /// The place found.
        found: u32,
    },
    /// Something that needs all coordinates, after sparse steps that left some behind.
    #[error("all coordinates must be up to date, but some are behind: call catch_up_all")]
    OutOfSync,
    /// A saved state that does not belong to this optimizer.
    #[error("the state does not fit: {0}")]
    State(String),
    /// The objective's own failure.
    #[error(transparent)]
    Objective(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// The error that `name` is `found` where it must be `expected`, unless it `holds`.
    pub fn range(name: &str, expected: &'static str, found: f64, holds: bool) -> Result<()> {
        if holds { Ok(()) } else { Err(Self::Range { name: name.into(), expected, found }) }
    }

    /// Refuses a slice of another length.
    pub(crate) fn length(what: &dyn std::fmt::Display, expected: usize, found: usize) -> Result<()> {
        if found == expected { Ok(()) } else { Err(Self::Length { what: what.to_string(), expected, found }) }
    }

    /// Refuses what is negative or not finite.
    pub fn not_negative(name: &str, found: f64) -> Result<()> {
        Self::range(name, "at least 0 and finite", found, found >= 0.0 && found.is_finite())
    }

    /// Refuses what is not positive or not finite.
    pub fn positive(name: &str, found: f64) -> Result<()> {
        Self::range(name, "positive and finite", found, found > 0.0 && found.is_finite())
    }
}

/// A result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// `" (did you mean 'adam'?)"`, or nothing when no known name is near.
fn nearest(name: &str, known: &str) -> String {
    known
        .split([',', ';', ':'])
        .map(str::trim)
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .min()
        .filter(|&(distance, candidate)| distance <= 1.max(candidate.len() / 3))
        .map_or_else(String::new, |(_, candidate)| format!(" (did you mean '{candidate}'?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_offered_and_a_far_one_is_not() {
        let unknown =
            |name: &str| Error::Unknown { what: "method".into(), name: name.into(), known: "sgd, adam, lion".into() };
        assert_eq!(
            unknown("adma").to_string(),
            "unknown method 'adma' (did you mean 'adam'?); there is: sgd, adam, lion"
        );
        assert_eq!(unknown("newton").to_string(), "unknown method 'newton'; there is: sgd, adam, lion");
    }
}
