//! Errors of a comparison.

use std::fmt;

/// Result of a function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Reason why a comparison cannot be run or replayed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A plan or a method is invalid.
    Method(thalweg::Error),
    /// A formula, a problem or a start is invalid.
    Problem(thalweg_problems::Error),
    /// Data or a training configuration is invalid.
    #[cfg(feature = "learn")]
    Learn(thalweg_learn::Error),
    /// The callback that receives finished runs failed.
    Callback(Box<dyn std::error::Error + Send + Sync>),
    /// A recorded run has too many steps to be repeated.
    LongRun {
        /// Setting of the run, such as `adam:lr=0.01`.
        setting: String,
        /// Number of steps that the record claims.
        steps: u64,
        /// Largest number of steps that are repeated.
        limit: u64,
    },
    /// A recorded run was repeated and its result differed.
    NotReproduced {
        /// Setting of the run, such as `adam:lr=0.01`.
        setting: String,
        /// Seed of the run.
        seed: u64,
        /// Version of thalweg that recorded the run.
        recorded_by: String,
    },
}

impl Error {
    /// Wraps an error of the callback that receives finished runs.
    pub fn callback(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Callback(Box::new(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method(error) => error.fmt(f),
            Self::Problem(error) => error.fmt(f),
            #[cfg(feature = "learn")]
            Self::Learn(error) => error.fmt(f),
            Self::Callback(error) => error.fmt(f),
            Self::LongRun { setting, steps, limit } => {
                write!(f, "expected a run of at most {limit} steps to repeat, found {steps} steps of {setting}")
            }
            Self::NotReproduced { setting, seed, recorded_by } => write!(
                f,
                "expected the run of {setting} from seed {seed} to repeat the one recorded by thalweg {recorded_by}, \
                 found a different result"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Method(error) => error.source(),
            Self::Problem(error) => error.source(),
            #[cfg(feature = "learn")]
            Self::Learn(error) => error.source(),
            Self::Callback(error) => error.source(),
            Self::LongRun { .. } | Self::NotReproduced { .. } => None,
        }
    }
}

impl From<thalweg::Error> for Error {
    fn from(error: thalweg::Error) -> Self {
        Self::Method(error)
    }
}

impl From<thalweg_problems::Error> for Error {
    fn from(error: thalweg_problems::Error) -> Self {
        Self::Problem(error)
    }
}

#[cfg(feature = "learn")]
impl From<thalweg_learn::Error> for Error {
    fn from(error: thalweg_learn::Error) -> Self {
        Self::Learn(error)
    }
}
