//! `thalweg minimize`.

mod descend;
mod minima;
mod picture;
mod report;
mod starts;
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
use crate::picture::Picture;
use crate::pose::{Asked, place};
use descend::{Descent, Ran, Stopped, descend};
use report::Found;
use starts::Starts;
use trace::Trace;

/// Beyond so many variables the eigenvalues of the Hessian are left out: their cost grows as the cube.
const MOST_EIGENVALUES: usize = 300;

pub(crate) fn run(command: &MinimizeCommand) -> Result<ExitCode> {
    let usage = |error: thalweg::Error| Usage(error.to_string());
    let asked = Asked {
        function: &command.function,
        variables: command.variables.as_deref(),
        dim: command.dim,
        start: command.start.as_deref(),
    };
    let posed = asked.pose()?;
    let names: Vec<&str> = posed.formula.variables().iter().map(String::as_str).collect();
    exit::distinct(&[("--trace", &command.trace), ("--plot", &command.plot), ("--report", &command.report)])?;
    let until = command.until.as_ref().map(|text| Condition::parse(text, &names)).transpose().map_err(usage)?;
    let trace = command.trace.as_ref().map(|path| Trace::open(path, posed.formula.variables())).transpose()?;
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
    let descent = Descent { spec, stop: stop(command), perturb, until, quiet: command.quiet, keep };
    let (mut ran, starts) = interrupt.during(|| follow(command, &posed, &descent, trace, &interrupt))?;
    if let Some(trace) = ran.trace.take() {
        trace.end()?;
    }
    let found = found(&posed, descent.spec.to_string(), &ran, starts.as_ref(), descent.spec.options.goal)?;
    let text = match command.format {
        Format::Text => found.text(),
        Format::Json => serde_json::to_string_pretty(&found.json())? + "\n",
    };
    std::io::stdout().write_all(text.as_bytes())?;
    if terminal {
        std::io::stdout().write_all(crate::picture::terminal(&picture::loss(&found)).as_bytes())?;
    }
    picture::draw(command, &found, (drawn.as_ref(), page.as_ref()))?;
    let interrupted =
        ran.stopped == Stopped::Interrupted || starts.as_ref().is_some_and(|starts| starts.interrupted > 0);
    Ok(ExitCode::from(match ran.stopped {
        _ if interrupted => interrupt.code(),
        Stopped::Why(thalweg::StopReason::NotFinite) => {
            let place = place(posed.formula.variables(), &ran.seen);
            let _ = writeln!(
                std::io::stderr(),
                "error: f or its gradient is not finite at {place}, after {} steps; best is the last good point.\n\
                 Try a smaller learning rate (--lr), or a start from which the way stays where f is defined; or f has no\n\
                 lower bound that way.",
                ran.steps
            );
            exit::DIVERGED
        }
        _ => 0,
    }))
}

/// The run, or the best of many.
fn follow(
    command: &MinimizeCommand,
    posed: &ProblemInstance,
    descent: &Descent,
    trace: Option<Trace>,
    interrupt: &Interrupt,
) -> Result<(Ran, Option<Starts>)> {
    let Some(count) = command.starts else { return Ok((one(command, posed, descent, trace, interrupt)?, None)) };
    let all = starts::all(posed, command.within, (count, command.seed))?;
    let (starts, mut best) = Starts::follow(command, posed, &all, descent, interrupt)?;
    if trace.is_some() || descent.keep {
        // The best run once more, for its trace or its picture.
        let posed = posed.clone().with_start(all[starts.best].clone())?;
        best = one(command, &posed, descent, trace, interrupt)?;
    }
    Ok((best, Some(starts)))
}

/// One run from the start of `posed`, in the numbers that were asked for.
fn one(
    command: &MinimizeCommand,
    posed: &ProblemInstance,
    descent: &Descent,
    trace: Option<Trace>,
    interrupt: &Interrupt,
) -> Result<Ran> {
    let mut posed = posed.clone();
    posed.set_noise_seed(command.seed);
    match command.dtype {
        Dtype::F32 => descend::<f32>(posed, descent, trace, interrupt),
        Dtype::F64 => descend::<f64>(posed, descent, trace, interrupt),
    }
}

/// What is said of a run. The point is x itself, though a method that looks ahead has seen others.
fn found<'a>(
    posed: &'a ProblemInstance,
    method: String,
    ran: &'a Ran,
    starts: Option<&'a Starts>,
    goal: Goal,
) -> Result<Found<'a>> {
    let Ending { value, gradient_norm, point } = Ending::of(posed, &ran.x)?;
    Ok(Found { posed, method, value, gradient_norm, point, ran, starts, maximize: goal == Goal::Maximize })
}

/// A point at which a run ended.
struct Ending {
    value: f64,
    gradient_norm: f64,
    /// None where there are too many variables.
    point: Option<CriticalPoint>,
}

impl Ending {
    fn of(posed: &ProblemInstance, x: &[f64]) -> Result<Self> {
        let mut formula = posed.formula.clone();
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
