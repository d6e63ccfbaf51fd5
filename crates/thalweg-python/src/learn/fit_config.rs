//! Settings of a fit from keyword arguments, which have the names of the options of the program.

use pyo3::prelude::*;
use thalweg::Seed;
use thalweg_learn::data::{
    ColumnOptions, Delimiter, HeaderRow, IndexBase, InteractionSpec, Quoting, TargetChoice, TextWeighting,
};
use thalweg_learn::fit::{ClassWeight, LearningRate, RefitPolicy};
use thalweg_learn::model::{Architecture, Init, Loss};
use thalweg_learn::train::{BatchSize, LocalSteps, LossCondition, OnDivergence, TrainingBudget, parse_duration};
use thalweg_learn::{Files, FitConfig, ReadOptions, Validation};

use crate::arguments::Arguments;
use crate::error::{OrRaise, invalid};
use crate::method::spec_of;
use crate::schedule::schedule_of;

use super::source::Source;

/// Returns the settings of a fit of a target; `weight` is the column of the weights, and `validation` has the rows that
/// are watched, where they are given.
pub(crate) fn fit_config(
    target: String,
    weight: Option<String>,
    validation: Option<&Source<'_>>,
    arguments: &Arguments<'_>,
) -> PyResult<FitConfig> {
    let py = arguments.py();
    let defaults = FitConfig::new("");
    let loss = arguments.parsed::<Loss>("loss")?;
    let (target_kind, architecture) = model(arguments)?;
    if let (Some(loss), true) = (loss, target_kind != TargetChoice::Auto)
        && (loss.target_kind() != target_kind || loss == Loss::Hinge)
    {
        let name = arguments.text("model")?.unwrap_or_default();
        return Err(invalid(py, &format!("loss must belong to a {name} model, but is '{loss}'")));
    }
    let folds = arguments.whole::<u32>("folds", 2)?;
    let refit = arguments.choice("refit", REFIT)?.unwrap_or_default();
    Ok(FitConfig {
        read: read_options(arguments)?,
        target,
        target_kind,
        loss,
        column_options: column_options(arguments)?,
        weight_column: weight,
        class_weight: arguments.choice("class_weight", CLASS_WEIGHT)?.unwrap_or_default(),
        architecture,
        intercept: arguments.flag("intercept")?.unwrap_or(true),
        validation: validation_of(validation, arguments)?,
        refit: if refit == RefitPolicy::Auto && folds.is_some() { RefitPolicy::Always } else { refit },
        method: arguments.get("method")?.map(|method| spec_of(&method, None, None)).transpose()?,
        lr: learning_rate(arguments)?,
        schedule: arguments.get("schedule")?.map(|schedule| schedule_of(&schedule)).transpose()?,
        batch_size: batch_size(arguments)?,
        local_steps: local_steps(arguments)?,
        epochs: arguments.whole("epochs", 1)?,
        budget: TrainingBudget {
            max_time: max_time(arguments)?,
            max_steps: arguments.whole("max_steps", 1)?,
            max_samples: arguments.whole("max_samples", 1)?,
            until: arguments.parsed::<LossCondition>("until")?,
        },
        patience: arguments.whole("patience", 0)?,
        min_delta: arguments.number("min_delta")?.unwrap_or(defaults.min_delta),
        clip_norm: arguments.number("clip_norm")?,
        on_divergence: arguments.choice("on_diverge", ON_DIVERGE)?.unwrap_or_default(),
        l1: arguments.number("l1")?.unwrap_or(defaults.l1),
        l2: arguments.number("l2")?,
        factor_l2: arguments.number("factor_l2")?,
        init: init(arguments)?,
        certify: arguments.flag("certify")?.unwrap_or(false),
        seed: Seed::new(arguments.whole("seed", 0)?.unwrap_or(0)),
        max_memory: arguments.bytes("max_memory")?,
        sample_rows: arguments.whole("sample_rows", 1)?,
        cache: arguments.flag("cache")?.unwrap_or(false),
        ..defaults
    })
}

const REFIT: &[(&str, RefitPolicy)] =
    &[("auto", RefitPolicy::Auto), ("always", RefitPolicy::Always), ("never", RefitPolicy::Never)];

const CLASS_WEIGHT: &[(&str, ClassWeight)] = &[("equal", ClassWeight::Equal), ("balanced", ClassWeight::Balanced)];

const ON_DIVERGE: &[(&str, OnDivergence)] = &[("rollback", OnDivergence::Rollback), ("stop", OnDivergence::Stop)];

const TEXT_WEIGHTING: &[(&str, TextWeighting)] =
    &[("tfidf", TextWeighting::Tfidf), ("count", TextWeighting::Count), ("binary", TextWeighting::Binary)];

/// Returns the kind of the target and the architecture.
fn model(arguments: &Arguments<'_>) -> PyResult<(TargetChoice, Architecture)> {
    let name = arguments.text("model")?.unwrap_or_else(|| "auto".to_owned());
    Ok(match name.as_str() {
        "auto" => (TargetChoice::Auto, Architecture::Linear),
        "linear" => (TargetChoice::Number, Architecture::Linear),
        "logistic" => (TargetChoice::Label, Architecture::Linear),
        "softmax" => (TargetChoice::Classes, Architecture::Linear),
        _ if matches!(name.split(':').next(), Some("fm" | "mlp")) => {
            (TargetChoice::Auto, name.parse().or_raise(arguments.py())?)
        }
        _ => {
            let expected = "'auto', 'linear', 'logistic', 'softmax', 'fm:rank=8' or 'mlp:128,64'";
            return Err(invalid(arguments.py(), &format!("model must be {expected}, but is '{name}'")));
        }
    })
}

/// Returns the choice of the validation rows; those in memory are set after the preparation.
fn validation_of(source: Option<&Source<'_>>, arguments: &Arguments<'_>) -> PyResult<Validation> {
    let Some(source) = source else {
        let fraction = arguments.number("val_fraction")?;
        return Ok(fraction.map_or_else(Validation::default, Validation::Fraction));
    };
    if arguments.text("refit")?.as_deref() == Some("always") {
        let message = "refit must not be 'always' with rows of validation=, which are not fitted";
        return Err(invalid(arguments.py(), message));
    }
    Ok(match source {
        Source::Files(paths) => Validation::Files(Files::from(paths.as_slice())),
        Source::Memory(_) => Validation::None,
    })
}

/// Returns the learning rate: a number, or `auto`.
fn learning_rate(arguments: &Arguments<'_>) -> PyResult<Option<LearningRate>> {
    match arguments.text("lr") {
        Ok(_) => arguments.parsed("lr"),
        Err(_) => Ok(arguments.number("lr")?.map(LearningRate::Fixed)),
    }
}

/// Returns the rows of a mini-batch.
pub(crate) fn batch_size(arguments: &Arguments<'_>) -> PyResult<Option<BatchSize>> {
    match arguments.text("batch_size") {
        Ok(None) => Ok(None),
        Ok(Some(text)) if text == "full" => Ok(Some(BatchSize::Full)),
        Ok(Some(text)) => {
            Err(invalid(arguments.py(), &format!("batch_size must be a number of rows or 'full', but is '{text}'")))
        }
        Err(_) => Ok(arguments.whole("batch_size", 1)?.map(BatchSize::Rows)),
    }
}

/// Returns the workers of a training.
pub(crate) fn local_steps(arguments: &Arguments<'_>) -> PyResult<LocalSteps> {
    let defaults = LocalSteps::default();
    let (sync_every, workers) = (arguments.whole("sync_every", 1)?, arguments.whole("workers", 1)?);
    if sync_every.is_none() && workers.is_some() {
        return Err(invalid(
            arguments.py(),
            "workers needs sync_every=, the steps between two averages of the workers",
        ));
    }
    Ok(LocalSteps {
        sync_every: sync_every.unwrap_or(defaults.sync_every),
        workers: workers.unwrap_or(defaults.workers),
    })
}

/// Returns the time of the training, in seconds or as a text.
fn max_time(arguments: &Arguments<'_>) -> PyResult<Option<std::time::Duration>> {
    let text = match arguments.text("max_time") {
        Ok(text) => text,
        Err(_) => arguments.number("max_time")?.map(|seconds| seconds.to_string()),
    };
    text.map(|text| parse_duration(&text).or_raise(arguments.py())).transpose()
}

/// Returns the initialization: `zero`, or the standard deviation of a normal distribution.
fn init(arguments: &Arguments<'_>) -> PyResult<Init> {
    let Some(text) = arguments.text("init")? else { return Ok(Init::Zero) };
    let deviation = text.strip_prefix("normal:").and_then(|number| number.parse().ok());
    match deviation.filter(|deviation: &f64| *deviation >= 0.0 && deviation.is_finite()) {
        Some(deviation) => Ok(Init::Normal(deviation)),
        None if text == "zero" => Ok(Init::Zero),
        None => {
            let expected = "'zero' or 'normal:DEVIATION', for example 'normal:0.01'";
            Err(invalid(arguments.py(), &format!("init must be {expected}, but is '{text}'")))
        }
    }
}

fn column_options(arguments: &Arguments<'_>) -> PyResult<ColumnOptions> {
    let interaction = |text: String| {
        text.parse::<InteractionSpec>().map_err(|error| invalid(arguments.py(), &format!("interactions: {error}")))
    };
    Ok(ColumnOptions {
        ignore: arguments.texts("ignore")?,
        keep: arguments.texts("keep")?,
        categorical: arguments.texts("categorical")?,
        text: arguments.texts("text")?,
        text_as_missing: arguments.texts("text_as_missing")?,
        text_weighting: arguments.choice("text_weighting", TEXT_WEIGHTING)?.unwrap_or_default(),
        interactions: arguments.texts("interactions")?.into_iter().map(interaction).collect::<PyResult<_>>()?,
        hash_bits: arguments.whole("hash_bits", 0)?.unwrap_or(0),
        on_error: arguments.parsed("on_error")?.unwrap_or_default(),
    })
}

fn read_options(arguments: &Arguments<'_>) -> PyResult<ReadOptions> {
    let whitespace = arguments.text("delimiter")?.is_some_and(|text| text == "whitespace" || text == "\\s+");
    let delimiter = if whitespace {
        Some(Delimiter::Whitespace)
    } else {
        ascii(arguments, "delimiter", &[("tab", '\t')])?.map(Delimiter::Character)
    };
    Ok(ReadOptions {
        header: match arguments.flag("header")? {
            None => HeaderRow::Auto,
            Some(true) => HeaderRow::Present,
            Some(false) => HeaderRow::Absent,
        },
        delimiter,
        quoting: if arguments.flag("quotes")? == Some(false) { Quoting::None } else { Quoting::default() },
        skip_lines: arguments.whole("skip_lines", 0)?,
        decimal: arguments.character("decimal", &[])?,
        thousands: arguments.character("thousands", &[("space", ' ')])?,
        comment: ascii(arguments, "comment", &[])?,
        encoding: arguments.text("encoding")?,
        missing_tokens: arguments.texts("missing")?,
        index_base: if arguments.flag("zero_based")? == Some(true) { IndexBase::Zero } else { IndexBase::Auto },
        labels_file: arguments.path("labels")?,
        ..ReadOptions::default()
    })
}

/// Returns a single ASCII character.
fn ascii(arguments: &Arguments<'_>, name: &str, names: &[(&str, char)]) -> PyResult<Option<u8>> {
    let Some(character) = arguments.character(name, names)? else { return Ok(None) };
    let byte = u8::try_from(character).ok().filter(u8::is_ascii);
    let refuse = || invalid(arguments.py(), &format!("{name} must be an ASCII character, but is '{character}'"));
    byte.map(Some).ok_or_else(refuse)
}
