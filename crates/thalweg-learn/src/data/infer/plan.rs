//! Plan of the use of columns, from which a schema is measured.

use std::collections::HashSet;
use std::path::Path;

use super::exclusion::{ExcludeReason, Exclusion, list_exclusions};
use super::interactions::{check_interactions, measure_interaction};
use super::kind::{ColumnKind, Inferred, InferredColumn};
use super::kinds::infer_kinds;
use super::options::ColumnOptions;
use super::standardization::Standardization;
use super::target::TargetKind;
use crate::data::column_moments::Outliers;
use crate::data::interaction::{HashingStats, InteractionSpec};
use crate::data::limits::MAX_INDEXED_FEATURES;
use crate::data::moments::WeightedRows;
use crate::data::number_checks::{check_counts, skip_invalid_rows};
use crate::data::read_note::ReadNote;
use crate::data::schema::{Feature, Schema};
use crate::data::skipped_rows::{OnError, SkippedRows};
use crate::data::table::Table;
use crate::data::target::TargetChoice;
use crate::data::text_format::TextFormat;
use crate::data::words::{DEFAULT_TEXT_HASH_BITS, TextWeighting};
use crate::error::{Error, NoFeaturesError, Result};
use crate::pool;

/// Rows on which a schema is measured, in words.
const TRAINING_ROWS: &str = "the training rows";

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
    /// Notes of the readers of the files, such as renamed columns and formats of numbers.
    pub notes: Vec<ReadNote>,
    /// Standardization of features and of a numeric target.
    pub standardization: Standardization,
    /// Statistics of hashed levels in the training rows; `None` if nothing is hashed.
    pub hashed: Option<HashingStats>,
    /// Number of distinct values of a target that was taken for a number although it has few whole numbers, which may
    /// be classes.
    pub whole_number_values: Option<usize>,
    /// Names of columns taken for numbers whose values may be names of levels.
    pub possible_levels: Vec<String>,
    /// Outliers of the numbers in the training rows, once the schema is measured.
    pub outliers: Vec<Outliers>,
    /// Names of the columns and interactions that have been excluded.
    excluded_names: HashSet<String>,
    interactions: Vec<InteractionSpec>,
    /// Number of hash bits of levels; 0 if none is hashed.
    pub(super) hash_bits: u8,
    /// Values of the words of texts.
    pub(super) text_weighting: TextWeighting,
    /// Columns of numbers in which texts are missing values.
    text_as_missing: Vec<usize>,
    target: usize,
    target_kind: TargetKind,
    /// Columns used as features.
    pub(super) features: Vec<PlannedFeature>,
}

/// Column used as a feature.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlannedFeature {
    pub(super) column: usize,
    pub(super) kind: FeatureKind,
}

/// Kind of a column used as a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FeatureKind {
    Number,
    Category,
    Text,
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
        let (column_options, target) = (&column_options.with_trimmed_names(), target.trim());
        column_options.check(table, target)?;
        let text_as_missing = column_options.text_as_missing_columns(table)?;
        let table = &*table.with_text_as_missing(&text_as_missing);
        let target = table.column_index(target)?;
        let others = (0..table.names().len()).filter(|&column| column != target);
        let (of_target, kinds) = pool::join(
            || {
                let kind = TargetKind::infer(table, target, choice, column_options.on_error)?;
                Ok::<_, Error>((kind, table.rows_with_value(target)?))
            },
            || infer_kinds(table, others, column_options),
        );
        let ((target_kind, whole_number_values), usable_rows) = of_target?;
        let mut plan = EncodingPlan {
            target_missing: table.considered_rows() - usable_rows.len(),
            usable_rows,
            excluded_columns: Vec::new(),
            excluded_names: HashSet::new(),
            skipped_rows: table.skipped_rows().clone(),
            notes: table.notes().to_vec(),
            standardization: Standardization { center: true, count_target: false },
            hashed: None,
            whole_number_values,
            possible_levels: Vec::new(),
            outliers: Vec::new(),
            interactions: column_options.interactions.clone(),
            hash_bits: column_options.hash_bits,
            text_weighting: column_options.text_weighting,
            text_as_missing,
            target,
            target_kind,
            features: Vec::new(),
        };
        plan.use_features(table, kinds)?;
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

    /// Uses or excludes each column as its kind says.
    fn use_features(&mut self, table: &Table<'_>, kinds: Vec<(usize, Result<InferredColumn>)>) -> Result<()> {
        let mut row_numbers = Vec::new();
        let rows = (table.considered_rows() < table.rows()).then_some("the rows with a weight");
        for (column, inferred) in kinds {
            let InferredColumn { kind, may_be_levels } = inferred?;
            self.possible_levels.extend(may_be_levels.then(|| table.names()[column].clone()));
            match kind {
                ColumnKind::Excluded(reason) => {
                    if reason == ExcludeReason::RowNumber {
                        row_numbers.push(PlannedFeature { column, kind: FeatureKind::Number });
                    }
                    self.exclude(&table.names()[column], reason, rows);
                }
                ColumnKind::Number => self.features.push(PlannedFeature { column, kind: FeatureKind::Number }),
                ColumnKind::Category => self.features.push(PlannedFeature { column, kind: FeatureKind::Category }),
                ColumnKind::Text => self.features.push(PlannedFeature { column, kind: FeatureKind::Text }),
            }
        }
        for column in table.unsupported() {
            self.exclude(&column.name, ExcludeReason::Unusable { holds: column.holds.clone() }, None);
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
    pub fn schema<'a>(&mut self, table: &Table<'_>, train: impl Into<WeightedRows<'a>>) -> Result<Schema> {
        let train = train.into();
        pool::in_pool(train.rows.len(), || self.schema_in_pool(table, &train))
    }

    fn schema_in_pool(&mut self, table: &Table<'_>, train: &WeightedRows<'_>) -> Result<Schema> {
        let table = &*table.with_text_as_missing(&self.text_as_missing);
        let mut features = Vec::new();
        self.outliers.clear();
        for (column, measured) in self.encodings(table, train)? {
            let name = &table.names()[column];
            let (encoding, outliers) = measured?;
            self.outliers.extend(outliers);
            match encoding {
                Inferred::Used(encoding) => features.push(Feature { name: name.clone(), encoding }),
                Inferred::Excluded(reason) => self.exclude(name, reason, Some(TRAINING_ROWS)),
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
        let is_used = |name: &&String| features.iter().any(|feature: &Feature| feature.name == **name);
        let text_as_missing = self.text_as_missing.iter().map(|&column| &table.names()[column]).filter(is_used);
        let mut schema = Schema {
            text_as_missing: text_as_missing.cloned().collect(),
            target,
            features,
            indexed_features,
            interactions: Vec::new(),
            hash_bits: self.shared_hash_bits(),
            missing: table.missing_tokens().to_vec(),
            header: table.has_header(),
            width: table.names().len(),
            target_index: self.target,
            text_format: TextFormat::default(),
        };
        schema.keep_format(&table.text_format);
        for spec in self.interactions.clone() {
            match measure_interaction(&schema, self.hash_bits, table, train, &spec)? {
                Inferred::Used(interaction) => schema.interactions.push(interaction),
                Inferred::Excluded(reason) => self.exclude(&spec.0.join("*"), reason, Some(TRAINING_ROWS)),
            }
        }
        self.hashed = schema.hashing_stats(table, train.rows)?;
        if self.hashed.is_none() {
            // No category has enough levels to be hashed, and so no coefficients are reserved.
            schema.hash_bits = 0;
        }
        Ok(schema)
    }

    /// Number of hash bits of the coefficients that levels and words share.
    pub(super) fn shared_hash_bits(&self) -> u8 {
        let has_texts = self.features.iter().any(|feature| feature.kind == FeatureKind::Text);
        if has_texts && self.hash_bits == 0 { DEFAULT_TEXT_HASH_BITS } else { self.hash_bits }
    }

    /// Checks that the target of the given rows is not negative, as the Poisson loss requires.
    ///
    /// # Errors
    /// The first negative number.
    pub fn check_counts(&self, table: &Table<'_>, rows: &[usize]) -> Result<()> {
        check_counts(table, self.target, rows)
    }

    fn exclude(&mut self, column: &str, reason: ExcludeReason, rows: Option<&str>) {
        // A second schema of the same plan excludes a column only once.
        if self.excluded_names.insert(column.to_string()) {
            let rows = rows.map(str::to_string);
            self.excluded_columns.push(Exclusion { column: column.to_string(), reason, rows });
        }
    }

    /// Says of each exclusion that it is that of a table with the first rows of the data only.
    pub(crate) fn set_sample_rows(&mut self, rows: usize) {
        let with_target = self.usable_rows.len();
        for exclusion in &mut self.excluded_columns {
            exclusion.rows = Some(match exclusion.rows.as_deref() {
                Some(TRAINING_ROWS) => format!("the first {with_target} rows with a target"),
                Some(_) | None => format!("the first {rows} rows"),
            });
        }
    }

    fn check_feature_count(&self, table: &Table<'_>, features: usize) -> Result<()> {
        if features > 0 || table.indexed_features().is_some_and(|indexed| indexed.features > 0) {
            return Ok(());
        }
        let is_text = |exclusion: &&Exclusion| matches!(exclusion.reason, ExcludeReason::FreeText { .. });
        let free_text = self.excluded_columns.iter().find(is_text).map(|exclusion| exclusion.column.clone());
        let excluded_columns = list_exclusions(&self.excluded_columns);
        Err(NoFeaturesError { path: table.path().map(Path::to_path_buf), excluded_columns, free_text }.into())
    }
}
