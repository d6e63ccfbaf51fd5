//! From a file to a model: read, plan, split, encode, train, measure.

mod defaults;
mod report;

pub use defaults::Defaults;
pub use report::{LeftOut, Measured, Report, Seconds};

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use thalweg::{Goal, Schedule, Spec};

use crate::data::{
    Choices, Plan, ReadOptions, Rows, Schema, Table, Target, TargetChoice, WithTarget, split, split_stratified,
};
use crate::error::Result;
use crate::model::{About, Loss, ModelFile, ModelKind};
use crate::train::{Batch, Epoch, Init, Trained, Training, train};

/// What to fit, and how. What is `None` is chosen from the data; see [`Defaults`].
#[derive(Clone, Debug)]
pub struct Fit {
    /// How to read the file.
    pub read: ReadOptions,
    /// The column to predict.
    pub target: String,
    /// Number or label.
    pub kind: TargetChoice,
    /// Which columns to use.
    pub choices: Choices,
    /// The share of the rows held out for validation.
    pub val_fraction: f64,
    /// The method and what is around it.
    pub method: Option<Spec>,
    /// The learning rate, in place of the method's.
    pub lr: Option<f64>,
    /// The schedule, in place of the method's.
    pub schedule: Option<Schedule>,
    /// Rows in a batch.
    pub batch: Option<Batch>,
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
}

impl Fit {
    /// A fit of `target` with everything else chosen from the data.
    pub fn new(target: impl Into<String>) -> Self {
        Self {
            read: ReadOptions::default(),
            target: target.into(),
            kind: TargetChoice::Auto,
            choices: Choices::default(),
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
        }
    }

    /// Reads the file and fits the model. `see` hears of each epoch, its losses as they are reported (mean squared
    /// error in the target's units, or log loss), and may end the training; so does `interrupt`, at the
    /// next step; it is taken down when the training begins.
    ///
    /// # Errors
    /// Data that cannot be used, with its place; a column that is not there; hyperparameters out of range.
    pub fn run(
        &self,
        path: &Path,
        interrupt: &AtomicBool,
        see: &mut dyn FnMut(&Epoch) -> ControlFlow<()>,
    ) -> Result<(Report, ModelFile)> {
        let began = Instant::now();
        self.check()?;
        // A first row with the target's name in it is a header.
        let known = [self.read.known.as_slice(), std::slice::from_ref(&self.target)].concat();
        let table = Table::read(path, &ReadOptions { known, ..self.read.clone() })?;
        let data = Encoded::of(self, &table)?;
        let read = began.elapsed().as_secs_f64();

        let training = self.training(&data.train)?;
        let (unit, loss) = (data.unit(), data.loss());
        interrupt.store(false, Ordering::Relaxed);
        let began_fit = Instant::now();
        let mut see_in_units = |epoch: &Epoch| {
            let since_last = epoch.since_last * unit;
            see(&Epoch { since_last, validation: epoch.validation.map(|loss| loss * unit), ..*epoch })
        };
        let trained = train(&data.train, &data.validation, loss, &training, interrupt, &mut see_in_units)?;
        let fit = began_fit.elapsed().as_secs_f64();

        let model = data.model(&training, &trained, self.seed);
        let report = data.report(&training, &trained, &model);
        let seconds = Seconds { read, fit, total: began.elapsed().as_secs_f64() };
        Ok((report.with_seconds(seconds), model))
    }

    fn check(&self) -> Result<()> {
        let fraction = self.val_fraction;
        thalweg::Error::range("val-fraction", "in [0, 1)", fraction, (0.0..1.0).contains(&fraction))?;
        let deviation = match self.init {
            Init::Normal(deviation) => deviation,
            Init::Zero => 0.0,
        };
        let (l2, l1, min_delta) = (self.l2.unwrap_or(0.0), self.l1, self.min_delta);
        let numbers = [("l1", l1), ("l2", l2), ("min-delta", min_delta), ("the deviation of init", deviation)];
        numbers.into_iter().try_for_each(|(name, found)| thalweg::Error::not_negative(name, found))?;
        let spec = self.spec(Defaults::method(1, 1))?;
        if spec.around.goal == Goal::Maximize {
            let (what, must, found) = ("goal".into(), "minimize: a fit is for a small loss".into(), "maximize".into());
            return Err(thalweg::Error::Text { what, must, found }.into());
        }
        // Open lengths are set by the run, so any length does for the check.
        Ok(spec.around.schedule.clone().over(1).check()?)
    }

    fn training(&self, rows: &Rows) -> Result<Training> {
        let defaults = Defaults::of(rows, self.batch);
        let spec = self.spec(defaults.spec)?;
        // A method that decays the weights needs no penalty besides.
        let l2 = if spec.method.weight_decay() > 0.0 { 0.0 } else { defaults.l2 };
        Ok(Training {
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
    fn spec(&self, default: Spec) -> Result<Spec> {
        let mut spec = self.method.clone().unwrap_or(default);
        if let Some(lr) = self.lr {
            spec.method = spec.method.set("lr", &lr.to_string())?;
        }
        if let Some(schedule) = &self.schedule {
            spec.around.schedule = schedule.clone();
        }
        Ok(spec)
    }
}

/// A table's rows as numbers, split for training and validation.
struct Encoded {
    plan: Plan,
    schema: Schema,
    train: Rows,
    validation: Rows,
}

impl Encoded {
    fn of(fit: &Fit, table: &Table) -> Result<Self> {
        let mut plan = Schema::plan(table, &fit.target, fit.kind, &fit.choices)?;
        let (train, validation) = match plan.labels(table) {
            Some(labels) => split_stratified(&plan.usable_rows, &labels, fit.val_fraction, fit.seed),
            None => split(&plan.usable_rows, fit.val_fraction, fit.seed),
        };
        let schema = plan.schema(table, &train)?;
        let train = schema.encode(table, &train, WithTarget::Yes)?;
        let validation = schema.encode(table, &validation, WithTarget::Yes)?;
        Ok(Self { plan, schema, train, validation })
    }

    fn loss(&self) -> Loss {
        match self.schema.target {
            Target::Number { .. } => Loss::Squared,
            Target::Label { .. } => Loss::Logistic,
        }
    }

    /// What a loss as trained is multiplied by to be as reported.
    fn unit(&self) -> f64 {
        match self.schema.target {
            Target::Number { deviation, .. } => 2.0 * deviation * deviation,
            Target::Label { .. } => 1.0,
        }
    }

    fn model(&self, training: &Training, trained: &Trained, seed: u64) -> ModelFile {
        let (weights, intercept) = trained.parameters.split_at(self.train.features);
        ModelFile {
            schema: self.schema.clone(),
            weights: weights.to_vec(),
            intercept: intercept.iter().sum(),
            about: About {
                version: env!("CARGO_PKG_VERSION").into(),
                model: match self.schema.target {
                    Target::Number { .. } => ModelKind::Linear,
                    Target::Label { .. } => ModelKind::Logistic,
                },
                method: training.spec.to_string(),
                schedule: training.spec.around.schedule.to_string(),
                batch_size: match training.batch {
                    Batch::Full => self.train.len(),
                    Batch::Rows(size) => size.min(self.train.len()),
                } as u64,
                rows: self.train.len() as u64,
                epochs: trained.epochs,
                steps: trained.steps,
                seed,
                l1: training.l1,
                l2: training.l2,
            },
        }
    }
}
