//! The report of `thalweg minimize` as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};
use thalweg::StopReason;
use thalweg_problems::{CriticalPointKind, LocalMinimum, MultistartSummary, ProblemInstance};

use super::final_point::FinalPoint;
use super::minima;
use super::runner::RunOutcome;
use super::stop_cause::StopCause;
use crate::report::escape::display_name;
use crate::report::format::{format_precise, format_significant, pluralize};

/// Number of variables in the text report.
const MAX_SHOWN_VARIABLES: usize = 20;
/// Number of eigenvalues, and of components of a direction, in the text report.
const MAX_SHOWN_EIGENVALUES: usize = 6;

/// Result of a run with everything that is reported about it.
pub(crate) struct MinimizeReport<'a> {
    pub(crate) instance: &'a ProblemInstance,
    pub(crate) method: String,
    pub(crate) end: FinalPoint,
    pub(crate) outcome: &'a RunOutcome,
    /// Summary of the runs of `--starts`, of which `outcome` is the best.
    pub(crate) starts: Option<&'a MultistartSummary>,
    pub(crate) maximize: bool,
}

impl MinimizeReport<'_> {
    pub(crate) fn json(&self) -> Value {
        let outcome = self.outcome;
        let point = self.end.critical_point.as_ref().map(|point| {
            json!({
                "kind": point.kind,
                "eigenvalues": point.eigenvalues,
                "escapes": point.negative_curvature_directions,
            })
        });
        let mut object = json!({
            "formula": self.instance.formula.text(),
            "variables": self.instance.formula.variables(),
            "method": self.method,
            "x": outcome.x,
            "value": self.end.value,
            "gradient_norm": self.end.gradient_norm,
            "steps": outcome.steps,
            "evaluations": outcome.evaluations,
            "stopped": outcome.stopped.json(),
            "point": point,
            "best": { "x": outcome.best.x, "value": outcome.best.value, "step": outcome.best.step },
        });
        if let Some(perturbations) = outcome.perturbations {
            object["pushes"] = json!(perturbations);
        }
        if let Some(starts) = self.starts {
            let minimum = |m: &LocalMinimum| json!({ "x": m.x, "value": m.value, "kind": m.kind, "runs": m.runs });
            object["minima"] = starts.minima.iter().map(minimum).collect();
            object["starts"] = json!({
                "runs": starts.runs,
                "unfinished": starts.unfinished,
                "interrupted": starts.interrupted,
                "saddles": starts.saddles,
                "diverged": starts.diverged,
            });
        }
        object
    }

    pub(crate) fn text(&self) -> String {
        let rows = self.rows();
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(10);
        let mut out: String = rows.iter().map(|(name, text)| format!("{name:<width$}  {text}\n")).collect();
        if let Some(starts) = self.starts {
            out += &minima::text(starts, self.maximize);
        }
        out
    }

    /// Returns the rows of the report, each with its name and its value.
    pub(crate) fn rows(&self) -> Vec<(String, String)> {
        let (outcome, variables) = (self.outcome, self.instance.formula.variables());
        let coordinates = variables.iter().zip(&outcome.x).take(MAX_SHOWN_VARIABLES);
        let mut rows: Vec<_> = coordinates.map(|(name, x)| (display_name(name), format_precise(*x))).collect();
        let mut push = |name: &str, text: String| rows.push((name.to_owned(), text));
        if outcome.x.len() > MAX_SHOWN_VARIABLES {
            push("", format!("and {} more (--format json)", outcome.x.len() - MAX_SHOWN_VARIABLES));
        }
        push("f", format_precise(self.end.value));
        push("gradient", format!("{} (norm)", format_significant(self.end.gradient_norm)));
        push("point", self.point_text());
        let counts = format!("{}, {}", pluralize(outcome.steps, "step"), pluralize(outcome.evaluations, "evaluation"));
        push("stopped", format!("{} ({counts})", outcome.stopped.text()));
        if let Some(perturbations) = outcome.perturbations {
            push("perturbed", pluralize(perturbations, "time"));
        }
        push("method", self.method.clone());
        let value = self.end.value;
        let is_better = if self.maximize { outcome.best.value > value } else { outcome.best.value < value };
        if is_better || !value.is_finite() {
            let x: Vec<_> = outcome.best.x.iter().take(MAX_SHOWN_VARIABLES).map(|x| format_precise(*x)).collect();
            let (best, step) = (format_precise(outcome.best.value), outcome.best.step);
            push("best", format!("{best} at ({}), step {step}", x.join(", ")));
        }
        rows
    }

    /// Summarizes the result in a sentence without its full stop.
    pub(crate) fn sentence(&self) -> String {
        let kind = match self.end.critical_point.as_ref().map(|point| point.kind) {
            Some(CriticalPointKind::Minimum) => "a strict minimum",
            Some(CriticalPointKind::Maximum) => "a strict maximum",
            Some(CriticalPointKind::Saddle) => "a saddle",
            Some(CriticalPointKind::Degenerate) => "a degenerate critical point",
            Some(CriticalPointKind::NotCritical) => "not a critical point yet",
            Some(_) => "a point where f or a derivative is not finite",
            None => "a point not classified (too many variables)",
        };
        let (value, steps) = (format_significant(self.end.value), pluralize(self.outcome.steps, "step"));
        format!("{kind}, f = {value}, after {steps} ({})", self.outcome.stopped.text())
    }

    fn point_text(&self) -> String {
        let Some(point) = &self.end.critical_point else { return "not classified: too many variables".into() };
        let has_small_gradient = self.outcome.stopped == StopCause::Criterion(StopReason::GradientTolerance);
        let kind = match point.kind {
            CriticalPointKind::Minimum => "strict minimum",
            CriticalPointKind::Maximum => "strict maximum",
            CriticalPointKind::Saddle => "saddle",
            CriticalPointKind::Degenerate => "degenerate: the second derivatives do not determine its kind",
            CriticalPointKind::NotCritical if has_small_gradient => {
                "undetermined: the gradient is small, but so are the second derivatives"
            }
            CriticalPointKind::NotCritical => "not a critical point yet: the gradient does not vanish",
            _ => return "undefined: the gradient or the Hessian is not finite".into(),
        };
        let eigenvalues = format_shortened(&point.eigenvalues);
        let mut text = format!("{kind}; eigenvalues {eigenvalues}");
        if let (CriticalPointKind::Saddle, Some(direction)) = (point.kind, point.negative_curvature_directions.first())
        {
            let components = direction.iter().take(MAX_SHOWN_EIGENVALUES);
            let components: Vec<_> = components.map(|v| format_significant(*v)).collect();
            let _ = write!(text, "; steepest descent along ±({})", components.join(", "));
        }
        text
    }
}

/// Joins the first few numbers by commas.
pub(super) fn format_shortened(values: &[f64]) -> String {
    let shown: Vec<_> = values.iter().take(MAX_SHOWN_EIGENVALUES).map(|v| format_significant(*v)).collect();
    shown.join(", ") + if values.len() > MAX_SHOWN_EIGENVALUES { ", …" } else { "" }
}
