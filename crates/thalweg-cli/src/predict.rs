//! `thalweg predict`.

use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use thalweg_learn::model::Loss;
use thalweg_learn::{Destination, ModelFile, Prediction, Rows, Table, Target, predict};

use crate::commands::PredictCommand;
use crate::exit::{self, Usage};
use crate::threads;

pub(crate) fn run(command: &PredictCommand) -> Result<ExitCode> {
    let model = ModelFile::load(&command.model)?;
    if command.proba && matches!(model.schema.target, Target::Number { .. }) {
        let target = model.schema.target.name();
        return Err(Usage(format!("--proba needs a model of labels, but {target} is a number")).into());
    }
    if command.proba && model.loss() == Loss::Hinge {
        let why = "--proba needs a model of probabilities, but the hinge loss knows none (--loss logistic does)";
        return Err(Usage(why.into()).into());
    }
    if let Some(output) = &command.output {
        let inputs: Vec<_> =
            [&command.model].into_iter().chain(&command.data).map(std::path::PathBuf::as_path).collect();
        exit::refuse_same("-o", output, &inputs)?;
    }
    let output = command.output.as_deref().filter(|path| path.as_os_str() != "-");
    let destination = output.map(Destination::open).transpose()?;
    let options = command.table.over(model.schema.read_options());
    let table = Table::read(command.data.as_slice(), &options)?;
    let predictions = threads::on(command.threads, || predict(&model, &table))??;
    let mut text = String::new();
    for prediction in &predictions.values {
        match prediction {
            Prediction::Number(value) => writeln!(text, "{value}")?,
            Prediction::Label { probability: Some(p), .. } if command.proba => writeln!(text, "{p}")?,
            Prediction::Class { probabilities, .. } if command.proba => writeln!(text, "{}", joined(probabilities))?,
            Prediction::Label { label, .. } | Prediction::Class { label, .. } => writeln!(text, "{label}")?,
        }
    }
    // Everything is known before the first byte is written, so nothing is left half-written.
    match destination {
        Some(destination) => destination.write(text.as_bytes())?,
        None => std::io::stdout().write_all(text.as_bytes())?,
    }
    if !command.quiet {
        if let (true, Target::Classes { labels, .. }) = (command.proba, &model.schema.target) {
            let _ = writeln!(std::io::stderr(), "note: the probabilities of a row are those of {}", labels.join(", "));
        }
        notes(&predictions.rows);
    }
    Ok(ExitCode::SUCCESS)
}

/// Numbers of one line.
fn joined(numbers: &[f64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// What was odd about the rows.
fn notes(rows: &Rows) {
    let list = |what: &str, counts: &std::collections::BTreeMap<String, u64>| {
        let total: u64 = counts.values().sum();
        if total > 0 {
            let columns: Vec<_> = counts.iter().map(|(column, count)| format!("{column} {count}")).collect();
            let _ = writeln!(std::io::stderr(), "note: {what}: {}", columns.join(", "));
        }
    };
    list("cells without a level seen in training, taken as none of the levels", &rows.unseen);
    list("missing numbers replaced by the mean, in columns that had none missing in training", &rows.imputed);
}
