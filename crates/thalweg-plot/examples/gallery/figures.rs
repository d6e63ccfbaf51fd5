//! Figures of every kind, and of unusual data.

use crate::descent::{METHODS, NamedMethod, PlaneFunction, himmelblau, path, rosenbrock, saddle};
use thalweg_plot::{
    Axis, Bar, BarChart, Chart, ContourMap, Figure, Marker, MarkerKind, Orientation, Panel, ReferenceLine, Series,
    Surface,
};

/// Returns all figures with the names of their files, without extension.
pub(crate) fn all() -> Vec<(&'static str, Figure<'static>)> {
    vec![
        ("curves", Figure::new(loss_curves())),
        ("rates", Figure::new(learning_rates())),
        ("rosenbrock", Figure::new(rosenbrock_map())),
        ("himmelblau", Figure::new(himmelblau_map())),
        ("saddle", Figure::new(saddle_surface())),
        ("bars", Figure::new(steps_to_target())),
        ("hills", Figure::new(himmelblau_surface())),
        ("report", report()),
        ("comparison", comparison()),
        ("odd", unusual_data()),
    ]
}

fn paths(f: PlaneFunction, from: [f64; 2], steps: usize) -> Vec<Series> {
    let series =
        |(style, NamedMethod { name, method, lr })| Series::line(name, path(f, method, lr, from, steps), style);
    METHODS.into_iter().enumerate().map(series).collect()
}

/// Loss curves with bands over two logarithmic axes.
pub(crate) fn loss_curves() -> Chart {
    let series = paths(rosenbrock, [-1.5, 2.0], 5000).into_iter().map(|s| {
        let loss: Vec<[f64; 2]> =
            s.points.iter().enumerate().skip(1).map(|(t, &p)| [t as f64, rosenbrock(p)]).collect();
        let band = loss.iter().map(|&[t, f]| [t, f / 2.2, f * 1.8]).collect();
        Series { points: loss, band: Some(band), ..s }
    });
    Chart {
        title: "Eight methods on Rosenbrock's function".into(),
        note: "median of 10 starts, band from the first to the third quartile".into(),
        x: Axis::log("step"),
        y: Axis::log("f(x) − f*").range(1e-8, 1e4),
        series: series.collect(),
        reference_lines: vec![ReferenceLine {
            orientation: Orientation::Horizontal,
            value: 1e-6,
            label: "target 10⁻⁶".into(),
        }],
    }
}

/// Final values against learning rates: U-shaped curves whose right end diverges.
pub(crate) fn learning_rates() -> Chart {
    let names = ["gradient descent", "heavy ball", "RMSProp", "Adam"];
    let series = names.iter().enumerate().map(|(style, name)| {
        let (best, limit) = (10f64.powf(-3.4 + 0.8 * style as f64), 10f64.powf(-2.6 + 0.9 * style as f64));
        let value = |lr: f64| {
            let off = (lr / best).log10();
            if lr > limit { f64::INFINITY } else { 3e-4 * 10f64.powf(1.3 * off.abs() + 0.2 * off * off) }
        };
        let points: Vec<[f64; 2]> =
            (0..=24).map(|k| 10f64.powf(-6.0 + 0.25 * f64::from(k))).map(|lr| [lr, value(lr)]).collect();
        let band = points.iter().map(|&[lr, f]| [lr, f / 1.6, f * 1.9]).filter(|b| b[1].is_finite()).collect();
        Series::line(*name, points, style).dots().band(band)
    });
    Chart {
        title: "How much the learning rate matters".into(),
        note: "final value after 1000 steps; ✕ diverged".into(),
        x: Axis::log("learning rate"),
        y: Axis::log("f after 1000 steps"),
        series: series.collect(),
        reference_lines: vec![ReferenceLine {
            orientation: Orientation::Vertical,
            value: 1e-3,
            label: "default".into(),
        }],
    }
}

fn marker(x: f64, y: f64, kind: MarkerKind, label: &str) -> Marker {
    Marker { position: [x, y], kind, label: label.into() }
}

/// Rosenbrock's function with the paths of all methods.
pub(crate) fn rosenbrock_map() -> ContourMap<'static> {
    ContourMap {
        title: "Rosenbrock's valley, 500 steps of eight methods".into(),
        note: "f(x, y) = (1 − x)² + 100 (y − x²)²".into(),
        x: Axis::linear("x").range(-2.0, 2.0),
        y: Axis::linear("y").range(-1.0, 3.0),
        paths: paths(rosenbrock, [-1.5, 2.0], 500),
        markers: vec![marker(-1.5, 2.0, MarkerKind::Start, "start"), marker(1.0, 1.0, MarkerKind::Minimum, "(1, 1)")],
        ..ContourMap::new(|x, y| rosenbrock([x, y]))
    }
}

/// Himmelblau's function with all of its critical points.
pub(crate) fn himmelblau_map() -> ContourMap<'static> {
    let minima = [[3.0, 2.0], [-2.805_118, 3.131_312], [-3.779_310, -3.283_186], [3.584_428, -1.848_126]];
    let saddles = [[-3.073, -0.0813], [0.0867, 2.8843], [3.3852, 0.0739], [-0.128, -1.9537]];
    let mut spots: Vec<Marker> = minima.iter().map(|p| marker(p[0], p[1], MarkerKind::Minimum, "0")).collect();
    spots.extend(saddles.iter().map(|p| marker(p[0], p[1], MarkerKind::Saddle, "")));
    spots.push(marker(-0.2708, -0.9230, MarkerKind::Maximum, "181.6"));
    let starts = [[-0.5, -0.7], [0.3, -0.2], [-0.4, -1.6], [0.6, -1.4]];
    let adam = METHODS[4].method;
    let runs = starts.iter().enumerate().map(|(k, &from)| {
        Series::line(if k == 0 { "Adam from four starts" } else { "" }, path(himmelblau, adam, 0.05, from, 400), 4)
    });
    ContourMap {
        title: "Himmelblau's function".into(),
        note: "four minima, four saddles, one maximum".into(),
        x: Axis::linear("x").range(-5.0, 5.0),
        y: Axis::linear("y").range(-5.0, 5.0),
        paths: runs.collect(),
        markers: spots,
        ..ContourMap::new(|x, y| himmelblau([x, y]))
    }
}

/// Saddle function with the paths of all methods.
pub(crate) fn saddle_surface() -> Surface<'static> {
    let rates = [0.05, 0.02, 0.15, 0.02, 0.03, 0.04, 0.02, 0.03];
    let runs = METHODS.iter().zip(rates).enumerate().map(|(style, (&NamedMethod { name, method, .. }, lr))| {
        let points = path(saddle, method, lr, [-1.3, -0.005], 130);
        let inside = points.into_iter().take_while(|p| p[0].abs() <= 1.5 && p[1].abs() <= 1.5).collect();
        Series::line(name, inside, style)
    });
    Surface {
        title: "Leaving a saddle".into(),
        note: "f(x, y) = (x² − y²) / 2, start at (−1.3, −0.005)".into(),
        paths: runs.collect(),
        markers: vec![marker(-1.3, -0.005, MarkerKind::Start, ""), marker(0.0, 0.0, MarkerKind::Saddle, "")],
        ..Surface::new(|x, y| saddle([x, y]))
    }
}

/// Surface of the logarithm of Himmelblau's function with three paths.
pub(crate) fn himmelblau_surface() -> Surface<'static> {
    let adam = METHODS[4].method;
    let from =
        |x, y, style| Series::line(format!("Adam from ({x}, {y})"), path(himmelblau, adam, 0.05, [x, y], 300), style);
    Surface {
        title: "Himmelblau's function, its logarithm".into(),
        x: Axis::linear("first weight").range(-5.0, 5.0),
        y: Axis::linear("second weight").range(-5.0, 5.0),
        z: Axis::log("f(x, y), logarithmic").range(1.0, 1000.0),
        paths: vec![from(-0.5, -0.7, 0), from(0.3, -0.2, 1), from(4.5, 4.5, 2)],
        markers: vec![marker(3.0, 2.0, MarkerKind::Minimum, "(3, 2)")],
        azimuth: -40.0,
        elevation: 42.0,
        ..Surface::new(|x, y| himmelblau([x, y]))
    }
}

/// Figure with one panel of each kind and the same methods in all of them.
pub(crate) fn comparison() -> Figure<'static> {
    let chosen = [1, 4, 6];
    let select = |list: Vec<Series>| -> Vec<Series> { chosen.iter().map(|&k| list[k].clone()).collect() };
    let (curves, mut bars, mut map, mut surface) =
        (loss_curves(), steps_to_target(), rosenbrock_map(), saddle_surface());
    let names: Vec<&str> = chosen.iter().map(|&k| METHODS[k].name).collect();
    bars.bars.retain(|bar| names.contains(&bar.label.as_str()));
    map.paths = select(map.paths);
    surface.paths = select(surface.paths);
    let chart = Chart { series: select(curves.series.clone()), title: "Rosenbrock's function".into(), ..curves };
    map.title = "Its valley".into();
    Figure {
        title: "Three methods".into(),
        caption: "Pictures of two variables are illustrations; ranks come from the suites.".into(),
        panels: vec![chart.into(), bars.into(), map.into(), surface.into()],
        columns: 2,
        panel_width: None,
    }
}

/// Number of steps to a target, with two missing results.
pub(crate) fn steps_to_target() -> BarChart {
    let steps = [None, Some(2411.0), None, Some(1985.0), Some(412.0), Some(377.0), Some(880.0), Some(3120.0)];
    let bars = METHODS.iter().zip(steps).enumerate().map(|(style, (&NamedMethod { name, .. }, value))| Bar {
        label: name.into(),
        value,
        interval: value.map(|v: f64| [v / 1.3, (v * 1.4).min(5000.0)]),
        value_label: value.map_or(">5,000".into(), |v| format!("{v} steps")),
        style,
    });
    BarChart {
        title: "Steps until f < 10⁻⁶".into(),
        note: "median and interquartile range over ten starts; hatched: not within 5,000 steps".into(),
        x: Axis::log("steps").range(200.0, 5000.0),
        bars: bars.collect(),
    }
}

/// Figure with several charts and one legend.
pub(crate) fn report() -> Figure<'static> {
    let series = |power: f64| -> Vec<Series> {
        let curve = |rate: f64| (0..200).map(|t| [f64::from(t), (-rate * f64::from(t)).exp().powf(power)]).collect();
        [("SGD", 0.02), ("Adam", 0.05), ("a < b & \"c\" > d", 0.09)]
            .iter()
            .enumerate()
            .map(|(style, &(name, rate))| Series::line(name, curve(rate), style))
            .collect()
    };
    let chart = |title: &str, power, y: Axis| Chart {
        title: title.into(),
        x: Axis::linear("step"),
        y,
        series: series(power),
        ..Chart::default()
    };
    let panels: Vec<Panel<'static>> = vec![
        chart("training loss", 1.0, Axis::log("loss")).into(),
        chart("validation loss", 0.8, Axis::log("loss")).into(),
        chart("distance to the minimum", 0.5, Axis::linear("‖x − x*‖")).into(),
        chart("gradient norm", 1.5, Axis::log("‖∇f‖")).into(),
    ];
    Figure {
        title: "Logistic regression, three methods, one legend".into(),
        caption: "All methods were tuned with the same budget of 21 learning rates on three seeds and rerun on ten \
                  others. Curves are medians."
            .into(),
        panels,
        columns: 2,
        panel_width: None,
    }
}

/// Unusual data: a gap, an infinity, a single point, a long name, a hole in a map.
pub(crate) fn unusual_data() -> Figure<'static> {
    let gap = vec![[0.0, 1.0], [1.0, 2.0], [2.0, f64::NAN], [3.0, 1.5], [4.0, 3.0], [5.0, f64::INFINITY]];
    let gaps = Chart {
        title: "A gap and an infinity".into(),
        x: Axis::linear("step"),
        y: Axis::linear("f"),
        series: vec![Series::line(
            "a run with a gap that bears a very long name indeed, longer than its panel",
            gap,
            1,
        )],
        ..Chart::default()
    };
    let single =
        Chart { title: "One point".into(), series: vec![Series::line("one", vec![[3.0, 4.0]], 2)], ..Chart::default() };
    let huge = Chart {
        title: "Six hundred decades".into(),
        x: Axis::log("x"),
        y: Axis::log("y"),
        series: vec![Series::line("huge", vec![[1e-300, 1e300], [1e300, 1e-300]], 3)],
        ..Chart::default()
    };
    let hole = ContourMap {
        title: "A function with a hole".into(),
        x: Axis::linear("x").range(-1.0, 1.0),
        y: Axis::linear("y").range(-1.0, 1.0),
        ..ContourMap::new(|x: f64, y: f64| (x * x + y * y - 0.2).ln())
    };
    let panels: Vec<Panel<'static>> = vec![gaps.into(), single.into(), huge.into(), hole.into()];
    Figure { title: "Odd ones".into(), panels, columns: 2, ..Figure::default() }
}
