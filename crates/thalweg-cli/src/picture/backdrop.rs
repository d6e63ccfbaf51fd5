//! Paths on the function they follow: a map or a surface of two variables, of a plane in more, or a curve of one.

use std::cell::RefCell;

use thalweg::{Formula, ProblemInstance};
use thalweg_plot::{Animation, Axis, Chart, ContourMap, Marker, MarkerKind, Panel, Series, Surface};

use super::path::Place;
use super::plane::Plane;
use super::spots;
use crate::commands::View;

/// The way of one method.
pub(crate) struct Way {
    pub(crate) name: String,
    /// Colour and dash.
    pub(crate) style: usize,
    pub(crate) places: Vec<Place>,
}

/// Values below this are far from the saddle of a function that has no lower bound.
const FAR: f64 = -2.0;

/// The ways as far as a race goes: until the first to end has had as many steps again, or all are there.
pub(crate) fn raced(ways: &[Way]) -> Vec<Way> {
    let lengths = || ways.iter().map(|way| way.places.len());
    let (first, last) = (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0));
    let cut = |way: &Way| {
        let places = way.places.iter().take((2 * first).min(last).max(2)).cloned().collect();
        Way { name: way.name.clone(), style: way.style, places }
    };
    ways.iter().map(cut).collect()
}

/// A function, the ways on it, and the window that shows them.
pub(crate) struct Scene<'a> {
    formula: Formula,
    names: [String; 2],
    plane: Plane,
    range: [[f64; 2]; 2],
    ways: &'a [Way],
    spots: Vec<Marker>,
    note: String,
}

/// Room around what is shown, as a share of it.
const MARGIN: f64 = 0.12;
/// What lies so many times higher above the lowest value than the start is not made room for.
const HIGH: f64 = 20.0;

impl<'a> Scene<'a> {
    /// The scene of these ways; `None` for a function of one variable, which has no plane.
    pub(crate) fn new(instance: &ProblemInstance, ways: &'a [Way]) -> Option<Self> {
        let n = instance.start.len();
        if n < 2 {
            return None;
        }
        let places = || ways.iter().flat_map(|way| &way.places).filter(|place| place.value.is_finite());
        let lowest = places().min_by(|a, b| a.value.total_cmp(&b.value));
        let shown: Vec<&[f64]> = {
            let low = lowest.map_or(0.0, |place| place.value);
            let first = places().next().map_or(0.0, |place| place.value);
            let most = low + HIGH * (first - low);
            // Where f has no lower bound, what is far below says nothing of the saddle.
            let least = if instance.is_unbounded_below() { FAR } else { f64::NEG_INFINITY };
            let near = |place: &&Place| place.value <= most && place.value >= least;
            places().filter(near).map(|place| place.x.as_slice()).collect()
        };
        let end = lowest.map_or(instance.start.as_slice(), |place| place.x.as_slice());
        let plane = if n == 2 { Plane::of_two() } else { Plane::main(&shown, end) };
        let points: Vec<[f64; 2]> = shown.iter().map(|x| plane.project(x)).collect();
        let minima: Vec<[f64; 2]> = instance.minima.iter().filter(|_| n == 2).map(|x| plane.project(x)).collect();
        let mut range = window(&points, &minima);
        if n == 2 && instance.is_unbounded_below() {
            // A saddle at the origin, without which nothing is seen: it is the middle of the picture.
            range = range.map(|[low, high]| [-low.abs().max(high.abs()), low.abs().max(high.abs())]);
        }
        let variables = instance.formula.variables();
        let names = match n {
            2 => [variables[0].clone(), variables[1].clone()],
            _ => ["first main direction".into(), "second main direction".into()],
        };
        let first = ways.iter().find_map(|way| way.places.first()).map_or(instance.start.as_slice(), |place| &place.x);
        let start = Marker { position: plane.project(first), kind: MarkerKind::Start, label: String::new() };
        let mut spots = if n == 2 { spots::find(&instance.formula, range) } else { Vec::new() };
        spots.push(start);
        let note = match n {
            2 => String::new(),
            _ => format!("this plane shows {:.1} % of the motion in {n} dimensions", 100.0 * plane.share),
        };
        Some(Self { formula: instance.formula.clone(), names, plane, range, ways, spots, note })
    }

    /// f on the plane.
    fn field(&self) -> Box<dyn Fn(f64, f64) -> f64 + 'static> {
        let (formula, plane) = (RefCell::new(self.formula.clone()), self.plane.clone());
        Box::new(move |a, b| formula.borrow_mut().value(&plane.at([a, b])).unwrap_or(f64::NAN))
    }

    fn paths(&self) -> Vec<Series> {
        let path = |way: &Way| {
            let points = way.places.iter().map(|place| self.plane.project(&place.x)).collect();
            Series::line(way.name.clone(), points, way.style)
        };
        self.ways.iter().map(path).collect()
    }

    fn axes(&self) -> [Axis; 2] {
        [0, 1].map(|i| Axis::linear(self.names[i].clone()).range(self.range[i][0], self.range[i][1]))
    }

    fn map(&self, title: &str) -> ContourMap<'static> {
        let [x, y] = self.axes();
        let (paths, spots, note) = (self.paths(), self.spots.clone(), self.note.clone());
        // In many dimensions a value takes long: some 3e7 numbers are read for a map.
        let map = ContourMap::new(self.field());
        let nodes = map.nodes_per_side.min((3e7 / self.plane.origin.len() as f64).sqrt() as usize).max(41);
        ContourMap { title: title.into(), note, x, y, paths, markers: spots, nodes_per_side: nodes, ..map }
    }

    fn surface(&self, title: &str) -> Surface<'static> {
        let [x, y] = self.axes();
        let (paths, spots, note) = (self.paths(), self.spots.clone(), self.note.clone());
        // Seen from the side to which the paths go: what lies behind a ridge is not seen.
        let [low, high] = self.range[1];
        let ends = || paths.iter().filter_map(|path| path.points.last()).filter(|end| end[1].is_finite());
        let behind = ends().map(|end| end[1] - f64::midpoint(low, high)).sum::<f64>() > 0.0;
        let surface = Surface::new(self.field());
        let azimuth = surface.azimuth + if behind { 180.0 } else { 0.0 };
        Surface { title: title.into(), note, x, y, paths, markers: spots, azimuth, ..surface }
    }

    /// The picture as it stands.
    pub(crate) fn panel(&self, title: &str, view: View) -> Panel<'static> {
        match view {
            View::Contour => self.map(title).into(),
            View::Surface => self.surface(title).into(),
        }
    }

    /// The picture as it moves; the ways are those that are [`raced`].
    pub(crate) fn race(&self, title: &str, view: View) -> Animation<'static> {
        let race = match view {
            View::Contour => Animation::new(self.map(title)),
            View::Surface => Animation::new(self.surface(title)),
        };
        // Of long runs not every step is kept.
        let every = self.ways.iter().find_map(|way| Some(way.places.get(1)?.step - way.places[0].step));
        Animation { steps_per_point: every.map_or(1, |every| every as usize), ..race }
    }
}

/// A function of one variable in a style of its own, and the ways on it.
pub(crate) fn curve(instance: &ProblemInstance, ways: &[Way], title: &str, style: usize) -> Panel<'static> {
    let places = || ways.iter().flat_map(|way| &way.places);
    let xs: Vec<[f64; 2]> = places().map(|place| [place.x[0], 0.0]).chain([[instance.start[0], 0.0]]).collect();
    let [low, high] = window(&xs, &[])[0];
    let mut formula = instance.formula.clone();
    let at = |i: u32| low + (high - low) * f64::from(i) / 400.0;
    let points = (0..=400).map(|i| [at(i), formula.value(&[at(i)]).unwrap_or(f64::NAN)]).collect();
    let name = instance.formula.variables().first().cloned().unwrap_or_default();
    let mut series = vec![Series::line("f", points, style)];
    series.extend(ways.iter().map(|way| {
        let points = way.places.iter().map(|place| [place.x[0], place.value]).collect();
        Series { line: false, ..Series::line(way.name.clone(), points, way.style) }.dots()
    }));
    Chart { title: title.into(), x: Axis::linear(name), y: Axis::linear("f"), series, ..Chart::default() }.into()
}

/// A window around the points, with those of `more` that are not far.
fn window(points: &[[f64; 2]], more: &[[f64; 2]]) -> [[f64; 2]; 2] {
    let around = |points: &[[f64; 2]]| {
        [0, 1].map(|axis| {
            let values = || points.iter().map(|point| point[axis]).filter(|v| v.is_finite());
            let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
            if low <= high { [low, high] } else { [-1.0, 1.0] }
        })
    };
    let inner = around(points);
    let sizes = inner.map(|[low, high]| high - low);
    let size = sizes[0].max(sizes[1]).max(1e-9 * (1.0 + inner[0][0].abs() + inner[1][0].abs()));
    let near = |point: &&[f64; 2]| (0..2).all(|i| point[i] > inner[i][0] - size && point[i] < inner[i][1] + size);
    let all: Vec<[f64; 2]> = points.iter().chain(more.iter().filter(near)).copied().collect();
    let mut range = around(&all);
    let size = range.iter().map(|[low, high]| high - low).fold(size, f64::max);
    for [low, high] in &mut range {
        // Neither side is less than half as long as the other: a picture that is a line shows nothing.
        let middle = f64::midpoint(*low, *high);
        let half = (*high - *low).max(0.5 * size) * (0.5 + MARGIN);
        (*low, *high) = (middle - half, middle + half);
    }
    range
}
