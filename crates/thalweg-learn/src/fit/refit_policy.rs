//! Choice whether a model is fitted once more to all rows.

/// Choice whether a model is fitted once more, to the training and the validation rows together, after the fit that the
/// report is about. The validation rows are those of [`Validation::Fraction`](super::Validation::Fraction); other ones
/// take no part in fits.
///
/// A solver fits as without validation rows. Other methods have the settings of the fit before, and the number of
/// epochs that was found best. Types, levels, means and deviations are those of all rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefitPolicy {
    /// Fits once more if there are fewer than 10,000 rows.
    #[default]
    Auto,
    /// Fits once more, whatever the number of rows.
    Always,
    /// Keeps the model of the training rows.
    Never,
}
