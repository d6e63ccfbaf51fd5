//! `thalweg fit`: fits a model to a table and writes it to a file.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use thalweg::Seed;
use thalweg_learn::data::{HeaderRow, TargetChoice};
use thalweg_learn::fit::RefitPolicy;
use thalweg_learn::model::Loss;
use thalweg_learn::{
    Callbacks, ColumnOptions, Destination, EventFile, Files, FitConfig, FitReport, PreparedData, ReadOptions,
    Validation,
};

use crate::checkpoints::CheckpointedFit;
use crate::commands::{FitCommand, OutputFormat};
use crate::exit::{ExitCode, UsageError};
use crate::file_conflicts;
use crate::fit_messages;
use crate::fit_page::FitPage;
use crate::fit_verdict::FitVerdict;
use crate::history::HistoryFile;
use crate::interrupt::Interrupt;
use crate::name_list::NameList;
use crate::progress::EpochProgress;
use crate::ranks::Ranks;
use crate::report::fit_report::{self, SavedFitReport};
use crate::report::fit_warnings;
use crate::standard_output;
use crate::tensorboard::TensorBoardLog;
use crate::threads;

pub(crate) fn run(command: &FitCommand, interrupt: &Interrupt, ranks: &Ranks) -> Result<ExitCode> {
    let path = output_path(command)?;
    let config = config(command)?;
    check_conflicts(command, &config, &path)?;
    // Rank 0 alone writes and prints.
    let is_root = ranks.is_root();
    let quiet = command.execution.messages.quiet || !is_root;
    let destination = is_root.then(|| Destination::open(&path)).transpose()?;
    let page = command.files.report.as_deref().filter(|_| is_root).map(Destination::open).transpose()?;
    let checkpoints = CheckpointedFit::open(&command.checkpoints, quiet, ranks)?;
    let checkpoints_used = checkpoints.as_ref().map(CheckpointedFit::description);
    let done = checkpoints.as_ref().and_then(CheckpointedFit::epochs_done);
    let open_history = |path| match done {
        Some(epoch) => HistoryFile::continue_after(path, epoch),
        None => HistoryFile::create(path),
    };
    let mut history = command.files.history.as_deref().filter(|_| is_root).map(open_history).transpose()?;
    let open_events = |folder| TensorBoardLog::open(folder, done);
    let mut events = command.files.tensorboard.as_deref().filter(|_| is_root).map(open_events).transpose()?;
    let mut progress = EpochProgress::new(quiet);
    let fitted = threads::run_in_pool(command.execution.threads, || {
        let cross_validate =
            |folds| config.cross_validate(command.data.as_slice(), folds as usize, (&*interrupt.requested).into());
        let cross_validation = command.folds.map(cross_validate).transpose()?;
        let data = prepare(&config, command, ranks, quiet)?;
        let settings = if page.is_some() { config.fingerprint(&data)? } else { BTreeMap::new() };
        interrupt.defer();
        let callbacks = Callbacks::new().team(ranks.team()).on_epoch(|epoch, _| {
            progress.show(epoch);
            if let Some(history) = &mut history {
                history.add(epoch);
            }
            if let Some(events) = &mut events {
                events.add(epoch);
            }
            ControlFlow::Continue(())
        });
        let train = || {
            if let Some(checkpoints) = checkpoints {
                return Ok(checkpoints.fit(&config, &data, interrupt, callbacks)?);
            }
            let (report, model) = config.fit(&data, callbacks.interrupt(&*interrupt.requested))?;
            Ok((report, model, None))
        };
        let ((report, model, differences), waits) = ranks.train(train)?;
        Ok::<_, anyhow::Error>((FitReport { cross_validation, ..report }, model, settings, differences, waits))
    })?;
    progress.clear();
    let (report, model, settings, differences, waits) = fitted?;
    if let Some(history) = &mut history {
        history.end(report.stopped);
    }
    let interrupt_code = ranks.largest(interrupt.code());
    let Some(destination) = destination else { return Ok(ExitCode::SUCCESS) };
    let verdict = FitVerdict::new(&report, &path, command.init);
    if verdict.is_written {
        write_model(&destination, &model.to_bytes(&path)?)?;
    }
    // Messages on standard error come first: the reader of the report may have closed the pipe.
    let mut messages = fit_messages::messages(&report);
    messages.extend(fit_messages::of_waits(&waits));
    let printed = messages.iter().filter(|message| !(quiet && message.is_note)).map(|message| message.text.clone());
    let (code, explanation) = verdict.explanation(quiet, interrupt_code);
    for text in printed.chain(explanation) {
        let _ = writeln!(std::io::stderr(), "{text}");
    }
    // The text of the report has these.
    let warnings = fit_warnings::messages(&report.warnings);
    let all_messages: Vec<String> = messages
        .into_iter()
        .map(|message| message.text)
        .chain(warnings)
        .chain(verdict.explanation(false, code).1)
        .collect();
    let saved = SavedFitReport::new(report, &path, &command.data);
    let written = page.map(|page| {
        let contents = FitPage {
            report: &saved,
            schema: &model.schema,
            data: &command.data,
            validation: &command.validation,
            settings: &settings,
            messages: &all_messages,
            checkpoints: checkpoints_used.as_deref(),
            differences: differences.as_deref(),
        };
        Ok::<_, anyhow::Error>(page.write(contents.render()?.as_bytes())?)
    });
    let text = match command.format.format {
        OutputFormat::Text => fit_report::text(&saved, &command.data),
        OutputFormat::Json => serde_json::to_string_pretty(&saved)? + "\n",
    };
    standard_output::print(&text)?;
    // An error of the page comes after the text.
    written.transpose()?;
    Ok(ExitCode::from(code))
}

/// Returns an error if a file would be written over data, or over another output.
fn check_conflicts(command: &FitCommand, config: &FitConfig, path: &Path) -> Result<()> {
    let files = Files::from(command.data.as_slice());
    let cache = config.cache_path(&files)?;
    let events_path = command.files.tensorboard.as_deref().map(EventFile::path_in);
    let outputs = [
        ("-o", Some(path)),
        ("--cache", cache.as_deref()),
        ("--history", command.files.history.as_deref()),
        ("--tensorboard", events_path.as_deref()),
        ("--report", command.files.report.as_deref()),
    ];
    let mut inputs = files.input_paths(&config.read)?;
    inputs.extend(Files::from(command.validation.as_slice()).input_paths(&config.read)?);
    Ok(file_conflicts::check(&inputs, &outputs)?)
}

/// Reads and encodes the data on all ranks, each of which has its part of rows that exceed a memory limit, and checks
/// that all have the same.
fn prepare(config: &FitConfig, command: &FitCommand, ranks: &Ranks, quiet: bool) -> Result<PreparedData> {
    let data = command.data.as_slice();
    if ranks.count() == 1 {
        return Ok(config.prepare(data)?);
    }
    if command.data.iter().chain(&command.validation).any(|path| path.as_os_str() == "-") {
        return Err(UsageError("expected files, since standard input is that of one process alone".into()).into());
    }
    let description = ranks.description(rayon::current_num_threads());
    if !quiet {
        let _ = writeln!(std::io::stderr(), "{description}");
    }
    let data = config.prepare_on(data, ranks.team(), thalweg_learn::Interrupt::NEVER)?;
    ranks.check_equal(&config.common_values(&data)?)?;
    Ok(data)
}

/// Extensions of compressed files.
const COMPRESSED: [&str; 5] = [".gz", ".zst", ".bz2", ".xz", ".zip"];

/// Returns the path of the model file; by default `people.2024.model` in the current folder for `people.2024.csv.gz`.
fn output_path(command: &FitCommand) -> Result<PathBuf> {
    let Some(path) = &command.output else {
        let name = command.data.first().and_then(|path| path.file_name());
        let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let plain = COMPRESSED.iter().find_map(|extension| name.strip_suffix(extension)).unwrap_or(&name);
        let stem = plain.rsplit_once('.').map_or(plain, |(stem, _)| stem);
        let stem = if stem.is_empty() || stem == "-" || stem.contains(['*', '?', '[']) { "data" } else { stem };
        return Ok(PathBuf::from(format!("{stem}.model")));
    };
    if path.as_os_str() == "-" {
        return Err(UsageError("-o: expected a file; a model cannot be written to standard output".into()).into());
    }
    Ok(path.clone())
}

fn config(command: &FitCommand) -> Result<FitConfig, UsageError> {
    if command.folds.is_some() && command.data.iter().any(|path| path.as_os_str() == "-") {
        return Err(UsageError("--folds: expected files, since the data are read again for the model".into()));
    }
    let (model, kind) = (&command.model, command.model.kind);
    if let Some(loss) = command.loss
        && kind != TargetChoice::Auto
        && (loss.target_kind() != kind || loss == Loss::Hinge)
    {
        let name = &model.name;
        return Err(UsageError(format!(
            "--loss {loss} does not belong to a {name} model; without --model, the loss determines the model"
        )));
    }
    let header = if command.no_header { HeaderRow::Absent } else { HeaderRow::Auto };
    let read = ReadOptions {
        header,
        missing_tokens: NameList::names(&command.missing_values.missing),
        ..ReadOptions::default()
    };
    Ok(FitConfig {
        read: command.table.apply(read),
        target_kind: kind,
        architecture: model.architecture.clone(),
        loss: command.loss,
        weight_column: command.weight.clone(),
        class_weight: command.class_weight,
        intercept: !command.no_intercept,
        column_options: ColumnOptions {
            ignore: NameList::names(&command.ignore),
            keep: NameList::names(&command.keep),
            categorical: NameList::names(&command.categorical),
            text: NameList::names(&command.text),
            text_as_missing: NameList::names(&command.text_as_missing),
            text_weighting: command.text_weighting,
            interactions: command.interactions.clone(),
            hash_bits: command.hash_bits.unwrap_or(0),
            on_error: command.invalid_rows.on_error,
        },
        validation: validation(command)?,
        refit: match (command.refit, command.folds) {
            (RefitPolicy::Auto, Some(_)) => RefitPolicy::Always,
            (refit, _) => refit,
        },
        method: command.method.clone(),
        lr: command.rate.lr,
        schedule: command.schedule.schedule.clone(),
        batch_size: command.batches.batch_size,
        local_steps: command.batches.local_steps(),
        epochs: command.epochs,
        schedule_epochs: None,
        budget: command.budget.budget(),
        patience: command.patience,
        min_delta: command.min_delta,
        on_divergence: command.on_diverge,
        clip_norm: command.clip_norm,
        certify: command.certify,
        l1: command.l1,
        l2: command.l2,
        factor_l2: command.factor_l2,
        init: command.init,
        seed: Seed::new(command.seed),
        target: command.target.clone(),
        max_memory: command.max_memory,
        sample_rows: command.sample_rows,
        cache: command.cache,
    })
}

/// Returns the choice of the validation rows.
fn validation(command: &FitCommand) -> Result<Validation, UsageError> {
    let files = &command.validation;
    if files.is_empty() {
        return Ok(Validation::Fraction(command.val_fraction));
    }
    if command.refit == RefitPolicy::Always {
        let text = "--refit always: expected validation rows among the data; files of --validation are not fitted";
        return Err(UsageError(text.into()));
    }
    let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
    if files.iter().any(is_stdin) && command.data.iter().any(is_stdin) {
        return Err(UsageError("--validation: expected a file, since the data are standard input".into()));
    }
    Ok(Validation::Files(Files::from(files.as_slice())))
}

/// Writes the model. If that fails, as on a full disk, the result of the training is kept in the folder of temporary
/// files.
fn write_model(destination: &Destination, bytes: &[u8]) -> Result<()> {
    let Err(error) = destination.write(bytes) else { return Ok(()) };
    let rescue = || {
        let mut file = tempfile::Builder::new().prefix("thalweg-").suffix(".model").tempfile()?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok::<_, std::io::Error>(file.into_temp_path().keep()?)
    };
    Err(match rescue() {
        Ok(path) => anyhow!("{error}; the model was written to {} instead", path.display()),
        Err(_) => error.into(),
    })
}
