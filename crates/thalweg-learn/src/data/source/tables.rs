//! Parquet and Arrow files as a stream of blocks.

use std::path::PathBuf;

use super::block::Values;
use super::columnar::{Blocks, Columnar};
use super::cutter::{Mark, Piece, Place};
use super::input::Input;
use super::options::ReadOptions;
use crate::data::skipped_rows::SkippedRows;
use crate::error::Result;

/// Rows of a block.
const ROWS: usize = 1 << 14;

/// A file of columns as a stream of blocks.
pub(in crate::data) struct Columns {
    path: PathBuf,
    /// The columns that can be used, and which of them are read.
    names: Vec<String>,
    read: Vec<bool>,
    unusable: Vec<(String, String)>,
    blocks: Blocks,
    /// Values that mean "none" besides those that the file has none for.
    missing: crate::data::missing::Missing,
}

impl Columns {
    pub(super) fn open(input: &Input, options: &ReadOptions) -> Result<Columns> {
        let file = Columnar::open(&input.file()?)?;
        let (mut names, mut unusable, mut wanted, mut read) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (column, name) in file.names().iter().enumerate() {
            if let Some(holds) = file.unusable(column) {
                unusable.push((name.clone(), holds.to_string()));
                continue;
            }
            let is_read = options.reads(name);
            wanted.extend(is_read.then_some(column));
            names.push(name.clone());
            read.push(is_read);
        }
        let blocks = file.blocks(&wanted, ROWS)?;
        let missing = crate::data::missing::Missing::with(&options.missing_tokens);
        Ok(Columns { path: input.display_path(), names, read, unusable, blocks, missing })
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn path(&self) -> PathBuf {
        self.path.clone()
    }

    pub(super) fn unusable(&self) -> Vec<(String, String)> {
        self.unusable.clone()
    }

    pub(super) fn blocks(&mut self) -> Result<Vec<Piece>> {
        let Some(block) = self.blocks.next() else { return Ok(Vec::new()) };
        let mut block = block?;
        for column in &mut block.columns {
            if let Values::Texts(texts) = column {
                texts.leave_out(|text| self.missing.is(text.trim()));
            }
        }
        let mut columns = std::mem::take(&mut block.columns).into_iter();
        let place = |read: &bool| if *read { columns.next().unwrap_or_default() } else { Values::default() };
        block.columns = self.read.iter().map(place).collect();
        let mark = Mark { place: Place::start(0), bytes: 0 };
        Ok(vec![Piece { block, mark, skipped_rows: SkippedRows::default() }])
    }
}
