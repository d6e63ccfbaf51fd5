//! Benchmark of training on a table of data.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

use thalweg::{OptimizerSpec, Seed};
use thalweg_learn::train::{BatchSize, LocalSteps, TrainingConfig, TrainingStopReason};
use thalweg_learn::{Callbacks, PreparedData};

use super::{Benchmark, EndReason, Reference, RunResult};
use crate::curve::CurveRecorder;
use crate::error::Result;

/// Training and validation rows, with the batches of each seed.
#[derive(Debug)]
pub struct DataBenchmark {
    /// Name of the data shown in the report.
    pub name: String,
    /// Training and validation rows.
    pub data: PreparedData,
    /// Training configuration; method and seed are replaced by those of the run, and early stopping is off.
    pub training: TrainingConfig,
    /// Settings of the training by their names, with checksums of the rows.
    pub settings: BTreeMap<String, String>,
}

impl DataBenchmark {
    /// Returns the number of batches in an epoch.
    fn batches_per_epoch(&self) -> u64 {
        self.training.batch_size.batches(self.data.train.len())
    }
}

impl Benchmark for DataBenchmark {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn data_settings(&self) -> BTreeMap<String, String> {
        self.settings.clone()
    }

    fn budget(&self) -> String {
        let (epochs, batches) = (self.training.epochs, self.batches_per_epoch());
        let plural_s = |n: u64| if n == 1 { "" } else { "s" };
        format!("{epochs} epoch{} of {batches} step{}", plural_s(epochs), plural_s(batches))
    }

    fn metric(&self) -> &'static str {
        if self.data.validation.is_empty() { "training loss" } else { "validation loss" }
    }

    fn reference(&self) -> Option<Reference> {
        None
    }

    fn steps(&self) -> u64 {
        self.batches_per_epoch() * self.training.epochs
    }

    fn run(&self, spec: &OptimizerSpec, seed: u64, interrupt: &AtomicBool) -> Result<RunResult> {
        // A solver evaluates all rows at once: an epoch is one evaluation.
        let (batch_size, local_steps) = if spec.method.is_solver() {
            (BatchSize::Full, LocalSteps::default())
        } else {
            (self.training.batch_size, self.training.local_steps)
        };
        let (spec, seed) = (spec.clone(), Seed::new(seed));
        let training = TrainingConfig { spec, seed, patience: 0, batch_size, local_steps, ..self.training.clone() };
        let batches = self.batches_per_epoch();
        let (accumulate, scale) = (training.spec.options.accumulate.max(1), self.data.report_scale());
        let mut recorder = CurveRecorder::new();
        recorder.record(0, 0, self.data.initial_loss(&training));
        let callbacks = Callbacks::new().interrupt(interrupt).on_epoch(|epoch, _| {
            let value = epoch.validation.unwrap_or(epoch.train_loss) * scale;
            let evaluations = epoch.epoch * batches;
            recorder.record(evaluations / accumulate, evaluations, value);
            ControlFlow::Continue(())
        });
        let trained = self.data.train(&training, callbacks)?;
        let end_reason = match trained.stopped {
            TrainingStopReason::Diverged => EndReason::Diverged,
            TrainingStopReason::Interrupted => EndReason::Interrupted,
            TrainingStopReason::Converged | TrainingStopReason::Stalled => EndReason::Converged,
            TrainingStopReason::Epochs
            | TrainingStopReason::MaxTime
            | TrainingStopReason::MaxSteps
            | TrainingStopReason::MaxSamples
            | TrainingStopReason::Until
            | TrainingStopReason::EarlyStopping => EndReason::BudgetSpent,
        };
        let (curve, seconds) = recorder.finish();
        Ok(RunResult { curve, steps: trained.steps, seconds, end_reason })
    }
}
