//! `thalweg inspect`.

use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};
use thalweg_learn::model::{Architecture, Loss};
use thalweg_learn::{Coefficient, Encoding, Imputation, InteractionEncoding, ModelFile, Target};

use crate::commands::{Format, InspectCommand};
use crate::report::fit_report::{of_class, unit_of_coefficients};
use crate::report::format::{format_signed, format_significant, pluralize};

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
    let about = &model.training_info;
    let mut text = String::new();
    let predicts = match &model.schema.target {
        Target::Number { name, deviation, .. } if model.loss() == Loss::Poisson => {
            format!("{name}, a count of mean {}", format_significant(*deviation))
        }
        Target::Number { name, mean, deviation } => {
            format!("{name}, a number of mean {} ± {}", format_significant(*mean), format_significant(*deviation))
        }
        Target::Label { name, negative, positive } => format!("{name}: {positive} against {negative}"),
        Target::Classes { name, labels } => format!("{name}: one of {}", shortened(labels)),
    };
    let kind = format!("{:?}", about.model).to_lowercase();
    writeln!(text, "model     {kind}, by thalweg {}", about.version)?;
    writeln!(text, "predicts  {predicts}")?;
    if let Some(loss) = about.loss {
        writeln!(text, "loss      {loss}")?;
    }
    if about.architecture != Architecture::Linear {
        writeln!(text, "scores by {}", about.architecture)?;
    }
    writeln!(text, "method    {}, schedule {}", about.method, about.schedule)?;
    let trained =
        [(about.rows, "row"), (about.epochs, "epoch"), (about.steps, "step")].map(|(n, unit)| pluralize(n, unit));
    writeln!(text, "trained   {}, batch {}, seed {}", trained.join(", "), about.batch_size, about.seed)?;
    writeln!(text, "penalty   l1 {}, l2 {}", about.l1, about.l2)?;
    writeln!(text, "\ncolumns")?;
    for feature in &model.schema.features {
        let encoding = match &feature.encoding {
            Encoding::Number { mean, deviation, missing } => {
                let indicator =
                    if *missing == Imputation::MeanAndIndicator { ", with an indicator of missing" } else { "" };
                format!("number, mean {} ± {}{indicator}", format_significant(*mean), format_significant(*deviation))
            }
            Encoding::Hashed { .. } => format!("hashed to 2^{} coefficients", model.schema.hash_bits),
            Encoding::Category { levels } => format!("{} levels: {}", levels.len(), shortened(levels)),
        };
        writeln!(text, "  {}  {encoding}", feature.name)?;
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
                format!("{} levels: {}", levels.len(), shortened(&levels))
            }
            InteractionEncoding::Hashed => format!("hashed to 2^{} coefficients", model.schema.hash_bits),
        };
        writeln!(text, "  {}  {encoding}", cross.name())?;
    }
    if let Some(indexed_features) = model.schema.indexed_features {
        writeln!(
            text,
            "  {} to {}  features by number",
            indexed_features.first,
            indexed_features.first + indexed_features.features - 1
        )?;
    }
    if about.architecture != Architecture::Linear {
        writeln!(text, "\ntensors")?;
        for tensor in &model.tensors {
            let shape: Vec<String> = tensor.shape.iter().map(ToString::to_string).collect();
            writeln!(text, "  {}  {}", tensor.name, shape.join(" × "))?;
        }
        return Ok(text);
    }
    writeln!(text, "\ncoefficients ({})", unit_of_coefficients(model.schema.target.name(), about.model))?;
    let classes: &[String] = if let Target::Classes { labels, .. } = &model.schema.target { labels } else { &[] };
    for (k, intercept) in model.intercepts().into_iter().enumerate() {
        writeln!(text, "{:>14}  {}", format_signed(intercept), of_class("(intercept)", classes.get(k)))?;
    }
    // Where levels are hashed, most coefficients belong to none.
    let is_shown = |coefficient: &Coefficient| model.schema.hash_bits == 0 || coefficient.weight != 0.0;
    for coefficient in model.coefficients().into_iter().filter(is_shown) {
        let name = of_class(&coefficient.name, coefficient.class.as_ref());
        writeln!(text, "{:>14}  {name}", format_signed(coefficient.weight))?;
    }
    Ok(text)
}

/// The first levels, as many as fit a line.
fn shortened(levels: &[String]) -> String {
    let shown = levels.iter().take(6).map(String::as_str).collect::<Vec<_>>().join(", ");
    if levels.len() > 6 { format!("{shown}, …") } else { shown }
}

fn object(model: &ModelFile) -> Value {
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
