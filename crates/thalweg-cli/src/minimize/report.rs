//! What was found, as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};
use thalweg::{CriticalPoint, CriticalPointKind, ProblemInstance, StopReason};

use super::minima;
use super::multistart::{Minimum, MultistartResult};
use super::single_run::{RunEnd, RunOutcome};
use crate::report::format::{format_precise, format_significant, pluralize};

/// Variables shown.
pub(super) const SHOWN: usize = 20;
/// Eigenvalues shown.
pub(super) const SHOWN_EIGENVALUES: usize = 6;

/// All that is said about a run.
pub(crate) struct MinimizeReport<'a> {
    pub(crate) instance: &'a ProblemInstance,
    pub(crate) method: String,
    pub(crate) value: f64,
    pub(crate) gradient_norm: f64,
    /// None where there are too many variables.
    pub(crate) point: Option<CriticalPoint>,
    pub(crate) outcome: &'a RunOutcome,
    /// The runs of `--starts`, of which `outcome` is the best.
    pub(crate) starts: Option<&'a MultistartResult>,
    pub(crate) maximize: bool,
}

impl MinimizeReport<'_> {
    pub(crate) fn json(&self) -> Value {
        let outcome = self.outcome;
        let stopped = match outcome.stopped {
            RunEnd::Criterion(why) => json!(why),
            RunEnd::Condition => json!("condition"),
            RunEnd::Interrupted => json!("interrupted"),
        };
        let point = self
            .point
            .as_ref()
            .map(|point| json!({ "kind": point.kind, "eigenvalues": point.eigenvalues, "escapes": point.negative_curvature_directions }));
        let mut object = json!({
            "formula": self.instance.formula.text(),
            "variables": self.instance.formula.variables(),
            "method": self.method,
            "x": outcome.x,
            "value": self.value,
            "gradient_norm": self.gradient_norm,
            "steps": outcome.steps,
            "evaluations": outcome.evaluations,
            "stopped": stopped,
            "point": point,
            "best": { "x": outcome.best.x, "value": outcome.best.value, "step": outcome.best.step },
        });
        if let Some(pushes) = outcome.pushes {
            object["pushes"] = json!(pushes);
        }
        if let Some(starts) = self.starts {
            let minimum = |m: &Minimum| json!({ "x": m.x, "value": m.value, "kind": m.kind, "runs": m.runs });
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
        let lines = self.lines();
        let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(10);
        let mut out: String = lines.iter().map(|(name, text)| format!("{name:<width$}  {text}\n")).collect();
        if let Some(starts) = self.starts {
            out += &minima::text(starts, self.maximize);
        }
        out
    }

    /// The result, a line each: what it is, and it.
    pub(crate) fn lines(&self) -> Vec<(String, String)> {
        let (outcome, variables) = (self.outcome, self.instance.formula.variables());
        let pairs = variables.iter().zip(&outcome.x).take(SHOWN);
        let mut lines: Vec<_> = pairs.map(|(name, x)| (name.clone(), format_precise(*x))).collect();
        let mut line = |name: &str, text: String| lines.push((name.to_owned(), text));
        if outcome.x.len() > SHOWN {
            line("", format!("and {} more (--format json)", outcome.x.len() - SHOWN));
        }
        line("f", format_precise(self.value));
        line("gradient", format!("{} (norm)", format_significant(self.gradient_norm)));
        line("point", self.kind());
        line("stopped", format!("{} ({})", self.why(), self.counts()));
        if let Some(pushes) = outcome.pushes {
            line("pushed", pluralize(pushes, "time"));
        }
        line("method", self.method.clone());
        let better = if self.maximize { outcome.best.value > self.value } else { outcome.best.value < self.value };
        if better || !self.value.is_finite() {
            let at: Vec<_> = outcome.best.x.iter().take(SHOWN).map(|x| format_precise(*x)).collect();
            line(
                "best",
                format!("{} at ({}), step {}", format_precise(outcome.best.value), at.join(", "), outcome.best.step),
            );
        }
        lines
    }

    /// What was reached, in a sentence without its stop.
    pub(crate) fn sentence(&self) -> String {
        let kind = match self.point.as_ref().map(|point| point.kind) {
            Some(CriticalPointKind::Minimum) => "a strict minimum",
            Some(CriticalPointKind::Maximum) => "a strict maximum",
            Some(CriticalPointKind::Saddle) => "a saddle",
            Some(CriticalPointKind::Degenerate) => "a degenerate point",
            Some(CriticalPointKind::NotCritical) => "no critical point yet",
            Some(_) => "a point where f or a derivative is not finite",
            None => "a point whose kind is not told, for it has too many variables",
        };
        format!(
            "{kind}, f = {}, after {} ({})",
            format_significant(self.value),
            pluralize(self.outcome.steps, "step"),
            self.why()
        )
    }

    fn kind(&self) -> String {
        let Some(point) = &self.point else { return "not told: too many variables".into() };
        let kind = match point.kind {
            CriticalPointKind::Minimum => "strict minimum",
            CriticalPointKind::Maximum => "strict maximum",
            CriticalPointKind::Saddle => "saddle",
            CriticalPointKind::Degenerate => "degenerate: second derivatives do not tell",
            CriticalPointKind::NotCritical
                if self.outcome.stopped == RunEnd::Criterion(StopReason::GradientTolerance) =>
            {
                "not told: the gradient is small, but so are the second derivatives"
            }
            CriticalPointKind::NotCritical => "not critical yet: the gradient does not vanish",
            _ => return "undefined: the gradient or the Hessian is not finite".into(),
        };
        let shown: Vec<_> = point.eigenvalues.iter().take(SHOWN_EIGENVALUES).map(|v| format_significant(*v)).collect();
        let more = if point.eigenvalues.len() > SHOWN_EIGENVALUES { ", …" } else { "" };
        let mut text = format!("{kind}; eigenvalues {}{more}", shown.join(", "));
        if let (CriticalPointKind::Saddle, Some(way)) = (point.kind, point.negative_curvature_directions.first()) {
            let way: Vec<_> = way.iter().take(SHOWN_EIGENVALUES).map(|v| format_significant(*v)).collect();
            let _ = write!(text, "; f falls most along ±({})", way.join(", "));
        }
        text
    }

    fn why(&self) -> String {
        match self.outcome.stopped {
            RunEnd::Criterion(StopReason::NotFinite) => "f or its gradient is not finite".into(),
            RunEnd::Criterion(why) => why.to_string(),
            RunEnd::Condition => "the condition holds".into(),
            RunEnd::Interrupted => "interrupted".into(),
        }
    }

    fn counts(&self) -> String {
        format!("{}, {}", pluralize(self.outcome.steps, "step"), pluralize(self.outcome.evaluations, "evaluation"))
    }
}
