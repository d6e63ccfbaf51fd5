//! Preparation of new rows with the schema of earlier ones.

use std::collections::BTreeMap;

use super::config::FitConfig;
use super::data_summary::DataSummary;
use super::prepared_data::PreparedData;
use super::row_split::RowSplit;
use crate::data::{DataSource, OnError, ReadOptions, Schema, Table, Target, TargetChoice};
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;
use crate::model::Loss;

impl FitConfig {
    /// Prepares new rows with the schema of a model or of earlier rows ([`PreparedData::schema`]), so that a fit to
    /// these rows can continue one to those: with the state of [`FitConfig::fit_from`], or from a model
    /// ([`PreparedData::start_of`]).
    ///
    /// Rows are encoded as for a prediction: other columns are not used, levels that the schema lacks have no
    /// coefficient, and numbers are scaled by its means and deviations. The settings of columns and types take no
    /// effect. Settings that are chosen from the number of rows, such as the batch size and `l2`, should be given to be
    /// the same for all rows; weights of rows are divided by their mean in each preparation.
    ///
    /// # Errors
    /// As [`FitConfig::prepare`]; a column of the schema that is missing; an unknown label; another target; a loss of
    /// another kind of target; a cache.
    pub fn prepare_with<'a>(&self, schema: &Schema, data: impl Into<DataSource<'a>>) -> Result<PreparedData> {
        self.prepare_with_until(schema, data, Interrupt::NEVER)
    }

    /// Prepares rows as [`FitConfig::prepare_with`] unless the caller requests an end.
    ///
    /// # Errors
    /// See [`FitConfig::prepare_with`]; [`Error::Interrupted`].
    pub fn prepare_with_until<'a>(
        &self,
        schema: &Schema,
        data: impl Into<DataSource<'a>>,
        interrupt: Interrupt<'_>,
    ) -> Result<PreparedData> {
        self.check_target(&schema.target)?;
        self.prepare_data(&data.into(), Some(schema), interrupt)
    }

    /// Checks that the target of a schema is that of this fit.
    fn check_target(&self, target: &Target) -> Result<()> {
        let other = |what: &str, expected, found| {
            Err(thalweg::Error::InvalidValue { what: what.into(), expected, found }.into())
        };
        if target.name() != self.target.trim() {
            return other("target", format!("'{}' as in the schema", target.name()), self.target.clone());
        }
        let (kind, words) = match target {
            Target::Number { .. } => (TargetChoice::Number, "a number"),
            Target::Label { .. } => (TargetChoice::Label, "one of two labels"),
            Target::Classes { .. } => (TargetChoice::Classes, "one of several classes"),
        };
        match self.loss {
            Some(loss) if loss.target_kind() != kind => {
                other("loss", format!("a loss of a target that is {words}"), loss.to_string())
            }
            _ => Ok(()),
        }
    }

    /// Returns the options of reading files with the columns of a schema.
    pub(super) fn options_of(&self, schema: &Schema) -> ReadOptions {
        let options = schema.read_options();
        let mut only_columns = options.only_columns;
        if !only_columns.is_empty() {
            only_columns.extend(self.weight_column.clone());
        }
        let ReadOptions { header, known_missing_tokens, text_columns, index_base, .. } = options;
        let on_error = self.column_options.on_error;
        ReadOptions {
            header,
            known_missing_tokens,
            text_columns,
            only_columns,
            on_error,
            index_base,
            known_format: schema.text_format.clone(),
            ..self.read.clone()
        }
    }
}

impl DataSummary {
    /// Returns the summary of a table that is encoded with a given schema.
    pub(super) fn of_schema(schema: &Schema, table: &Table<'_>) -> Result<Self> {
        let rows = schema.usable_rows(table)?;
        Ok(Self {
            excluded_columns: Vec::new(),
            text_as_missing: BTreeMap::new(),
            target_missing: table.considered_rows() - rows.len(),
            skipped_rows: table.skipped_rows().clone(),
            hashed: schema.hashing_stats(table, &rows)?,
            outliers: Vec::new(),
            whole_number_values: None,
            possible_levels: Vec::new(),
            notes: table.notes().to_vec(),
            cache: None,
        })
    }
}

impl PreparedData {
    /// Prepares a table that holds all rows with a given schema.
    pub(super) fn with_schema(config: &FitConfig, schema: &Schema, table: &Table<'_>) -> Result<Self> {
        let (mut rows, mut summary) = (schema.usable_rows(table)?, DataSummary::of_schema(schema, table)?);
        let on_error = config.column_options.on_error;
        if on_error != OnError::Fail {
            schema.skip_invalid_rows(table, &mut rows, on_error, &mut summary.skipped_rows)?;
        }
        if config.loss == Some(Loss::Poisson) {
            schema.check_counts(table, &rows)?;
        }
        if rows.is_empty() {
            return Err(Error::NoRows { path: table.path().map(Into::into) });
        }
        let classes = schema.classes(table, &rows)?;
        RowSplit::new(config, table, &rows, classes)?.encode(config, summary, schema.clone(), table)
    }
}
