//! `thalweg evaluate`: measures a model on labelled rows that it has not seen.

use anyhow::Result;
use thalweg::Seed;
use thalweg_learn::{EvaluateConfig, Files, ModelFile, ReadOptions, evaluate};

use crate::commands::{EvaluateCommand, OutputFormat};
use crate::exit::ExitCode;
use crate::file_conflicts;
use crate::name_list::NameList;
use crate::report::evaluation_report;
use crate::report::read_notes::print_warnings;
use crate::standard_output;
use crate::threads;

pub(crate) fn run(command: &EvaluateCommand) -> Result<ExitCode> {
    let model = ModelFile::load_within(&command.model, command.max_memory)?;
    let mut read = ReadOptions { on_error: command.invalid_rows.on_error, ..model.schema.read_options() };
    read.missing_tokens.extend(NameList::names(&command.missing_values.missing));
    let config = EvaluateConfig {
        read: command.table.apply(read),
        weight_column: command.weight.as_deref().map(|name| name.trim().to_string()),
        max_memory: command.max_memory,
        seed: Seed::new(command.seed),
    };
    let mut inputs = Files::from(command.data.as_slice()).input_paths(&config.read)?;
    inputs.push(command.model.clone());
    file_conflicts::check(&inputs, &[])?;
    let report =
        threads::run_in_pool(command.execution.threads, || evaluate(&model, command.data.as_slice(), &config))??;
    print_warnings(&report.notes);
    let text = match command.format.format {
        OutputFormat::Text => evaluation_report::text(&report, &command.data),
        OutputFormat::Json => serde_json::to_string_pretty(&report)? + "\n",
    };
    standard_output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}
