//! `--plot` and `--report`: paths, progress, rates, targets.

use std::io::Write;
use std::ops::ControlFlow;

use anyhow::Result;
use thalweg::{Optimizer, OptimizerSpec, ProblemInstance, Schedule, StopCriteria, minimize, square_sum};
use thalweg_compare::{ComparisonReport, MethodResult, ProtocolResult, Quartiles};
use thalweg_learn::Destination;
use thalweg_plot::{Axis, Bar, BarChart, Chart, Figure, Panel, Series};

use super::tables;
use crate::commands::View;
use crate::exit::Usage;
use crate::picture::backdrop::{Scene, Way, curve, raced};
use crate::picture::html_page::Page;
use crate::picture::path::{Path, Place};
use crate::picture::{Picture, above};
use crate::report::format::group_digits;

/// Refuses a GIF of data or of a function of one variable; `variables` are those of the function, if there is one.
pub(super) fn check(picture: Option<&Picture>, variables: Option<usize>) -> Result<(), Usage> {
    if picture.is_some_and(Picture::moves) && variables.is_none_or(|n| n < 2) {
        let why = "a GIF shows paths on a plane, which data and functions of one variable have not";
        return Err(Usage(why.into()));
    }
    Ok(())
}

/// A protocol with what its pictures are made of.
struct Drawn<'a> {
    report: &'a ComparisonReport,
    table: &'a ProtocolResult,
    height: Height,
    /// The function, where it is one, and the paths of the methods on it.
    function: Option<(ProblemInstance, Vec<Way>)>,
}

/// Draws what was asked for.
pub(super) fn draw(
    report: &ComparisonReport,
    (view, runs): (View, &std::path::Path),
    (picture, page): (Option<&Picture>, Option<&Destination>),
) -> Result<()> {
    // A picture is of the last protocol, a page of all.
    let first = match (picture, page) {
        (None, None) => return Ok(()),
        (_, Some(_)) => 0,
        (Some(_), None) => report.results.len().saturating_sub(1),
    };
    let drawn: Vec<Drawn<'_>> =
        report.results[first..].iter().map(|table| Drawn::of(report, table)).collect::<Result<_>>()?;
    match (picture, drawn.last()) {
        (Some(picture), Some(drawn)) => drawn.write(picture, view)?,
        (Some(_), None) => {
            let _ = writeln!(std::io::stderr(), "note: no run was finished, so there is no picture");
        }
        (None, _) => {}
    }
    if let Some(page) = page {
        page.write(html(report, &drawn, runs)?.as_bytes())?;
    }
    Ok(())
}

/// The progress of the last protocol with characters.
pub(super) fn terminal(report: &ComparisonReport) -> Result<String> {
    let Some(table) = report.results.last() else { return Ok(String::new()) };
    let instance = instance(report)?;
    Ok(crate::picture::terminal(&progress(report, table, &Height::of(report, instance.as_ref()))))
}

/// The page: verdict, how it was found, warnings, pictures, tables, numbers.
fn html(report: &ComparisonReport, drawn: &[Drawn<'_>], runs: &std::path::Path) -> Result<String> {
    let mut page = Page::new(&report.header.benchmark);
    for table in &report.results {
        page.lead(&format!("{}: {}", table.protocol.name(), table.verdict));
    }
    page.notes(&tables::ground(report));
    if !report.warnings.is_empty() {
        page.heading("Warnings");
        page.notes(&report.warnings);
    }
    for drawn in drawn {
        let table = drawn.table;
        page.heading(&tables::chosen(report, table.protocol));
        let scene = drawn.scene();
        page.figure(&drawn.figure(scene.as_ref(), View::Contour));
        if let (Some(scene), Some((instance, _))) = (&scene, &drawn.function)
            && instance.start.len() == 2
        {
            let panels = vec![scene.panel("The surface", View::Surface)];
            page.figure(&Figure { panels, columns: 1, ..Figure::default() });
        }
        page.text("Steps to a share of the first gap (medians; ≈: cannot be told apart from the best).");
        page.table(&tables::steps(report, table));
        page.text("Evaluations of the gradient to it.");
        page.table(&tables::cost(report, table, "evaluations", |target| target.evaluations));
        page.text("Seconds to it.");
        page.table(&tables::cost(report, table, "seconds", |target| target.seconds));
        if let Some(settings) = tables::settings(table) {
            page.text(&settings);
        }
    }
    let runs = thalweg_learn::shell_word(&runs.display().to_string());
    page.command(
        "The same report from the runs it was made of:",
        &format!("thalweg compare --from {runs} --report report.html"),
    );
    page.numbers(&serde_json::to_string_pretty(report)?);
    Ok(page.end())
}

impl<'a> Drawn<'a> {
    fn of(report: &'a ComparisonReport, table: &'a ProtocolResult) -> Result<Self> {
        let instance = instance(report)?;
        let height = Height::of(report, instance.as_ref());
        let function = instance
            .map(|instance| {
                let ways = ways(report, table, &instance)?;
                Ok::<_, anyhow::Error>((instance, ways))
            })
            .transpose()?;
        Ok(Self { report, table, height, function })
    }

    /// The paths on their function; none on data, and none of one variable.
    fn scene(&self) -> Option<Scene<'_>> {
        self.function.as_ref().and_then(|(instance, ways)| Scene::new(instance, ways))
    }

    fn write(&self, picture: &Picture, view: View) -> Result<()> {
        if let (true, Some((instance, ways))) = (picture.moves(), &self.function) {
            let ways = raced(ways);
            if let Some(scene) = Scene::new(instance, &ways) {
                return picture.animate(&scene.race(&title(self.report, self.table), view));
            }
        }
        picture.write(&self.figure(self.scene().as_ref(), view))
    }

    /// All panels of a protocol.
    fn figure(&self, scene: Option<&Scene<'_>>, view: View) -> Figure<'static> {
        let Self { report, table, height, function } = self;
        let mut panels: Vec<Panel<'static>> = Vec::new();
        if let Some((instance, ways)) = function {
            let title = "Paths from the start of seed 0";
            panels
                .push(scene.map_or_else(|| curve(instance, ways, title, ways.len()), |scene| scene.panel(title, view)));
        }
        panels.push(progress(report, table, height).into());
        if table.methods.iter().any(|standing| standing.lr_points.len() > 1) {
            panels.push(rates(report, table, height).into());
        }
        panels.push(targets(report, table).into());
        Figure { title: title(report, table), caption: table.verdict.clone(), panels, columns: 2 }
    }
}

fn title(report: &ComparisonReport, table: &ProtocolResult) -> String {
    format!("{}, protocol {}", report.header.benchmark, table.protocol.name())
}

/// A method has the same colour in every table: its place in the list that was asked for.
fn style(report: &ComparisonReport, standing: &MethodResult) -> usize {
    report.header.methods.iter().position(|method| *method == standing.method).unwrap_or(0)
}

/// In the order that was asked for, as legends list them.
fn ordered<'a>(report: &ComparisonReport, table: &'a ProtocolResult) -> Vec<&'a MethodResult> {
    let mut standings: Vec<&MethodResult> = table.methods.iter().collect();
    standings.sort_by_key(|standing| style(report, standing));
    standings
}

/// How values are drawn: what is taken away, where the floor is, and the axis. A gap is drawn down to the tightest target;
/// a function without a lower bound as it is, down to a little beyond the saddle.
struct Height {
    base: f64,
    floor: f64,
    axis: Axis,
}

impl Height {
    fn of(report: &ComparisonReport, instance: Option<&ProblemInstance>) -> Self {
        let value = &report.header.metric;
        if instance.is_some_and(ProblemInstance::is_unbounded_below) {
            return Self { base: 0.0, floor: 1.25 * report.reference_value, axis: Axis::linear(value.clone()) };
        }
        let starts =
            report.results.iter().flat_map(|table| &table.methods).filter_map(|standing| standing.curve.first());
        let gap = starts.map(|(_, band)| band.median - report.reference_value).fold(0.0, f64::max);
        let tightest = report.header.targets().last().copied().unwrap_or(0.0);
        let axis = Axis::log(above(value, report.reference_value));
        Self { base: report.reference_value, floor: (tightest * gap).max(f64::MIN_POSITIVE), axis }
    }

    fn at(&self, value: f64) -> f64 {
        (value - self.base).max(self.floor)
    }
}

/// The gap that is left against steps, with quartiles.
fn progress(report: &ComparisonReport, table: &ProtocolResult, height: &Height) -> Chart {
    let series = ordered(report, table).into_iter().map(|standing| {
        let gap = |value: f64| height.at(value);
        let points = standing.curve.iter().filter(|(step, _)| *step > 0);
        let line = points.clone().map(|(step, band)| [*step as f64, gap(band.median)]).collect();
        let band = points.map(|(step, band)| [*step as f64, gap(band.low), gap(band.high)]).collect();
        Series::line(standing.method.clone(), line, style(report, standing)).band(band)
    });
    Chart {
        title: "Progress".into(),
        note: "median and quartiles over the seeds".into(),
        x: Axis::log("step"),
        y: height.axis.clone(),
        series: series.collect(),
        ..Chart::default()
    }
}

/// The gap that is left at the end against the rate.
fn rates(report: &ComparisonReport, table: &ProtocolResult, height: &Height) -> Chart {
    let series = ordered(report, table).into_iter().map(|standing| {
        let gap = |value: f64| height.at(value);
        let line = standing.lr_points.iter().map(|point| [point.lr, gap(point.value.median)]).collect();
        let finite = |band: &Quartiles| band.low.is_finite() && band.high.is_finite();
        let points = standing.lr_points.iter().filter(|point| finite(&point.value));
        let band = points.map(|point| [point.lr, gap(point.value.low), gap(point.value.high)]).collect();
        Series::line(standing.method.clone(), line, style(report, standing)).band(band).dots()
    });
    Chart {
        title: "Sensitivity to the rate".into(),
        note: "where the runs for choosing ended".into(),
        x: Axis::log("learning rate"),
        y: height.axis.clone(),
        series: series.collect(),
        ..Chart::default()
    }
}

/// Steps to the headline target, best first.
fn targets(report: &ComparisonReport, table: &ProtocolResult) -> BarChart {
    let share = table.headline_target.unwrap_or(0.1);
    let rows = table.methods.iter().map(|standing| {
        let target = standing.targets.iter().find(|target| target.gap_fraction.to_bits() == share.to_bits());
        let steps = target.map(|target| target.steps).filter(|steps| steps.median.is_finite());
        let whole = |steps: Quartiles| steps.low.is_finite() && steps.high.is_finite();
        Bar {
            label: standing.method.clone(),
            value: steps.map(|steps| steps.median),
            interval: steps.filter(|steps| whole(*steps)).map(|steps| [steps.low, steps.high]),
            value_label: steps.map_or_else(
                || format!(">{}", group_digits(report.header.steps)),
                |steps| group_digits(steps.median.round() as u64),
            ),
            style: style(report, standing),
        }
    });
    BarChart {
        title: format!("Steps to {share:.0e} of the first gap"),
        note: "median and quartiles; hatched: missed within the budget".into(),
        x: Axis::linear("steps"),
        bars: rows.collect(),
    }
}

/// The function, where it is one.
fn instance(report: &ComparisonReport) -> Result<Option<ProblemInstance>> {
    Ok(report.header.function.as_ref().map(thalweg_compare::FunctionSpec::instantiate).transpose()?)
}

/// The paths of the settings that were reported, from the start of seed 0.
fn ways(report: &ComparisonReport, table: &ProtocolResult, instance: &ProblemInstance) -> Result<Vec<Way>> {
    let steps = report.header.steps;
    let schedule: Schedule = report.header.schedule.parse()?;
    let way = |standing: &MethodResult| -> Result<Way> {
        let mut spec: OptimizerSpec = standing.setting.parse()?;
        spec.options.schedule = schedule.clone().with_total_steps(steps);
        let mut optimizer = Optimizer::<f64>::new(spec, instance.start.len())?;
        let mut path = Path::default();
        let stop = StopCriteria { steps: Some(steps), ..StopCriteria::default() };
        let tightest = standing.targets.last().map_or(0.0, |target| target.gap_fraction);
        let mut first = None;
        minimize(&mut instance.clone(), &mut optimizer, &instance.start, &stop, |progress| {
            let (x, value) = (progress.x.to_vec(), progress.value);
            path.take(Place { step: progress.step, x, value, gradient_norm: square_sum(progress.gradient).sqrt() });
            // A run ends where it would have in the comparison.
            let gap = *first.get_or_insert(value) - report.reference_value;
            let done = report.header.reference.is_some() && value - report.reference_value <= tightest * gap;
            if done { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(Way { name: standing.method.clone(), style: style(report, standing), places: path.end() })
    };
    ordered(report, table).into_iter().map(way).collect()
}
