//! `thalweg predict`: prints the predictions of a model for the rows of a table.

use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use thalweg_learn::model::Loss;
use thalweg_learn::{Destination, Files, ModelFile, Prediction, Rows, Table, Target, predict};

use crate::commands::PredictCommand;
use crate::exit::UsageError;
use crate::file_conflicts;
use crate::report::escape::{display_name, escape_controls};
use crate::standard_output;
use crate::threads;

pub(crate) fn run(command: &PredictCommand) -> Result<ExitCode> {
    let model = ModelFile::load(&command.model)?;
    if command.proba && matches!(model.schema.target, Target::Number { .. }) {
        let target = model.schema.target.name();
        return Err(UsageError(format!(
            "--proba: expected a classification model, found a model of the number {target}"
        ))
        .into());
    }
    if command.proba && model.loss() == Loss::Hinge {
        let message = "--proba: a model with hinge loss has no probabilities (fit it with --loss logistic)";
        return Err(UsageError(message.into()).into());
    }
    let output = command.output.as_deref().filter(|path| path.as_os_str() != "-");
    let options = command.table.apply(model.schema.read_options());
    let mut inputs = Files::from(command.data.as_slice()).input_paths(&options)?;
    inputs.push(command.model.clone());
    file_conflicts::check(&inputs, &[("-o", output)])?;
    let destination = output.map(Destination::open).transpose()?;
    let predictions = threads::run_in_pool(command.execution.threads, || {
        predict(&model, &Table::read(command.data.as_slice(), &options)?)
    })??;
    let mut text = String::new();
    for prediction in &predictions.values {
        match prediction {
            Prediction::Number(value) => writeln!(text, "{value}")?,
            Prediction::Label { probability: Some(p), .. } if command.proba => writeln!(text, "{p}")?,
            Prediction::Class { probabilities, .. } if command.proba => writeln!(text, "{}", join(probabilities))?,
            Prediction::Label { label, .. } | Prediction::Class { label, .. } => {
                writeln!(text, "{}", escape_controls(label))?;
            }
        }
    }
    // All predictions are computed before the first byte is written, so that a failure leaves no partial file.
    match destination {
        Some(destination) => destination.write(text.as_bytes())?,
        None => standard_output::print(&text)?,
    }
    if !command.execution.messages.quiet {
        if let (true, Target::Classes { labels, .. }) = (command.proba, &model.schema.target) {
            let _ = writeln!(
                std::io::stderr(),
                "note: the columns are the probabilities of {}",
                escape_controls(&labels.join(", "))
            );
        }
        print_notes(&predictions.rows);
    }
    Ok(ExitCode::SUCCESS)
}

/// Joins numbers by commas.
fn join(numbers: &[f64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Prints how many cells were not seen in training.
fn print_notes(rows: &Rows) {
    let print_counts = |what: &str, counts: &std::collections::BTreeMap<String, u64>| {
        let total: u64 = counts.values().sum();
        if total > 0 {
            let columns: Vec<_> =
                counts.iter().map(|(column, count)| format!("{} {count}", display_name(column))).collect();
            let _ = writeln!(std::io::stderr(), "note: {what}: {}", columns.join(", "));
        }
    };
    print_counts("cells with a category not seen in training, encoded as no category", &rows.unseen);
    print_counts("missing numbers, replaced by the mean, in columns without missing values in training", &rows.imputed);
}
