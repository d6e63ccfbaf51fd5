//! Pictures of `thalweg minimize`: `--plot`, `--report`, and the chart in a terminal.

use anyhow::Result;
use thalweg::minimize::RecordedPoint;
use thalweg_learn::Destination;
use thalweg_plot::{Axis, Chart, Figure, Series};
use thalweg_problems::ProblemInstance;

use super::minima;
use super::report::MinimizeReport;
use crate::commands::View;
use crate::picture::backdrop::{Backdrop, MethodPath, curve_panel};
use crate::picture::html_page::HtmlPage;
use crate::picture::{PictureFile, gap_label};
use crate::report::text_table::TextTable;

/// Characters of a formula on the page.
const MAX_FORMULA_CHARACTERS: usize = 400;
/// Characters of a title.
const MAX_TITLE_CHARACTERS: usize = 60;

/// Writes the picture and the page that were requested.
pub(super) fn write(
    report: &MinimizeReport<'_>,
    view: View,
    picture: Option<&PictureFile>,
    page: Option<&Destination>,
) -> Result<()> {
    if picture.is_none() && page.is_none() {
        return Ok(());
    }
    let paths = paths(report);
    let backdrop = Backdrop::new(report.instance, &paths);
    if let Some(picture) = picture {
        match (&backdrop, picture.is_animated()) {
            (Some(backdrop), true) => picture.write_animation(&backdrop.animation(&title(report.instance), view))?,
            _ => picture.write_figure(&figure(report, &paths, backdrop.as_ref(), view))?,
        }
    }
    if let Some(page) = page {
        page.write(render_page(report, &paths, backdrop.as_ref())?.as_bytes())?;
    }
    Ok(())
}

/// Returns the path of the run as the only one of the picture.
pub(super) fn paths(report: &MinimizeReport<'_>) -> [MethodPath; 1] {
    // Style 0 is taken by the curve of a function of one variable.
    let style = usize::from(report.outcome.x.len() == 1);
    [MethodPath { name: report.method.clone(), style, points: report.outcome.path.clone() }]
}

/// Returns the path on the function and the progress over the steps.
pub(super) fn figure(
    report: &MinimizeReport<'_>,
    paths: &[MethodPath],
    backdrop: Option<&Backdrop<'_>>,
    view: View,
) -> Figure<'static> {
    let path = match backdrop {
        Some(backdrop) => backdrop.panel("Path", view),
        None => curve_panel(report.instance, paths, "Path", 0),
    };
    let caption = format!("{}: {}.", report.method, report.sentence());
    let panels = vec![path, progress_chart(report).into()];
    Figure { title: title(report.instance), caption, panels, columns: 2, panel_width: None }
}

fn render_page(report: &MinimizeReport<'_>, paths: &[MethodPath], backdrop: Option<&Backdrop<'_>>) -> Result<String> {
    let mut page = HtmlPage::new(&title(report.instance));
    page.lead(&(report.sentence() + "."));
    let formula = shorten(report.instance.formula.text(), MAX_FORMULA_CHARACTERS);
    let mut notes = vec![format!("f = {formula}"), format!("method {}", report.method)];
    if let Some(problem) = report.instance.problem {
        notes.push(format!("{} ({})", problem.illustrates, problem.source));
    }
    page.notes(&notes);
    page.figure(&figure(report, paths, backdrop, View::Contour));
    if let (Some(backdrop), 2) = (backdrop, report.instance.start.len()) {
        page.heading("The surface");
        page.figure(&Figure { panels: vec![backdrop.panel("", View::Surface)], columns: 1, ..Figure::default() });
    }
    page.heading("Result");
    let mut table = TextTable::new(&["", "value"]);
    table.rows = report.rows().into_iter().map(|(name, text)| vec![name, text]).collect();
    page.table(&table);
    if let Some(starts) = report.starts {
        page.heading(&format!("{} from {} starts", minima::count_text(starts, report.maximize), starts.runs));
        page.table(&minima::table(starts));
    }
    page.json(&serde_json::to_string_pretty(&report.json())?);
    Ok(page.finish())
}

/// Returns the name of the problem, or the formula.
fn title(instance: &ProblemInstance) -> String {
    match instance.problem {
        Some(_) => shorten(&instance.name.replace('_', " "), MAX_TITLE_CHARACTERS),
        None => shorten(instance.formula.text(), MAX_TITLE_CHARACTERS),
    }
}

fn shorten(text: &str, max_characters: usize) -> String {
    if text.chars().count() <= max_characters {
        return text.into();
    }
    text.chars().take(max_characters - 1).chain(['…']).collect()
}

/// Returns the chart of the progress: the distance of f from its best known value, and the gradient norm, over the
/// steps; f itself if it is unbounded below.
pub(super) fn progress_chart(report: &MinimizeReport<'_>) -> Chart {
    let MinimizeReport { instance, outcome, .. } = report;
    // The logarithmic axis has no place for step 0.
    let line = |value_of: &dyn Fn(&RecordedPoint) -> f64| {
        let points = outcome.path.iter().filter(|point| point.step > 0);
        points.map(|point| [point.step as f64, value_of(point)]).collect::<Vec<_>>()
    };
    let chart = Chart { title: "Progress".into(), x: Axis::log("step"), y: Axis::log(""), ..Chart::default() };
    if instance.is_unbounded_below() && !report.maximize {
        let series = vec![Series::line("f", line(&|point| point.value), 0)];
        return Chart { series, y: Axis::linear("f"), ..chart };
    }
    let known = instance.min_value().unwrap_or(f64::INFINITY);
    let values = || outcome.path.iter().map(|point| point.value).filter(|v| v.is_finite());
    let (base, label) = if report.maximize {
        (values().fold(f64::NEG_INFINITY, f64::max), "highest f − f".to_owned())
    } else {
        let lowest = values().fold(known, f64::min);
        (lowest, if known.is_finite() { gap_label("f", lowest) } else { "f − lowest f".to_owned() })
    };
    let gap = Series::line(label, line(&|point| (point.value - base).abs()), 0);
    let norm = Series::line("gradient norm", line(&|point| point.gradient_norm), 1);
    Chart { series: vec![gap, norm], ..chart }
}
