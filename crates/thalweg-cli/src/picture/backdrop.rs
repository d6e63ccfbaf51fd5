//! Paths drawn on the function they minimize: on a map or a surface of two variables, in a plane of a space of more, or
//! on the curve of a function of one variable.

use std::cell::RefCell;

use thalweg::minimize::RecordedPoint;
use thalweg_compare::{PrincipalPlane, ProblemBenchmark};
use thalweg_plot::{Animation, Axis, Chart, ContourMap, Marker, MarkerKind, Panel, Series, Surface};
use thalweg_problems::{CriticalPointKind, Formula, ProblemInstance, find_critical_points};

use crate::commands::View;
use crate::picture::window::enclosing_window;

/// Points above the best by more than this multiple of the initial gap are not framed.
const MAX_FRAMED_GAP: f64 = 20.0;
/// Values of a function without a lower bound below which points are not framed, as they say nothing about its saddle.
const MIN_FRAMED_VALUE: f64 = 2.0 * ProblemBenchmark::UNBOUNDED_REFERENCE;
/// If more critical points are found, only the minima are marked.
const MAX_MARKERS: usize = 24;
/// Number of parameters read for the values of one map; the resolution is reduced for functions of many variables.
const MAX_MAP_READS: f64 = 3e7;
const MIN_NODES_PER_SIDE: usize = 41;
/// Segments of the curve of a function of one variable.
const CURVE_SEGMENTS: u32 = 400;

/// Recorded path of a method.
pub(crate) struct MethodPath {
    pub(crate) name: String,
    /// Index of the colour and the dash pattern.
    pub(crate) style: usize,
    pub(crate) points: Vec<RecordedPoint>,
}

/// Shortens paths for an animation: it ends when the first run to end has had its number of steps twice, or when all
/// have ended.
pub(crate) fn shorten_for_animation(paths: &[MethodPath]) -> Vec<MethodPath> {
    let lengths = || paths.iter().map(|path| path.points.len());
    let (shortest, longest) = (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0));
    let length = (2 * shortest).min(longest).max(2);
    let shorten = |path: &MethodPath| {
        let points = path.points.iter().take(length).cloned().collect();
        MethodPath { name: path.name.clone(), style: path.style, points }
    };
    paths.iter().map(shorten).collect()
}

/// A function of at least two variables, the paths on it, and the window that shows them.
pub(crate) struct Backdrop<'a> {
    formula: Formula,
    axis_labels: [String; 2],
    plane: PrincipalPlane,
    window: [[f64; 2]; 2],
    paths: &'a [MethodPath],
    markers: Vec<Marker>,
    note: String,
}

impl<'a> Backdrop<'a> {
    /// Returns the backdrop of these paths; `None` for a function of one variable.
    pub(crate) fn new(instance: &ProblemInstance, paths: &'a [MethodPath]) -> Option<Self> {
        let n = instance.start.len();
        if n < 2 {
            return None;
        }
        let finite_points = || paths.iter().flat_map(|path| &path.points).filter(|point| point.value.is_finite());
        let best = finite_points().min_by(|a, b| a.value.total_cmp(&b.value));
        let lowest = best.map_or(0.0, |point| point.value);
        let initial = finite_points().next().map_or(0.0, |point| point.value);
        let max_value = lowest + MAX_FRAMED_GAP * (initial - lowest);
        let min_value = if instance.is_unbounded_below() { MIN_FRAMED_VALUE } else { f64::NEG_INFINITY };
        let is_framed = |point: &&RecordedPoint| point.value <= max_value && point.value >= min_value;
        let framed: Vec<&[f64]> = finite_points().filter(is_framed).map(|point| point.x.as_slice()).collect();
        let end = best.map_or(instance.start.as_slice(), |point| point.x.as_slice());
        let plane = if n == 2 { PrincipalPlane::identity() } else { PrincipalPlane::fit(&framed, end) };
        let points: Vec<[f64; 2]> = framed.iter().map(|x| plane.project(x)).collect();
        let minima: Vec<[f64; 2]> = instance.minima.iter().filter(|_| n == 2).map(|x| plane.project(x)).collect();
        let mut window = enclosing_window(&points, &minima);
        if n == 2 && instance.is_unbounded_below() {
            // The saddle at the origin is in the middle of the picture.
            window = window.map(|[low, high]| [-low.abs().max(high.abs()), low.abs().max(high.abs())]);
        }
        let variables = instance.formula.variables();
        let (axis_labels, note) = if n == 2 {
            ([variables[0].clone(), variables[1].clone()], String::new())
        } else {
            let percent = 100.0 * plane.explained_fraction();
            let note = format!("this plane shows {percent:.1} % of the motion in {n} dimensions");
            (["first principal component".into(), "second principal component".into()], note)
        };
        let mut markers = if n == 2 { critical_point_markers(&instance.formula, window) } else { Vec::new() };
        let first = paths.iter().find_map(|path| path.points.first());
        let start = first.map_or(instance.start.as_slice(), |point| &point.x);
        markers.push(Marker { position: plane.project(start), kind: MarkerKind::Start, label: String::new() });
        Some(Self { formula: instance.formula.clone(), axis_labels, plane, window, paths, markers, note })
    }

    /// Returns the function on the plane.
    fn field(&self) -> Box<dyn Fn(f64, f64) -> f64 + 'static> {
        let (formula, plane) = (RefCell::new(self.formula.clone()), self.plane.clone());
        Box::new(move |a, b| {
            let value = formula.borrow_mut().value(&plane.point_at([a, b]));
            value.expect("a point of the plane has as many coordinates as the function has variables")
        })
    }

    fn series(&self) -> Vec<Series> {
        let series = |path: &MethodPath| {
            let points = path.points.iter().map(|point| self.plane.project(&point.x)).collect();
            Series::line(path.name.clone(), points, path.style)
        };
        self.paths.iter().map(series).collect()
    }

    fn axes(&self) -> [Axis; 2] {
        [0, 1].map(|i| Axis::linear(self.axis_labels[i].clone()).range(self.window[i][0], self.window[i][1]))
    }

    fn map(&self, title: &str) -> ContourMap<'static> {
        let [x, y] = self.axes();
        let map = ContourMap::new(self.field());
        let max_nodes = (MAX_MAP_READS / self.plane.dimension() as f64).sqrt() as usize;
        ContourMap {
            title: title.into(),
            note: self.note.clone(),
            x,
            y,
            paths: self.series(),
            markers: self.markers.clone(),
            nodes_per_side: map.nodes_per_side.min(max_nodes).max(MIN_NODES_PER_SIDE),
            ..map
        }
    }

    fn surface(&self, title: &str) -> Surface<'static> {
        let [x, y] = self.axes();
        let paths = self.series();
        // The camera is on the side where the paths end, so that no ridge hides them.
        let middle = f64::midpoint(self.window[1][0], self.window[1][1]);
        let ends = paths.iter().filter_map(|path| path.points.last()).filter(|end| end[1].is_finite());
        let ends_behind = ends.map(|end| end[1] - middle).sum::<f64>() > 0.0;
        let surface = Surface::new(self.field());
        Surface {
            title: title.into(),
            note: self.note.clone(),
            x,
            y,
            paths,
            markers: self.markers.clone(),
            azimuth: surface.azimuth + if ends_behind { 180.0 } else { 0.0 },
            ..surface
        }
    }

    /// Returns a still picture.
    pub(crate) fn panel(&self, title: &str, view: View) -> Panel<'static> {
        match view {
            View::Contour => self.map(title).into(),
            View::Surface => self.surface(title).into(),
        }
    }

    /// Returns an animation of the paths, which should be those of [`shorten_for_animation`].
    pub(crate) fn animation(&self, title: &str, view: View) -> Animation<'static> {
        let animation = match view {
            View::Contour => Animation::new(self.map(title)),
            View::Surface => Animation::new(self.surface(title)),
        };
        // Long paths are recorded with a stride.
        let stride = self.paths.iter().find_map(|path| Some(path.points.get(1)?.step - path.points[0].step));
        Animation { steps_per_point: stride.map_or(1, |stride| stride as usize), ..animation }
    }
}

/// Returns a marker for each critical point in the window, or for the minima only if there are too many.
fn critical_point_markers(formula: &Formula, window: [[f64; 2]; 2]) -> Vec<Marker> {
    let marker = |x: [f64; 2], kind| Marker { position: x, kind, label: String::new() };
    let points = find_critical_points(formula, window);
    let markers = points.iter().filter_map(|point| {
        Some(match point.kind {
            CriticalPointKind::Minimum => marker(point.x, MarkerKind::Minimum),
            CriticalPointKind::Maximum => marker(point.x, MarkerKind::Maximum),
            CriticalPointKind::Saddle => marker(point.x, MarkerKind::Saddle),
            CriticalPointKind::Degenerate => marker(point.x, MarkerKind::Degenerate),
            _ => return None,
        })
    });
    let mut markers: Vec<Marker> = markers.collect();
    if markers.len() > MAX_MARKERS {
        markers.retain(|marker| marker.kind == MarkerKind::Minimum);
    }
    if markers.len() > MAX_MARKERS {
        markers.clear();
    }
    markers
}

/// Returns the curve of a function of one variable, drawn in style `curve_style`, with the points of the paths on it.
pub(crate) fn curve_panel(
    instance: &ProblemInstance,
    paths: &[MethodPath],
    title: &str,
    curve_style: usize,
) -> Panel<'static> {
    let points = paths.iter().flat_map(|path| &path.points);
    let xs: Vec<[f64; 2]> = points.map(|point| [point.x[0], 0.0]).chain([[instance.start[0], 0.0]]).collect();
    let [low, high] = enclosing_window(&xs, &[])[0];
    let mut formula = instance.formula.clone();
    let curve = (0..=CURVE_SEGMENTS).map(|i| {
        let x = low + (high - low) * f64::from(i) / f64::from(CURVE_SEGMENTS);
        [x, formula.value(&[x]).expect("the function has one variable")]
    });
    let mut series = vec![Series::line("f", curve.collect(), curve_style)];
    series.extend(paths.iter().map(|path| {
        let points = path.points.iter().map(|point| [point.x[0], point.value]).collect();
        Series { line: false, ..Series::line(path.name.clone(), points, path.style) }.dots()
    }));
    let variable = instance.formula.variables()[0].clone();
    Chart { title: title.into(), x: Axis::linear(variable), y: Axis::linear("f"), series, ..Chart::default() }.into()
}
