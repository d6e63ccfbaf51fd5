//! `thalweg problems`: prints the table of test problems.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::{Value, json};
use thalweg_problems::{Dimension, Problem, ProblemInstance, ProblemParameter};

use crate::commands::{OutputFormat, ProblemsCommand};
use crate::exit::{ExitCode, UsageError};
use crate::report::format::format_significant;
use crate::standard_output;

pub(crate) fn run(command: &ProblemsCommand) -> Result<ExitCode> {
    let instance = command.problem.as_ref().map(|name| ProblemInstance::named(name, command.dim)).transpose();
    let text = match (command.output.format, instance.map_err(UsageError::from)?) {
        (OutputFormat::Text, None) => list_problems()?,
        (OutputFormat::Text, Some(instance)) => describe_problem(instance)?,
        (OutputFormat::Json, None) => {
            let all = Problem::ALL.iter().map(|problem| ProblemInstance::named(problem.name, None));
            let all = all.map(|instance| instance.map(|instance| problem_json(&instance)));
            let all: Vec<Value> = all.collect::<thalweg_problems::Result<_>>()?;
            serde_json::to_string_pretty(&json!({ "problems": all }))? + "\n"
        }
        (OutputFormat::Json, Some(instance)) => serde_json::to_string_pretty(&problem_json(&instance))? + "\n",
    };
    standard_output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn list_problems() -> Result<String> {
    let mut text = String::new();
    for problem in Problem::ALL {
        let parameter = problem.parameter.map_or_else(String::new, |row| format!(":{}", row.name));
        let name = format!("{}{parameter}", problem.name);
        writeln!(text, "{name:<22} {:<5} {}", dimension(problem), problem.illustrates)?;
    }
    text += "\n`thalweg problems NAME` shows one in detail; `thalweg minimize NAME` and `thalweg compare NAME` run on it.\n";
    Ok(text)
}

fn describe_problem(mut instance: ProblemInstance) -> Result<String> {
    let mut text = format!("{}\n\n  f = {}\n", instance.name, instance.formula.text());
    let Some(problem) = instance.problem else { return Ok(text) };
    writeln!(text, "  {}\n  {}\n", problem.illustrates, problem.source)?;
    let format_coordinates = |x: &[f64]| x.iter().map(|x| format_significant(*x)).collect::<Vec<_>>().join(", ");
    writeln!(text, "  variables  {} ({})", instance.formula.variables().join(", "), dimension(problem))?;
    if let Some(ProblemParameter { name, default, range: [low, high], meaning, .. }) = problem.parameter {
        writeln!(text, "  parameter  {name} = {default}, from {low} to {high:e}: {meaning}")?;
    }
    writeln!(text, "  start      ({})", format_coordinates(&instance.start))?;
    for x in instance.minima.clone() {
        writeln!(
            text,
            "  minimum    ({}), f = {}",
            format_coordinates(&x),
            format_significant(instance.formula.value(&x)?)
        )?;
    }
    if instance.minima.is_empty() {
        text += "  minimum    none: f is unbounded below\n";
    }
    let domain = [0, 1].map(|variable| problem.interval(variable));
    if domain[0][1] < f64::MAX {
        let interval = |[low, high]: [f64; 2]| format!("[{low}, {high}]");
        let is_cube = domain[0].map(f64::to_bits) == domain[1].map(f64::to_bits);
        let rest = if is_cube { String::new() } else { format!(" × {}", interval(domain[1])) };
        writeln!(
            text,
            "  domain     {}{rest}{}",
            interval(domain[0]),
            if is_cube { " for each variable" } else { "" }
        )?;
    }
    Ok(text)
}

fn dimension(problem: &Problem) -> String {
    match problem.dimension {
        Dimension::Fixed(n) => format!("n={n}"),
        Dimension::AtLeast(n) => format!("n≥{n}"),
    }
}

fn problem_json(instance: &ProblemInstance) -> Value {
    let problem = instance.problem;
    json!({
        "name": problem.map(|problem| problem.name),
        "formula": instance.formula.text(),
        "variables": instance.formula.variables(),
        "any_dimension": problem.map(|problem| matches!(problem.dimension, Dimension::AtLeast(_))),
        "parameter": problem.and_then(|problem| problem.parameter).map(|row| json!({
            "name": row.name, "default": row.default, "range": row.range, "meaning": row.meaning,
        })),
        "start": instance.start,
        "minima": instance.minima,
        "domain": problem.filter(|problem| problem.interval(0)[1] < f64::MAX).map(|problem| {
            (0..instance.start.len()).map(|variable| problem.interval(variable)).collect::<Vec<_>>()
        }),
        "shows": problem.map(|problem| problem.illustrates),
        "source": problem.map(|problem| problem.source),
    })
}
