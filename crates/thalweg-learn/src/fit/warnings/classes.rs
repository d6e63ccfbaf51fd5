//! Warnings about classes: rare ones, and those that a plane separates.

use super::FitEvidence;
use crate::fit::fit_warning::FitWarning;
use crate::interrupt::Interrupt;
use crate::metrics::Metrics;
use crate::model::Architecture;

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

/// Warns of a linear model of fewer parameters than rows that classifies all training rows correctly.
pub(super) fn check_separation(evidence: FitEvidence<'_>, _: Interrupt<'_>) -> Vec<FitWarning> {
    let FitEvidence { data, report, .. } = evidence;
    let (Metrics::Binary { accuracy, loss, .. } | Metrics::Multiclass { accuracy, loss, .. }) = report.train else {
        return Vec::new();
    };
    let (rows, parameters) = (data.train.sample().len(), report.parameters);
    let is_separated = accuracy >= 1.0 && report.metrics_rows.is_none();
    if !is_separated || data.architecture != Architecture::Linear || parameters >= rows {
        return Vec::new();
    }
    vec![FitWarning::PerfectSeparation { rows, parameters, loss, l2: report.l2 }]
}
