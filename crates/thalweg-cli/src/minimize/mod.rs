//! `thalweg minimize`.

mod minima;
mod multistart;
mod picture;
mod report;
mod single_run;
mod trace;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Result;
use thalweg::{
    Condition, CriticalPoint, Goal, Method, Objective, OptimizerSpec, PerturbOptions, ProblemInstance, StopCriteria,
    norm,
};
use thalweg_learn::Destination;

use crate::commands::{Dtype, Format, MinimizeCommand, Radius};
use crate::exit::{self, Usage};
use crate::interrupt::Interrupt;
use crate::objective_args::{ObjectiveArgs, place};
use crate::picture::Picture;
use multistart::MultistartResult;
use report::MinimizeReport;
use single_run::{RunConfig, RunEnd, RunOutcome, run_single};
use trace::Trace;

/// Beyond so many variables the eigenvalues of the Hessian are left out: their cost grows as the cube.
const MOST_EIGENVALUES: usize = 300;

pub(crate) fn run(command: &MinimizeCommand) -> Result<ExitCode> {
    let usage = |error: thalweg::Error| Usage(error.to_string());
    let asked = ObjectiveArgs {
        function: &command.function,
        variables: command.variables.as_deref(),
        dim: command.dim,
        start: command.start.as_deref(),
    };
    let instance = asked.objective_args()?;
    let names: Vec<&str> = instance.formula.variables().iter().map(String::as_str).collect();
    exit::distinct(&[("--trace", &command.trace), ("--plot", &command.plot), ("--report", &command.report)])?;
    let until = command.until.as_ref().map(|text| Condition::parse(text, &names)).transpose().map_err(usage)?;
    let trace = command.trace.as_ref().map(|path| Trace::open(path, instance.formula.variables())).transpose()?;
    let drawn = command.plot.as_deref().map(Picture::open).transpose()?;
    let page = command.report.as_deref().map(Destination::open).transpose()?;
    if drawn.as_ref().is_some_and(Picture::moves) && names.len() < 2 {
        return Err(Usage("a GIF shows a path on a plane: the function must have two variables or more".into()).into());
    }
    let spec = spec(command).map_err(usage)?;
    let perturb = perturb(command);
    let interrupt = Interrupt::listen()?;
    let terminal = command.format == Format::Text && !command.quiet && std::io::stdout().is_terminal();
    let keep = drawn.is_some() || page.is_some() || terminal;
    let descent = RunConfig { spec, stop: stop(command), perturb, until, quiet: command.quiet, keep };
    let (mut outcome, starts) = interrupt.during(|| follow(command, &instance, &descent, trace, &interrupt))?;
    if let Some(trace) = outcome.trace.take() {
        trace.end()?;
    }
    let report =
        build_report(&instance, descent.spec.to_string(), &outcome, starts.as_ref(), descent.spec.options.goal)?;
    let text = match command.format {
        Format::Text => report.text(),
        Format::Json => serde_json::to_string_pretty(&report.json())? + "\n",
    };
    std::io::stdout().write_all(text.as_bytes())?;
    if terminal {
        std::io::stdout().write_all(crate::picture::terminal(&picture::loss(&report)).as_bytes())?;
    }
    picture::draw(command, &report, (drawn.as_ref(), page.as_ref()))?;
    let interrupted =
        outcome.stopped == RunEnd::Interrupted || starts.as_ref().is_some_and(|starts| starts.interrupted > 0);
    Ok(ExitCode::from(match outcome.stopped {
        _ if interrupted => interrupt.code(),
        RunEnd::Criterion(thalweg::StopReason::NotFinite) => {
            let place = place(instance.formula.variables(), &outcome.seen);
            let _ = writeln!(
                std::io::stderr(),
                "error: f or its gradient is not finite at {place}, after {} steps; best is the last good point.\n\
                 Try a smaller learning rate (--lr), or a start from which the way stays where f is defined; or f has no\n\
                 lower bound that way.",
                outcome.steps
            );
            exit::DIVERGED
        }
        _ => 0,
    }))
}

/// The run, or the best of many.
fn follow(
    command: &MinimizeCommand,
    instance: &ProblemInstance,
    descent: &RunConfig,
    trace: Option<Trace>,
    interrupt: &Interrupt,
) -> Result<(RunOutcome, Option<MultistartResult>)> {
    let Some(count) = command.starts else { return Ok((one(command, instance, descent, trace, interrupt)?, None)) };
    let all = multistart::all(instance, command.within, (count, command.seed))?;
    let (starts, mut best) = MultistartResult::follow(command, instance, &all, descent, interrupt)?;
    if trace.is_some() || descent.keep {
        // The best run once more, for its trace or its picture.
        let instance = instance.clone().with_start(all[starts.best].clone())?;
        best = one(command, &instance, descent, trace, interrupt)?;
    }
    Ok((best, Some(starts)))
}

/// One run from the start of `instance`, in the numbers that were asked for.
fn one(
    command: &MinimizeCommand,
    instance: &ProblemInstance,
    descent: &RunConfig,
    trace: Option<Trace>,
    interrupt: &Interrupt,
) -> Result<RunOutcome> {
    let mut instance = instance.clone();
    instance.set_noise_seed(command.seed);
    match command.dtype {
        Dtype::F32 => run_single::<f32>(instance, descent, trace, interrupt),
        Dtype::F64 => run_single::<f64>(instance, descent, trace, interrupt),
    }
}

/// What is said of a run. The point is x itself, though a method that looks ahead has seen others.
fn build_report<'a>(
    instance: &'a ProblemInstance,
    method: String,
    outcome: &'a RunOutcome,
    starts: Option<&'a MultistartResult>,
    goal: Goal,
) -> Result<MinimizeReport<'a>> {
    let EndPoint { value, gradient_norm, point } = EndPoint::of(instance, &outcome.x)?;
    Ok(MinimizeReport {
        instance,
        method,
        value,
        gradient_norm,
        point,
        outcome,
        starts,
        maximize: goal == Goal::Maximize,
    })
}

/// A point at which a run ended.
struct EndPoint {
    value: f64,
    gradient_norm: f64,
    /// None where there are too many variables.
    point: Option<CriticalPoint>,
}

impl EndPoint {
    fn of(instance: &ProblemInstance, x: &[f64]) -> Result<Self> {
        let mut formula = instance.formula.clone();
        let mut gradient = vec![0.0; x.len()];
        let value: f64 = formula.eval(x, &mut gradient)?;
        let gradient_norm = norm(&gradient);
        if x.len() > MOST_EIGENVALUES {
            return Ok(Self { value, gradient_norm, point: None });
        }
        if !value.is_finite() {
            // Where f itself is not finite there is no point to tell of.
            gradient.fill(f64::NAN);
        }
        let point = Some(CriticalPoint::classify(x, &gradient, &formula.hessian(x)?)?);
        Ok(Self { value, gradient_norm, point })
    }
}

/// The rules that end the run.
fn stop(command: &MinimizeCommand) -> StopCriteria {
    StopCriteria {
        gradient_norm: Some(command.gradient_norm),
        target: command.target,
        steps: Some(command.steps),
        ..StopCriteria::default()
    }
}

fn perturb(command: &MinimizeCommand) -> Option<PerturbOptions> {
    let radius = match command.perturb? {
        Radius::Auto => None,
        Radius::Fixed(radius) => Some(radius),
    };
    Some(PerturbOptions { radius, seed: command.seed, ..PerturbOptions::default() })
}

/// The method as it was asked for.
fn spec(command: &MinimizeCommand) -> thalweg::Result<OptimizerSpec> {
    let mut spec = match &command.method {
        Some(spec) => spec.clone(),
        None => OptimizerSpec::from(Method::named("adam")?.with_lr(0.01)),
    };
    if let Some(lr) = command.lr {
        spec.method = spec.method.set("lr", &lr.to_string())?;
    }
    if let Some(schedule) = &command.schedule {
        spec.options.schedule = schedule.clone().with_total_steps(command.steps);
    }
    if command.maximize {
        spec.options.goal = Goal::Maximize;
    }
    Ok(spec)
}
