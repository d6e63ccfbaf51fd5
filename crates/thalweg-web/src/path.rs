//! One run of a method, with every point that it visits.

use std::ops::ControlFlow;

use serde::Serialize;
use thalweg::minimize::Progress;
use thalweg::optimizer::square_sum;
use thalweg::{Minimize, Objective, Optimizer, StopReason};
use thalweg_problems::{CriticalPoint, CriticalPointKind, ProblemInstance};

use crate::error::{PageError, Result};
use crate::scene::Scene;

/// Columns of a row of [`Path::rows`]: step, evaluations, x, y, f, norm of the gradient, learning rate, both components
/// of the gradient; then length and effective learning rates of the coming step, NaN where there is none. As in a trace
/// of `thalweg minimize`, f and the gradient are those of the latest evaluation point.
pub const COLUMNS: usize = 12;

/// A run of a method.
#[derive(Clone, Debug)]
pub struct Path {
    /// One row of [`COLUMNS`] numbers for each evaluation of the objective that the run reports.
    pub rows: Vec<f64>,
    /// How the run ended.
    pub end: PathEnd,
}

/// The end of a run.
#[derive(Clone, Debug, Serialize)]
pub struct PathEnd {
    /// Text form of the method.
    pub spec: String,
    /// Reason of the end.
    pub reason: StopReason,
    /// Number of steps taken.
    pub steps: u64,
    /// Number of evaluations of the objective.
    pub evaluations: u64,
    /// The last point of the run.
    pub x: [f64; 2],
    /// Value at the last point, without noise.
    pub value: f64,
    /// Norm of the gradient at the last point, without noise.
    pub gradient_norm: f64,
    /// Kind of the last point.
    pub kind: CriticalPointKind,
    /// Eigenvalues of the Hessian at the last point, rising; empty where it is not finite.
    pub eigenvalues: Vec<f64>,
    /// Of gradient descent, the learning rate over 2/λ, the largest at which it is stable there for curvature λ.
    pub stability: Option<f64>,
}

/// Runs a method from the start of the scene, as `thalweg minimize` does.
///
/// # Errors
/// What [`Scene::instance`], [`Scene::spec`] and [`Scene::criteria`] refuse.
pub fn run(scene: &Scene, method: &str) -> Result<Path> {
    let instance = scene.instance()?;
    run_from(scene, method, instance)
}

/// Runs a method from the start of an instance.
pub(crate) fn run_from(scene: &Scene, text: &str, mut instance: ProblemInstance) -> Result<Path> {
    let spec = scene.spec(text)?;
    let (text, method) = (spec.to_string(), spec.method);
    let start = instance.start.clone();
    let mut rows = Vec::new();
    let outcome = each_point(scene, spec, &mut instance, &start, |progress| {
        rows.extend([progress.step as f64, progress.evaluations as f64]);
        rows.extend(progress.x);
        rows.extend([progress.value, square_sum(progress.gradient).sqrt(), progress.optimizer.lr()]);
        rows.extend(progress.gradient);
        rows.extend([f64::NAN; 3]);
        ControlFlow::Continue(())
    })?;
    describe_steps(&mut rows);
    let x = [outcome.x[0], outcome.x[1]];
    let (value, gradient, hessian) = evaluate(&instance, x)?;
    let point = CriticalPoint::classify(&x, &gradient, &hessian).map_err(PageError::of_function)?;
    let curvature = point.eigenvalues.last().copied().filter(|largest| *largest > 0.0);
    let is_descent = method.name() == "sgd";
    let end = PathEnd {
        stability: curvature.filter(|_| is_descent).map(|largest| method.lr() * largest / 2.0),
        spec: text,
        reason: outcome.reason,
        steps: outcome.steps,
        evaluations: outcome.evaluations,
        x,
        value,
        gradient_norm: square_sum(&gradient).sqrt(),
        kind: point.kind,
        eigenvalues: point.eigenvalues,
    };
    Ok(Path { rows, end })
}

/// Fills the columns about the coming step: its length, and |Δx/g| of both coordinates.
fn describe_steps(rows: &mut [f64]) {
    let count = rows.len() / COLUMNS;
    for row in 1..count {
        let (before, after) = rows.split_at_mut(row * COLUMNS);
        let (before, after) = (&mut before[(row - 1) * COLUMNS..], &after[..COLUMNS]);
        if after[0] > before[0] {
            let delta = [after[2] - before[2], after[3] - before[3]];
            before[9] = square_sum(&delta).sqrt();
            before[10] = (delta[0] / before[7]).abs();
            before[11] = (delta[1] / before[8]).abs();
        }
    }
}

/// Runs a method and calls `visit` before each step and at the end.
pub(crate) fn each_point(
    scene: &Scene,
    spec: thalweg::OptimizerSpec,
    instance: &mut ProblemInstance,
    start: &[f64],
    mut visit: impl FnMut(&mut Progress<'_, f64>) -> ControlFlow<()>,
) -> Result<thalweg::Outcome<f64>> {
    let mut optimizer = Optimizer::<f64>::new(spec, start.len()).map_err(PageError::of_method)?;
    let callback = |progress: &mut Progress<'_, f64>| {
        let flow = visit(progress);
        progress.optimizer.observe(progress.value);
        flow
    };
    let mut run = Minimize::with_optimizer(&mut optimizer).criteria(scene.criteria()?).callback(callback);
    run.run(instance, start).map_err(PageError::of_method)
}

/// Returns value, gradient and Hessian at a point, without noise.
pub(crate) fn evaluate(instance: &ProblemInstance, x: [f64; 2]) -> Result<(f64, [f64; 2], Vec<f64>)> {
    let mut formula = instance.formula.clone();
    let mut gradient = [0.0; 2];
    let value: f64 = formula.eval(&x, &mut gradient).map_err(PageError::of_method)?;
    if !value.is_finite() {
        // The derivatives may be finite where f is not; such a point is not classified.
        gradient = [f64::NAN; 2];
    }
    Ok((value, gradient, formula.hessian(&x).map_err(PageError::of_function)?))
}
