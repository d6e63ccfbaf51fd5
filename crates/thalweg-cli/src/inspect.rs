//! `thalweg inspect`: prints the contents of a model file or a checkpoint.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};
use thalweg_learn::ModelFile;
use thalweg_learn::data::{InteractionEncoding, Target};
use thalweg_learn::fit::{FitCheckpoint, SavedFit};
use thalweg_learn::model::Coefficient;
use thalweg_learn::model::{Architecture, Loss};

use crate::commands::{InspectCommand, OutputFormat};
use crate::exit::{ExitCode, UsageError};
use crate::file_conflicts;
use crate::report;
use crate::report::escape::{display_name, display_sentence, escape_lines};
use crate::report::feature_encoding::{describe, join_shortened};
use crate::report::fit_report::{coefficient_name, coefficient_unit};
use crate::report::format::{format_signed, format_significant, pluralize};
use crate::report::training::workers;
use crate::standard_output;

pub(crate) fn run(command: &InspectCommand) -> Result<ExitCode> {
    file_conflicts::check(std::slice::from_ref(&command.model), &[])?;
    let saved = if command.model.is_dir() {
        SavedFit::Checkpoint(Box::new(latest_checkpoint(&command.model)?))
    } else {
        SavedFit::load(&command.model)?
    };
    let text = match (&saved, command.output.format) {
        (SavedFit::Model(model), OutputFormat::Text) => model_text(model)?,
        (SavedFit::Model(model), OutputFormat::Json) => serde_json::to_string_pretty(&model_json(model))? + "\n",
        (SavedFit::Checkpoint(checkpoint), OutputFormat::Text) => report::checkpoint::text(checkpoint),
        (SavedFit::Checkpoint(checkpoint), OutputFormat::Json) => {
            serde_json::to_string_pretty(&report::checkpoint::json(checkpoint))? + "\n"
        }
    };
    match command.output.format {
        OutputFormat::Text => standard_output::print(&escape_lines(&text))?,
        OutputFormat::Json => standard_output::print(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the latest checkpoint in a folder.
fn latest_checkpoint(folder: &Path) -> Result<FitCheckpoint> {
    let none =
        || UsageError(format!("expected a model or a folder of checkpoints, found neither in {}", folder.display()));
    Ok(FitCheckpoint::latest_in(folder)?.ok_or_else(none)?)
}

fn model_text(model: &ModelFile) -> Result<String> {
    let info = &model.training_info;
    let mut text = String::new();
    let target = display_name(model.schema.target.name());
    let predicts = match &model.schema.target {
        Target::Number { deviation, .. } if model.loss() == Loss::Poisson => {
            format!("{target}, a count with mean {}", format_significant(*deviation))
        }
        Target::Number { mean, deviation, .. } => {
            format!("{target}, a number with mean {} ± {}", format_significant(*mean), format_significant(*deviation))
        }
        Target::Label { negative, positive, .. } => {
            format!("{target}: {} against {}", display_name(positive), display_name(negative))
        }
        Target::Classes { labels, .. } => format!("{target}: one of {}", join_shortened(labels)),
    };
    let kind = format!("{:?}", info.model).to_lowercase();
    let architecture = match &info.architecture {
        Architecture::Linear => String::new(),
        architecture => format!(" ({architecture})"),
    };
    writeln!(text, "model     {kind}{architecture}, by thalweg {}", display_name(&info.version))?;
    writeln!(text, "predicts  {predicts}")?;
    if let Some(loss) = info.loss {
        let scale = model.schema.target.residual_scale();
        let scale = scale.map_or_else(String::new, |scale| format!(", residual scale {}", format_significant(scale)));
        writeln!(text, "loss      {loss}{scale}")?;
    }
    writeln!(text, "method    {}, schedule {}", display_sentence(&info.method), display_sentence(&info.schedule))?;
    let trained =
        [(info.rows, "row"), (info.epochs, "epoch"), (info.steps, "step")].map(|(n, unit)| pluralize(n, unit));
    let local = workers(info.workers, info.sync_every);
    writeln!(text, "trained   {}, batch {}{local}, seed {}", trained.join(", "), info.batch_size, info.seed)?;
    let factor_l2 = if info.factor_l2 > 0.0 { format!(", factor l2 {}", info.factor_l2) } else { String::new() };
    writeln!(text, "penalty   l1 {}, l2 {}{factor_l2}", info.l1, info.l2)?;
    writeln!(text, "\ncolumns")?;
    for feature in &model.schema.features {
        writeln!(text, "  {}  {}", display_name(&feature.name), describe(feature, &model.schema))?;
    }
    for cross in &model.schema.interactions {
        let encoding = match &cross.encoding {
            InteractionEncoding::Number { mean, deviation } => {
                format!(
                    "product of scaled numbers, mean {} ± {}",
                    format_significant(*mean),
                    format_significant(*deviation)
                )
            }
            InteractionEncoding::Levels(levels) => {
                let levels: Vec<String> = levels.iter().map(|level| level.join("*")).collect();
                format!("{} categories: {}", levels.len(), join_shortened(&levels))
            }
            InteractionEncoding::Hashed => format!("hashed to 2^{} coefficients", model.schema.hash_bits),
        };
        writeln!(text, "  {}  {encoding}", display_name(&cross.name()))?;
    }
    if let Some(indexed_features) = model.schema.indexed_features {
        writeln!(
            text,
            "  {} to {}  features identified by index",
            indexed_features.first,
            indexed_features.first + indexed_features.features - 1
        )?;
    }
    if info.architecture != Architecture::Linear {
        writeln!(text, "\ntensors")?;
        for tensor in &model.tensors {
            let shape: Vec<String> = tensor.shape.iter().map(ToString::to_string).collect();
            writeln!(text, "  {}  {}", tensor.name, shape.join(" × "))?;
        }
        return Ok(text);
    }
    writeln!(text, "\ncoefficients ({})", coefficient_unit(&target, info.model))?;
    let classes: &[String] = if let Target::Classes { labels, .. } = &model.schema.target { labels } else { &[] };
    for (k, intercept) in model.intercepts().into_iter().enumerate() {
        writeln!(
            text,
            "{:>14}  {}",
            format_signed(intercept),
            display_name(&coefficient_name("(intercept)", classes.get(k)))
        )?;
    }
    // With hashing, most coefficients belong to no category.
    let is_shown = |coefficient: &Coefficient| model.schema.hash_bits == 0 || coefficient.weight != 0.0;
    for coefficient in model.coefficients().into_iter().filter(is_shown) {
        let name = display_name(&coefficient_name(&coefficient.name, coefficient.class.as_ref()));
        writeln!(text, "{:>14}  {name}", format_signed(coefficient.weight))?;
    }
    Ok(text)
}

fn model_json(model: &ModelFile) -> Value {
    let intercepts = model.intercepts();
    let mut object = json!({
        "about": model.training_info,
        "schema": model.schema,
        "intercept": intercepts.first(),
        "coefficients": model.coefficients(),
    });
    if intercepts.len() > 1 {
        object["intercepts"] = json!(intercepts);
    }
    object
}
