//! Runs of `--starts`, on all threads of the command's pool.

use anyhow::Result;
use rayon::prelude::*;
use thalweg::StopReason;
use thalweg_problems::{MultistartRun, MultistartSummary, ProblemInstance, RunStatus};

use super::final_point::FinalPoint;
use super::runner::{self, RunConfig, RunOutcome};
use super::stop_cause::StopCause;
use crate::exit::UsageError;
use crate::interrupt::Interrupt;

/// Runs from every start; returns the distinct minima and the run with the best value.
pub(crate) fn run(
    instance: &ProblemInstance,
    starts: &[Vec<f64>],
    config: &RunConfig,
    interrupt: &Interrupt,
) -> Result<(MultistartSummary, RunOutcome)> {
    let config = RunConfig { quiet: true, records_path: false, ..config.clone() };
    let run_from = |start: &Vec<f64>| {
        let instance = instance.clone().with_start(start.clone()).map_err(UsageError::from)?;
        let outcome = runner::run(instance.clone(), &config, None, interrupt)?;
        let end = FinalPoint::evaluate(&instance, &outcome.x)?;
        let end = MultistartRun {
            x: outcome.x.clone(),
            value: end.value,
            kind: end.critical_point.map(|point| point.kind),
            status: status(outcome.stopped),
        };
        Ok((end, outcome))
    };
    let runs: Vec<(MultistartRun, RunOutcome)> = starts.par_iter().map(run_from).collect::<Result<_>>()?;
    let (ends, mut outcomes): (Vec<_>, Vec<_>) = runs.into_iter().unzip();
    let summary = MultistartSummary::new(&ends, config.spec.options.goal);
    let best = outcomes.swap_remove(summary.best_run);
    Ok((summary, best))
}

fn status(stopped: StopCause) -> RunStatus {
    match stopped {
        StopCause::Interrupted => RunStatus::Interrupted,
        StopCause::Criterion(StopReason::NotFinite) => RunStatus::Diverged,
        StopCause::Criterion(StopReason::GradientTolerance) => RunStatus::Converged,
        StopCause::Criterion(_) | StopCause::Condition => RunStatus::Stopped,
    }
}
