//! `thalweg problems`: THE table of problems, printed.

use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};
use thalweg::{Dimension, Problem, ProblemInstance, ProblemParameter};

use crate::commands::{Format, ProblemsCommand};
use crate::exit::Usage;
use crate::report::format::format_significant;

pub(crate) fn run(command: &ProblemsCommand) -> Result<ExitCode> {
    let instance = command.problem.as_ref().map(|name| ProblemInstance::named(name, command.dim)).transpose();
    let text = match (command.format, instance.map_err(|error| Usage(error.to_string()))?) {
        (Format::Text, None) => list()?,
        (Format::Text, Some(instance)) => one(instance)?,
        (Format::Json, None) => {
            let all = Problem::ALL.iter().map(|problem| ProblemInstance::named(problem.name, None));
            let all: Vec<Value> =
                all.map(|instance| instance.map(|instance| object(&instance))).collect::<thalweg::Result<_>>()?;
            serde_json::to_string_pretty(&json!({ "problems": all }))? + "\n"
        }
        (Format::Json, Some(instance)) => serde_json::to_string_pretty(&object(&instance))? + "\n",
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn list() -> Result<String> {
    let mut text = String::new();
    for problem in Problem::ALL {
        let parameter = problem.parameter.map_or_else(String::new, |row| format!(":{}", row.name));
        let name = format!("{}{parameter}", problem.name);
        writeln!(text, "{name:<22} {:<5} {}", dimension(problem), problem.illustrates)?;
    }
    text +=
        "\n`thalweg problems NAME` tells more of one; `thalweg minimize NAME` and `thalweg compare NAME` run on it.\n";
    Ok(text)
}

fn one(mut instance: ProblemInstance) -> Result<String> {
    let mut text = format!("{}\n\n  f = {}\n", instance.name, instance.formula.text());
    let Some(problem) = instance.problem else { return Ok(text) };
    writeln!(text, "  {}\n  {}\n", problem.illustrates, problem.source)?;
    let at = |x: &[f64]| x.iter().map(|x| format_significant(*x)).collect::<Vec<_>>().join(", ");
    writeln!(text, "  variables  {} ({})", instance.formula.variables().join(", "), dimension(problem))?;
    if let Some(ProblemParameter { name, default, range: [low, high], meaning, .. }) = problem.parameter {
        writeln!(text, "  parameter  {name} = {default}, from {low} to {high:e}: {meaning}")?;
    }
    writeln!(text, "  start      ({})", at(&instance.start))?;
    for x in instance.minima.clone() {
        writeln!(text, "  minimum    ({}), f = {}", at(&x), format_significant(instance.formula.value(&x)?))?;
    }
    if instance.minima.is_empty() {
        text += "  minimum    none: f has no lower bound\n";
    }
    let domain = [0, 1].map(|place| problem.interval(place));
    if domain[0][1] < f64::MAX {
        let interval = |[low, high]: [f64; 2]| format!("[{low}, {high}]");
        let same = domain[0].map(f64::to_bits) == domain[1].map(f64::to_bits);
        let rest = if same { String::new() } else { format!(" × {}", interval(domain[1])) };
        writeln!(text, "  domain     {}{rest}{}", interval(domain[0]), if same { " for each" } else { "" })?;
    }
    Ok(text)
}

fn dimension(problem: &Problem) -> String {
    match problem.dimension {
        Dimension::Fixed(n) => format!("n={n}"),
        Dimension::AtLeast(n) => format!("n≥{n}"),
    }
}

fn object(instance: &ProblemInstance) -> Value {
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
            (0..instance.start.len()).map(|place| problem.interval(place)).collect::<Vec<_>>()
        }),
        "shows": problem.map(|problem| problem.illustrates),
        "source": problem.map(|problem| problem.source),
    })
}
