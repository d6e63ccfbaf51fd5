//! The column to predict.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::column::Column;
use super::csv::Table;
use super::kind::number;
use super::schema::{Moments, Weighted};
use crate::error::{Error, Result};

/// What the target is to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TargetChoice {
    /// A label if it has exactly two different values, otherwise a number.
    #[default]
    Auto,
    /// A number, even if it has only two values.
    Number,
    /// One of two labels.
    Label,
}

/// What numbers are measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Whether there is an intercept: (x − mean) / deviation; else 0 stays 0: x / root of the mean square.
    pub intercept: bool,
    /// Whether the target is a count, which has no number below 0: y / mean.
    pub count: bool,
}

impl Scale {
    /// Whether means are taken away.
    pub(super) fn centres(self) -> bool {
        self.intercept
    }
}

/// The column to predict, as the model knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// A number; the model predicts (y − mean) / deviation. For counts the mean is 0, and the deviation their mean.
    Number {
        /// The column.
        name: String,
        /// Mean over the training rows.
        mean: f64,
        /// Population standard deviation over the training rows.
        deviation: f64,
    },
    /// One of two labels; the model predicts the probability of the positive one.
    Label {
        /// The column.
        name: String,
        /// The label of class 0.
        negative: String,
        /// The label of class 1: the larger number, or the later in the order of texts.
        positive: String,
    },
}

impl Target {
    /// The scale and the shift from what is trained to the prediction: z·scale + shift.
    pub fn units(&self) -> (f64, f64) {
        match *self {
            Target::Number { mean, deviation, .. } => (deviation, mean),
            Target::Label { .. } => (1.0, 0.0),
        }
    }

    /// The name of the column.
    pub fn name(&self) -> &str {
        match self {
            Target::Number { name, .. } | Target::Label { name, .. } => name,
        }
    }
}

/// What the target is, before anything is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TargetKind {
    Number,
    Label { negative: String, positive: String },
}

impl TargetKind {
    /// Tells what the target is, or why it cannot be learned.
    pub(super) fn of(table: &Table, index: usize, choice: TargetChoice) -> Result<TargetKind> {
        let column = Column::look(table, index);
        let (at, name) = (|| table.head(index), table.names()[index].clone());
        if column.values == 0 {
            return Err(Error::TargetMissing { at: at(), column: name });
        }
        if choice == TargetChoice::Number
            && let Some(error) = column.refuse_as_number(false)
        {
            return Err(error);
        }
        let values = different(&column);
        match (&values[..], choice) {
            ([value], _) => Err(Error::TargetConstant { at: at(), column: name, value: value.clone() }),
            ([negative, positive], TargetChoice::Auto | TargetChoice::Label) => {
                Ok(TargetKind::Label { negative: negative.clone(), positive: positive.clone() })
            }
            (_, TargetChoice::Label) => Err(Error::Labels { at: at(), column: name, labels: values.clone() }),
            (_, TargetChoice::Number) => Ok(TargetKind::Number),
            (_, TargetChoice::Auto) => match column.refuse_as_nearly_number(false) {
                Some(error) => Err(error),
                None if column.texts == 0 => Ok(TargetKind::Number),
                None => Err(Error::Labels { at: at(), column: name, labels: values.clone() }),
            },
        }
    }

    /// Which rows have the positive label; none for a number.
    pub(super) fn labels(&self, table: &Table, index: usize, rows: &[usize]) -> Option<Vec<bool>> {
        let TargetKind::Label { positive, .. } = self else { return None };
        Some(rows.iter().map(|&row| same_label(table.cell(row, index), positive)).collect())
    }

    /// The target measured on the training rows.
    pub(super) fn measure(&self, table: &Table, index: usize, rows: &Weighted<'_>, scale: Scale) -> Result<Target> {
        let name = table.names()[index].clone();
        let constant = |row: &usize| Error::TargetConstant {
            at: table.head(index),
            column: name.clone(),
            value: table.cell(*row, index).to_string(),
        };
        match self {
            TargetKind::Number => {
                let moments = Moments::of(table, index, rows)?;
                let mean = moments.mean;
                let moments = if scale.centres() { moments } else { moments.around_zero() };
                match (moments.constant, rows.rows.first()) {
                    (true, Some(row)) => Err(constant(row)),
                    _ if scale.count => Ok(Target::Number { name, mean: 0.0, deviation: mean }),
                    _ => Ok(Target::Number { name, mean: moments.mean, deviation: moments.deviation }),
                }
            }
            TargetKind::Label { negative, positive } => {
                let labels = self.labels(table, index, rows.rows).unwrap_or_default();
                if let Some(row) = rows.rows.first().filter(|_| labels.iter().all(|label| *label == labels[0])) {
                    return Err(constant(row));
                }
                Ok(Target::Label { name, negative: negative.clone(), positive: positive.clone() })
            }
        }
    }
}

/// Whether a cell is this label: the same text, or the same number (1 and 1.0).
pub(super) fn same_label(cell: &str, label: &str) -> bool {
    cell == label || number(cell).zip(number(label)).is_some_and(|(a, b)| a.total_cmp(&b).is_eq())
}

/// The different values in order: as numbers if all are, otherwise as texts.
fn different(column: &Column<'_>) -> Vec<String> {
    if column.texts > 0 {
        let mut texts: Vec<&str> = column.cells().collect::<HashSet<_>>().into_iter().collect();
        // Whatever the case: "Yes" comes after "no".
        texts.sort_unstable_by_key(|text| (text.to_lowercase(), *text));
        return texts.into_iter().map(str::to_string).collect();
    }
    // Adding 0 turns −0 into 0, the same value.
    let numbers = column.cells().filter_map(number).map(|value| value + 0.0);
    let mut numbers: Vec<f64> =
        numbers.map(f64::to_bits).collect::<HashSet<_>>().into_iter().map(f64::from_bits).collect();
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.into_iter().map(|value| value.to_string()).collect()
}
