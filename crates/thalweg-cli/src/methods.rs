//! `thalweg methods`: prints the table of optimization methods.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::{Map, Value, json};
use thalweg::method::HYPERPARAMETERS;
use thalweg::{Method, OptimizerOptions, OptimizerSpec};

use crate::commands::{MethodsCommand, OutputFormat};
use crate::exit::ExitCode;
use crate::standard_output;

pub(crate) fn run(command: &MethodsCommand) -> Result<ExitCode> {
    let text = match (command.output.format, &command.method) {
        (OutputFormat::Text, None) => list_methods()?,
        (OutputFormat::Text, Some(spec)) => describe_method(spec)?,
        (OutputFormat::Json, None) => {
            let methods: Vec<Value> = all().iter().map(method_json).collect();
            serde_json::to_string_pretty(&json!({ "methods": methods }))? + "\n"
        }
        (OutputFormat::Json, Some(spec)) => serde_json::to_string_pretty(&method_json(&spec.method))? + "\n",
    };
    standard_output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// All methods: those of single steps, then the solvers.
fn all() -> Vec<Method> {
    Method::all().into_iter().chain(Method::solvers()).collect()
}

fn list_methods() -> Result<String> {
    let mut text = String::new();
    for method in all() {
        writeln!(text, "{:<10} {}", method.name(), method.formula())?;
        writeln!(text, "{:<10} {}", "", parameters(&method))?;
    }
    text += "\nWrite a method as name:key=value,…, for example adam:lr=0.01,beta1=0.8 or adam:preset=keras.\n";
    text += "`thalweg methods NAME` shows one in detail.\n";
    Ok(text)
}

fn describe_method(spec: &OptimizerSpec) -> Result<String> {
    let method = spec.method;
    let mut text = String::new();
    writeln!(text, "{}\n", method.name())?;
    writeln!(text, "  {}\n  {}\n", method.formula(), method.source())?;
    for (name, value) in method.hyperparameters() {
        let meaning = HYPERPARAMETERS.iter().find(|row| row.name == name).map_or("convention", |row| row.meaning);
        writeln!(text, "  {name:<20} {:<15} {meaning}", value.to_string())?;
    }
    if method.is_solver() {
        writeln!(text, "\n  presets: {}", method.presets().join(", "))?;
        if method.needs_finite_sum() {
            text += "\n  A solver for linear models with a smooth loss (squared, huber, logistic, softmax) whose rows are in\n  \
                     memory: it draws single rows, and needs no batch size and no schedule. lr is a factor of the step\n  \
                     length that it computes from the rows. An epoch draws each row once.\n";
            return Ok(text);
        }
        text += "\n  A solver: its steps need the value of the objective, which must be the same function at each\n  \
                 evaluation. A fit evaluates all rows. Of the options of the other methods, it takes goal.\n";
        return Ok(text);
    }
    writeln!(text, "\n  weight decay: {}", spec.decay().name())?;
    writeln!(text, "  presets: {}", method.presets().join(", "))?;
    text += "\n  options of every method:\n";
    for key in OptimizerOptions::KEYS.iter().filter(|key| key.name != "preset") {
        writeln!(text, "  {:<20} {}", key.name, key.values)?;
    }
    Ok(text)
}

fn parameters(method: &Method) -> String {
    let pairs = method.hyperparameters();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

fn method_json(method: &Method) -> Value {
    json!({
        "name": method.name(),
        "formula": method.formula(),
        "source": method.source(),
        "parameters": method.hyperparameters().into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect::<Map<_, _>>(),
        "decay": method.decay(),
        "presets": method.presets(),
    })
}
