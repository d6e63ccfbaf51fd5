//! `thalweg minimize`.

mod descend;
mod report;
mod start;
mod trace;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use thalweg::{Condition, Critical, Formula, Goal, Method, Objective, Spec};

use crate::commands::{Dtype, Format, MinimizeCommand};
use crate::exit::{self, Usage};
use crate::interrupt::Interrupt;
use descend::{Descent, Stopped, descend};
use trace::Trace;

/// Beyond so many variables the eigenvalues of the Hessian are left out: their cost grows as the cube.
const MOST_EIGENVALUES: usize = 300;

pub(crate) fn run(command: &MinimizeCommand) -> Result<ExitCode> {
    let usage = |error: thalweg::Error| Usage(error.to_string());
    let formula = match &command.variables {
        Some(names) => Formula::with_variables(&command.formula, &names.split(',').map(str::trim).collect::<Vec<_>>()),
        None => Formula::parse(&command.formula),
    };
    let mut formula = formula.map_err(usage)?;
    let names: Vec<String> = formula.variables().to_vec();
    if names.is_empty() {
        return Err(Usage("the formula has no variable to change".into()).into());
    }
    let start = start::start(command.start.as_deref(), &names)?;
    let value = formula.value(&start).map_err(usage)?;
    if !value.is_finite() {
        let place = place(&names, &start);
        return Err(Usage(format!("the start must be where f is finite, but f is {value} at {place}")).into());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let until = command.until.as_ref().map(|text| Condition::parse(text, &names)).transpose().map_err(usage)?;
    let trace = command.trace.as_ref().map(|path| Trace::open(path, formula.variables())).transpose()?;
    let spec = spec(command).map_err(usage)?;
    let interrupt = Interrupt::listen()?;
    let descent = Descent { spec: spec.clone(), start, stop: command.stop(), until, trace, quiet: command.quiet };
    let ran = match command.dtype {
        Dtype::F32 => descend::<f32>(&mut formula, descent, &interrupt)?,
        Dtype::F64 => descend::<f64>(&mut formula, descent, &interrupt)?,
    };
    if let Some(trace) = ran.trace {
        trace.write()?;
    }
    // The point that is reported is x itself, though a method that looks ahead have seen others.
    let mut gradient = vec![0.0; ran.x.len()];
    let value: f64 = formula.eval(&ran.x, &mut gradient)?;
    let known = ran.x.len() <= MOST_EIGENVALUES;
    let point = if known { Some(Critical::of(&ran.x, &gradient, &formula.hessian(&ran.x)?)?) } else { None };
    let found = report::Found {
        formula: formula.text(),
        variables: formula.variables(),
        method: spec.to_string(),
        value,
        gradient_norm: thalweg::square_sum(&gradient).sqrt(),
        point,
        x: &ran.x,
        steps: ran.steps,
        evaluations: ran.evaluations,
        stopped: ran.stopped,
        best: &ran.best,
        maximize: spec.around.goal == Goal::Maximize,
    };
    let text = match command.format {
        Format::Text => found.text(),
        Format::Json => serde_json::to_string_pretty(&found.json())? + "\n",
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::from(match ran.stopped {
        Stopped::Interrupted => interrupt.code(),
        Stopped::Why(thalweg::Why::NotFinite) => {
            let place = place(formula.variables(), &ran.seen);
            let _ = writeln!(
                std::io::stderr(),
                "error: f or its gradient is not finite at {place}, after {} steps; best is the last good point.\n\
                 Try a smaller learning rate (--lr), or a start from which the way stays where f is defined.",
                ran.steps
            );
            exit::DIVERGED
        }
        _ => 0,
    }))
}

/// The method as it was asked for.
fn spec(command: &MinimizeCommand) -> thalweg::Result<Spec> {
    let mut spec = match &command.method {
        Some(spec) => spec.clone(),
        None => Spec::from(Method::named("adam")?.with_lr(0.01)),
    };
    if let Some(lr) = command.lr {
        spec.method = spec.method.set("lr", &lr.to_string())?;
    }
    if let Some(schedule) = &command.schedule {
        spec.around.schedule = schedule.clone().over(command.steps);
    }
    if command.maximize {
        spec.around.goal = Goal::Maximize;
    }
    Ok(spec)
}

/// x = 1, y = 2.
fn place(names: &[String], x: &[f64]) -> String {
    let pairs = names.iter().zip(x).take(10).map(|(name, x)| format!("{name} = {x}"));
    let more = if x.len() > 10 { ", …" } else { "" };
    pairs.collect::<Vec<_>>().join(", ") + more
}
