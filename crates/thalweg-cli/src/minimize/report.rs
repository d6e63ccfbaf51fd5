//! What was found, as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};
use thalweg::{CriticalPoint, CriticalPointKind, ProblemInstance, StopReason};

use super::descend::{Ran, Stopped};
use super::minima;
use super::starts::{Minimum, Starts};
use crate::report::number::{figures, plural};

/// Variables shown.
pub(super) const SHOWN: usize = 20;
/// Eigenvalues shown.
pub(super) const SHOWN_EIGENVALUES: usize = 6;

/// All that is said about a run.
pub(crate) struct Found<'a> {
    pub(crate) posed: &'a ProblemInstance,
    pub(crate) method: String,
    pub(crate) value: f64,
    pub(crate) gradient_norm: f64,
    /// None where there are too many variables.
    pub(crate) point: Option<CriticalPoint>,
    pub(crate) ran: &'a Ran,
    /// The runs of `--starts`, of which `ran` is the best.
    pub(crate) starts: Option<&'a Starts>,
    pub(crate) maximize: bool,
}

impl Found<'_> {
    pub(crate) fn json(&self) -> Value {
        let ran = self.ran;
        let stopped = match ran.stopped {
            Stopped::Why(why) => json!(why),
            Stopped::Condition => json!("condition"),
            Stopped::Interrupted => json!("interrupted"),
        };
        let point = self
            .point
            .as_ref()
            .map(|point| json!({ "kind": point.kind, "eigenvalues": point.eigenvalues, "escapes": point.negative_curvature_directions }));
        let mut object = json!({
            "formula": self.posed.formula.text(),
            "variables": self.posed.formula.variables(),
            "method": self.method,
            "x": ran.x,
            "value": self.value,
            "gradient_norm": self.gradient_norm,
            "steps": ran.steps,
            "evaluations": ran.evaluations,
            "stopped": stopped,
            "point": point,
            "best": { "x": ran.best.x, "value": ran.best.value, "step": ran.best.step },
        });
        if let Some(pushes) = ran.pushes {
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
        let (ran, variables) = (self.ran, self.posed.formula.variables());
        let pairs = variables.iter().zip(&ran.x).take(SHOWN);
        let mut lines: Vec<_> = pairs.map(|(name, x)| (name.clone(), precise(*x))).collect();
        let mut line = |name: &str, text: String| lines.push((name.to_owned(), text));
        if ran.x.len() > SHOWN {
            line("", format!("and {} more (--format json)", ran.x.len() - SHOWN));
        }
        line("f", precise(self.value));
        line("gradient", format!("{} (norm)", figures(self.gradient_norm)));
        line("point", self.kind());
        line("stopped", format!("{} ({})", self.why(), self.counts()));
        if let Some(pushes) = ran.pushes {
            line("pushed", plural(pushes, "time"));
        }
        line("method", self.method.clone());
        let better = if self.maximize { ran.best.value > self.value } else { ran.best.value < self.value };
        if better || !self.value.is_finite() {
            let at: Vec<_> = ran.best.x.iter().take(SHOWN).map(|x| precise(*x)).collect();
            line("best", format!("{} at ({}), step {}", precise(ran.best.value), at.join(", "), ran.best.step));
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
        format!("{kind}, f = {}, after {} ({})", figures(self.value), plural(self.ran.steps, "step"), self.why())
    }

    fn kind(&self) -> String {
        let Some(point) = &self.point else { return "not told: too many variables".into() };
        let kind = match point.kind {
            CriticalPointKind::Minimum => "strict minimum",
            CriticalPointKind::Maximum => "strict maximum",
            CriticalPointKind::Saddle => "saddle",
            CriticalPointKind::Degenerate => "degenerate: second derivatives do not tell",
            CriticalPointKind::NotCritical if self.ran.stopped == Stopped::Why(StopReason::GradientTolerance) => {
                "not told: the gradient is small, but so are the second derivatives"
            }
            CriticalPointKind::NotCritical => "not critical yet: the gradient does not vanish",
            _ => return "undefined: the gradient or the Hessian is not finite".into(),
        };
        let shown: Vec<_> = point.eigenvalues.iter().take(SHOWN_EIGENVALUES).map(|v| figures(*v)).collect();
        let more = if point.eigenvalues.len() > SHOWN_EIGENVALUES { ", …" } else { "" };
        let mut text = format!("{kind}; eigenvalues {}{more}", shown.join(", "));
        if let (CriticalPointKind::Saddle, Some(way)) = (point.kind, point.negative_curvature_directions.first()) {
            let way: Vec<_> = way.iter().take(SHOWN_EIGENVALUES).map(|v| figures(*v)).collect();
            let _ = write!(text, "; f falls most along ±({})", way.join(", "));
        }
        text
    }

    fn why(&self) -> String {
        match self.ran.stopped {
            Stopped::Why(StopReason::NotFinite) => "f or its gradient is not finite".into(),
            Stopped::Why(why) => why.to_string(),
            Stopped::Condition => "the condition holds".into(),
            Stopped::Interrupted => "interrupted".into(),
        }
    }

    fn counts(&self) -> String {
        format!("{}, {}", plural(self.ran.steps, "step"), plural(self.ran.evaluations, "evaluation"))
    }
}

/// Ten significant figures without idle zeros.
pub(super) fn precise(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let exponent = value.abs().log10().floor() as i32;
    if !(-4..10).contains(&exponent) {
        return format!("{value:.9e}");
    }
    let decimals = usize::try_from(9 - exponent).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
