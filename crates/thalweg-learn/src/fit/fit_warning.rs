//! Warnings about the data and the model of a fit.

use std::fmt;

use serde::Serialize;

/// Warning about the data or the model of a fit. Its text has the numbers that it is due to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FitWarning {
    /// A column predicts the target almost perfectly by itself: it may not be known when predictions are made.
    RevealingColumn {
        /// Name of the column.
        column: String,
        /// Measure of the prediction.
        measure: RevealingMeasure,
        /// Its value; 1 is perfect.
        value: f64,
        /// Number of training rows looked at.
        rows: usize,
    },
    /// Features that the fit does not scale have very different magnitudes.
    UnscaledFeatures {
        /// Name of the feature with the largest values.
        largest: String,
        /// Root mean square of its values that are not 0.
        largest_rms: f64,
        /// Name of the feature with the smallest values.
        smallest: String,
        /// Root mean square of its values that are not 0.
        smallest_rms: f64,
        /// Ratio of the two.
        ratio: f64,
    },
    /// Columns of numbers almost depend on each other, which slows steps by gradients down.
    IllConditioned {
        /// Ratio of the largest and the smallest curvature of the squared loss, the L2 penalty included.
        condition_number: f64,
        /// Largest eigenvalue of the correlation matrix.
        largest_eigenvalue: f64,
        /// Smallest eigenvalue of the correlation matrix.
        smallest_eigenvalue: f64,
        /// The two columns that contribute most to the direction of the smallest eigenvalue.
        columns: [String; 2],
        /// Number of training rows looked at.
        rows: usize,
    },
    /// A class is so rare that the accuracy says little.
    UnbalancedClasses {
        /// Label of the rarest class.
        label: String,
        /// Number of its training rows.
        count: usize,
        /// Number of training rows looked at.
        rows: usize,
        /// Fraction of the most frequent class, which is the accuracy of the same prediction for all rows.
        largest_share: f64,
        /// Number of classes that occur.
        classes: usize,
    },
    /// A plane separates the classes of all training rows, so that only a penalty bounds the weights of a linear model.
    PerfectSeparation {
        /// Number of training rows.
        rows: usize,
        /// Number of its parameters.
        parameters: usize,
        /// Mean loss of the model on the training rows.
        loss: f64,
        /// Coefficient of the penalty Σ|w|.
        l1: f64,
        /// Coefficient of the penalty Σw²/2.
        l2: f64,
    },
    /// The validation rows are too few to show that the model is better than a constant prediction.
    SmallValidation {
        /// Number of validation rows.
        rows: usize,
        /// Mean loss of the constant prediction minus that of the model.
        difference: f64,
        /// Standard error of the difference.
        standard_error: f64,
        /// Number of rows of which two standard errors would be as large as the difference.
        rows_needed: f64,
    },
    /// Validation rows are equal to training rows, target included, so that they are predicted from memory.
    DuplicateRows {
        /// Number of validation rows that are among the training rows as well.
        duplicates: usize,
        /// Number of validation rows looked at.
        rows: usize,
    },
}

/// Measure of the prediction of a target by one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RevealingMeasure {
    /// Area under the ROC curve of the column's numbers, or of their negatives.
    Auc,
    /// Fraction of the variance that is explained: the squared correlation of two numbers; or the variance between
    /// classes or levels, adjusted for the number of levels.
    R2,
}

impl fmt::Display for FitWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RevealingColumn { column, measure, value, rows } => {
                let measure = match measure {
                    RevealingMeasure::Auc => "AUC",
                    RevealingMeasure::R2 => "R²",
                };
                write!(
                    f,
                    "the column {column} alone predicts the target ({measure} {value:.5} on {rows} training rows): is \
                     it known when predictions are made?"
                )
            }
            Self::UnscaledFeatures { largest, largest_rms, smallest, smallest_rms, ratio } => write!(
                f,
                "features are not scaled: values of {largest} are about {largest_rms:.3e}, those of {smallest} \
                 {smallest_rms:.3e} ({ratio:.0} times smaller); penalties and steps do not treat them alike"
            ),
            Self::IllConditioned { condition_number, largest_eigenvalue, smallest_eigenvalue, columns, rows } => {
                write!(
                    f,
                    "columns almost depend on each other, mainly {} and {}: condition number {condition_number:.1e} \
                 (eigenvalues of their correlations {largest_eigenvalue:.2e} to {smallest_eigenvalue:.2e}, {rows} \
                 rows); steps by gradients hardly move along such a direction",
                    columns[0], columns[1]
                )
            }
            Self::UnbalancedClasses { label, count, rows, largest_share, classes } => {
                let instead = if *classes == 2 { "the AUC and the log loss" } else { "the macro F1" };
                write!(
                    f,
                    "unbalanced classes: {label} is the class of {count} of {rows} training rows ({:.2} %); predicting \
                     the most frequent class for all rows has accuracy {largest_share:.4}, so read {instead} instead",
                    100.0 * *count as f64 / *rows as f64
                )
            }
            Self::PerfectSeparation { rows, parameters, loss, l1, l2 } => {
                let start = format!(
                    "perfect separation: a plane of {parameters} parameters separates the classes of all {rows} training \
                     rows (loss of the model {loss:.2e})"
                );
                match (*l1 > 0.0, *l2 > 0.0) {
                    (false, false) => write!(
                        f,
                        "{start}; without a penalty the weights have no bound, so that their size says nothing \
                         but how long the training ran"
                    ),
                    (true, false) => write!(f, "{start}; only the penalty (l1 {l1:.2e}) bounds the weights"),
                    (false, true) => write!(f, "{start}; only the penalty (l2 {l2:.2e}) bounds the weights"),
                    (true, true) => {
                        write!(f, "{start}; only the penalties (l1 {l1:.2e}, l2 {l2:.2e}) bound the weights")
                    }
                }
            }
            Self::SmallValidation { rows, difference, standard_error, rows_needed } => write!(
                f,
                "too few validation rows: on {rows} rows the loss is lower than that of a constant prediction by \
                 {difference:.3e} with a standard error of {standard_error:.3e}; about {rows_needed:.0} rows would show \
                 such a difference"
            ),
            Self::DuplicateRows { duplicates, rows } => write!(
                f,
                "duplicate rows: {duplicates} of {rows} validation rows ({:.1} %) are also training rows, with the same \
                 target; the validation metrics are too good",
                100.0 * *duplicates as f64 / *rows as f64
            ),
        }
    }
}
