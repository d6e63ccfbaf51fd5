//! What was found, as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};
use thalweg::{Critical, Kind, Point, Why};

use super::descend::Stopped;
use crate::report::number::{figures, plural};

/// Variables shown.
const SHOWN: usize = 20;
/// Eigenvalues shown.
const SHOWN_EIGENVALUES: usize = 6;

/// All that is said about a run.
pub(crate) struct Found<'a> {
    pub(crate) formula: &'a str,
    pub(crate) variables: &'a [String],
    pub(crate) method: String,
    pub(crate) x: &'a [f64],
    pub(crate) value: f64,
    pub(crate) gradient_norm: f64,
    /// None where there are too many variables.
    pub(crate) point: Option<Critical>,
    pub(crate) steps: u64,
    pub(crate) evaluations: u64,
    pub(crate) stopped: Stopped,
    pub(crate) best: &'a Point<f64>,
    pub(crate) maximize: bool,
}

impl Found<'_> {
    pub(crate) fn json(&self) -> Value {
        let stopped = match self.stopped {
            Stopped::Why(why) => json!(why),
            Stopped::Condition => json!("condition"),
            Stopped::Interrupted => json!("interrupted"),
        };
        let point = self
            .point
            .as_ref()
            .map(|point| json!({ "kind": point.kind, "eigenvalues": point.eigenvalues, "escapes": point.escapes }));
        json!({
            "formula": self.formula,
            "variables": self.variables,
            "method": self.method,
            "x": self.x,
            "value": self.value,
            "gradient_norm": self.gradient_norm,
            "steps": self.steps,
            "evaluations": self.evaluations,
            "stopped": stopped,
            "point": point,
            "best": { "x": self.best.x, "value": self.best.value, "step": self.best.step },
        })
    }

    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let width = self.variables.iter().take(SHOWN).map(|name| name.chars().count()).max().unwrap_or(0).max(10);
        let mut line = |name: &str, text: &str| writeln!(out, "{name:<width$}  {text}");
        for (name, x) in self.variables.iter().zip(self.x).take(SHOWN) {
            line(name, &precise(*x))?;
        }
        if self.x.len() > SHOWN {
            line("", &format!("and {} more (--format json)", self.x.len() - SHOWN))?;
        }
        line("f", &precise(self.value))?;
        line("gradient", &format!("{} (norm)", figures(self.gradient_norm)))?;
        line("point", &self.kind())?;
        line("stopped", &format!("{} ({})", self.why(), self.counts()))?;
        line("method", &self.method)?;
        let better = if self.maximize { self.best.value > self.value } else { self.best.value < self.value };
        if better || !self.value.is_finite() {
            let at: Vec<_> = self.best.x.iter().take(SHOWN).map(|x| precise(*x)).collect();
            line("best", &format!("{} at ({}), step {}", precise(self.best.value), at.join(", "), self.best.step))?;
        }
        Ok(())
    }

    fn kind(&self) -> String {
        let Some(point) = &self.point else { return "not told: too many variables".into() };
        let kind = match point.kind {
            Kind::Minimum => "strict minimum",
            Kind::Maximum => "strict maximum",
            Kind::Saddle => "saddle",
            Kind::Degenerate => "degenerate: second derivatives do not tell",
            Kind::NotCritical => "not critical yet: the gradient does not vanish",
            _ => return "undefined: the gradient or the Hessian is not finite".into(),
        };
        let shown: Vec<_> = point.eigenvalues.iter().take(SHOWN_EIGENVALUES).map(|v| figures(*v)).collect();
        let more = if point.eigenvalues.len() > SHOWN_EIGENVALUES { ", …" } else { "" };
        let mut text = format!("{kind}; eigenvalues {}{more}", shown.join(", "));
        if let (Kind::Saddle, Some(way)) = (point.kind, point.escapes.first()) {
            let way: Vec<_> = way.iter().take(SHOWN_EIGENVALUES).map(|v| figures(*v)).collect();
            let _ = write!(text, "; f falls most along ±({})", way.join(", "));
        }
        text
    }

    fn why(&self) -> String {
        match self.stopped {
            Stopped::Why(Why::NotFinite) => "f or its gradient is not finite".into(),
            Stopped::Why(why) => why.to_string(),
            Stopped::Condition => "the condition holds".into(),
            Stopped::Interrupted => "interrupted".into(),
        }
    }

    fn counts(&self) -> String {
        format!("{}, {}", plural(self.steps, "step"), plural(self.evaluations, "evaluation"))
    }
}

/// Ten significant figures without idle zeros.
fn precise(value: f64) -> String {
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
