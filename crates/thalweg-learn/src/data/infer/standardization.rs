//! Standardization of features and of a numeric target.

/// Standardization of features and of a numeric target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standardization {
    /// If true, numbers become (x − mean) / deviation; if false, 0 stays 0 and they become x / root mean square. Set
    /// for models with an intercept.
    pub center: bool,
    /// If true, the target is a count, is divided by its mean and not centered, so that it stays positive.
    pub count_target: bool,
}
