//! Prepared rows in a cache file.

use std::fs::File;

use serde::{Deserialize, Serialize};

use super::RowCache;
use crate::data::{DiskBlock, DiskRows, DiskRowsWriter, RowStore, Rows, Schema, Target, WrittenBlocks};
use crate::error::Result;
use crate::fit::config::FitConfig;
use crate::fit::data_summary::DataSummary;
use crate::fit::memory_budget::MemoryBudget;
use crate::fit::prepared_data::PreparedData;

/// Rows with their encoding; the blocks are in the file.
#[derive(Serialize, Deserialize)]
pub(super) struct CachedRows {
    #[serde(rename = "found")]
    summary: DataSummary,
    schema: Schema,
    train: Vec<DiskBlock>,
    validation: Vec<DiskBlock>,
    /// Mean weights of the training and the validation rows; see [`Rows::mean_weight`].
    train_mean_weight: Option<f64>,
    validation_mean_weight: Option<f64>,
}

impl RowCache {
    /// Returns prepared data whose blocks are in the file.
    pub(super) fn prepared(&self, fit: &FitConfig, file: File, rows: CachedRows) -> Option<PreparedData> {
        let CachedRows { summary, schema, train, validation, train_mean_weight, validation_mean_weight } = rows;
        let budget = MemoryBudget::of(fit.max_memory).rows;
        let mut like = Rows { mean_weight: validation_mean_weight, ..schema.empty_rows() };
        let validation = self.rows(&file, validation, &like)?;
        like.mean_weight = train_mean_weight;
        let disk_rows = DiskRows::open(file, self.path.clone(), train, &like, budget / 2).ok()?;
        let store = if disk_rows.len().saturating_mul(disk_rows.sample().row_bytes()) <= budget {
            RowStore::from(all(&disk_rows, &like)?)
        } else {
            RowStore::Disk(disk_rows)
        };
        // Rows of a cache are read before the ranks are known.
        PreparedData::new(fit, summary, schema, (store, validation), 1).ok()
    }

    /// Reads the rows of these blocks.
    fn rows(&self, file: &File, blocks: Vec<DiskBlock>, like: &Rows) -> Option<Rows> {
        all(&DiskRows::open(file.try_clone().ok()?, self.path.clone(), blocks, like, 0).ok()?, like)
    }

    /// Writes prepared rows from a position of the file on; returns the position of their end.
    pub(super) fn write_rows(
        &self,
        prepared: &PreparedData,
        file: File,
        start: u64,
    ) -> Result<(File, u64, CachedRows)> {
        let mut like = prepared.train.sample().empty_like();
        like.class_weight.clear();
        let mut writer = DiskRowsWriter::append_to(file, self.path.clone(), start, &like);
        match &prepared.train {
            RowStore::Memory(rows) => writer.push(rows)?,
            RowStore::Disk(disk_rows) => (0..disk_rows.block_count()).try_for_each(|block| {
                let mut rows = like.empty_like();
                disk_rows.read_block(block, &mut rows)?;
                writer.push(&rows)
            })?,
        }
        let WrittenBlocks { file, end, blocks: train } = writer.finish_blocks()?;
        let mut writer = DiskRowsWriter::append_to(file, self.path.clone(), end, &like);
        writer.push(&prepared.validation)?;
        let WrittenBlocks { file, end, blocks: validation } = writer.finish_blocks()?;
        let (train_mean_weight, validation_mean_weight) =
            (prepared.train.sample().mean_weight, prepared.validation.mean_weight);
        let (summary, mut schema) = (prepared.summary.clone(), prepared.schema.clone());
        // The scale depends on the penalty, which applies after the encoding.
        if let Target::Number { residual_scale, .. } = &mut schema.target {
            *residual_scale = None;
        }
        Ok((file, end, CachedRows { summary, schema, train, validation, train_mean_weight, validation_mean_weight }))
    }
}

/// Reads all rows of a file; `None` if they are not those that were written.
fn all(disk_rows: &DiskRows, like: &Rows) -> Option<Rows> {
    let mut rows = like.empty_like();
    (0..disk_rows.block_count()).try_for_each(|block| disk_rows.read_block(block, &mut rows)).ok()?;
    Some(rows)
}
