//! A table of data.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

use thalweg::OptimizerSpec;
use thalweg_learn::train::{BatchSize, TrainingConfig, TrainingStopReason};
use thalweg_learn::{PreparedData, Result};

use super::{Benchmark, EndReason, RunResult};
use crate::curve::CurveRecorder;

/// A table of data, and the batches of each seed.
#[derive(Debug)]
pub struct DataBenchmark {
    /// The file.
    pub name: String,
    /// Its rows.
    pub data: PreparedData,
    /// How to train; the method and the seed are those of the run, and no run ends early.
    pub training: TrainingConfig,
}

impl DataBenchmark {
    /// Steps in an epoch, and batches in it.
    fn per_epoch(&self) -> u64 {
        let rows = self.data.train.len();
        match self.training.batch {
            BatchSize::Full => 1,
            BatchSize::Rows(size) => rows.div_ceil(size.clamp(1, rows.max(1))) as u64,
        }
    }
}

impl Benchmark for DataBenchmark {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn budget(&self) -> String {
        let (epochs, batches) = (self.training.epochs, self.per_epoch());
        let s = |n: u64| if n == 1 { "" } else { "s" };
        format!("{epochs} epoch{} of {batches} step{}", s(epochs), s(batches))
    }

    fn metric(&self) -> &'static str {
        if self.data.validation.is_empty() { "training loss" } else { "validation loss" }
    }

    fn reference(&self) -> Option<(f64, String)> {
        None
    }

    fn steps(&self) -> u64 {
        self.per_epoch() * self.training.epochs
    }

    fn run(&self, spec: &OptimizerSpec, seed: u64, interrupt: &AtomicBool) -> Result<RunResult> {
        let training = TrainingConfig { spec: spec.clone(), seed, patience: 0, ..self.training.clone() };
        let (batches, accumulate, unit) = (self.per_epoch(), spec.options.accumulate.max(1), self.data.report_scale());
        let mut recorder = CurveRecorder::new();
        recorder.take(0, 0, self.data.watched_at_start(&training));
        let trained = self.data.train(&training, interrupt, &mut |epoch| {
            let value = epoch.validation.unwrap_or(epoch.train_loss) * unit;
            let evaluations = epoch.epoch * batches;
            recorder.take(evaluations / accumulate, evaluations, value);
            ControlFlow::Continue(())
        })?;
        let end_reason = match trained.stopped {
            TrainingStopReason::Diverged => EndReason::Diverged,
            TrainingStopReason::Interrupted => EndReason::Interrupted,
            TrainingStopReason::Epochs | TrainingStopReason::EarlyStopping => EndReason::BudgetSpent,
        };
        let (curve, seconds) = recorder.end();
        Ok(RunResult { curve, steps: trained.steps, seconds, end_reason })
    }
}
