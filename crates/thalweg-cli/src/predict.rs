//! `thalweg predict`: prints the predictions of a model for the rows of a table.

use std::collections::BTreeMap;
use std::io::{Seek, Write};

use anyhow::Result;
use tempfile::SpooledTempFile;
use thalweg_learn::data::{SkippedRows, Target};
use thalweg_learn::model::Loss;
use thalweg_learn::{
    Destination, Files, ModelFile, PredictConfig, PredictSummary, Prediction, ReadOptions, predict_blocks,
};

use crate::commands::PredictCommand;
use crate::exit::{ExitCode, UsageError};
use crate::file_conflicts;
use crate::name_list::NameList;
use crate::report::escape::{display_name, escape_controls};
use crate::report::format::pluralize;
use crate::report::read_notes::{note_text, print_warnings};
use crate::standard_output;
use crate::threads;

/// Bytes of predictions that are kept in memory; more of them are kept in a temporary file.
const SPOOL_BYTES: usize = 8 << 20;

pub(crate) fn run(command: &PredictCommand) -> Result<ExitCode> {
    let model = ModelFile::load_within(&command.model, command.max_memory)?;
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
    let mut read = ReadOptions { on_error: command.invalid_rows.on_error, ..model.schema.read_options() };
    read.missing_tokens.extend(NameList::names(&command.missing_values.missing));
    let config = PredictConfig { read: command.table.apply(read), max_memory: command.max_memory };
    let mut inputs = Files::from(command.data.as_slice()).input_paths(&config.read)?;
    inputs.push(command.model.clone());
    file_conflicts::check(&inputs, &[("-o", output)])?;
    let destination = output.map(Destination::open).transpose()?;
    // All rows are predicted before the first byte is written, so that a failure leaves no partial output.
    let mut spool = SpooledTempFile::new(SPOOL_BYTES);
    let summary = threads::run_in_pool(command.execution.threads, || {
        predict_blocks(&model, command.data.as_slice(), &config, |block| {
            let text: String = block.iter().map(|prediction| line(prediction.as_ref(), command.proba)).collect();
            spool.write_all(text.as_bytes()).map_err(anyhow::Error::from)
        })
    })??;
    spool.rewind()?;
    match destination {
        Some(destination) => {
            let mut file = destination.begin()?;
            std::io::copy(&mut spool, &mut file)?;
            file.complete()?;
        }
        None => standard_output::copy(&mut spool)?,
    }
    print_warnings(&summary.notes);
    if !command.execution.messages.quiet {
        if let (true, Target::Classes { labels, .. }) = (command.proba, &model.schema.target) {
            let _ = writeln!(
                std::io::stderr(),
                "note: the columns are the probabilities of {}",
                escape_controls(&labels.join(", "))
            );
        }
        print_notes(&summary);
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the line of a row; empty for a row that was skipped, so that the lines are those of the rows.
fn line(prediction: Option<&Prediction>, proba: bool) -> String {
    match prediction {
        None => "\n".to_string(),
        Some(Prediction::Number(value)) => format!("{value}\n"),
        Some(Prediction::Label { probability: Some(p), .. }) if proba => format!("{p}\n"),
        Some(Prediction::Class { probabilities, .. }) if proba => join(probabilities) + "\n",
        Some(Prediction::Label { label, .. } | Prediction::Class { label, .. }) => {
            escape_controls(label).to_string() + "\n"
        }
    }
}

/// Joins numbers by commas.
fn join(numbers: &[f64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Prints how many rows were skipped, and how many cells were not seen in training.
fn print_notes(summary: &PredictSummary) {
    for note in summary.notes.iter().filter(|note| !note.is_warning()) {
        let _ = writeln!(std::io::stderr(), "note: {}", escape_controls(&note_text(note)));
    }
    let SkippedRows { rows, first } = &summary.skipped_rows;
    if *rows > 0 {
        let rows = pluralize(*rows, "invalid row");
        let _ = writeln!(std::io::stderr(), "note: {rows}, each with an empty line:");
        for error in first {
            let _ = writeln!(std::io::stderr(), "      {}", escape_controls(error));
        }
    }
    let print_counts = |what: &str, counts: &BTreeMap<String, u64>| {
        let total: u64 = counts.values().sum();
        if total > 0 {
            let columns: Vec<_> =
                counts.iter().map(|(column, count)| format!("{} {count}", display_name(column))).collect();
            let _ = writeln!(std::io::stderr(), "note: {what}: {}", columns.join(", "));
        }
    };
    print_counts("cells with a category not seen in training, encoded as no category", &summary.unseen);
    print_counts("texts read as missing numbers", &summary.text_as_missing);
    print_counts(
        "missing numbers, replaced by the mean, in columns without missing values in training",
        &summary.imputed,
    );
}
