//! `--plot`, `--report`, and the small chart in a terminal.

use anyhow::Result;
use thalweg::ProblemInstance;
use thalweg_learn::Destination;
use thalweg_plot::{Axis, Chart, Figure, Series};

use super::minima;
use super::report::MinimizeReport;
use crate::commands::{MinimizeCommand, View};
use crate::picture::backdrop::{Scene, Way, curve};
use crate::picture::html_page::Page;
use crate::picture::{Picture, above, path::Place};
use crate::report::text_table::Grid;

/// Draws what was asked for.
pub(super) fn draw(
    command: &MinimizeCommand,
    report: &MinimizeReport<'_>,
    (picture, page): (Option<&Picture>, Option<&Destination>),
) -> Result<()> {
    if picture.is_none() && page.is_none() {
        return Ok(());
    }
    // A curve of one variable is drawn in the first style itself.
    let style = usize::from(report.outcome.x.len() == 1);
    let ways = [Way { name: report.method.clone(), style, places: report.outcome.path.clone() }];
    let view = command.view;
    let scene = Scene::new(report.instance, &ways);
    if let Some(picture) = picture {
        match (&scene, picture.moves()) {
            (Some(scene), true) => picture.animate(&scene.race(&title(report.instance), view))?,
            _ => picture.write(&figure(report, &ways, scene.as_ref(), view))?,
        }
    }
    if let Some(page) = page {
        page.write(render_page(report, &ways, scene.as_ref())?.as_bytes())?;
    }
    Ok(())
}

/// The path, and f against steps.
fn figure(report: &MinimizeReport<'_>, ways: &[Way], scene: Option<&Scene<'_>>, view: View) -> Figure<'static> {
    let path = scene.map_or_else(|| curve(report.instance, ways, "Path", 0), |scene| scene.panel("Path", view));
    let caption = format!("{}: {}.", report.method, report.sentence());
    let panels = vec![path, loss(report).into()];
    Figure { title: title(report.instance), caption, panels, columns: 2 }
}

fn render_page(report: &MinimizeReport<'_>, ways: &[Way], scene: Option<&Scene<'_>>) -> Result<String> {
    let mut page = Page::new(&title(report.instance));
    page.lead(&(report.sentence() + "."));
    let text = report.instance.formula.text();
    let shown =
        if text.len() > 400 { format!("{}…", text.chars().take(400).collect::<String>()) } else { text.into() };
    let mut notes = vec![format!("f = {shown}"), format!("method {}", report.method)];
    if let Some(problem) = report.instance.problem {
        notes.push(format!("{} ({})", problem.illustrates, problem.source));
    }
    page.notes(&notes);
    page.figure(&figure(report, ways, scene, View::Contour));
    if let (Some(scene), 2) = (scene, report.instance.start.len()) {
        page.heading("The surface");
        page.figure(&Figure { panels: vec![scene.panel("", View::Surface)], columns: 1, ..Figure::default() });
    }
    page.heading("Result");
    let mut grid = Grid::new(&["", "value"]);
    grid.rows = report.lines().into_iter().map(|(name, text)| vec![name, text]).collect();
    page.table(&grid);
    if let Some(starts) = report.starts {
        page.heading(&format!("{} from {} starts", minima::counted(starts, report.maximize), starts.runs));
        page.table(&minima::grid(starts));
    }
    page.numbers(&serde_json::to_string_pretty(&report.json())?);
    Ok(page.end())
}

/// The problem's name, or the formula where it is short.
fn title(instance: &ProblemInstance) -> String {
    let text = instance.problem.map_or_else(|| instance.formula.text().to_owned(), |_| instance.name.replace('_', " "));
    match text.chars().count() {
        0..=60 => text,
        _ => text.chars().take(57).chain("…".chars()).collect(),
    }
}

/// How far f is above the lowest value that is known, and the gradient's norm, against steps; f itself where it has no
/// lower bound.
pub(super) fn loss(report: &MinimizeReport<'_>) -> Chart {
    let MinimizeReport { instance, outcome, .. } = report;
    let known = instance.min_value().unwrap_or(f64::INFINITY);
    let seen = || outcome.path.iter().map(|place| place.value).filter(|v| v.is_finite());
    let (lowest, highest) = (seen().fold(known, f64::min), seen().fold(f64::NEG_INFINITY, f64::max));
    // From step 1 on, for a logarithm has no 0.
    let line = |of: &dyn Fn(&Place) -> f64| {
        outcome
            .path
            .iter()
            .filter(|place| place.step > 0)
            .map(|place| [place.step as f64, of(place)])
            .collect::<Vec<_>>()
    };
    let chart = Chart { title: "Progress".into(), x: Axis::log("step"), y: Axis::log(""), ..Chart::default() };
    if instance.is_unbounded_below() && !report.maximize {
        let series = vec![Series::line("f", line(&|place| place.value), 0)];
        return Chart { series, y: Axis::linear("f"), ..chart };
    }
    let (base, label) = match (report.maximize, known.is_finite()) {
        (true, _) => (highest, "highest f − f".to_owned()),
        (false, true) => (lowest, above("f", lowest)),
        (false, false) => (lowest, "f − lowest f".to_owned()),
    };
    let gap = Series::line(label, line(&|place| (place.value - base).abs()), 0);
    let norm = Series::line("gradient norm", line(&|place| place.gradient_norm), 1);
    Chart { series: vec![gap, norm], ..chart }
}
