//! `thalweg fit`.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use thalweg::{Schedule, Spec};
use thalweg_learn::train::Stopped;
use thalweg_learn::{Choices, Destination, Fit, Header, ReadOptions, Report, TargetChoice};

use crate::commands::{FitCommand, Format, Model};
use crate::exit::{self, Usage};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::{report, threads};

pub(crate) fn run(command: &FitCommand) -> Result<ExitCode> {
    let interrupt = Interrupt::listen()?;
    let path = command.output.clone().unwrap_or_else(|| default_output(&command.data));
    let destination = Destination::open(&path)?;
    let fit = request(command)?;
    let mut progress = Progress::new(command.common.quiet);
    let fitted = threads::on(command.common.threads, || {
        fit.run(&command.data, &interrupt.came, &mut |epoch| {
            progress.show(epoch);
            ControlFlow::Continue(())
        })
    })?;
    progress.clear();
    let (mut result, model) = fitted?;
    result.model_path = path.display().to_string();
    destination.write(&model.to_bytes(&path)?)?;

    let text = match command.common.format {
        Format::Text => report::table::text(&result, &command.data),
        Format::Json => serde_json::to_string_pretty(&result)? + "\n",
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(match result.stopped {
        Stopped::Diverged => {
            advise(&result);
            ExitCode::from(exit::DIVERGED)
        }
        Stopped::Interrupted => ExitCode::from(interrupt.code()),
        Stopped::Epochs | Stopped::EarlyStopping => ExitCode::SUCCESS,
    })
}

/// `people.csv.gz` → `people.model` in this folder.
fn default_output(data: &Path) -> PathBuf {
    let name = data.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.split('.').find(|part| !part.is_empty()).filter(|stem| *stem != "-").unwrap_or("data");
    PathBuf::from(format!("{stem}.model"))
}

fn request(command: &FitCommand) -> Result<Fit> {
    let header = if command.no_header { Header::Absent } else { Header::Auto };
    let defaults = Fit::new(&command.target);
    Ok(Fit {
        read: ReadOptions { header, delimiter: command.table.delimiter, missing: command.missing.clone() },
        kind: match command.model {
            Model::Auto => TargetChoice::Auto,
            Model::Linear => TargetChoice::Number,
            Model::Logistic => TargetChoice::Label,
        },
        choices: Choices {
            ignore: command.ignore.clone(),
            keep: command.keep.clone(),
            categorical: command.categorical.clone(),
        },
        val_fraction: command.val_fraction,
        spec: spec(command)?,
        batch: command.batch_size,
        epochs: command.epochs,
        patience: command.patience,
        min_delta: command.min_delta,
        l1: command.l1,
        l2: command.l2,
        init: command.init,
        seed: command.seed,
        ..defaults
    })
}

/// The method as typed, with `--lr` and `--schedule` put into it; `None` if nothing was typed.
fn spec(command: &FitCommand) -> Result<Option<Spec>> {
    if command.method.is_none() && command.lr.is_none() && command.schedule.is_none() {
        return Ok(None);
    }
    let mut spec = command.method.clone().unwrap_or_else(thalweg_learn::Defaults::spec);
    if spec.around.goal == thalweg::Goal::Maximize {
        return Err(Usage("--method: a fit minimizes its loss, so goal=maximize has no use here".into()).into());
    }
    if let Some(lr) = command.lr {
        spec.method = spec.method.set("lr", &lr.to_string()).map_err(|error| Usage(format!("--lr: {error}")))?;
    }
    match (&command.schedule, &command.method) {
        (Some(schedule), _) => spec.around.schedule = schedule.clone(),
        (None, Some(_)) => spec.around.schedule = Schedule::Constant,
        (None, None) => {}
    }
    // Open lengths are set by the run, so any length does for the check.
    let closed = spec.around.schedule.clone().over(1);
    closed.check().map_err(|error| Usage(format!("--schedule: {error}")))?;
    Ok(Some(spec))
}

fn advise(result: &Report) {
    let kept = match result.best_epoch {
        0 => "no epoch improved on the start, so the model holds the starting weights".to_string(),
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
