//! Division of rows into training and validation.

use super::config::FitConfig;
use super::data_summary::DataSummary;
use super::prepared_data::{PreparedData, plan};
use super::weights;
use crate::data::{RowStore, Schema, Table, WeightedRows, WithTarget, split_stratified_until, split_until};
use crate::error::Result;

/// Division of the rows of a table into training and validation.
pub(super) struct RowSplit {
    pub(super) train: Vec<usize>,
    validation: Vec<usize>,
    /// Weights of the training rows; empty if the rows have none.
    pub(super) train_weights: Vec<f64>,
    validation_weights: Vec<f64>,
}

impl RowSplit {
    /// Divides rows at random, of each class the same fraction.
    pub(super) fn new(
        config: &FitConfig,
        table: &Table<'_>,
        rows: &[usize],
        classes: Option<Vec<usize>>,
    ) -> Result<Self> {
        let (fraction, seed) = (config.validation.fraction(), config.seed);
        let (train, validation) = match classes {
            Some(classes) => split_stratified_until(rows, &classes, fraction, seed, table.interrupt()),
            None => split_until(rows, fraction, seed, table.interrupt()),
        }?;
        let weights = |rows: &[usize]| match &config.weight_column {
            Some(column) => weights::row_weights(table, column, rows),
            None => Ok(Vec::new()),
        };
        let (train_weights, validation_weights) = (weights(&train)?, weights(&validation)?);
        weights::mean(&train_weights)?;
        Ok(Self { train, validation, train_weights, validation_weights })
    }

    /// Encodes the rows.
    pub(super) fn encode(
        self,
        config: &FitConfig,
        mut summary: DataSummary,
        schema: Schema,
        table: &Table<'_>,
    ) -> Result<PreparedData> {
        let lists = [&self.train[..], &self.validation];
        let [mut train, mut validation] = schema.encode_lists(table, lists, WithTarget::Yes)?;
        summary.count(&train);
        summary.count(&validation);
        (train.weight, validation.weight) = (self.train_weights, self.validation_weights);
        weights::normalize(&mut train)?;
        weights::normalize(&mut validation)?;
        let ranks = table.interrupt().team().ranks();
        PreparedData::new(config, summary, schema, (RowStore::from(train), validation), ranks)
    }
}

impl PreparedData {
    /// Prepares a table that holds all rows.
    pub(super) fn of(config: &FitConfig, table: &Table<'_>) -> Result<Self> {
        let mut plan = plan(config, table)?;
        let rows = RowSplit::new(config, table, &plan.usable_rows, plan.classes(table)?)?;
        let train = WeightedRows { rows: &rows.train, weights: &rows.train_weights };
        let schema = plan.schema(table, train)?;
        rows.encode(config, plan.into(), schema, table)
    }
}
