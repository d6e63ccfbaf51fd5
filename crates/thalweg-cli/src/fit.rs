//! `thalweg fit`.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use thalweg_learn::model::Loss;
use thalweg_learn::train::TrainingStopReason;
use thalweg_learn::{
    ClassWeight, ColumnOptions, Destination, FitConfig, FitReport, HeaderRow, ReadOptions, TargetChoice,
};

use crate::commands::{Classes, FitCommand, Format};
use crate::exit::{self, Usage};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::{report, threads};

pub(crate) fn run(command: &FitCommand) -> Result<ExitCode> {
    let interrupt = Interrupt::listen()?;
    let path = output(command)?;
    let destination = Destination::open(&path)?;
    let fit = request(command)?;
    let mut progress = Progress::new(command.common.quiet);
    let fitted = threads::on(command.common.threads, || {
        fit.run(command.data.as_slice(), &interrupt.requested, &mut |epoch| {
            progress.show(epoch);
            ControlFlow::Continue(())
        })
    })?;
    progress.clear();
    let (mut result, model) = fitted?;
    result.model_path = path.display().to_string();
    result.predict_command = report::fit_report::predict_command(&path, &command.data);
    // A run that came to nothing does not replace a model that is there.
    let came_to_nothing = result.best_epoch == 0
        && matches!(result.stopped, TrainingStopReason::Diverged | TrainingStopReason::Interrupted);
    let written = !(came_to_nothing && path.exists());
    if written {
        destination.write(&model.to_bytes(&path)?)?;
    }
    // The verdict first: whoever reads the report may be gone.
    let code = match result.stopped {
        TrainingStopReason::Diverged => {
            advise(&result, written);
            exit::DIVERGED
        }
        TrainingStopReason::Interrupted => {
            if !written {
                let path = &result.model_path;
                let _ =
                    writeln!(std::io::stderr(), "note: interrupted before an epoch was done; {path} is left as it was");
            }
            interrupt.code()
        }
        TrainingStopReason::Epochs | TrainingStopReason::EarlyStopping => 0,
    };
    let text = match command.common.format {
        Format::Text => report::fit_report::text(&result, &command.data),
        Format::Json => serde_json::to_string_pretty(&result)? + "\n",
    };
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::from(code)),
    }
}

/// Where the model goes: `people.2024.csv.gz` → `people.2024.model` in this folder.
fn output(command: &FitCommand) -> Result<PathBuf> {
    let Some(path) = &command.output else {
        let name = command.data.first().and_then(|path| path.file_name());
        let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let plain = name.strip_suffix(".gz").or(name.strip_suffix(".zst")).unwrap_or(&name);
        let stem = plain.rsplit_once('.').map_or(plain, |(stem, _)| stem);
        let stem = if stem.is_empty() || stem == "-" || stem.contains(['*', '?', '[']) { "data" } else { stem };
        return Ok(PathBuf::from(format!("{stem}.model")));
    };
    if path.as_os_str() == "-" {
        return Err(Usage("-o: a model needs a file, it cannot go to standard output".into()).into());
    }
    exit::refuse_same("-o", path, &command.data.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
    Ok(path.clone())
}

fn request(command: &FitCommand) -> Result<FitConfig, Usage> {
    let (model, kind) = (&command.model, command.model.kind);
    if let Some(loss) = command.loss
        && kind != TargetChoice::Auto
        && (loss.target() != kind || loss == Loss::Hinge)
    {
        let name = &model.name;
        return Err(Usage(format!("--loss {loss} makes no {name} model; without --model it makes its own")));
    }
    let header = if command.no_header { HeaderRow::Absent } else { HeaderRow::Auto };
    Ok(FitConfig {
        read: command.table.over(ReadOptions {
            header,
            missing_tokens: command.missing.clone(),
            ..ReadOptions::default()
        }),
        kind,
        architecture: model.architecture.clone(),
        loss: command.loss,
        weight: command.weight.clone(),
        class_weight: match command.class_weight {
            Classes::Equal => ClassWeight::Equal,
            Classes::Balanced => ClassWeight::Balanced,
        },
        intercept: !command.no_intercept,
        column_options: ColumnOptions {
            ignore: command.ignore.clone(),
            keep: command.keep.clone(),
            categorical: command.categorical.clone(),
            interactions: command.interactions.clone(),
            hash_bits: command.hash_bits.unwrap_or(0),
            on_error: command.on_error,
        },
        val_fraction: command.val_fraction,
        method: command.method.clone(),
        lr: command.lr,
        schedule: command.schedule.clone(),
        batch: command.batch_size,
        epochs: command.epochs,
        patience: command.patience,
        min_delta: command.min_delta,
        l1: command.l1,
        l2: command.l2,
        init: command.init,
        seed: command.seed,
        target: command.target.clone(),
        max_memory: command.max_memory,
        sample_rows: command.sample_rows,
        cache: command.cache,
    })
}

fn advise(result: &FitReport, written: bool) {
    let kept = match result.best_epoch {
        0 if written => "no epoch improved on the start, so the model holds the starting weights".to_string(),
        0 => format!("no epoch improved on the start, so {} is left as it was", result.model_path),
        epoch => format!("the model holds the weights of epoch {epoch}, the last good ones"),
    };
    let _ = writeln!(
        std::io::stderr(),
        "error: the training diverged: the loss or its gradient was infinite or NaN after {} steps; {kept}.\n\
         Try a smaller learning rate (--lr, a tenth of what it was), a warm-up (--schedule warmup:steps=100), or\n\
         clipping (clip_global_norm=1 among the method's parameters).",
        result.steps
    );
}
