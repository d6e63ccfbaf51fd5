//! Verdict on a fit: whether its model replaces an existing one, the exit code and the message.

use std::path::Path;

use thalweg::OptimizerSpec;
use thalweg_learn::FitReport;
use thalweg_learn::model::Init;
use thalweg_learn::train::{Rollback, TrainingStopReason};

use crate::exit;
use crate::report::escape::escape_controls;
use crate::report::format::{format_exact, pluralize};
use crate::report::training::optimality;

/// Advice for steps that are too large.
const SMALLER_STEPS: &str = "Try a smaller learning rate (--lr auto chooses one)";

/// More advice for steps that are too large.
const OTHER_STEPS: &str = "a warm-up (--schedule warmup:steps=100), or\ngradient clipping (--clip-norm 1).";

/// Verdict on a fit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FitVerdict<'a> {
    report: &'a FitReport,
    path: &'a Path,
    init: Init,
    /// If false, the file at `path` is left as it is: it is not replaced by the initial weights, nor by a model that is
    /// no better than a constant.
    pub(crate) is_written: bool,
}

impl<'a> FitVerdict<'a> {
    pub(crate) fn new(report: &'a FitReport, path: &'a Path, init: Init) -> Self {
        let has_learned = has_weights(report) && is_better_than_constant(report);
        // Devices are written to in any case.
        Self { report, path, init, is_written: has_learned || !path.is_file() }
    }

    /// Returns the exit code and the lines that explain the verdict; `interrupted` is the code of the signal.
    pub(crate) fn explanation(&self, quiet: bool, interrupted: u8) -> (u8, Vec<String>) {
        let Self { report, is_written, .. } = *self;
        let mut lines = Vec::new();
        if let ([.., last], false) = (report.rollbacks.as_slice(), quiet) {
            let Rollback { epoch, steps, to_epoch, lr } = last;
            let times = report.rollbacks.len();
            let times = if times == 1 { String::new() } else { format!(" ({times} times in all)") };
            lines.push(format!(
                "note: the loss or its gradient became infinite or NaN in epoch {epoch}, after {}; the training went \
                 back to epoch {to_epoch} and on with --lr {}{times}. --on-diverge stop ends instead.",
                pluralize(*steps, "step"),
                format_exact(*lr)
            ));
        }
        let (best_epoch, kept) = (report.best_epoch, self.kept());
        let (code, text) = match report.stopped {
            TrainingStopReason::Diverged => (exit::DIVERGED, self.divergence(&kept)),
            TrainingStopReason::Interrupted if is_written => (interrupted, String::new()),
            TrainingStopReason::Interrupted if best_epoch == 0 => {
                let path = self.shown_path();
                let when = "before the first epoch was complete";
                (interrupted, format!("note: interrupted {when}; {path} was left unchanged"))
            }
            TrainingStopReason::Interrupted => (interrupted, format!("note: interrupted; {kept}")),
            _ if !has_weights(report) => (
                exit::DIVERGED,
                match report.stopped {
                    TrainingStopReason::MaxTime => {
                        format!("error: nothing was learned within the time: {kept}.\nTry a longer --max-time.")
                    }
                    _ => format!("error: nothing was learned: {kept}.\n{SMALLER_STEPS}, or another method (--method)."),
                },
            ),
            _ if !is_written => (
                exit::DIVERGED,
                format!(
                    "error: nothing was learned: {kept}.\n\
                     {}, or other features; -o with another name keeps this model.",
                    advice(report)
                ),
            ),
            _ if !quiet && !is_better_than_constant(report) => {
                (0, format!("note: on the {}, {NOT_BETTER}. {}, or other features.", rows(report), advice(report)))
            }
            TrainingStopReason::Epochs if !quiet => (0, more_epochs(report)),
            _ => (0, String::new()),
        };
        lines.extend((!text.is_empty()).then_some(text));
        (code, lines)
    }

    /// Says what became of the loss, the likely cause, and what helps.
    fn divergence(&self, kept: &str) -> String {
        let Self { report, init, .. } = *self;
        let is_solver = report.method.parse::<OptimizerSpec>().is_ok_and(|spec| spec.method.is_solver());
        if report.steps == 0 && !is_solver {
            let cause = match init {
                Init::Normal(deviation) => format!(
                    "The initial weights are the likely cause: try smaller ones than --init normal:{}.",
                    format_exact(deviation)
                ),
                Init::Zero => "The data are the likely cause: look for values that are very large.".to_owned(),
            };
            return format!(
                "error: training diverged: the loss or its gradient is infinite or NaN before the first step; {kept}.\n\
                 {cause}"
            );
        }
        let steps = pluralize(report.steps, "step");
        let advice = match report.rollbacks.last() {
            _ if is_solver => "Try a larger penalty (--l2), or a method of steps (--method adam).".to_owned(),
            Some(Rollback { lr, .. }) if *lr <= 1.0 => {
                format!("Try a learning rate below {} (--lr auto chooses one), {OTHER_STEPS}", format_exact(*lr))
            }
            _ => format!("{SMALLER_STEPS}, {OTHER_STEPS}"),
        };
        format!(
            "error: training diverged: the loss or its gradient became infinite or NaN after {steps}; {kept}.\n{advice}"
        )
    }

    fn shown_path(&self) -> String {
        escape_controls(&self.path.display().to_string()).into_owned()
    }

    /// Says which weights are kept, and where.
    fn kept(&self) -> String {
        let Self { report, is_written, .. } = *self;
        let path = self.shown_path();
        match (report.best_epoch, is_written) {
            (0, false) if has_weights(report) => {
                format!("on the {}, {NOT_BETTER}, so {path} was left unchanged", rows(report))
            }
            (0, true) => "no epoch improved on the initial weights, which the model contains".to_string(),
            (0, false) => format!("no epoch improved on the initial weights, so {path} was left unchanged"),
            (epoch, true) => format!("the model contains the weights of epoch {epoch}, the best before"),
            (_, false) => format!("on the {}, {NOT_BETTER}, so {path} was left unchanged", rows(report)),
        }
    }
}

/// Relative decrease of the loss over the last quarter of the epochs from which more epochs are advised.
const LARGE_LATE_DECREASE: f64 = 3e-3;

/// Advises more epochs where the loss was still falling at the end; otherwise empty.
fn more_epochs(report: &FitReport) -> String {
    let twice = 2 * report.epochs;
    match optimality(report.gradient_norm, report.duality_gap) {
        Some(optimality) => format!(
            "note: the optimum was not reached in {} evaluations: {optimality}. More (-e {twice}) go on.",
            report.epochs
        ),
        None if report.late_decrease >= LARGE_LATE_DECREASE => format!(
            "note: the loss was still falling at the end, by {:.1} % over the last quarter of the epochs; more epochs \
             (-e {twice}) may lower it.",
            100.0 * report.late_decrease
        ),
        None => String::new(),
    }
}

const NOT_BETTER: &str = "the model is no better than the same prediction for all rows";

/// Returns `true` if the model has other weights than the initial ones, or if these are the optimum.
fn has_weights(report: &FitReport) -> bool {
    report.best_epoch > 0 || report.stopped == TrainingStopReason::Converged
}

/// Advice for a model that is no better than a constant.
fn advice(report: &FitReport) -> &'static str {
    if report.gradient_norm.or(report.duality_gap).is_some() {
        "Try a smaller penalty (--l1, --l2)"
    } else {
        SMALLER_STEPS
    }
}

/// Rows on which the model is judged.
fn rows(report: &FitReport) -> &'static str {
    if report.validation.is_some() { "validation rows" } else { "training rows" }
}

/// Returns `false` if the best constant prediction has no larger loss than the model, or if the loss of the model is
/// not finite; `true` where that is not known.
fn is_better_than_constant(report: &FitReport) -> bool {
    let baseline = report.baseline.validation.as_ref().unwrap_or(&report.baseline.train).loss();
    let loss = report.validation.as_ref().unwrap_or(&report.train).loss();
    loss.is_finite() && (!baseline.is_finite() || loss < baseline)
}
