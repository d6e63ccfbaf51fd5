//! Plan of the use of columns, from which a schema is measured.

use std::collections::HashSet;
use std::path::Path;

use rayon::prelude::*;

use super::interactions::{check_interactions, measure_interaction};
use super::kind::{ColumnKind, ExcludeReason, Exclusion, Inferred, infer_kind, list_exclusions, reason_of_options};
use super::measure::{MeasuredEncoding, measure_category, measure_number};
use super::options::ColumnOptions;
use super::profile::ColumnProfile;
use super::standardization::Standardization;
use super::target::TargetKind;
use crate::data::cell::Cell;
use crate::data::column_numbers::{ColumnNumbers, Outliers};
use crate::data::interaction::{HashingStats, InteractionSpec};
use crate::data::limits::MAX_INDEXED_FEATURES;
use crate::data::moments::{WeightedRows, check_counts, skip_invalid_rows};
use crate::data::schema::{Feature, Schema};
use crate::data::skipped_rows::{OnError, SkippedRows};
use crate::data::table::Table;
use crate::data::target::TargetChoice;
use crate::error::{Error, Result};
use crate::pool;

/// Plan of the use of each column of a table, inferred from all of its rows.
#[derive(Clone, Debug)]
pub struct EncodingPlan {
    /// Rows with a target, ascending.
    pub usable_rows: Vec<usize>,
    /// Columns and interactions that are not used, with the reasons.
    pub excluded_columns: Vec<Exclusion>,
    /// Number of rows without a target.
    pub target_missing: usize,
    /// Rows that were skipped because of an invalid cell.
    pub skipped_rows: SkippedRows,
    /// Standardization of features and of a numeric target.
    pub standardization: Standardization,
    /// Statistics of hashed levels in the training rows; `None` if nothing is hashed.
    pub hashed: Option<HashingStats>,
    /// Outliers of the numbers in the training rows, once the schema is measured.
    pub outliers: Vec<Outliers>,
    /// Names of the columns and interactions that have been excluded.
    excluded_names: HashSet<String>,
    interactions: Vec<InteractionSpec>,
    hash_bits: u8,
    target: usize,
    target_kind: TargetKind,
    /// Columns used as features.
    features: Vec<PlannedFeature>,
}

/// Column used as a feature.
#[derive(Clone, Copy, Debug)]
struct PlannedFeature {
    column: usize,
    kind: FeatureKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FeatureKind {
    Number,
    Category,
}

impl EncodingPlan {
    /// Infers the use of each column of the table.
    ///
    /// # Errors
    /// An unknown column; a target that cannot be learned; no column to predict from; invalid cells, unless they are
    /// skipped according to [`ColumnOptions::on_error`].
    pub fn infer(
        table: &Table<'_>,
        target: &str,
        choice: TargetChoice,
        column_options: &ColumnOptions,
    ) -> Result<EncodingPlan> {
        pool::in_pool(table.rows(), || Self::infer_in_pool(table, target, choice, column_options))
    }

    fn infer_in_pool(
        table: &Table<'_>,
        target: &str,
        choice: TargetChoice,
        column_options: &ColumnOptions,
    ) -> Result<EncodingPlan> {
        column_options.check(table, target)?;
        let target = table.column_index(target)?;
        let target_kind = TargetKind::infer(table, target, choice, column_options.on_error)?;
        let mut usable_rows = Vec::with_capacity(table.rows());
        table.for_each_cell(target, |row, cell| {
            if cell != Cell::Missing {
                usable_rows.push(row);
            }
        })?;
        let mut plan = EncodingPlan {
            target_missing: table.considered_rows() - usable_rows.len(),
            usable_rows,
            excluded_columns: Vec::new(),
            excluded_names: HashSet::new(),
            skipped_rows: table.skipped_rows().clone(),
            standardization: Standardization { center: true, count_target: false },
            hashed: None,
            outliers: Vec::new(),
            interactions: column_options.interactions.clone(),
            hash_bits: column_options.hash_bits,
            target,
            target_kind,
            features: Vec::new(),
        };
        plan.infer_features(table, column_options)?;
        check_interactions(table, &plan.interactions, &plan.excluded_columns)?;
        if column_options.on_error != OnError::Fail {
            let numbers = plan.features.iter().filter(|feature| feature.kind == FeatureKind::Number);
            let numbers: Vec<usize> = numbers.map(|feature| feature.column).collect();
            let target = (plan.target_kind == TargetKind::Number).then_some(target);
            let policy = column_options.on_error;
            skip_invalid_rows(table, &numbers, target, &mut plan.usable_rows, policy, &mut plan.skipped_rows)?;
        }
        Ok(plan)
    }

    fn infer_features(&mut self, table: &Table<'_>, column_options: &ColumnOptions) -> Result<()> {
        let mut row_numbers = Vec::new();
        let others = (0..table.names().len()).filter(|&column| column != self.target);
        for (column, kind) in infer_kinds(table, others, column_options) {
            match kind? {
                ColumnKind::Excluded(reason) => {
                    if reason == ExcludeReason::RowNumber {
                        row_numbers.push(PlannedFeature { column, kind: FeatureKind::Number });
                    }
                    self.exclude(&table.names()[column], reason);
                }
                ColumnKind::Number => self.features.push(PlannedFeature { column, kind: FeatureKind::Number }),
                ColumnKind::Category => self.features.push(PlannedFeature { column, kind: FeatureKind::Category }),
            }
        }
        for column in table.unsupported() {
            self.exclude(&column.name, ExcludeReason::Unusable { holds: column.holds.clone() });
        }
        if self.features.is_empty() {
            // In a table of x and y, x is a quantity even if its values are consecutive.
            self.excluded_columns.retain(|exclusion| exclusion.reason != ExcludeReason::RowNumber);
            self.excluded_names = self.excluded_columns.iter().map(|exclusion| exclusion.column.clone()).collect();
            self.features = row_numbers;
        }
        self.check_feature_count(table, self.features.len())
    }

    /// Returns the class index of each usable row; `None` if the target is a number.
    ///
    /// # Errors
    /// [`Error::Interrupted`], if the caller requests the end of the preparation.
    pub fn classes(&self, table: &Table<'_>) -> Result<Option<Vec<usize>>> {
        self.target_kind.classes(table, self.target, &self.usable_rows)
    }

    /// Measures the schema on the training rows, and excludes the columns that are constant in them.
    ///
    /// # Errors
    /// No column to predict from; a target with one value; cells that are not finite numbers; too many indexed
    /// features.
    ///
    /// # Panics
    /// If a training row has no target and the target is a label or class.
    pub fn schema<'a>(&mut self, table: &Table<'_>, train: impl Into<WeightedRows<'a>>) -> Result<Schema> {
        let train = train.into();
        pool::in_pool(train.rows.len(), || self.schema_in_pool(table, &train))
    }

    fn schema_in_pool(&mut self, table: &Table<'_>, train: &WeightedRows<'_>) -> Result<Schema> {
        let mut features = Vec::new();
        self.outliers.clear();
        for (column, measured) in self.encodings(table, train) {
            let name = &table.names()[column];
            let (encoding, outliers) = measured?;
            self.outliers.extend(outliers);
            match encoding {
                Inferred::Used(encoding) => features.push(Feature { name: name.clone(), encoding }),
                Inferred::Excluded(reason) => self.exclude(name, reason),
            }
        }
        self.check_feature_count(table, features.len())?;
        let indexed_features = table.indexed_features();
        if let Some(indexed) = indexed_features.filter(|indexed| indexed.features > MAX_INDEXED_FEATURES) {
            let (path, limit) = (table.path().map(Path::to_path_buf), MAX_INDEXED_FEATURES);
            return Err(Error::TooManyFeatures { path, limit, found: indexed.features });
        }
        let (target, outliers) = self.target_kind.measure(table, self.target, train, self.standardization)?;
        self.outliers.extend(outliers);
        let mut schema = Schema {
            target,
            features,
            indexed_features,
            interactions: Vec::new(),
            hash_bits: self.hash_bits,
            missing: table.missing_tokens().to_vec(),
            header: table.has_header(),
            width: table.names().len(),
            target_index: self.target,
            text_format: table.text_format().clone(),
        };
        for spec in self.interactions.clone() {
            match measure_interaction(&schema, table, train, &spec)? {
                Inferred::Used(interaction) => schema.interactions.push(interaction),
                Inferred::Excluded(reason) => self.exclude(&spec.0.join("*"), reason),
            }
        }
        self.hashed = schema.hashing_stats(table, train.rows)?;
        if self.hashed.is_none() {
            // No category has enough levels to be hashed, so no coefficients are reserved.
            schema.hash_bits = 0;
        }
        Ok(schema)
    }

    /// Measures the encoding of each column; numbers that are stored together are read together.
    fn encodings(&self, table: &Table<'_>, train: &WeightedRows<'_>) -> Vec<(usize, Result<MeasuredEncoding>)> {
        let of_kind = |kind| {
            let features = self.features.iter().filter(move |feature| feature.kind == kind);
            features.map(|feature| feature.column).collect::<Vec<usize>>()
        };
        let (numbers, categories) = (of_kind(FeatureKind::Number), of_kind(FeatureKind::Category));
        let measure_numbers = |group: &&[usize]| match ColumnNumbers::of_columns(table, group, train) {
            Ok(numbers) => {
                let measure = |(&column, numbers): (&usize, ColumnNumbers)| {
                    (column, measure_number(table, column, &numbers, train.rows, self.standardization))
                };
                group.iter().zip(numbers).map(measure).collect::<Vec<_>>()
            }
            Err(error) => vec![(group[0], Err(error))],
        };
        let measured = pool::map(table.column_groups(&numbers).par_iter(), measure_numbers);
        let measure_category = |&column: &usize| {
            let encoding = measure_category(table, column, train.rows, self.hash_bits);
            (column, encoding.map(|encoding| (encoding, None)))
        };
        let mut measured: Vec<_> = measured.into_iter().flatten().collect();
        measured.extend(pool::map(categories.par_iter(), measure_category));
        measured.sort_by_key(|(column, _)| *column);
        measured
    }

    /// Checks that the target of the given rows is not negative, as the Poisson loss requires.
    ///
    /// # Errors
    /// The first negative number.
    pub fn check_counts(&self, table: &Table<'_>, rows: &[usize]) -> Result<()> {
        check_counts(table, self.target, rows)
    }

    fn exclude(&mut self, column: &str, reason: ExcludeReason) {
        // A second schema of the same plan excludes a column only once.
        if self.excluded_names.insert(column.to_string()) {
            self.excluded_columns.push(Exclusion { column: column.to_string(), reason });
        }
    }

    fn check_feature_count(&self, table: &Table<'_>, features: usize) -> Result<()> {
        if features > 0 || table.indexed_features().is_some_and(|indexed| indexed.features > 0) {
            return Ok(());
        }
        let excluded_columns = list_exclusions(&self.excluded_columns);
        Err(Error::NoFeatures { path: table.path().map(Path::to_path_buf), excluded_columns })
    }
}

/// Infers the kind of each column; those that are stored together are read together.
fn infer_kinds(
    table: &Table<'_>,
    columns: impl Iterator<Item = usize>,
    column_options: &ColumnOptions,
) -> Vec<(usize, Result<ColumnKind>)> {
    let name = |column: usize| table.names()[column].as_str();
    let (excluded, read): (Vec<usize>, Vec<usize>) =
        columns.partition(|&column| reason_of_options(name(column), column_options).is_some());
    let infer = |group: &&[usize]| match ColumnProfile::of_columns(table, group) {
        Ok(profiles) => {
            let infer = |(&column, profile): (&usize, ColumnProfile<'_>)| {
                (column, infer_kind(name(column), &profile, column_options))
            };
            group.iter().zip(profiles).map(infer).collect::<Vec<_>>()
        }
        Err(error) => vec![(group[0], Err(error))],
    };
    let mut kinds: Vec<_> = pool::map(table.column_groups(&read).par_iter(), infer).into_iter().flatten().collect();
    for column in excluded {
        let reason = reason_of_options(name(column), column_options);
        kinds.extend(reason.map(|reason| (column, Ok(ColumnKind::Excluded(reason)))));
    }
    kinds.sort_by_key(|(column, _)| *column);
    kinds
}
