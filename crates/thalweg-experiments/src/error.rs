//! Errors of the experiments.

/// Result of an experiment, with an error of any kind.
pub type Result<T> = anyhow::Result<T>;
