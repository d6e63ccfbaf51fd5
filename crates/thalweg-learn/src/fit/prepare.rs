//! Preparation of the data of a fit.

use std::time::Instant;

use super::cache::RowCache;
use super::config::FitConfig;
use super::prepared_data::PreparedData;
use super::validation::Validation;
use crate::data::{Files, Input, ReadOptions, RowStore, StdinBuffer};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::train::BatchSize;

impl FitConfig {
    /// Reads the files as one table, detects the types of its columns, splits the rows and encodes them as numbers.
    ///
    /// # Errors
    /// Data that cannot be used, with their position; a column that does not exist; a setting out of range.
    pub fn prepare(&self, files: impl Into<Files>) -> Result<PreparedData> {
        self.prepare_until(files, Interrupt::NEVER)
    }

    /// Prepares the files as [`FitConfig::prepare`] unless the caller requests an end.
    ///
    /// # Errors
    /// See [`FitConfig::prepare`]; [`Error::Interrupted`](crate::Error::Interrupted).
    pub fn prepare_until(&self, files: impl Into<Files>, interrupt: Interrupt<'_>) -> Result<PreparedData> {
        let start = Instant::now();
        self.check()?;
        // A first row that contains the name of the target is a header.
        let known_columns = [self.read.known_columns.as_slice(), std::slice::from_ref(&self.target)].concat();
        let text_columns = [self.read.text_columns.as_slice(), &self.column_options.categorical].concat();
        let mut only_columns = self.column_options.keep.clone();
        if !only_columns.is_empty() {
            only_columns.extend([&self.target].into_iter().chain(&self.weight_column).cloned());
        }
        let (skip_columns, on_error) = (self.column_options.ignore.clone(), self.column_options.on_error);
        let options =
            ReadOptions { known_columns, text_columns, skip_columns, only_columns, on_error, ..self.read.clone() };
        let stdin_buffer = if self.max_memory.is_some() { StdinBuffer::TempFile } else { StdinBuffer::Memory };
        let files = files.into();
        let read = || {
            let mut data = self.read_files(&Input::all(&files, stdin_buffer)?, &options, interrupt)?;
            if let Validation::Files(files) = &self.validation {
                let inputs = Input::all(files, stdin_buffer)?;
                data.validation = self.read_validation(&inputs, &options, &data, interrupt)?;
            }
            Ok(data)
        };
        let mut data = if self.cache { RowCache::of(self, &files, &options)?.prepare(self, read)? } else { read()? };
        if let (RowStore::Disk(_), Some(BatchSize::Full)) = (&data.train, self.batch_size) {
            let expected = "a number of rows if the rows exceed the memory limit".into();
            let (what, found) = ("batch_size".into(), "full".into());
            return Err(thalweg::Error::InvalidValue { what, expected, found }.into());
        }
        data.read_seconds = start.elapsed().as_secs_f64();
        Ok(data)
    }
}
