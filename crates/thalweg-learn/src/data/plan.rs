//! What to do with each column, and the measures of those used.

use std::collections::{BTreeSet, HashSet};

use rayon::prelude::*;

use super::cross::{HashingStats, InteractionSpec, is_numeric};
use super::encode::refuse_left_out;
use super::kind::{ColumnKind, ColumnOptions, ExcludeReason, MANY, kind_of};
use super::schema::{Encoding, Feature, Imputation, IndexedFeatures, MISSING_LEVEL, Moments, Schema, WeightedRows};
use super::skipped_rows::{OnError, SkippedRows, skip_invalid_rows};
use super::source::block::Cell;
use super::table::Table;
use super::target::{Standardization, TargetChoice, TargetKind};
use crate::error::{Error, Result};

/// Features by number that a model can hold: a weight and two slots of each are three gigabytes.
const MAX_INDEXED_FEATURES: u32 = 1 << 27;

/// What each column of a table is to the model, decided from all of its rows.
#[derive(Clone, Debug)]
pub struct EncodingPlan {
    /// Rows whose target is present, ascending.
    pub usable_rows: Vec<usize>,
    /// Columns left out, and why.
    pub excluded_columns: Vec<(String, ExcludeReason)>,
    /// Rows whose target is missing.
    pub target_missing: usize,
    /// Rows left out because a cell of theirs is not what it must be.
    pub skipped_rows: SkippedRows,
    /// What numbers are to be measured by.
    pub standardization: Standardization,
    /// What is hashed, as far as the rows to train on tell.
    pub hashed: Option<HashingStats>,
    interactions: Vec<InteractionSpec>,
    hash_bits: u8,
    target: usize,
    target_kind: TargetKind,
    /// The columns used: all numbers or all categories.
    used: Vec<(usize, ColumnKind)>,
}

impl Schema {
    /// Decides what each column of the table is.
    pub fn plan(
        table: &Table,
        target: &str,
        choice: TargetChoice,
        column_options: &ColumnOptions,
    ) -> Result<EncodingPlan> {
        column_options.check(table, target)?;
        let target = table.column_index(target)?;
        let target_kind = TargetKind::of(table, target, choice, column_options.on_error)?;
        let mut usable_rows = Vec::with_capacity(table.rows());
        table.each(target, |row, cell| {
            if cell != Cell::Missing {
                usable_rows.push(row);
            }
        });
        let mut plan = EncodingPlan {
            target_missing: table.rows() - usable_rows.len(),
            usable_rows,
            excluded_columns: Vec::new(),
            skipped_rows: table.skipped_rows().clone(),
            standardization: Standardization { center: true, count_target: false },
            hashed: None,
            interactions: column_options.interactions.clone(),
            hash_bits: column_options.hash_bits,
            target,
            target_kind,
            used: Vec::new(),
        };
        let mut counters = Vec::new();
        let others: Vec<usize> = (0..table.names().len()).filter(|&index| index != target).collect();
        let kinds: Vec<Result<ColumnKind>> =
            others.par_iter().map(|&index| kind_of(table, index, column_options)).collect();
        for (index, kind) in others.into_iter().zip(kinds) {
            match kind? {
                ColumnKind::Excluded(reason) => {
                    if reason == ExcludeReason::RowNumber {
                        counters.push((index, ColumnKind::Number));
                    }
                    plan.leave_out(&table.names()[index], reason);
                }
                kind => plan.used.push((index, kind)),
            }
        }
        for (name, holds) in table.unusable() {
            plan.leave_out(name, ExcludeReason::Unusable { holds: holds.clone() });
        }
        if plan.used.is_empty() {
            // A table of x and y: the only column there is counts as a measure, even if it counts.
            plan.excluded_columns.retain(|(_, reason)| *reason != ExcludeReason::RowNumber);
            plan.used = counters;
        }
        plan.refuse_nothing(table, plan.used.len())?;
        refuse_left_out(table, &plan.interactions, &plan.excluded_columns)?;
        if column_options.on_error != OnError::Fail {
            let mut numbers: Vec<usize> =
                plan.used.iter().filter(|(_, kind)| *kind == ColumnKind::Number).map(|(index, _)| *index).collect();
            numbers.extend((plan.target_kind == TargetKind::Number).then_some(target));
            skip_invalid_rows(table, &numbers, &mut plan.usable_rows, column_options.on_error, &mut plan.skipped_rows)?;
        }
        Ok(plan)
    }
}

impl EncodingPlan {
    /// The class of each usable row, by number; `None` if the target is a number.
    pub fn classes(&self, table: &Table) -> Option<Vec<usize>> {
        self.target_kind.classes(table, self.target, &self.usable_rows)
    }

    /// The schema measured on the training rows alone; columns constant in them are left out too.
    pub fn schema<'a>(&mut self, table: &Table, train: impl Into<WeightedRows<'a>>) -> Result<Schema> {
        let train = &train.into();
        let mut features = Vec::new();
        let measure = |(index, kind): &(usize, ColumnKind)| match kind {
            ColumnKind::Number => measure_number(table, *index, train, self.standardization),
            _ => Ok(measure_category(table, *index, train.rows)
                .map(|encoding| self.hash(table, *index, train.rows, encoding))),
        };
        let measured: Vec<_> = self.used.par_iter().map(measure).collect();
        for ((index, _), encoding) in self.used.clone().into_iter().zip(measured) {
            let name = &table.names()[index];
            match encoding? {
                Ok(encoding) => features.push(Feature { name: name.clone(), encoding }),
                Err(reason) => self.leave_out(name, reason),
            }
        }
        self.refuse_nothing(table, features.len())?;
        if let Some((found, _)) = table.indexed_features().filter(|(features, _)| *features > MAX_INDEXED_FEATURES) {
            return Err(Error::TooManyFeatures { path: table.path().to_path_buf(), most: MAX_INDEXED_FEATURES, found });
        }
        let mut schema = Schema {
            target: self.target_kind.measure(table, self.target, train, self.standardization)?,
            features,
            indexed_features: table.indexed_features().map(|(features, first)| IndexedFeatures { features, first }),
            interactions: Vec::new(),
            hash_bits: self.hash_bits,
            missing: table.missing_tokens().to_vec(),
            header: table.had_header(),
            width: table.names().len(),
            target_index: self.target,
        };
        for interaction in self.interactions.clone() {
            match schema.cross(table, train, &interaction)? {
                Ok(cross) => schema.interactions.push(cross),
                Err(reason) => self.leave_out(&interaction.0.join("*"), reason),
            }
        }
        self.hashed = None;
        if schema.hashes() {
            self.hashed = Some(HashingStats::count(self.hash_bits, &schema.hashed_keys(table, train.rows)?));
        } else {
            // Nothing has levels enough to be hashed: there is no room kept for it.
            schema.hash_bits = 0;
        }
        Ok(schema)
    }

    /// The encoding of a category, hashed where its levels are many.
    fn hash(&self, table: &Table, index: usize, rows: &[usize], encoding: Encoding) -> Encoding {
        match encoding {
            Encoding::Category { levels } if self.hash_bits > 0 && levels.len() > MANY => {
                Encoding::Hashed { numeric: is_numeric(table, index, rows) }
            }
            other => other,
        }
    }

    /// Refuses a target that holds a number below 0.
    pub fn refuse_negative(&self, table: &Table, rows: &[usize]) -> Result<()> {
        let negative = |&&row: &&usize| table.at(row, self.target).number().is_some_and(|value| value < 0.0);
        match rows.iter().find(negative) {
            None => Ok(()),
            Some(&row) => Err(Error::Negative {
                at: table.position(row, self.target),
                column: table.names()[self.target].clone(),
                found: table.written(row, self.target),
            }),
        }
    }

    fn leave_out(&mut self, name: &str, reason: ExcludeReason) {
        // A second schema from the same plan must not name a column twice.
        if !self.excluded_columns.iter().any(|(other, _)| other == name) {
            self.excluded_columns.push((name.to_string(), reason));
        }
    }

    fn refuse_nothing(&self, table: &Table, features: usize) -> Result<()> {
        if features > 0 || table.indexed_features().is_some_and(|(features, _)| features > 0) {
            return Ok(());
        }
        let excluded_columns: Vec<String> =
            self.excluded_columns.iter().map(|(name, why)| format!("'{name}' ({why})")).collect();
        let excluded_columns = if excluded_columns.is_empty() {
            "the target is the only one".to_string()
        } else {
            excluded_columns.join(", ")
        };
        Err(Error::NoFeatures { path: table.path().to_path_buf(), excluded_columns })
    }
}

/// How to encode a column of numbers, or why not to.
fn measure_number(
    table: &Table,
    index: usize,
    train: &WeightedRows<'_>,
    scale: Standardization,
) -> Result<std::result::Result<Encoding, ExcludeReason>> {
    let moments = Moments::of(table, index, train)?;
    let gaps = moments.count < train.rows.len();
    let moments = if scale.centers() { moments } else { moments.around_zero() };
    let present = train.rows.iter().find(|&&row| !table.is_missing(row, index));
    let Some(&present) = present else { return Ok(Err(ExcludeReason::AllMissing)) };
    // Without an intercept a constant that is not 0 stands in for one.
    if moments.constant && !gaps && (scale.centers() || moments.deviation == 0.0) {
        return Ok(Err(ExcludeReason::Constant { value: table.written(present, index) }));
    }
    Ok(Ok(Encoding::Number {
        mean: moments.mean,
        // One value and gaps: only the indicator tells anything, and the number is 0 on any scale.
        deviation: if moments.deviation == 0.0 { 1.0 } else { moments.deviation },
        missing: if gaps { Imputation::MeanAndIndicator } else { Imputation::Mean },
    }))
}

/// How to encode a column of names, or why not to.
fn measure_category(table: &Table, index: usize, rows: &[usize]) -> std::result::Result<Encoding, ExcludeReason> {
    // Sorted after the rows are gone through: most of them bring nothing new.
    let (mut texts, mut numbers) = (HashSet::new(), HashSet::new());
    let gathered: std::result::Result<(), std::convert::Infallible> = table.gather(index, rows, |_, cell| {
        match cell {
            Cell::Missing => drop(texts.insert(MISSING_LEVEL)),
            Cell::Text(text) => drop(texts.insert(text)),
            Cell::Number(value) => drop(numbers.insert(value.to_bits())),
        }
        Ok(())
    });
    gathered.ok();
    let numbers = numbers.into_iter().map(|bits| f64::from_bits(bits).to_string());
    let levels: BTreeSet<String> = texts.into_iter().map(str::to_string).chain(numbers).collect();
    match (levels.len(), levels.first()) {
        (0, _) => Err(ExcludeReason::AllMissing),
        (1, Some(value)) if value == MISSING_LEVEL => Err(ExcludeReason::AllMissing),
        (1, Some(value)) => Err(ExcludeReason::Constant { value: value.clone() }),
        _ => Ok(Encoding::Category { levels: levels.into_iter().collect() }),
    }
}
