//! The picture of a run, for the package for Python.

use anyhow::Result;
use thalweg::OptimizerSpec;
use thalweg::Outcome;
use thalweg::method::Goal;
use thalweg::minimize::RecordedPoint;
use thalweg_plot::{Figure, Theme};
use thalweg_problems::ProblemInstance;

use super::final_point::FinalPoint;
use super::picture;
use super::report::MinimizeReport;
use super::runner::RunOutcome;
use super::stop_cause::StopCause;
use crate::commands::View;
use crate::picture::PNG_SCALE;
use crate::picture::backdrop::Backdrop;

/// A run that can be drawn: the function, the method, and the points that it visited.
#[derive(Debug)]
pub struct RunView<'a> {
    /// The function, with the start of the run.
    pub instance: &'a ProblemInstance,
    /// Method that made the steps.
    pub spec: &'a OptimizerSpec,
    /// End of the run.
    pub outcome: &'a Outcome<f64>,
    /// Points from the start to the end.
    pub path: &'a [RecordedPoint],
}

impl RunView<'_> {
    /// Returns the path on the function and the progress over the steps as SVG.
    ///
    /// # Errors
    /// A function that has other numbers of variables than the run.
    pub fn svg(&self, view: View) -> Result<String> {
        self.draw(view, |figure| Ok(figure.svg(Theme::Light)))
    }

    /// Returns the picture as PNG.
    ///
    /// # Errors
    /// The errors of [`RunView::svg`].
    pub fn png(&self, view: View) -> Result<Vec<u8>> {
        self.draw(view, |figure| Ok(figure.png(Theme::Light, PNG_SCALE)?))
    }

    fn draw<T>(&self, view: View, draw: impl FnOnce(&Figure<'_>) -> Result<T>) -> Result<T> {
        let Self { instance, spec, outcome, path } = *self;
        let run = RunOutcome {
            x: outcome.x.clone(),
            last_evaluated: outcome.x.clone(),
            best: outcome.best.clone(),
            steps: outcome.steps,
            evaluations: outcome.evaluations,
            perturbations: None,
            stopped: StopCause::Criterion(outcome.reason),
            trace: None,
            path: path.to_vec(),
        };
        let report = MinimizeReport {
            instance,
            method: spec.to_string(),
            end: FinalPoint::evaluate(instance, &outcome.x)?,
            outcome: &run,
            starts: None,
            maximize: spec.options.goal == Goal::Maximize,
        };
        let paths = picture::paths(&report);
        let backdrop = Backdrop::new(instance, &paths);
        draw(&picture::figure(&report, &paths, backdrop.as_ref(), view))
    }
}
