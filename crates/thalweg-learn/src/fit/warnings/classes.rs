//! Warnings about classes: rare ones, and those that a plane separates.

use thalweg::method::Lbfgs;

use super::{FitEvidence, MAX_CELLS};
use crate::data::Rows;
use crate::fit::fit_warning::FitWarning;
use crate::interrupt::Interrupt;
use crate::metrics::{Metrics, argmax};
use crate::model::{Architecture, Loss};
use crate::train::{
    BatchSize, Callbacks, LocalSteps, TrainingBudget, TrainingConfig, TrainingData, TrainingStart, train_any_from,
};

/// Share of the rarest class below which the classes are unbalanced, relative to equal shares.
const MIN_RELATIVE_SHARE: f64 = 0.1;

/// Number of rows from which the shares of the classes are known.
const MIN_ROWS: usize = 50;

/// Warns of classes of which one is rare, unless they have weights.
pub(super) fn check_balance(evidence: FitEvidence<'_>, _: Interrupt<'_>) -> Vec<FitWarning> {
    let data = evidence.data;
    let (Some(labels), false) = (data.schema.target.labels(), data.balanced) else { return Vec::new() };
    let sample = evidence.sample(usize::MAX);
    let mut counts = vec![0; labels.len()];
    for &row in &sample {
        counts[data.train.sample().target[row] as usize] += 1;
    }
    let present = || labels.iter().zip(&counts).filter(|(_, count)| **count > 0);
    let (Some((label, &count)), Some(&most)) = (present().min_by_key(|(_, count)| **count), counts.iter().max()) else {
        return Vec::new();
    };
    let (rows, classes) = (sample.len(), present().count());
    let share = |count: usize| count as f64 / rows as f64;
    if rows < MIN_ROWS || classes < 2 || share(count) * classes as f64 >= MIN_RELATIVE_SHARE {
        return Vec::new();
    }
    vec![FitWarning::UnbalancedClasses { label: label.clone(), count, rows, largest_share: share(most), classes }]
}

/// Accuracy on the training rows from which a plane is looked for that separates them.
const MIN_ACCURACY: f64 = 0.9;

/// Number of rows for each parameter from which such a plane is looked for: with fewer, a strong signal alone often
/// separates the rows of a sample (Candès and Sur, 2020), and the penalty does what it is for.
const MIN_ROWS_PER_PARAMETER: usize = 20;

/// Most evaluations of the search for such a plane.
const MAX_EVALUATIONS: u64 = 300;

/// Warns of training rows that a linear model of fewer parameters than rows classifies correctly: the fitted one, or
/// one without a penalty.
pub(super) fn check_separation(evidence: FitEvidence<'_>, interrupt: Interrupt<'_>) -> Vec<FitWarning> {
    let FitEvidence { data, report, .. } = evidence;
    let (Metrics::Binary { accuracy, loss, .. } | Metrics::Multiclass { accuracy, loss, .. }) = report.train else {
        return Vec::new();
    };
    let (rows, parameters) = (data.train.sample().len(), report.parameters);
    let is_linear = data.architecture == Architecture::Linear && parameters < rows && report.metrics_rows.is_none();
    let is_likely = || accuracy >= MIN_ACCURACY && rows / parameters.max(1) >= MIN_ROWS_PER_PARAMETER;
    if !is_linear || (accuracy < 1.0 && !(is_likely() && has_separating_plane(evidence, interrupt))) {
        return Vec::new();
    }
    vec![FitWarning::PerfectSeparation { rows, parameters, loss, l1: report.l1, l2: report.l2 }]
}

/// Looks for a plane that separates all training rows, if they are not too many: one that is found proves that there is
/// one. Without a penalty, the minimum of the logistic loss is at infinity in the direction of such a plane.
fn has_separating_plane(evidence: FitEvidence<'_>, interrupt: Interrupt<'_>) -> bool {
    let FitEvidence { data, config, parameters, .. } = evidence;
    let rows = data.train.sample();
    let loss = match data.loss {
        Loss::Hinge => Loss::Logistic,
        other => other,
    };
    if !evidence.is_in_memory() || rows.len().saturating_mul(rows.numbers_in_a_row()) > MAX_CELLS {
        return false;
    }
    let model = data.model();
    let nothing = Rows::default();
    let training = TrainingConfig {
        spec: Lbfgs::default().into(),
        batch_size: BatchSize::Full,
        local_steps: LocalSteps::default(),
        epochs: MAX_EVALUATIONS,
        schedule_epochs: None,
        budget: TrainingBudget::default(),
        patience: 0,
        l1: 0.0,
        l2: 0.0,
        ..config.clone()
    };
    let training_data = TrainingData { train: &data.train, validation: &nothing, loss };
    let start = TrainingStart::Parameters(parameters.to_vec());
    let callbacks = Callbacks::new().interrupt(interrupt);
    let Ok((trained, _)) = train_any_from(&model, &training_data, &training, start, callbacks) else { return false };
    let outputs = data.schema.target.outputs();
    let is_correct = |(row, scores): (usize, &[f64])| {
        let class = if outputs == 1 { usize::from(scores[0] > 0.0) } else { argmax(scores) };
        rows.weight(row) <= 0.0 || class == rows.target[row] as usize
    };
    model.scores(rows, &trained.parameters).chunks(outputs).enumerate().all(is_correct)
}
