//! The function as a map: contours, critical points, a window around paths, heights for the surface.

use std::cell::RefCell;

use serde::Serialize;
use thalweg_plot::Contours;
use thalweg_problems::{CriticalPointKind, find_critical_points};

use crate::error::{PageError, Part, Result};
use crate::function::Function;
use crate::plane::Plane;

/// Smallest and largest number of nodes on each side of a map.
const NODES: [usize; 2] = [11, 401];

/// Ranges of both variables.
pub type Window = [[f64; 2]; 2];

/// Contours as flat arrays, which a page takes without a copy of every point.
#[derive(Clone, Debug, Default)]
pub struct FlatContours {
    /// Coordinates of all curves, two numbers each, in units of the window: from 0 to 1.
    pub points: Vec<f32>,
    /// Number of points of each curve.
    pub lengths: Vec<u32>,
    /// For each band from the highest down: position from 0 to 1, level, number of regions, number of lines.
    pub bands: Vec<f64>,
}

/// A critical point in the window.
#[derive(Clone, Debug, Serialize)]
pub struct MarkedPoint {
    /// Coordinates of the point.
    pub x: [f64; 2],
    /// Value at the point.
    pub value: f64,
    /// Kind by the Hessian.
    pub kind: CriticalPointKind,
    /// Eigenvalues of the Hessian, rising.
    pub eigenvalues: Vec<f64>,
    /// Directions along which f falls on both sides.
    pub escapes: Vec<Vec<f64>>,
}

/// Checks a window.
///
/// # Errors
/// A range that is empty or not finite.
pub fn check_window(window: Window) -> Result<Window> {
    let is_valid = |[low, high]: [f64; 2]| low < high && (high - low).is_finite();
    if window.into_iter().all(is_valid) {
        return Ok(window);
    }
    Err(PageError::new(Part::Page, &format!("expected a window of rising finite numbers, found {window:?}")))
}

/// Returns the function in a plane as a closure for the pictures.
pub(crate) fn field(function: &Function, plane: &Plane) -> impl Fn(f64, f64) -> f64 + 'static {
    let (function, plane, is_whole) = (RefCell::new(function.clone()), plane.clone(), function.start().len() == 2);
    move |x, y| {
        let mut function = function.borrow_mut();
        if is_whole { function.value(&[x, y]) } else { function.value(&plane.point_at([x, y])) }
    }
}

/// Checks a plane for a function; `None` is that of a function of two variables.
///
/// # Errors
/// No plane for a function of more variables, or one in another space.
pub(crate) fn check_plane(function: &Function, plane: Option<&Plane>) -> Result<Plane> {
    let n = function.start().len();
    let plane = plane.cloned().unwrap_or_else(Plane::identity);
    if plane.fits(n) {
        return Ok(plane);
    }
    Err(PageError::new(Part::Page, &format!("expected a plane in {n} dimensions, found {}", plane.origin.len())))
}

fn in_window(window: Window, u: f64, v: f64) -> [f64; 2] {
    let at = |[low, high]: [f64; 2], t: f64| low + (high - low) * t;
    [at(window[0], u), at(window[1], v)]
}

/// Traces the contours in a window.
///
/// # Errors
/// An invalid window, and a plane that is not one of the function.
pub fn contours(function: &Function, plane: Option<&Plane>, window: Window, nodes: usize) -> Result<FlatContours> {
    let window = check_window(window)?;
    let f = field(function, &check_plane(function, plane)?);
    let traced = Contours::trace(nodes.clamp(NODES[0], NODES[1]), |u, v| {
        let [x, y] = in_window(window, u, v);
        f(x, y)
    });
    let mut flat = FlatContours::default();
    for band in &traced.bands {
        flat.bands.extend([band.position, band.level, band.regions.len() as f64, band.lines.len() as f64]);
        for curve in band.regions.iter().chain(&band.lines) {
            flat.lengths.push(curve.len() as u32);
            flat.points.extend(curve.iter().flatten().map(|v| *v as f32));
        }
    }
    Ok(flat)
}

/// Returns the values at the nodes of a square grid, row by row from below.
///
/// # Errors
/// Those of [`contours`].
pub fn heights(function: &Function, plane: Option<&Plane>, window: Window, nodes: usize) -> Result<Vec<f64>> {
    let window = check_window(window)?;
    let n = nodes.clamp(NODES[0], NODES[1]);
    let (f, last) = (field(function, &check_plane(function, plane)?), (n - 1) as f64);
    let node = |k: usize| in_window(window, (k % n) as f64 / last, (k / n) as f64 / last);
    Ok((0..n * n).map(node).map(|[x, y]| f(x, y)).collect())
}

/// Finds the critical points in a window; of a function of more than two variables, none.
///
/// # Errors
/// Those of [`check_window`].
pub fn critical_points(function: &Function, window: Window) -> Result<Vec<MarkedPoint>> {
    let window = check_window(window)?;
    let Function::Formula(instance) = function else { return Ok(Vec::new()) };
    if instance.start.len() != 2 {
        return Ok(Vec::new());
    }
    let mark = |x: [f64; 2]| {
        let found = function.classify(&x)?;
        let (kind, eigenvalues) = (found.point.kind, found.point.eigenvalues);
        Ok(MarkedPoint { x, value: found.value, kind, eigenvalues, escapes: found.point.negative_curvature_directions })
    };
    find_critical_points(&instance.formula, window).iter().map(|point| mark(point.x)).collect()
}
