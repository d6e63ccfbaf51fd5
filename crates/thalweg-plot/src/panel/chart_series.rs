//! Drawing of one series in a chart: line, dots, band and diverged points.

use crate::{
    data::{
        geometry::{Point, clip_polygon, clip_polyline},
        series::Series,
    },
    layout::{
        axes2d::Axes2d,
        palette::{ColorRole, series_dash},
        primitive::{Paint, Primitive, Stroke, polygon, polylines, segment},
        simplify::{reduce_columns, reduce_dots, reduce_line},
        symbol::divergence_cross,
    },
};

/// Largest deviation of a simplified line from the original, in pixels.
const TOLERANCE: f64 = 0.15;
/// Shortest distance between two symbols of divergence, in pixels.
const MIN_CROSS_DISTANCE: f64 = 9.0;

/// Returns `true` if a point diverged: its y is +∞ at a finite x.
pub(crate) fn is_diverged([x, y]: Point) -> bool {
    x.is_finite() && y.is_infinite() && y > 0.0
}

/// Returns the pixels of a series, divided at each point that an axis cannot show.
fn pixel_runs(points: &[Point], axes: &Axes2d<'_>) -> Vec<Vec<Point>> {
    let pixels: Vec<Option<Point>> = points.iter().map(|&p| axes.pixel(p)).collect();
    let runs = pixels.split(Option::is_none).map(|run| run.iter().flatten().copied().collect::<Vec<_>>());
    runs.filter(|run| !run.is_empty()).collect()
}

/// Reduces a line to fewer points for the same picture.
fn reduce(line: &[Point]) -> Vec<Point> {
    reduce_line(&reduce_columns(line), TOLERANCE)
}

/// Draws the line and the dots of a series.
pub(crate) fn draw_series(series: &Series, axes: &Axes2d<'_>, out: &mut Vec<Primitive>) {
    let color = ColorRole::Series(series.style);
    let runs = pixel_runs(&series.points, axes);
    if series.line {
        let visible = runs.iter().flat_map(|run| clip_polyline(&reduce(run), &axes.plot_area));
        let (single_points, lines): (Vec<_>, Vec<_>) = visible.partition(|line| line.len() == 1);
        out.push(polylines(lines, Stroke::new(color, 1.8).dashed(series_dash(series.style))));
        // A single point between gaps has no line that would show it.
        out.extend(single_points.iter().map(|point| Primitive::Circle {
            center: point[0],
            radius: 1.8,
            paint: Paint::fill(color),
        }));
    }
    if series.dots {
        let inside: Vec<Point> = runs.into_iter().flatten().filter(|&p| axes.plot_area.contains(p)).collect();
        let paint = Paint::fill(color).outlined(ColorRole::Background, 0.8);
        out.extend(reduce_dots(&inside).into_iter().map(|center| Primitive::Circle { center, radius: 2.8, paint }));
    }
}

/// Draws the band of a series, if it has one.
pub(crate) fn draw_band(series: &Series, axes: &Axes2d<'_>, out: &mut Vec<Primitive>) {
    let Some(band) = &series.band else { return };
    let edge = |v: f64| match axes.pixel_y(v) {
        _ if v.is_nan() => None,
        // A value that the scale cannot show, such as 0 on a logarithmic one, lies beyond the edge of the plot area.
        None => Some(if v > 0.0 { axes.plot_area.y } else { axes.plot_area.bottom() }),
        pixel => pixel,
    };
    let pixels: Vec<Option<[f64; 3]>> =
        band.iter().map(|&[x, low, high]| Some([axes.pixel_x(x)?, edge(low)?, edge(high)?])).collect();
    for run in pixels.split(Option::is_none) {
        let side = |k: usize| reduce(&run.iter().flatten().map(|p| [p[0], p[k]]).collect::<Vec<_>>());
        let mut outline = side(1);
        outline.extend(side(2).into_iter().rev());
        let outline = clip_polygon(outline, &axes.plot_area);
        if outline.len() > 2 {
            out.push(polygon(outline, Paint::translucent_fill(ColorRole::Series(series.style), 0.13)));
        }
    }
}

/// Draws the symbols of the diverged points in a row at `y`, connected to the last finite point before them.
pub(crate) fn draw_diverged_points(series: &Series, axes: &Axes2d<'_>, y: f64, out: &mut Vec<Primitive>) {
    let area = axes.plot_area;
    let color = ColorRole::Series(series.style);
    let mut last_cross = f64::NEG_INFINITY;
    let mut last_finite: Option<Point> = None;
    for &p in &series.points {
        if !is_diverged(p) {
            last_finite = axes.pixel(p).filter(|&p| area.contains(p));
            continue;
        }
        let Some(x) = axes.pixel_x(p[0]).filter(|&x| area.contains([x, area.y])) else { continue };
        if let Some(last) = last_finite.take().filter(|_| series.line) {
            out.push(segment(last, [x, y], Stroke::new(color, 1.0).dashed(&[1.0, 2.5])));
        }
        if (x - last_cross).abs() >= MIN_CROSS_DISTANCE {
            out.push(divergence_cross([x, y], color));
            last_cross = x;
        }
    }
}
