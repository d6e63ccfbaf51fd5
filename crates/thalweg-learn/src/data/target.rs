//! The column to predict.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::column::{Column, Level};
use super::kind::number;
use super::schema::{Moments, WeightedRows};
use super::skipped_rows::OnError;
use super::source::block::Cell;
use super::table::Table;
use crate::error::{Error, Result};

/// What the target is to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TargetChoice {
    /// A label if it has exactly two different values, otherwise a number, or a class if it is of texts.
    #[default]
    Auto,
    /// A number, even if it has only two values.
    Number,
    /// One of two labels.
    Label,
    /// One of two or more classes, even if they are numbers.
    Classes,
}

/// What numbers are measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standardization {
    /// Whether there is an intercept: (x − mean) / deviation; else 0 stays 0: x / root of the mean square.
    pub center: bool,
    /// Whether the target is a count, which has no number below 0: y / mean.
    pub count_target: bool,
}

impl Standardization {
    /// Whether means are taken away.
    pub(super) fn centers(self) -> bool {
        self.center
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
    /// One of k classes; the model predicts the probability of each.
    Classes {
        /// The column.
        name: String,
        /// The labels of the classes, in the order of numbers, or of texts.
        labels: Vec<String>,
    },
}

impl Target {
    /// How many scores a row has: one, or one for each class.
    pub fn outputs(&self) -> usize {
        match self {
            Target::Number { .. } | Target::Label { .. } => 1,
            Target::Classes { labels, .. } => labels.len(),
        }
    }

    /// The scale and the shift from what is trained to the prediction: z·scale + shift.
    pub fn units(&self) -> (f64, f64) {
        match *self {
            Target::Number { mean, deviation, .. } => (deviation, mean),
            Target::Label { .. } | Target::Classes { .. } => (1.0, 0.0),
        }
    }

    /// The name of the column.
    pub fn name(&self) -> &str {
        match self {
            Target::Number { name, .. } | Target::Label { name, .. } | Target::Classes { name, .. } => name,
        }
    }
}

/// What the target is, before anything is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TargetKind {
    Number,
    Label { negative: String, positive: String },
    Classes { labels: Vec<String> },
}

/// Classes a model can tell apart: more are names of rows, and would make as many models of their own.
const MAX_CLASSES: usize = 1000;

impl TargetKind {
    /// Tells what the target is, or why it cannot be learned.
    pub(super) fn of(table: &Table, index: usize, choice: TargetChoice, on_error: OnError) -> Result<TargetKind> {
        let column = Column::look(table, index);
        let (at, name) = (|| table.head(index), table.names()[index].clone());
        if column.values == 0 {
            return Err(Error::TargetMissing { at: at(), column: name });
        }
        if choice == TargetChoice::Number
            && on_error == OnError::Fail
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
                Some(error) if on_error == OnError::Fail => Err(error),
                Some(_) => Ok(TargetKind::Number),
                None if column.texts == 0 => Ok(TargetKind::Number),
                None => classes(table, &column, index, values),
            },
            (_, TargetChoice::Classes) => classes(table, &column, index, values),
        }
    }

    /// The class of each row, by number; none where the target is a number.
    pub(super) fn classes(&self, table: &Table, index: usize, rows: &[usize]) -> Option<Vec<usize>> {
        let labels = match self {
            TargetKind::Number => return None,
            TargetKind::Label { negative, positive } => Labels::new([negative, positive]),
            TargetKind::Classes { labels } => Labels::new(labels),
        };
        let mut classes = Vec::with_capacity(rows.len());
        let seen: std::result::Result<(), std::convert::Infallible> = table.gather(index, rows, |_, cell| {
            classes.push(labels.class(cell).unwrap_or(0));
            Ok(())
        });
        seen.ok();
        Some(classes)
    }

    /// The target measured on the training rows.
    pub(super) fn measure(
        &self,
        table: &Table,
        index: usize,
        rows: &WeightedRows<'_>,
        scale: Standardization,
    ) -> Result<Target> {
        let name = table.names()[index].clone();
        let constant = |row: &usize| Error::TargetConstant {
            at: table.head(index),
            column: name.clone(),
            value: table.written(*row, index),
        };
        // At least two classes must be among the rows.
        let of_classes = |target| {
            let classes = self.classes(table, index, rows.rows).unwrap_or_default();
            let same = classes.iter().all(|class| *class == classes[0]);
            rows.rows.first().filter(|_| same).map_or(Ok(target), |row| Err(constant(row)))
        };
        match self {
            TargetKind::Number => {
                let moments = Moments::of(table, index, rows)?;
                let mean = moments.mean;
                let moments = if scale.centers() { moments } else { moments.around_zero() };
                match (moments.constant, rows.rows.first()) {
                    (true, Some(row)) => Err(constant(row)),
                    _ if scale.count_target => Ok(Target::Number { name, mean: 0.0, deviation: mean }),
                    _ => Ok(Target::Number { name, mean: moments.mean, deviation: moments.deviation }),
                }
            }
            TargetKind::Label { negative, positive } => {
                of_classes(Target::Label { name: name.clone(), negative: negative.clone(), positive: positive.clone() })
            }
            TargetKind::Classes { labels } => {
                of_classes(Target::Classes { name: name.clone(), labels: labels.clone() })
            }
        }
    }
}

/// The target as one of many classes, unless they are too many to learn any of them.
fn classes(table: &Table, column: &Column<'_>, index: usize, labels: Vec<String>) -> Result<TargetKind> {
    let few = labels.len() <= MAX_CLASSES && (labels.len() * 2 <= column.values || column.values < 20);
    if few {
        return Ok(TargetKind::Classes { labels });
    }
    let (at, column, rows) = (table.head(index), table.names()[index].clone(), column.values);
    Err(Error::ManyLabels { at, column, most: MAX_CLASSES, found: labels.len(), rows })
}

/// The class of a cell: that of the same text, or of the same number (1 and 1.0).
#[derive(Clone, Debug)]
pub(super) struct Labels<'l> {
    by_text: HashMap<&'l str, usize>,
    by_number: HashMap<u64, usize>,
}

impl<'l> Labels<'l> {
    pub(super) fn new(labels: impl IntoIterator<Item = &'l String>) -> Self {
        let (mut by_text, mut by_number) = (HashMap::new(), HashMap::new());
        for (class, label) in labels.into_iter().enumerate() {
            by_text.insert(label.as_str(), class);
            by_number.extend(number(label).map(|value| (value.to_bits(), class)));
        }
        Self { by_text, by_number }
    }

    pub(super) fn class(&self, cell: Cell<'_>) -> Option<usize> {
        let by_text = if let Cell::Text(text) = cell { self.by_text.get(text) } else { None };
        let by_number = || cell.number().and_then(|value| self.by_number.get(&value.to_bits()));
        by_text.or_else(by_number).copied()
    }
}

/// The different values in order: as numbers if all are, otherwise as texts.
fn different(column: &Column<'_>) -> Vec<String> {
    let mut levels: Vec<Level<'_>> = column.different().into_iter().collect();
    if column.texts > 0 {
        let mut texts: Vec<String> = levels.into_iter().map(Level::text).collect();
        // Whatever the case: "Yes" comes after "no".
        texts.sort_unstable_by_key(|text| (text.to_lowercase(), text.clone()));
        return texts;
    }
    levels.sort_unstable_by(|a, b| a.number().unwrap_or(0.0).total_cmp(&b.number().unwrap_or(0.0)));
    let mut numbers: Vec<f64> = levels.into_iter().filter_map(Level::number).collect();
    numbers.dedup_by_key(|value| value.to_bits());
    numbers.into_iter().map(|value| value.to_string()).collect()
}
