//! Warning about columns that give the target away.

use super::{FitEvidence, MAX_CELLS};
use crate::data::{Encoding, Feature, Rows};
use crate::fit::fit_warning::{FitWarning, RevealingMeasure};
use crate::interrupt::Interrupt;
use crate::metrics::Ranking;

/// Value of the measure from which a column gives the target away, and where its name contains that of the target.
const MIN_VALUE: f64 = 0.999;
const MIN_VALUE_OF_SAME_NAME: f64 = 0.98;

/// Number of rows from which a perfect prediction by one column is no coincidence, and of each of two classes.
const MIN_ROWS: usize = 100;
const MIN_ROWS_OF_CLASS: usize = 10;

/// Number of rows for each level on average.
const MIN_ROWS_PER_LEVEL: usize = 20;

/// Number of rows of a first look, and the area under the ROC curve in it below which that of all rows is below
/// [`MIN_VALUE_OF_SAME_NAME`]: with ten rows of a class, the difference is three standard errors.
const ROWS_OF_FIRST_LOOK: usize = 4096;
const MIN_VALUE_OF_FIRST_LOOK: f64 = 0.85;

/// Largest number of columns that are named.
const MAX_WARNINGS: usize = 5;

/// Warns of columns by each of which alone the target is predicted almost perfectly.
pub(super) fn check(evidence: FitEvidence<'_>, interrupt: Interrupt<'_>) -> Vec<FitWarning> {
    let data = evidence.data;
    let rows = data.train.sample();
    let columns = (rows.width() + rows.code_width).clamp(1, MAX_CELLS / MIN_ROWS);
    let sample = evidence.sample(MAX_CELLS / columns);
    let target: Vec<f64> = sample.iter().map(|&row| rows.target[row]).collect();
    let classes = data.schema.target.labels().map_or(0, |labels| labels.len());
    if sample.len() < MIN_ROWS || (classes == 2 && !has_both_classes(&target)) {
        return Vec::new();
    }
    let target_name = data.schema.target.name();
    let mut warnings = Vec::new();
    let mut add = |name: &dyn Fn() -> String, (measure, value): (RevealingMeasure, f64)| {
        if value < MIN_VALUE_OF_SAME_NAME || warnings.len() == MAX_WARNINGS {
            return;
        }
        let column = name();
        if value >= MIN_VALUE || contains_name(&column, target_name) {
            warnings.push(FitWarning::RevealingColumn { column, measure, value, rows: sample.len() });
        }
    };
    let names = data.schema.lazy_coefficient_names();
    for column in 0..rows.width().min(columns) {
        if interrupt.is_requested() {
            return Vec::new();
        }
        let values: Vec<f64> = sample.iter().map(|&row| f64::from(rows.numbers.row(row)[column])).collect();
        let value = match classes {
            0 => (RevealingMeasure::R2, squared_correlation(&values, &target)),
            2 if !may_reveal(&values, &target, interrupt) => continue,
            2 => (RevealingMeasure::Auc, either_auc(&values, &target, interrupt)),
            _ => (RevealingMeasure::R2, explained(&values, &target, classes)),
        };
        add(&|| names.name(column), value);
    }
    let is_category = |feature: &&Feature| matches!(feature.encoding, Encoding::Category { .. });
    let categories = data.schema.features.iter().filter(is_category);
    for (column, feature) in categories.enumerate().take(columns.saturating_sub(rows.width())) {
        add(
            &|| feature.name.clone(),
            (RevealingMeasure::R2, explained_by_levels(rows, column, &sample, &target, classes)),
        );
    }
    warnings
}

fn has_both_classes(target: &[f64]) -> bool {
    let ones = target.iter().filter(|&&class| class > 0.5).count();
    ones.min(target.len() - ones) >= MIN_ROWS_OF_CLASS
}

/// Returns `true` if one of the words of a column's name is the name of the target.
fn contains_name(column: &str, target: &str) -> bool {
    column.split(|c: char| !c.is_alphanumeric()).any(|word| word.eq_ignore_ascii_case(target))
}

/// Returns `false` for numbers whose area under the ROC curve is far from 0 and 1 by some of the rows, which are sorted
/// much faster than all.
fn may_reveal(values: &[f64], target: &[f64], interrupt: Interrupt<'_>) -> bool {
    let step = (values.len() / ROWS_OF_FIRST_LOOK).max(1);
    let some = |of: &[f64]| of.iter().copied().step_by(step).collect::<Vec<f64>>();
    let (values, target) = (some(values), some(target));
    !has_both_classes(&target) || either_auc(&values, &target, interrupt) >= MIN_VALUE_OF_FIRST_LOOK
}

/// Returns the area under the ROC curve of numbers or of their negatives.
fn either_auc(values: &[f64], target: &[f64], interrupt: Interrupt<'_>) -> f64 {
    let area =
        Ranking::new(values, target, interrupt).and_then(|ranking| ranking.auc(|_| 1.0, interrupt)).unwrap_or(0.5);
    area.max(1.0 - area)
}

fn squared_correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let product = |x: &[f64], mean_x: f64, y: &[f64], mean_y: f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum()
    };
    let (aa, bb, ab) = (product(a, mean_a, a, mean_a), product(b, mean_b, b, mean_b), product(a, mean_a, b, mean_b));
    ab * ab / (aa * bb)
}

/// Returns the fraction of the variance of numbers that is between groups, adjusted for the number of groups in use.
fn explained(values: &[f64], group: &[f64], groups: usize) -> f64 {
    let mut sums = vec![(0.0, 0.0); groups];
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let mut total = 0.0;
    for (x, group) in values.iter().zip(group) {
        let (count, sum) = &mut sums[*group as usize];
        *count += 1.0;
        *sum += x - mean;
        total += (x - mean) * (x - mean);
    }
    let used = sums.iter().filter(|(count, _)| *count > 0.0).count() as f64;
    let between: f64 = sums.iter().filter(|(count, _)| *count > 0.0).map(|(count, sum)| sum * sum / count).sum();
    1.0 - (1.0 - between / total) * (n - 1.0) / (n - used).max(1.0)
}

/// Returns the fraction of the variance of the target, or of the indicators of its classes together, that is between
/// the levels of a category; 0 if there are few rows of each level.
fn explained_by_levels(rows: &Rows, column: usize, sample: &[usize], target: &[f64], classes: usize) -> f64 {
    let mut levels: Vec<u32> = sample.iter().map(|&row| rows.codes[row * rows.code_width + column]).collect();
    let level_of_row = levels.clone();
    levels.sort_unstable();
    levels.dedup();
    if levels.len() < 2 || levels.len() * MIN_ROWS_PER_LEVEL > sample.len() {
        return 0.0;
    }
    let group: Vec<f64> =
        level_of_row.iter().map(|level| levels.binary_search(level).unwrap_or_default() as f64).collect();
    if classes == 0 {
        return explained(target, &group, levels.len());
    }
    // The share of the variance of all indicators, each weighted by its own variance.
    let n = target.len() as f64;
    let (mut between, mut total) = (0.0, 0.0);
    for class in 0..classes {
        let indicator: Vec<f64> = target.iter().map(|&of| f64::from(u8::from(of as usize == class))).collect();
        let share = indicator.iter().sum::<f64>() / n;
        let variance = share * (1.0 - share);
        if variance > 0.0 {
            between += variance * explained(&indicator, &group, levels.len());
            total += variance;
        }
    }
    between / total
}
