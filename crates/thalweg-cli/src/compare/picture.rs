//! Pictures of `thalweg compare`: the file of `--plot` and the chart in a terminal.

use anyhow::Result;
use thalweg_compare::{ComparisonReport, FunctionSpec, ProtocolResult};
use thalweg_plot::{Figure, Panel};
use thalweg_problems::ProblemInstance;

use super::charts::{self, ValueAxis};
use super::paths;
use crate::commands::View;
use crate::picture::backdrop::{Backdrop, MethodPath, curve_panel, shorten_for_animation};
use crate::picture::{PictureFile, terminal};

/// The results of a protocol with everything needed to draw them.
pub(super) struct ProtocolPicture<'a> {
    report: &'a ComparisonReport,
    pub(super) protocol: &'a ProtocolResult,
    axis: ValueAxis,
    /// The function and the paths of the methods on it; `None` for a comparison on data.
    function: Option<FunctionPaths>,
}

struct FunctionPaths {
    instance: ProblemInstance,
    paths: Vec<MethodPath>,
    title: String,
}

impl<'a> ProtocolPicture<'a> {
    /// Prepares the protocols that are drawn: all of them on a page, the last one in a picture.
    pub(super) fn for_outputs(report: &'a ComparisonReport, has_picture: bool, has_page: bool) -> Result<Vec<Self>> {
        let first = match (has_picture, has_page) {
            (_, true) => 0,
            (true, false) => report.results.len().saturating_sub(1),
            (false, false) => report.results.len(),
        };
        report.results[first..].iter().map(|protocol| Self::new(report, protocol)).collect()
    }

    pub(super) fn new(report: &'a ComparisonReport, protocol: &'a ProtocolResult) -> Result<Self> {
        let instance = instance(report)?;
        let axis = ValueAxis::new(report, instance.as_ref());
        let function = match instance {
            Some(instance) => {
                let (paths, title) = paths::record(report, protocol)?;
                Some(FunctionPaths { instance, paths, title })
            }
            None => None,
        };
        Ok(Self { report, protocol, axis, function })
    }

    /// Returns the function with the paths on it; `None` on data and for functions of one variable.
    pub(super) fn backdrop(&self) -> Option<Backdrop<'_>> {
        let function = self.function.as_ref()?;
        Backdrop::new(&function.instance, &function.paths)
    }

    /// Returns `true` for a function of two variables, whose surface can be drawn.
    pub(super) fn has_surface(&self) -> bool {
        self.function.as_ref().is_some_and(|function| function.instance.start.len() == 2)
    }

    /// Returns the figure with all panels of the protocol.
    pub(super) fn figure(&self, backdrop: Option<&Backdrop<'_>>, view: View) -> Figure<'static> {
        let Self { report, protocol, axis, function } = self;
        let mut panels: Vec<Panel<'static>> = Vec::new();
        if let Some(FunctionPaths { instance, paths, title }) = function {
            panels.push(match backdrop {
                Some(backdrop) => backdrop.panel(title, view),
                None => curve_panel(instance, paths, title, paths.len()),
            });
        }
        panels.push(charts::progress(report, protocol, axis).into());
        panels.extend(charts::sensitivity(report, protocol, axis).map(Panel::from));
        panels.push(charts::steps_to_target(report, protocol).into());
        Figure { title: self.title(), caption: protocol.verdict.clone(), panels, columns: 2, panel_width: None }
    }

    fn title(&self) -> String {
        format!("{}, protocol {}", self.report.header.benchmark, self.protocol.protocol.name())
    }
}

/// Writes the picture of the last protocol.
pub(super) fn write(pictures: &[ProtocolPicture<'_>], file: &PictureFile, view: View) -> Result<()> {
    let Some(picture) = pictures.last() else {
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "note: no run was finished, so no picture was written");
        return Ok(());
    };
    if !file.is_animated() {
        return file.write_figure(&picture.figure(picture.backdrop().as_ref(), view));
    }
    let function = picture.function.as_ref().expect("an animation is refused for a comparison on data");
    let paths = shorten_for_animation(&function.paths);
    let backdrop = Backdrop::new(&function.instance, &paths).expect("an animation is refused for one variable");
    file.write_animation(&backdrop.animation(&picture.title(), view))
}

/// Renders the progress of the last protocol for the terminal; empty if no run was finished.
pub(super) fn terminal_chart(report: &ComparisonReport) -> Result<String> {
    let Some(protocol) = report.results.last() else { return Ok(String::new()) };
    let axis = ValueAxis::new(report, instance(report)?.as_ref());
    Ok(terminal(&charts::progress(report, protocol, &axis)))
}

/// Returns the function of the comparison; `None` on data.
fn instance(report: &ComparisonReport) -> Result<Option<ProblemInstance>> {
    Ok(report.header.function.as_ref().map(FunctionSpec::instantiate).transpose()?)
}
