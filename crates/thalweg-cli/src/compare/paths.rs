//! The paths of the compared runs, recorded by the runner of the comparison.

use std::ops::ControlFlow;

use anyhow::Result;
use thalweg::{Optimizer, OptimizerSpec, ProblemInstance, RunRecorder, Schedule, StopCriteria, minimize};
use thalweg_compare::{ComparisonReport, MethodResult, ProtocolResult};

use super::charts::{in_given_order, style};
use crate::picture::backdrop::MethodPath;

/// Returns the path of each method with its reported setting, and the title of their picture.
pub(super) fn record(
    report: &ComparisonReport,
    protocol: &ProtocolResult,
    instance: &ProblemInstance,
) -> Result<(Vec<MethodPath>, String)> {
    let steps = report.header.steps;
    let schedule: Schedule = report.header.schedule.parse()?;
    let record = |method: &MethodResult| -> Result<MethodPath> {
        let mut spec: OptimizerSpec = method.setting.parse()?;
        spec.options.schedule = schedule.clone().with_total_steps(steps);
        let mut optimizer = Optimizer::<f64>::new(spec, instance.start.len())?;
        let mut recorder = RunRecorder::bounded();
        let stop = StopCriteria { steps: Some(steps), ..StopCriteria::default() };
        let tightest = method.targets.last().map_or(0.0, |target| target.gap_fraction);
        let mut first = None;
        minimize(&mut instance.clone(), &mut optimizer, &instance.start, &stop, |progress| {
            let value = progress.value;
            recorder.record(progress);
            let gap = *first.get_or_insert(value) - report.reference_value;
            let done = report.header.reference.is_some() && value - report.reference_value <= tightest * gap;
            if done { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(MethodPath { name: method.method.clone(), style: style(report, method), points: recorder.finish() })
    };
    let paths = in_given_order(report, protocol).into_iter().map(record).collect::<Result<_>>()?;
    Ok((paths, "Paths from the start of seed 0".into()))
}
