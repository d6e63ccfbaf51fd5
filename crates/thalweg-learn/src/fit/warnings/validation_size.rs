//! Warning about validation rows that are too few to show a difference.

use super::FitEvidence;
use crate::fit::fit_warning::FitWarning;
use crate::interrupt::Interrupt;
use crate::model::row_losses;

/// Number of validation rows above which they are many.
const MANY_ROWS: usize = 5_000;

/// Number of standard errors below which a difference may be due to chance.
const STANDARD_ERRORS: f64 = 2.0;

/// Warns of a model that is better than the best constant prediction, but by less than two standard errors of the
/// difference over the validation rows.
pub(super) fn check(evidence: FitEvidence<'_>, interrupt: Interrupt<'_>) -> Vec<FitWarning> {
    measure(evidence, interrupt).into_iter().collect()
}

fn measure(evidence: FitEvidence<'_>, interrupt: Interrupt<'_>) -> Option<FitWarning> {
    let data = evidence.data;
    let (rows, loss) = (&data.validation, data.loss());
    let count = rows.len();
    // The initial weights predict a constant.
    if evidence.report.best_epoch == 0 || !(2..=MANY_ROWS).contains(&count) {
        return None;
    }
    let scores = data.model().scores(rows, evidence.parameters);
    let constant = data.best_constant(interrupt).ok()?.repeat(count);
    let of_model = row_losses(rows, &scores, loss, interrupt).ok()?;
    let of_constant = row_losses(rows, &constant, loss, interrupt).ok()?;
    let n = count as f64;
    let differences: Vec<f64> = of_constant.iter().zip(&of_model).map(|(constant, model)| constant - model).collect();
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / (n - 1.0);
    let standard_error = (variance / n).sqrt();
    let is_lost = mean > 0.0 && mean < STANDARD_ERRORS * standard_error && standard_error.is_finite();
    let scale = data.report_scale();
    is_lost.then(|| FitWarning::SmallValidation {
        rows: count,
        difference: mean * scale,
        standard_error: standard_error * scale,
        rows_needed: (n * (STANDARD_ERRORS * standard_error / mean).powi(2)).ceil(),
    })
}
