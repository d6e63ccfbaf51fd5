//! C. Pictures of paths: all methods from one start in one ravine, together and separately.

use crate::{Page, Result, TextTable, Trajectory, TunedRun, format_number, lr_grid, method_style, tune_lr};
use anyhow::Context;
use thalweg_plot::{Animation, Axis, ContourMap, Figure, Marker, MarkerKind, Series};
use thalweg_problems::ProblemInstance;

const METHODS: [(&str, &str); 6] = [
    ("SGD", "sgd"),
    ("Momentum", "momentum:momentum=0.9"),
    ("NAG", "nag:momentum=0.9,nesterov=lookahead"),
    ("AdaGrad", "adagrad"),
    ("RMSProp", "rmsprop:rho=0.9"),
    ("Adam", "adam"),
];
/// Number of steps of a run.
const RUN_STEPS: u64 = 200;
/// Number of steps in the pictures.
const DRAWN_STEPS: u64 = 60;

/// The run of one method at its learning rate.
struct Run {
    name: &'static str,
    tuned: TunedRun,
    /// The run until f stays at or below the target.
    path: Trajectory,
}

/// Runs the experiments of the page.
pub(super) fn page() -> Result<Page> {
    let mut page = Page::new("C. The paths");
    page.text(
        "The well-known picture: all methods from one start in one ravine, f = x²/20 + y² from (−7, 2). The learning rate of each \
         method is chosen by the same rule: of ten rates per decade from 0.001 to 10, the one with which f soonest reaches 1 % \
         of its initial value and stays at or below it until step 200. No rate was chosen by hand.",
    );
    let ravine = ProblemInstance::named("ravine", None)?;
    let first = ravine.clone().formula.value(&ravine.start)?;
    let mut runs = Vec::new();
    let mut table =
        TextTable::new(&["method", "rate", "steps to 1 %", "path length / distance", "largest x", "sign changes of y"]);
    for (name, method) in METHODS {
        let tuned = tune_lr(&ravine, method, lr_grid(-3, 1, 10), 0.01 * first, RUN_STEPS)?
            .context("no rate reaches the target")?;
        let path = tuned.trajectory.truncated(tuned.steps);
        let drawn = tuned.trajectory.truncated(DRAWN_STEPS);
        table.row(&[
            &name,
            &tuned.lr,
            &tuned.steps,
            &format!("{:.2}", path.detour()),
            &format_number(largest_x(&drawn)),
            &sign_changes(&drawn.truncated(20)),
        ]);
        runs.push(Run { name, tuned, path });
    }
    page.table(table);
    page.text(
        "The path length is that until 1 % is reached, the largest x is that of 60 steps, and the sign changes of y are those of 20 \
         steps.",
    );
    claims(&mut page, &runs);
    pictures(&mut page, &runs);
    page.text(
        "Such pictures are illustrations. They have two variables, no noise and a ravine along an axis, which favours methods with \
         a step size per coordinate: rotating the ravine by 45° reverses the order (page E, no free lunch). They show how a \
         method moves, not which one is better.",
    );
    Ok(page)
}

fn largest_x(trajectory: &Trajectory) -> f64 {
    trajectory.points.iter().map(|x| x[0]).fold(f64::NEG_INFINITY, f64::max)
}

/// Returns the number of sign changes of y.
fn sign_changes(trajectory: &Trajectory) -> usize {
    trajectory.points.windows(2).filter(|x| x[0][1] * x[1][1] < 0.0).count()
}

fn claims(page: &mut Page, runs: &[Run]) {
    let [sgd, momentum, nag, adagrad, rmsprop, adam] = runs else { return };
    let drawn = |run: &Run| run.tuned.trajectory.truncated(DRAWN_STEPS);
    page.claim(
        "SGD oscillates across the ravine: y changes sign at each of 20 steps.",
        sign_changes(&sgd.path.truncated(20)) == 20,
    );
    page.claim("SGD never overshoots along the ravine: x stays below 0.", largest_x(&drawn(sgd)) < 0.0);
    page.claim("Momentum overshoots: x exceeds 0.4.", largest_x(&drawn(momentum)) > 0.4);
    let straighter = nag.path.detour() < momentum.path.detour() && nag.tuned.steps < momentum.tuned.steps;
    page.claim("NAG, which looks ahead, takes a straighter path than momentum and arrives earlier.", straighter);
    page.claim("The path of AdaGrad is straighter than that of SGD.", adagrad.path.detour() < sgd.path.detour());
    page.claim("The path of RMSProp is the straightest, within 5 % of a straight line.", rmsprop.path.detour() < 1.05);
    page.claim("Adam has momentum and overshoots like momentum.", largest_x(&drawn(adam)) > 0.4);
    let soonest = runs.iter().all(|run| adagrad.tuned.steps <= run.tuned.steps);
    page.claim("AdaGrad is the first to reach 1 % here.", soonest);
}

fn map(title: &str, note: &str, paths: Vec<Series>) -> ContourMap<'static> {
    ContourMap {
        title: title.into(),
        note: note.into(),
        x: Axis::linear("x").range(-8.0, 4.0),
        y: Axis::linear("y").range(-3.0, 3.0),
        paths,
        markers: vec![
            Marker { position: [-7.0, 2.0], kind: MarkerKind::Start, label: String::new() },
            Marker { position: [0.0, 0.0], kind: MarkerKind::Minimum, label: String::new() },
        ],
        ..ContourMap::new(|x, y| x * x / 20.0 + y * y)
    }
}

fn pictures(page: &mut Page, runs: &[Run]) {
    let line = |run: &Run| {
        Series::line(run.name, run.tuned.trajectory.truncated(DRAWN_STEPS).points_2d(), method_style(run.name))
    };
    let all = || runs.iter().map(line).collect();
    let title = "60 steps of six methods in a ravine";
    let note = "x²/20 + y² from (−7, 2), each method at its best rate";
    page.figure("paths", "the paths of six methods from one start", Figure::new(map(title, note, all())));
    let animation = Animation { frames: 61, seconds: 8.0, ..Animation::new(map(title, note, all())) };
    page.animation("paths", "the same paths step by step", animation);
    let alone = runs.iter().map(|run| {
        let note = format!("rate {}, {} steps to 1 %", run.tuned.lr, run.tuned.steps);
        map(run.name, &note, vec![Series { name: String::new(), ..line(run) }]).into()
    });
    let title = "Each method alone".into();
    let figure = Figure { title, panels: alone.collect(), columns: 2, ..Figure::default() };
    page.figure("paths-alone", "six maps with the path of one method each", figure);
}
