//! Preparation of the data of a fit.

use std::time::Instant;

use super::cache::RowCache;
use super::config::FitConfig;
use super::prepared_data::PreparedData;
use super::validation::Validation;
use crate::data::{
    ColumnOptions, DataSource, Input, ReadOptions, RowStore, Schema, StreamBuffer, TableInput, trim_names,
};
use crate::error::{Error, Result};
use crate::interrupt::{Agreement, Interrupt};
use crate::pool;
use crate::team::{Team, gather_messages};
use crate::train::BatchSize;

impl FitConfig {
    /// Reads files as one table or takes a table in memory, detects the types of its columns, splits the rows and
    /// encodes them as numbers. The same rows give the same result whichever way they come.
    ///
    /// # Errors
    /// Data that cannot be used, with their position; a column that does not exist; a setting out of range.
    pub fn prepare<'a>(&self, data: impl Into<DataSource<'a>>) -> Result<PreparedData> {
        self.prepare_until(data, Interrupt::NEVER)
    }

    /// Prepares data as [`FitConfig::prepare`] unless the caller requests an end.
    ///
    /// # Errors
    /// See [`FitConfig::prepare`]; [`Error::Interrupted`](crate::Error::Interrupted).
    pub fn prepare_until<'a>(&self, data: impl Into<DataSource<'a>>, interrupt: Interrupt<'_>) -> Result<PreparedData> {
        self.prepare_data(&data.into(), None, interrupt)
    }

    /// Prepares data together with the other ranks of a team, which do the same: with a memory limit, rows that exceed
    /// it are divided among the ranks. A fit to them is one of the same ranks; see
    /// [`Callbacks::team`](crate::Callbacks::team).
    ///
    /// # Errors
    /// See [`FitConfig::prepare_until`]. The other ranks may wait for one that has an error.
    pub fn prepare_on<'a>(
        &self,
        data: impl Into<DataSource<'a>>,
        team: &dyn Team,
        interrupt: Interrupt<'_>,
    ) -> Result<PreparedData> {
        let (data, agreement) = (data.into(), Agreement::of(team, interrupt));
        if !self.cache {
            return self.prepare_data(&data, None, agreement.interrupt());
        }
        // What rank 0 has written, the others read.
        let prepare = || self.prepare_data(&data, None, interrupt);
        let first = (team.rank() == 0).then(prepare).transpose()?;
        gather_messages(team, &[]);
        let mut prepared = first.map_or_else(prepare, Ok)?;
        prepared.divide(team);
        Ok(prepared)
    }

    /// Prepares data with a given schema, or with one that is inferred from them.
    pub(super) fn prepare_data(
        &self,
        data: &DataSource<'_>,
        schema: Option<&Schema>,
        interrupt: Interrupt<'_>,
    ) -> Result<PreparedData> {
        let start = Instant::now();
        let config = self.with_trimmed_names();
        config.check()?;
        let mut data = pool::in_pool(data.rows_at_most(), || config.read(data, schema, interrupt))?;
        if let (RowStore::Disk(_), Some(BatchSize::Full)) = (&data.train, self.batch_size) {
            let expected = "a number of rows if the rows exceed the memory limit".into();
            let (what, found) = ("batch_size".into(), "full".into());
            return Err(thalweg::Error::InvalidValue { what, expected, found }.into());
        }
        data.read_seconds = start.elapsed().as_secs_f64();
        Ok(data)
    }

    /// Returns these settings with names of columns as tables have them: without blanks around them.
    pub(super) fn with_trimmed_names(&self) -> FitConfig {
        let mut config = self.clone();
        config.target = self.target.trim().to_string();
        config.weight_column = self.weight_column.as_deref().map(|name| name.trim().to_string());
        config.column_options = self.column_options.with_trimmed_names();
        for names in [
            &mut config.read.known_columns,
            &mut config.read.text_columns,
            &mut config.read.skip_columns,
            &mut config.read.only_columns,
        ] {
            *names = trim_names(names);
        }
        config
    }

    /// Returns the options of reading files whose schema is inferred.
    pub(super) fn options_to_infer(&self) -> ReadOptions {
        // A first row that contains the name of the target is a header.
        let known_columns = [self.read.known_columns.as_slice(), std::slice::from_ref(&self.target)].concat();
        let ColumnOptions { categorical, text, .. } = &self.column_options;
        let text_columns = [self.read.text_columns.as_slice(), categorical, text].concat();
        let mut only_columns = self.column_options.keep.clone();
        if !only_columns.is_empty() {
            only_columns.extend([&self.target].into_iter().chain(&self.weight_column).cloned());
        }
        // The weights are no feature, but are needed.
        let ignored = self.column_options.ignore.iter().filter(|name| Some(*name) != self.weight_column.as_ref());
        let (skip_columns, on_error) = (ignored.cloned().collect(), self.column_options.on_error);
        ReadOptions { known_columns, text_columns, skip_columns, only_columns, on_error, ..self.read.clone() }
    }

    /// Returns the storage for pipes and standard input.
    pub(super) fn stream_buffer(&self) -> StreamBuffer {
        StreamBuffer::within(self.max_memory)
    }

    /// Reads and encodes the data and, if they are given, the validation files.
    fn read(&self, data: &DataSource<'_>, schema: Option<&Schema>, interrupt: Interrupt<'_>) -> Result<PreparedData> {
        let options = schema.map_or_else(|| self.options_to_infer(), |schema| self.options_of(schema));
        let stream_buffer = self.stream_buffer();
        let read = || {
            let mut data = match data {
                DataSource::Files(files) => {
                    let inputs = Input::all(files, stream_buffer)?;
                    let input = TableInput::Files { inputs: &inputs, options: &options };
                    let mut data = self.read_data(input, schema, interrupt)?;
                    data.file_bytes_read = inputs.iter().map(Input::bytes_read).sum();
                    data
                }
                DataSource::Table(table) => self.read_data(TableInput::Table(table), schema, interrupt)?,
            };
            if let Validation::Files(files) = &self.validation {
                let inputs = Input::all(files, stream_buffer)?;
                let input = TableInput::Files { inputs: &inputs, options: &options };
                self.read_validation(input, &mut data, interrupt)?;
            }
            Ok(data)
        };
        match data {
            _ if !self.cache => read(),
            _ if schema.is_some() => Err(cache_error("rows with a given schema")),
            DataSource::Files(files) => RowCache::of(self, files, &options)?.prepare(self, read),
            DataSource::Table(_) => Err(cache_error("data in memory, since the cache is a file next to the data")),
        }
    }
}

/// Returns the error of a cache that such data cannot have.
fn cache_error(data: &str) -> Error {
    let (what, expected, found) = ("cache".into(), format!("off for {data}"), "on".into());
    thalweg::Error::InvalidValue { what, expected, found }.into()
}
