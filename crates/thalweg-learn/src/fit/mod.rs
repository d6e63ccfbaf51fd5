//! From a file to a model: read, plan, split, encode, train, measure.

mod cache;
mod defaults;
mod prepared_data;
mod report;
mod stream;
mod weights;

pub use defaults::DefaultSettings;
pub use prepared_data::PreparedData;
pub use report::{CacheStatus, CacheUsage, ExcludedColumn, FitReport, ShuffleMode, SplitMetrics, Timings};

use cache::RowCache;
use stream::MemoryBudget;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use thalweg::{Adam, Goal, OptimizerSpec, Schedule};

use crate::data::{ColumnOptions, Files, Input, MAX_HASH_BITS, ReadOptions, RowStore, StdinBuffer, TargetChoice};
use crate::error::Result;
use crate::model::{Architecture, Init, Loss, ModelFile};
use crate::train::{BatchSize, EpochReport, TrainingConfig, batch_is_sparse};

/// How much the classes count in the loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClassWeight {
    /// As much as their rows.
    #[default]
    Equal,
    /// All alike, however rare one is.
    Balanced,
}

/// What to fit, and how. What is `None` is chosen from the data; see [`DefaultSettings`].
#[derive(Clone, Debug)]
pub struct FitConfig {
    /// How to read the file.
    pub read: ReadOptions,
    /// The column to predict.
    pub target: String,
    /// Number or label.
    pub kind: TargetChoice,
    /// What is wrong with a prediction; decides whether the target is a number or a label.
    pub loss: Option<Loss>,
    /// Which columns to use.
    pub column_options: ColumnOptions,
    /// The column that says how much each row counts.
    pub weight: Option<String>,
    /// How much the labels count.
    pub class_weight: ClassWeight,
    /// How scores come about.
    pub architecture: Architecture,
    /// Whether there is an intercept; without one, numbers keep their 0.
    pub intercept: bool,
    /// The share of the rows held out for validation.
    pub val_fraction: f64,
    /// The method and what is around it.
    pub method: Option<OptimizerSpec>,
    /// The learning rate, in place of the method's.
    pub lr: Option<f64>,
    /// The schedule, in place of the method's.
    pub schedule: Option<Schedule>,
    /// Rows in a batch.
    pub batch: Option<BatchSize>,
    /// Passes over the rows, at most.
    pub epochs: Option<u64>,
    /// Epochs without progress that are borne; 0: all.
    pub patience: Option<u64>,
    /// The relative fall of the loss that counts as progress.
    pub min_delta: f64,
    /// Weight of Σ|w|.
    pub l1: f64,
    /// Weight of Σw²/2.
    pub l2: Option<f64>,
    /// How the weights start.
    pub init: Init,
    /// Seed of the split, the start and the shuffling.
    pub seed: u64,
    /// Bytes that may be in memory; beyond them rows go to a file and are shuffled by blocks.
    pub max_memory: Option<usize>,
    /// Rows from which columns are told and measured; all of them unless said.
    pub sample_rows: Option<usize>,
    /// Whether the encoded rows are kept in a file beside the data, and read from there the next time.
    pub cache: bool,
}

impl FitConfig {
    /// A fit of `target` with everything else chosen from the data.
    pub fn new(target: impl Into<String>) -> Self {
        Self {
            read: ReadOptions::default(),
            target: target.into(),
            kind: TargetChoice::Auto,
            loss: None,
            column_options: ColumnOptions::default(),
            weight: None,
            class_weight: ClassWeight::Equal,
            architecture: Architecture::Linear,
            intercept: true,
            val_fraction: 0.2,
            method: None,
            lr: None,
            schedule: None,
            batch: None,
            epochs: None,
            patience: None,
            min_delta: 1e-4,
            l1: 0.0,
            l2: None,
            init: Init::Zero,
            seed: 0,
            max_memory: None,
            sample_rows: None,
            cache: false,
        }
    }

    /// Reads the files as one table and fits the model. `see` hears of each epoch, its losses as they are reported (mean squared
    /// error in the target's units, or log loss), and may end the training; so does `interrupt`, at the
    /// next step; it is taken down when the training begins.
    ///
    /// # Errors
    /// Data that cannot be used, with its place; a column that is not there; hyperparameters out of range.
    pub fn run(
        &self,
        files: impl Into<Files>,
        interrupt: &AtomicBool,
        see: &mut (dyn FnMut(&EpochReport) -> ControlFlow<()> + Send),
    ) -> Result<(FitReport, ModelFile)> {
        let began = Instant::now();
        let data = self.prepare(files)?;
        let read = began.elapsed().as_secs_f64();

        let training = self.training(&data.train)?;
        let unit = data.report_scale();
        interrupt.store(false, Ordering::Relaxed);
        let began_fit = Instant::now();
        let mut see_in_units = |epoch: &EpochReport| {
            let train_loss = epoch.train_loss * unit;
            see(&EpochReport { train_loss, validation: epoch.validation.map(|loss| loss * unit), ..*epoch })
        };
        let trained = data.train(&training, interrupt, &mut see_in_units)?;
        let fit = began_fit.elapsed().as_secs_f64();

        let model = data.file(&training, &trained, self.seed);
        let mut report = data.report(&training, &trained, &model);
        report.weight.clone_from(&self.weight);
        let seconds = Timings { read, fit, total: began.elapsed().as_secs_f64() };
        Ok((report.with_seconds(seconds), model))
    }

    /// Reads the files, and makes numbers of their rows.
    ///
    /// # Errors
    /// Data that cannot be used, with its place; a column that is not there; settings out of range.
    pub fn prepare(&self, files: impl Into<Files>) -> Result<PreparedData> {
        self.check()?;
        // A first row with the target's name in it is a header.
        let known_columns = [self.read.known_columns.as_slice(), std::slice::from_ref(&self.target)].concat();
        let text_columns = [self.read.text_columns.as_slice(), &self.column_options.categorical].concat();
        let mut only_columns = self.column_options.keep.clone();
        if !only_columns.is_empty() {
            only_columns.extend([&self.target].into_iter().chain(&self.weight).cloned());
        }
        let (skip_columns, on_error) = (self.column_options.ignore.clone(), self.column_options.on_error);
        let options =
            ReadOptions { known_columns, text_columns, skip_columns, only_columns, on_error, ..self.read.clone() };
        let spool = if self.max_memory.is_some() { StdinBuffer::TempFile } else { StdinBuffer::Memory };
        let files = files.into();
        let read = || self.read_files(&Input::all(&files, spool)?, &options);
        let prepared = if self.cache { RowCache::of(self, &files, &options)?.prepare(self, read)? } else { read()? };
        if let (RowStore::Disk(_), Some(BatchSize::Full)) = (&prepared.train, self.batch) {
            let expected = "a number of rows where they do not fit the memory".into();
            return Err(
                thalweg::Error::InvalidValue { what: "batch-size".into(), expected, found: "full".into() }.into()
            );
        }
        Ok(prepared)
    }

    fn check(&self) -> Result<()> {
        let fraction = self.val_fraction;
        thalweg::Error::range("val-fraction", "in [0, 1)", fraction, (0.0..1.0).contains(&fraction))?;
        let deviation = match self.init {
            Init::Normal(deviation) => deviation,
            Init::Zero => 0.0,
        };
        let (l2, l1, min_delta) = (self.l2.unwrap_or(0.0), self.l1, self.min_delta);
        if let Some(ceiling) = self.max_memory {
            let (least, found) = (MemoryBudget::MIN_CEILING, ceiling as f64);
            thalweg::Error::range("max-memory", "at least 128M", found, ceiling >= least)?;
        }
        let bits = self.column_options.hash_bits;
        thalweg::Error::range("hash-bits", "from 0 to 27", f64::from(bits), bits <= MAX_HASH_BITS)?;
        let numbers = [("l1", l1), ("l2", l2), ("min-delta", min_delta), ("the deviation of init", deviation)];
        numbers.into_iter().try_for_each(|(name, found)| thalweg::Error::not_negative(name, found))?;
        let spec = self.spec(DefaultSettings::method(1, 1))?;
        if spec.options.goal == Goal::Maximize {
            let (what, expected, found) =
                ("goal".into(), "minimize: a fit is for a small loss".into(), "maximize".into());
            return Err(thalweg::Error::InvalidValue { what, expected, found }.into());
        }
        // Open lengths are set by the run, so any length does for the check.
        Ok(spec.options.schedule.clone().with_total_steps(1).check()?)
    }

    /// How to train on these rows: what was asked for, and for the rest what suits them.
    ///
    /// # Errors
    /// A rate that is none.
    pub fn training(&self, rows: &RowStore) -> Result<TrainingConfig> {
        let mut defaults = DefaultSettings::of(rows.len(), rows.sample().numbers_in_a_row(), self.batch);
        if self.architecture != Architecture::Linear {
            // What is multiplied moves faster, and is not the best where the rows are few.
            defaults.spec = OptimizerSpec { method: Adam::default().into(), ..defaults.spec };
        }
        let spec = self.spec(defaults.spec)?;
        // A method that decays the weights needs no penalty besides; and a penalty on features that a batch does not have would
        // make its step as dear as all of them.
        let few = batch_is_sparse(rows.sample(), defaults.batch);
        let l2 = if few || spec.method.weight_decay() > 0.0 { 0.0 } else { defaults.l2 };
        Ok(TrainingConfig {
            spec,
            batch: defaults.batch,
            epochs: self.epochs.unwrap_or(defaults.epochs),
            patience: self.patience.unwrap_or(defaults.patience),
            min_delta: self.min_delta,
            l1: self.l1,
            l2: self.l2.unwrap_or(l2),
            init: self.init,
            seed: self.seed,
        })
    }

    /// The method with its rate and schedule.
    fn spec(&self, default: OptimizerSpec) -> Result<OptimizerSpec> {
        let mut spec = self.method.clone().unwrap_or(default);
        if let Some(lr) = self.lr {
            spec.method = spec.method.set("lr", lr)?;
        }
        if let Some(schedule) = &self.schedule {
            spec.options.schedule = schedule.clone();
        }
        Ok(spec)
    }
}
