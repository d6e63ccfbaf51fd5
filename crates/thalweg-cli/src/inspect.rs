//! `thalweg inspect`.

use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};
use thalweg_learn::{Encoding, MissingRule, ModelFile, Target};

use crate::commands::{Format, InspectCommand};

pub(crate) fn run(command: &InspectCommand) -> Result<ExitCode> {
    let model = ModelFile::load(&command.model)?;
    let text = match command.format {
        Format::Text => text(&model)?,
        Format::Json => serde_json::to_string_pretty(&object(&model))? + "\n",
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn text(model: &ModelFile) -> Result<String> {
    let about = &model.about;
    let mut text = String::new();
    let predicts = match &model.schema.target {
        Target::Number { name, mean, deviation } => format!("{name}, a number of mean {mean:.4} ± {deviation:.4}"),
        Target::Label { name, negative, positive } => format!("{name}: {positive} against {negative}"),
    };
    let kind = format!("{:?}", about.model).to_lowercase();
    writeln!(text, "model     {kind}, by thalweg {}", about.version)?;
    writeln!(text, "predicts  {predicts}")?;
    writeln!(text, "method    {}, schedule {}", about.method, about.schedule)?;
    writeln!(
        text,
        "trained   {} rows, {} epochs, {} steps, seed {}",
        about.rows, about.epochs, about.steps, about.seed
    )?;
    writeln!(text, "penalty   l1 {}, l2 {}", about.l1, about.l2)?;
    writeln!(text, "\ncolumns")?;
    for feature in &model.schema.features {
        let encoding = match &feature.encoding {
            Encoding::Number { mean, deviation, missing } => {
                let indicator = if *missing == MissingRule::Indicator { ", with an indicator of missing" } else { "" };
                format!("number, mean {mean:.4} ± {deviation:.4}{indicator}")
            }
            Encoding::Category { levels } => format!("{} levels: {}", levels.len(), shortened(levels)),
        };
        writeln!(text, "  {}  {encoding}", feature.name)?;
    }
    writeln!(text, "\ncoefficients (of standardized numbers and of levels)")?;
    writeln!(text, "  {:>12.6}  (intercept)", model.intercept)?;
    for (name, weight) in model.schema.coefficient_names().iter().zip(&model.weights) {
        writeln!(text, "  {weight:>12.6}  {name}")?;
    }
    Ok(text)
}

/// The first levels, as many as fit a line.
fn shortened(levels: &[String]) -> String {
    let shown = levels.iter().take(6).map(String::as_str).collect::<Vec<_>>().join(", ");
    if levels.len() > 6 { format!("{shown}, …") } else { shown }
}

fn object(model: &ModelFile) -> Value {
    let names = model.schema.coefficient_names();
    let weights = names.iter().zip(&model.weights).map(|(name, weight)| json!({ "name": name, "weight": weight }));
    json!({
        "about": model.about,
        "schema": model.schema,
        "intercept": model.intercept,
        "coefficients": weights.collect::<Vec<_>>(),
    })
}
