//! Inference of the kind of target, and its measurement on the training rows.

use std::borrow::Cow;
use std::cmp::Ordering;

use rayon::prelude::*;

use super::distinct_value::DistinctValue;
use super::profile::ColumnProfile;
use super::standardization::Standardization;
use crate::data::column_moments::{ColumnMoments, Outliers};
use crate::data::moments::{Moments, WeightedRows};
use crate::data::skipped_rows::OnError;
use crate::data::table::Table;
use crate::data::target::{ClassIndex, Target, TargetChoice};
use crate::data::value_key::{has_leading_zero, number_key};
use crate::error::{ColumnRole, Error, Result, TargetError, TargetProblem};
use crate::pool;

/// Kind of target, before it is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TargetKind {
    Number,
    Label { negative: String, positive: String },
    Classes { labels: Vec<String> },
}

/// Maximum number of classes: more labels are identifiers, and each class has as many coefficients as a model.
const MAX_CLASSES: usize = 1000;

/// Largest number of distinct whole numbers that may be classes.
const MAX_FEW_VALUES: usize = 20;

/// Least number of rows for each of the whole numbers that may be classes.
const MIN_ROWS_PER_VALUE: usize = 5;

/// Number of values below which labels may occur once each.
const FEW_VALUES: usize = 20;

/// Number of rows whose classes a thread finds at a time.
const ROWS_PER_TASK: usize = 1 << 13;

impl TargetKind {
    /// Infers the kind of target, and the number of values that may be classes; see
    /// [`EncodingPlan::whole_number_values`](super::EncodingPlan::whole_number_values).
    ///
    /// # Errors
    /// A column that cannot be learned, or that has values of another kind than chosen.
    pub(super) fn infer(
        table: &Table<'_>,
        column: usize,
        choice: TargetChoice,
        on_error: OnError,
    ) -> Result<(TargetKind, Option<usize>)> {
        let profile = ColumnProfile::new(table, column)?;
        if profile.values == 0 {
            return Err(target_error(table, column, TargetProblem::Missing));
        }
        if choice == TargetChoice::Number
            && on_error == OnError::Fail
            && let Some(error) = profile.number_error(ColumnRole::Target)
        {
            return Err(error);
        }
        let values = sorted_values(&profile)?;
        let may_be_classes = choice == TargetChoice::Auto
            && profile.is_integer
            && (3..=MAX_FEW_VALUES).contains(&values.len())
            && values.len() * MIN_ROWS_PER_VALUE <= profile.values;
        let count = may_be_classes.then_some(values.len());
        let kind = match (&values[..], choice) {
            ([value], _) => Err(constant(table, column, value.clone())),
            ([negative, positive], TargetChoice::Auto | TargetChoice::Label) => {
                Ok(TargetKind::Label { negative: negative.clone(), positive: positive.clone() })
            }
            (_, TargetChoice::Label) => Err(target_error(table, column, TargetProblem::NotBinary { labels: values })),
            (_, TargetChoice::Number) => Ok(TargetKind::Number),
            (_, TargetChoice::Auto)
                if profile.is_text() && (profile.texts > 0 || are_learnable(&values, profile.values)) =>
            {
                classes(table, column, profile.values, values)
            }
            (_, TargetChoice::Auto) => match profile.nearly_number_error(ColumnRole::Target)? {
                Some(error) if on_error == OnError::Fail => Err(error),
                Some(_) => Ok(TargetKind::Number),
                None if profile.texts == 0 => Ok(TargetKind::Number),
                None => classes(table, column, profile.values, values),
            },
            (_, TargetChoice::Classes) => classes(table, column, profile.values, values),
        }?;
        let count = count.filter(|_| kind == TargetKind::Number);
        Ok((kind, count))
    }

    /// Labels of the classes in their order; `None` if the target is a number.
    fn labels(&self) -> Option<Vec<String>> {
        match self {
            TargetKind::Number => None,
            TargetKind::Label { negative, positive } => Some(vec![negative.clone(), positive.clone()]),
            TargetKind::Classes { labels } => Some(labels.clone()),
        }
    }

    /// Returns the class index of each row; `None` if the target is a number.
    ///
    /// # Errors
    /// [`Error::Interrupted`], if it is requested.
    pub(super) fn classes(&self, table: &Table<'_>, column: usize, rows: &[usize]) -> Result<Option<Vec<usize>>> {
        let Some(labels) = self.labels() else { return Ok(None) };
        let index = ClassIndex::new(&labels);
        let mut classes = vec![0; rows.len()];
        let parts = rows.par_chunks(ROWS_PER_TASK).zip(classes.par_chunks_mut(ROWS_PER_TASK));
        pool::map(parts, |(rows, classes)| {
            table.gather(column, rows, |i, cell| {
                classes[i] = index.class(cell).expect("the labels were collected from all rows with a target");
            })
        })
        .into_iter()
        .collect::<Result<()>>()?;
        Ok(Some(classes))
    }

    /// Returns `true` if all rows are of one class, `false` for a target that is a number.
    ///
    /// # Errors
    /// [`Error::Interrupted`], if it is requested.
    fn is_one_class(&self, table: &Table<'_>, column: usize, rows: &[usize]) -> Result<bool> {
        let Some(labels) = self.labels() else { return Ok(false) };
        let (index, mut first) = (ClassIndex::new(&labels), None);
        for rows in rows.chunks(ROWS_PER_TASK) {
            let mut is_one = true;
            table.gather(column, rows, |_, cell| {
                let class = index.class(cell);
                is_one &= *first.get_or_insert(class) == class;
            })?;
            if !is_one {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Measures the target on the training rows, and finds the outliers of a number.
    ///
    /// # Errors
    /// A single value among the training rows; numbers that are not finite.
    pub(super) fn measure(
        &self,
        table: &Table<'_>,
        column: usize,
        rows: &WeightedRows<'_>,
        standardization: Standardization,
    ) -> Result<(Target, Option<Outliers>)> {
        let name = table.names()[column].clone();
        let constant = |row: &usize| constant(table, column, table.original_text(*row, column));
        if let Some(row) = rows.rows.first()
            && self.is_one_class(table, column, rows.rows)?
        {
            return Err(constant(row));
        }
        match self {
            TargetKind::Number => {
                let numbers = ColumnMoments::of_columns(table, &[column], rows)?.remove(0);
                let moments = numbers.moments(table, column, rows.rows)?;
                let outliers = Outliers::find(table, column, rows, &moments)?;
                let mean = moments.mean;
                let moments = if standardization.center { moments } else { moments.about_zero() };
                let is_learnable = moments.deviation * moments.deviation > 0.0;
                match (moments.is_constant, rows.rows.first(), moments.different()) {
                    (true, Some(_), Some((lowest, highest))) => {
                        Err(target_error(table, column, TargetProblem::NearlyConstant { lowest, highest }))
                    }
                    (true, Some(row), None) => Err(constant(row)),
                    (false, ..) if !is_learnable && !standardization.count_target => {
                        let problem = TargetProblem::SmallDeviation { deviation: format!("{:e}", moments.deviation) };
                        Err(target_error(table, column, problem))
                    }
                    _ if standardization.count_target => {
                        Ok((Target::Number { name, mean: 0.0, deviation: mean, residual_scale: None }, outliers))
                    }
                    _ => {
                        let Moments { mean, deviation, .. } = moments;
                        Ok((Target::Number { name, mean, deviation, residual_scale: None }, outliers))
                    }
                }
            }
            TargetKind::Label { negative, positive } => {
                Ok((Target::Label { name, negative: negative.clone(), positive: positive.clone() }, None))
            }
            TargetKind::Classes { labels } => Ok((Target::Classes { name, labels: labels.clone() }, None)),
        }
    }
}

fn target_error(table: &Table<'_>, column: usize, problem: TargetProblem) -> Error {
    TargetError { at: table.column_position(column), column: table.names()[column].clone(), problem }.into()
}

/// Error of a target that has the same value in all rows that count.
fn constant(table: &Table<'_>, column: usize, value: String) -> Error {
    let without_weight = table.rows() - table.considered_rows();
    target_error(table, column, TargetProblem::Constant { value, without_weight })
}

/// Returns `true` if there are few enough labels for this number of values.
fn are_learnable(labels: &[String], values: usize) -> bool {
    labels.len() <= MAX_CLASSES && (labels.len() * 2 <= values || values < FEW_VALUES)
}

/// Returns the target as one of several classes, unless there are too many to learn.
fn classes(table: &Table<'_>, column: usize, values: usize, labels: Vec<String>) -> Result<TargetKind> {
    if are_learnable(&labels, values) {
        return Ok(TargetKind::Classes { labels });
    }
    let problem = TargetProblem::TooManyLabels { limit: MAX_CLASSES, found: labels.len(), rows: values };
    Err(target_error(table, column, problem))
}

/// Returns the distinct values in numerical order if all are numbers, otherwise in alphabetical order.
///
/// A number is written in its shortest form, unless it is text by its type or has a leading zero: the labels 01 and 02
/// are predicted as such.
fn sorted_values(profile: &ColumnProfile<'_>) -> Result<Vec<String>> {
    let values = profile.distinct_values()?.into_iter();
    if profile.texts > 0 {
        let mut texts: Vec<String> = values.map(DistinctValue::text).collect();
        // Ignoring case: "Yes" comes after "no".
        texts.sort_unstable_by_key(|text| (text.to_lowercase(), text.clone()));
        return Ok(texts);
    }
    let mut labels: Vec<NumberLabel> = values.map(|value| NumberLabel::new(value, profile.is_text())).collect();
    labels.sort_unstable_by(|a, b| a.cmp(b).then_with(|| a.texts.cmp(&b.texts)));
    // Several spellings of a number are one label, unless they are texts.
    labels.dedup_by(|a, b| NumberLabel::cmp(a, b).is_eq());
    Ok(labels.into_iter().map(NumberLabel::into_text).collect())
}

/// Label that is a number.
struct NumberLabel {
    number: f64,
    /// Text that identifies the label, and the label itself; `None` for a number that is not stored as text, of which
    /// there may be many.
    texts: Option<[String; 2]>,
}

impl NumberLabel {
    fn new(value: DistinctValue<'_>, is_text: bool) -> Self {
        let number = value.number().expect("all values are numbers");
        let DistinctValue::Text(text) = value else { return Self { number, texts: None } };
        let key = number_key(text).expect("all values are numbers").into_owned();
        let label = if is_text || has_leading_zero(text) { text.to_string() } else { key.clone() };
        Self { number, texts: Some([if is_text { label.clone() } else { key }, label]) }
    }

    fn key(&self) -> Cow<'_, str> {
        match &self.texts {
            Some([key, _]) => key.into(),
            None => self.number.to_string().into(),
        }
    }

    /// Compares the numbers, and integers that are the same number in `f64` by their digits.
    fn cmp(&self, other: &Self) -> Ordering {
        self.number.total_cmp(&other.number).then_with(|| {
            let (a, b) = (self.key(), other.key());
            a.len().cmp(&b.len()).then_with(|| a.cmp(&b))
        })
    }

    fn into_text(self) -> String {
        match self.texts {
            Some([_, label]) => label,
            None => self.number.to_string(),
        }
    }
}
