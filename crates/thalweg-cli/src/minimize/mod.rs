//! `thalweg minimize`: minimizes a test problem or a formula.

mod final_point;
mod minima;
mod multistart;
mod picture;
mod report;
mod runner;
mod stop_cause;
mod trace;
pub(crate) mod view;

use std::io::{IsTerminal, Write};

use anyhow::Result;
use thalweg::method::Goal;
use thalweg::{Method, OptimizerSpec, StopCriteria, StopReason};
use thalweg_learn::Destination;
use thalweg_problems::{Condition, MultistartSummary, PerturbOptions, ProblemInstance};

use crate::commands::{MinimizeCommand, OutputFormat, PerturbRadius};
use crate::exit::{self, ExitCode, UsageError};
use crate::file_conflicts;
use crate::interrupt::Interrupt;
use crate::objective_args::{ObjectiveArgs, format_point};
use crate::picture::PictureFile;
use crate::report::format::pluralize;
use crate::standard_output;
use crate::threads;
use final_point::FinalPoint;
use report::MinimizeReport;
use runner::{RunConfig, RunOutcome};
use stop_cause::StopCause;
use trace::TraceFile;

pub(crate) fn run(command: &MinimizeCommand, interrupt: &Interrupt) -> Result<ExitCode> {
    let arguments = ObjectiveArgs {
        function: &command.function,
        variables: command.variables.as_deref(),
        dim: command.problem.dim,
        start: command.problem.start.as_deref(),
    };
    let mut instance = arguments.instance()?;
    instance.noise = command.noise.unwrap_or(instance.noise);
    let variables = instance.formula.variables();
    let (plot, page) = (command.picture.plot.as_deref(), command.picture.report.as_deref());
    file_conflicts::check(&[], &[("--trace", command.trace.as_deref()), ("--plot", plot), ("--report", page)])?;
    let trace = command.trace.as_deref().map(Destination::open).transpose()?;
    let picture = plot.map(PictureFile::open).transpose()?;
    let page = page.map(Destination::open).transpose()?;
    if picture.as_ref().is_some_and(PictureFile::is_animated) && variables.len() < 2 {
        return Err(UsageError("--plot: an animation needs a function of at least two variables".into()).into());
    }
    let is_text = command.format.format == OutputFormat::Text;
    let draws_chart = is_text && !command.messages.quiet && std::io::stdout().is_terminal();
    let records_path = picture.is_some() || page.is_some() || draws_chart;
    let config = config(command, variables, records_path)?;
    // Only when nothing else can be wrong with the command.
    let trace = trace.map(|trace| TraceFile::begin(&trace, variables)).transpose()?;
    let (outcome, starts, traced) = interrupt.during(|| {
        let (mut outcome, starts) = run_all(command, &instance, &config, trace, interrupt)?;
        let traced = outcome.trace.take().map_or(Ok(()), TraceFile::finish);
        anyhow::Ok((outcome, starts, traced))
    })?;
    let report = MinimizeReport {
        instance: &instance,
        method: config.spec.to_string(),
        // The point reported is x itself, even if a method that looks ahead evaluated others.
        end: FinalPoint::evaluate(&instance, &outcome.x)?,
        outcome: &outcome,
        starts: starts.as_ref(),
        maximize: config.spec.options.goal == Goal::Maximize,
    };
    let text = match command.format.format {
        OutputFormat::Text => report.text(),
        OutputFormat::Json => serde_json::to_string_pretty(&report.json())? + "\n",
    };
    // Files come first: the reader of the text may have gone. An error of theirs comes after the text.
    let written = picture::write(&report, command.picture.view, picture.as_ref(), page.as_ref());
    standard_output::print(&text)?;
    if draws_chart {
        standard_output::print(&crate::picture::terminal(&picture::progress_chart(&report)))?;
    }
    traced?;
    written?;
    Ok(ExitCode::from(exit_code(&report, interrupt)))
}

/// Returns the exit code; a divergence, and a point without a gradient, are explained on standard error.
fn exit_code(report: &MinimizeReport<'_>, interrupt: &Interrupt) -> u8 {
    let outcome = report.outcome;
    if outcome.stopped == StopCause::Interrupted || report.starts.is_some_and(|starts| starts.interrupted > 0) {
        return interrupt.code();
    }
    if outcome.stopped != StopCause::Criterion(StopReason::NotFinite) {
        return 0;
    }
    let point = format_point(report.instance.formula.variables(), &outcome.last_evaluated);
    // A kink such as that of sqrt(x^2), at which f is defined and lowest so far.
    let is_reached = outcome.best.step > 0 && outcome.best.x == outcome.last_evaluated;
    if is_reached && report.end.gradient_norm.is_nan() {
        let _ =
            writeln!(std::io::stderr(), "warning: f has no gradient at {point}; of all points tried, it is the best.");
        return 0;
    }
    let _ = writeln!(
        std::io::stderr(),
        "error: f or its gradient is not finite at {point}, after {}; 'best' is the best finite point.\n\
         Try a smaller learning rate (--lr) or another start (--start); f may be unbounded below in this direction.",
        pluralize(outcome.steps, "step")
    );
    exit::DIVERGED
}

/// Runs once, or with `--starts` from many points; returns the best run.
fn run_all(
    command: &MinimizeCommand,
    instance: &ProblemInstance,
    config: &RunConfig,
    trace: Option<TraceFile>,
    interrupt: &Interrupt,
) -> Result<(RunOutcome, Option<MultistartSummary>)> {
    let mut instance = instance.clone();
    instance.set_noise_seed(command.seed);
    let Some(count) = command.starts else {
        return Ok((runner::run(instance, config, trace, interrupt)?, None));
    };
    let options =
        thalweg_problems::MultistartOptions { count: count as usize, interval: command.within, seed: command.seed };
    let starts = thalweg_problems::starting_points(&instance, &options).map_err(UsageError::from)?;
    let (summary, mut best) = threads::run_in_pool(None, || multistart::run(&instance, &starts, config, interrupt))??;
    if trace.is_some() || config.records_path {
        // The best run is repeated for its trace and its picture.
        let instance = instance.with_start(starts[summary.best_run].clone())?;
        best = runner::run(instance, config, trace, interrupt)?;
    }
    Ok((best, Some(summary)))
}

fn config(command: &MinimizeCommand, variables: &[String], records_path: bool) -> Result<RunConfig, UsageError> {
    let names: Vec<&str> = variables.iter().map(String::as_str).collect();
    let stop = StopCriteria {
        gradient_tolerance: Some(command.gradient_norm),
        target: command.target,
        max_steps: Some(command.steps),
        ..StopCriteria::default()
    };
    let perturb = command.perturb.map(|radius| PerturbOptions {
        radius: match radius {
            PerturbRadius::Auto => None,
            PerturbRadius::Fixed(radius) => Some(radius),
        },
        seed: command.seed,
        ..PerturbOptions::default()
    });
    Ok(RunConfig {
        spec: spec(command)?,
        precision: command.precision,
        stop,
        perturb,
        until: command.until.as_ref().map(|text| Condition::parse(text, &names)).transpose()?,
        quiet: command.messages.quiet,
        records_path,
    })
}

fn spec(command: &MinimizeCommand) -> thalweg::Result<OptimizerSpec> {
    let mut spec = match &command.method {
        Some(spec) => spec.clone(),
        None => OptimizerSpec::from(Method::named("adam")?.with_lr(0.01)),
    };
    if let Some(lr) = command.rate.lr {
        spec.method = spec.method.set("lr", lr)?;
    }
    if let Some(schedule) = &command.schedule.schedule {
        spec.options.schedule = schedule.clone().with_total_steps(command.steps);
    }
    if command.maximize {
        spec.options.goal = Goal::Maximize;
    }
    Ok(spec)
}
