//! `thalweg predict`: prints the predictions of a model for the rows of a table.

mod output;

use std::collections::BTreeMap;
use std::io::Write as _;

use anyhow::Result;
use rayon::prelude::*;
use thalweg_learn::data::{SkippedRows, Target, append_number};
use thalweg_learn::model::Loss;
use thalweg_learn::{Files, ModelFile, PredictConfig, PredictSummary, Prediction, ReadOptions, predict_blocks};

use crate::commands::PredictCommand;
use crate::exit::{ExitCode, UsageError};
use crate::file_conflicts;
use crate::name_list::NameList;
use crate::report::escape::{display_name, escape_controls};
use crate::report::format::pluralize;
use crate::report::read_notes::{note_text, print_warnings};
use crate::threads;
use output::{PredictionOutput, ReaderGone};

/// Lines that one thread writes at a time.
const LINES_PER_TEXT: usize = 1 << 12;

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
    let files = Files::from(command.data.as_slice());
    let mut inputs = files.input_paths(&config.read)?;
    inputs.push(command.model.clone());
    file_conflicts::check(&inputs, &[("-o", output)])?;
    let mut output = match output {
        None if files.have_stream()? => PredictionOutput::as_they_arrive(),
        path => PredictionOutput::at_the_end(path)?,
    };
    let predicted = threads::run_in_pool(command.execution.threads, || {
        predict_blocks(&model, files, &config, |block| {
            let texts: Vec<String> =
                block.par_chunks(LINES_PER_TEXT).map(|block| lines(block, command.proba)).collect();
            texts.iter().try_for_each(|text| output.write(text))
        })
    })?;
    let summary = match predicted {
        Err(error) if error.is::<ReaderGone>() => return Ok(ExitCode::SUCCESS),
        summary => summary?,
    };
    output.complete()?;
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

/// Estimated bytes of a line with a number.
const BYTES_PER_LINE: usize = 20;

/// Returns the lines of some rows.
fn lines(block: &[Option<Prediction>], proba: bool) -> String {
    let mut text = String::with_capacity(block.len() * BYTES_PER_LINE);
    for prediction in block {
        push_line(prediction.as_ref(), proba, &mut text);
    }
    text
}

/// Appends the line of a row; an empty one for a row that was skipped, so that the lines are those of the rows.
fn push_line(prediction: Option<&Prediction>, proba: bool, text: &mut String) {
    match prediction {
        None => {}
        Some(Prediction::Number(value)) => append_number(*value, text),
        Some(Prediction::Label { probability: Some(p), .. }) if proba => append_number(*p, text),
        Some(Prediction::Class { probabilities, .. }) if proba => {
            for (column, p) in probabilities.iter().enumerate() {
                if column > 0 {
                    text.push(',');
                }
                append_number(*p, text);
            }
        }
        Some(Prediction::Label { label, .. } | Prediction::Class { label, .. }) => {
            text.push_str(&escape_controls(label));
        }
    }
    text.push('\n');
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
