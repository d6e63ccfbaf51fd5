//! One run of a method, with every point that it visits.

use std::ops::ControlFlow;

use serde::Serialize;
use thalweg::minimize::Progress;
use thalweg::optimizer::square_sum;
use thalweg::{Minimize, Optimizer, StopReason};
use thalweg_problems::CriticalPointKind;

use crate::error::{PageError, Part, Result};
use crate::function::Function;
use crate::plane::Plane;
use crate::scene::Scene;

/// Columns of a row of [`Path::rows`]: step, evaluations, x, y, f, norm of the gradient, learning rate, both components
/// of the gradient; then length and effective learning rates of the coming step, NaN where there is none. As in a trace
/// of `thalweg minimize`, f and the gradient are those of the latest evaluation point. Of more than two variables, x, y
/// and the components of the gradient are those in the plane that the page shows.
pub const COLUMNS: usize = 12;
/// Largest number of coordinates that the runs of one picture store, of functions of more than two variables.
const MAX_COORDINATES: u64 = 16_000_000;
/// Points of all paths that determine the plane.
const PLANE_POINTS: usize = 300;
/// For the plane, points above the best by more than this multiple of the first gap are left aside, as those of a run
/// that diverges.
const MAX_GAP: f64 = 20.0;

/// A run of a method.
#[derive(Clone, Debug)]
pub struct Path {
    /// One row of [`COLUMNS`] numbers for each evaluation of the objective that the run reports.
    pub rows: Vec<f64>,
    /// Number of variables of the function.
    dimension: usize,
    /// Point and gradient of each row, of more than two variables.
    points: Vec<f64>,
    /// How the run ended.
    pub end: PathEnd,
}

impl Path {
    /// Returns the point of a row.
    pub fn point(&self, row: usize) -> &[f64] {
        if self.dimension == 2 {
            return &self.rows[row * COLUMNS + 2..row * COLUMNS + 4];
        }
        &self.points[2 * row * self.dimension..(2 * row + 1) * self.dimension]
    }

    /// Fills the columns of the points with their places in a plane.
    fn place(&mut self, plane: &Plane) {
        let n = self.dimension;
        if n == 2 {
            return;
        }
        for (row, point) in self.rows.chunks_exact_mut(COLUMNS).zip(self.points.chunks_exact(2 * n)) {
            row[2..4].copy_from_slice(&plane.project(&point[..n]));
            row[7..9].copy_from_slice(&plane.direction(&point[n..]));
        }
        describe_steps(&mut self.rows, &self.points, n);
    }
}

/// Runs of methods from several starts, in one plane.
#[derive(Debug)]
pub struct Runs {
    /// All methods from the first start, then from the second one, and so on.
    pub paths: Vec<Result<Path>>,
    /// The plane that is shown.
    pub plane: Plane,
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
    pub x: Vec<f64>,
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

/// Runs a method from the start of the scene, as `thalweg minimize` does. Of more than two variables, the plane is that
/// of the run unless one is given.
///
/// # Errors
/// What [`Scene::function`], [`Scene::spec`] and [`Scene::criteria`] refuse.
pub fn run(scene: &Scene, method: &str, plane: Option<&Plane>) -> Result<Path> {
    let mut runs = runs(scene, &[method.to_owned()], 1, [0.0; 2], plane)?;
    runs.paths.remove(0)
}

/// Runs methods from the start of the scene and from random ones, for functions of two variables within an interval. Of
/// more than two variables, the plane is that of all runs unless one is given.
///
/// # Errors
/// What [`Scene::function`] refuses, and more steps than the page can store. The paths have the errors of the methods.
pub fn runs(
    scene: &Scene,
    methods: &[String],
    starts: usize,
    interval: [f64; 2],
    plane: Option<&Plane>,
) -> Result<Runs> {
    let function = scene.function()?;
    let n = function.start().len();
    let stored = scene.steps.saturating_mul(2 * (n * methods.len() * starts) as u64);
    if n > 2 && stored > MAX_COORDINATES {
        let most = MAX_COORDINATES / (2 * (n * methods.len() * starts) as u64);
        let message = format!("expected at most {most} steps for these runs in {n} variables, found {}", scene.steps);
        return Err(PageError::new(Part::Function, &message));
    }
    let starts = function.starts(starts, interval, scene.seed)?;
    let each = starts.iter().flat_map(|start| methods.iter().map(move |method| (start, method)));
    let mut paths: Vec<Result<Path>> =
        each.map(|(start, method)| run_from(scene, method, function.clone(), start)).collect();
    let plane = match plane {
        _ if n == 2 => Plane::identity(),
        Some(plane) if plane.fits(n) => plane.clone(),
        _ => plane_of(&paths.iter().flatten().collect::<Vec<_>>(), &starts[0]),
    };
    paths.iter_mut().flatten().for_each(|path| path.place(&plane));
    Ok(Runs { paths, plane })
}

/// Returns the plane through the best of the last points along the two main directions of the paths, of each path as
/// many points; through `start` if no path ends at a finite point.
fn plane_of(paths: &[&Path], start: &[f64]) -> Plane {
    let value = |path: &Path, row: usize| path.rows[row * COLUMNS + 4];
    let best = paths.iter().filter(|path| path.end.value.is_finite() && path.end.x.iter().all(|x| x.is_finite()));
    let best = best.min_by(|a, b| a.end.value.total_cmp(&b.end.value));
    let lowest = best.map_or(f64::INFINITY, |path| path.end.value);
    let first = paths.iter().map(|path| value(path, 0)).fold(lowest, f64::max);
    let limit = lowest + MAX_GAP * (first - lowest);
    let mut points: Vec<Vec<f64>> = Vec::new();
    for path in paths {
        let count = path.rows.len() / COLUMNS;
        let stride = count.div_ceil(PLANE_POINTS / paths.len().clamp(1, PLANE_POINTS)).max(1);
        let rows = (0..count).step_by(stride).filter(|row| value(path, *row) <= limit);
        points.extend(rows.map(|row| path.point(row).to_vec()));
    }
    Plane::fit(best.map_or_else(|| start.to_vec(), |path| path.end.x.clone()), &points)
}

/// Runs a method from a start.
fn run_from(scene: &Scene, text: &str, mut function: Function, start: &[f64]) -> Result<Path> {
    let spec = scene.spec(text)?;
    let (text, method, n) = (spec.to_string(), spec.method, start.len());
    let (mut rows, mut points) = (Vec::new(), Vec::new());
    let outcome = each_point(scene, spec, &mut function, start, |progress| {
        let pair = |v: &[f64]| if n == 2 { [v[0], v[1]] } else { [f64::NAN; 2] };
        rows.extend([progress.step as f64, progress.evaluations as f64]);
        rows.extend(pair(progress.x));
        rows.extend([progress.value, square_sum(progress.gradient).sqrt(), progress.optimizer.lr()]);
        rows.extend(pair(progress.gradient));
        rows.extend([f64::NAN; 3]);
        if n != 2 {
            points.extend_from_slice(progress.x);
            points.extend_from_slice(progress.gradient);
        }
        ControlFlow::Continue(())
    })?;
    if n == 2 {
        describe_steps(&mut rows, &points, n);
    }
    let found = function.classify(&outcome.x)?;
    let curvature = found.point.eigenvalues.last().copied().filter(|largest| *largest > 0.0);
    let is_descent = method.name() == "sgd";
    let end = PathEnd {
        stability: curvature.filter(|_| is_descent).map(|largest| method.lr() * largest / 2.0),
        spec: text,
        reason: outcome.reason,
        steps: outcome.steps,
        evaluations: outcome.evaluations,
        x: outcome.x,
        value: found.value,
        gradient_norm: found.gradient_norm,
        kind: found.point.kind,
        eigenvalues: found.point.eigenvalues,
    };
    Ok(Path { rows, dimension: n, points, end })
}

/// Fills the columns about the coming step: its length, in all variables, and |Δx/g| along both axes.
fn describe_steps(rows: &mut [f64], points: &[f64], n: usize) {
    let count = rows.len() / COLUMNS;
    for row in 1..count {
        let (before, after) = rows.split_at_mut(row * COLUMNS);
        let (before, after) = (&mut before[(row - 1) * COLUMNS..], &after[..COLUMNS]);
        if after[0] > before[0] {
            let delta = [after[2] - before[2], after[3] - before[3]];
            before[9] = if n == 2 {
                square_sum(&delta).sqrt()
            } else {
                let at = |row: usize| &points[2 * row * n..(2 * row + 1) * n];
                square_sum(&at(row).iter().zip(at(row - 1)).map(|(a, b)| a - b).collect::<Vec<f64>>()).sqrt()
            };
            before[10] = (delta[0] / before[7]).abs();
            before[11] = (delta[1] / before[8]).abs();
        }
    }
}

/// Runs a method and calls `visit` before each step and at the end.
pub(crate) fn each_point(
    scene: &Scene,
    spec: thalweg::OptimizerSpec,
    function: &mut Function,
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
    run.run(function, start).map_err(PageError::of_method)
}
