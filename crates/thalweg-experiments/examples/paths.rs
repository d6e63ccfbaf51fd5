//! C. The path pictures: all methods from one start in one ravine, together and each alone.
//!
//! `cargo run --release -p thalweg-experiments --example paths`

use anyhow::Context;
use thalweg::ProblemInstance;
use thalweg_experiments::{Page, Result, Table, Trail, Tuned, grid, short, show, style, tune};
use thalweg_plot::{Animation, Axis, ContourMap, Figure, Marker, MarkerKind, Series};

const METHODS: [(&str, &str); 6] = [
    ("SGD", "sgd"),
    ("Momentum", "momentum:momentum=0.9"),
    ("NAG", "nag:momentum=0.9,form=shifted"),
    ("AdaGrad", "adagrad"),
    ("RMSProp", "rmsprop:rho=0.9"),
    ("Adam", "adam"),
];
const LENGTH: u64 = 200;
/// The steps that are drawn.
const DRAWN: u64 = 60;

/// One method's run at its rate.
struct Run {
    name: &'static str,
    tuned: Tuned,
    /// Until f stays below the target.
    way: Trail,
}

/// The page.
pub(crate) fn page() -> Result<Page> {
    let mut page = Page::new("C. The paths");
    page.text(
        "The famous picture: all methods from one start in one ravine, f = x²/20 + y² from (−7, 2). Each method has its own best \
         rate by one rule: of ten rates to a decade from 0.001 to 10 the one with which f is soonest at most 1 % of its first \
         value and stays so up to step 200. No rate was chosen by hand.",
    );
    let ravine = ProblemInstance::named("ravine", None)?;
    let first = ravine.clone().formula.value(&ravine.start)?;
    let mut runs = Vec::new();
    let mut table = Table::new(&["method", "rate", "steps to 1 %", "way / distance", "largest x", "turns of y"]);
    for (name, method) in METHODS {
        let tuned = tune(&ravine, method, grid(-3, 1, 10), 0.01 * first, LENGTH)?.context("a rate that arrives")?;
        let way = tuned.trail.first(tuned.steps);
        let drawn = tuned.trail.first(DRAWN);
        table.row(&[
            &name,
            &tuned.rate,
            &tuned.steps,
            &format!("{:.2}", way.detour()),
            &short(farthest(&drawn)),
            &turns(&drawn.first(20)),
        ]);
        runs.push(Run { name, tuned, way });
    }
    page.table(table);
    page.text(
        "The way is that up to 1 %, the largest x that of 60 steps, and the turns of y are its changes of sign in 20.",
    );
    claims(&mut page, &runs);
    pictures(&mut page, &runs);
    page.text(
        "Such pictures are illustrations. They have two variables, no noise and a ravine along an axis, which is what a rate \
         for each coordinate is good at: turned by 45° the ravine reverses the order (page E, no free lunch). They show how \
         a method moves, not which one is better.",
    );
    Ok(page)
}

fn farthest(trail: &Trail) -> f64 {
    trail.points.iter().map(|x| x[0]).fold(f64::NEG_INFINITY, f64::max)
}

/// How often y changes its sign.
fn turns(trail: &Trail) -> usize {
    trail.points.windows(2).filter(|x| x[0][1] * x[1][1] < 0.0).count()
}

fn claims(page: &mut Page, runs: &[Run]) {
    let [sgd, momentum, nag, adagrad, rmsprop, adam] = runs else { return };
    let drawn = |run: &Run| run.tuned.trail.first(DRAWN);
    page.claim(
        "SGD goes to and fro across the ravine: y changes sign at each of 20 steps.",
        turns(&sgd.way.first(20)) == 20,
    );
    page.claim("SGD never passes the minimum along the ravine: x stays below 0.", farthest(&drawn(sgd)) < 0.0);
    page.claim("Momentum overshoots: its x passes 0, by more than 0.4.", farthest(&drawn(momentum)) > 0.4);
    let straighter = nag.way.detour() < momentum.way.detour() && nag.tuned.steps < momentum.tuned.steps;
    page.claim("NAG looks ahead: its way is straighter than momentum's, and it arrives earlier.", straighter);
    page.claim("AdaGrad's way is straighter than SGD's.", adagrad.way.detour() < sgd.way.detour());
    page.claim("RMSProp's is the straightest, within 5 % of the straight line.", rmsprop.way.detour() < 1.05);
    page.claim("Adam has momentum and overshoots like it.", farthest(&drawn(adam)) > 0.4);
    let soonest = runs.iter().all(|run| adagrad.tuned.steps <= run.tuned.steps);
    page.claim("AdaGrad is the first at 1 % here.", soonest);
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
    let line = |run: &Run| Series::line(run.name, run.tuned.trail.first(DRAWN).plane(), style(run.name));
    let all = || runs.iter().map(line).collect();
    let title = "60 steps of six methods in a ravine";
    let note = "x²/20 + y² from (−7, 2), each method at its best rate";
    page.still("paths", "the paths of six methods from one start", Figure::new(map(title, note, all())));
    let race = Animation { frames: 61, seconds: 8.0, ..Animation::new(map(title, note, all())) };
    page.film("paths", "the same step by step", race);
    let alone = runs.iter().map(|run| {
        let note = format!("rate {}, {} steps to 1 %", run.tuned.rate, run.tuned.steps);
        map(run.name, &note, vec![Series { name: String::new(), ..line(run) }]).into()
    });
    let title = "Each method alone".into();
    let figure = Figure { title, panels: alone.collect(), columns: 2, ..Figure::default() };
    page.still("paths-alone", "six maps with the path of one method each", figure);
}

fn main() -> Result<std::process::ExitCode> {
    show(&page()?)
}
