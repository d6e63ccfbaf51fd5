//! Plan and benchmark of a comparison, from the command line.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::Result;
use thalweg::method::Adam;
use thalweg::{Method, OptimizerSpec};
use thalweg_compare::{Benchmark, ComparisonPlan, DataBenchmark, ProblemBenchmark, Protocol, parse_methods};
use thalweg_learn::FitConfig;
use thalweg_learn::fit::RefitPolicy;

use crate::commands::CompareCommand;
use crate::exit::UsageError;
use crate::objective_args::ObjectiveArgs;
use crate::threads;

/// Steps of a run without `--steps`.
const DEFAULT_STEPS: u64 = 5_000;
/// Epochs of a run without `--epochs`.
const DEFAULT_EPOCHS: u64 = 20;
/// Extensions by which a missing file is recognized.
const DATA_EXTENSIONS: [&str; 4] = ["csv", "tsv", "txt", "gz"];

pub(super) fn plan(command: &CompareCommand) -> Result<ComparisonPlan, UsageError> {
    // A function has no terms.
    let suits = |method: &Method| command.target.is_some() || !method.needs_finite_sum();
    let all = || Method::all().into_iter().chain(Method::solvers()).filter(suits).map(OptimizerSpec::from).collect();
    let methods = if command.methods == "all" { all() } else { parse_methods(&command.methods)? };
    if let Some(spec) = methods.iter().find(|spec| !suits(&spec.method)) {
        let name = spec.method.name();
        return Err(UsageError(format!("{name} needs data: it minimizes the loss over rows, which --target chooses")));
    }
    let mut protocols = Vec::new();
    for protocol in command.protocol.iter().copied().chain(command.trials.map(|_| Protocol::Tuned)) {
        if !protocols.contains(&protocol) {
            protocols.push(protocol);
        }
    }
    Ok(ComparisonPlan {
        methods,
        schedule: command.schedule.clone(),
        protocols,
        trials: command.trials.map_or(ComparisonPlan::default().trials, u64::from),
        tuning_seeds: u64::from(command.tuning_seeds),
        report_seeds: u64::from(command.seeds),
    })
}

/// Returns the benchmark: data with `--target`, otherwise a problem or a formula.
pub(super) fn benchmark(command: &CompareCommand, on: &OsStr) -> Result<Box<dyn Benchmark>> {
    match &command.target {
        Some(target) => Ok(Box::new(data_benchmark(command, on, target)?)),
        None => Ok(Box::new(problem_benchmark(command, on)?)),
    }
}

fn problem_benchmark(command: &CompareCommand, on: &OsStr) -> Result<ProblemBenchmark, UsageError> {
    if command.epochs.is_some() || command.batches.are_given() || command.l2.is_some() || command.loss.is_some() {
        let message = "--epochs, --batch-size, --sync-every, --loss and --l2 apply to data only, which needs --target";
        return Err(UsageError(message.into()));
    }
    let (path, on) = (Path::new(on), on.to_string_lossy());
    if path.is_file() {
        return Err(UsageError(format!("{on} is a file: name the column to predict with --target")));
    }
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    if !path.exists() && extension.is_some_and(|extension| DATA_EXTENSIONS.contains(&extension.as_str())) {
        return Err(UsageError(format!("{on} looks like the name of a file, but there is no such file")));
    }
    let start = command.problem.start.as_deref();
    let arguments = ObjectiveArgs { function: &on, variables: None, dim: command.problem.dim, start };
    Ok(ProblemBenchmark { instance: arguments.instance()?, steps: command.steps.unwrap_or(DEFAULT_STEPS) })
}

fn data_benchmark(command: &CompareCommand, on: &OsStr, target: &str) -> Result<DataBenchmark> {
    if command.steps.is_some() || command.problem.dim.is_some() || command.problem.start.is_some() {
        let message = "--steps, --dim and --start apply to problems and formulas only; for data, use --epochs";
        return Err(UsageError(message.into()).into());
    }
    let mut config = FitConfig::new(target.to_owned());
    (config.batch_size, config.l2, config.loss) = (command.batches.batch_size, command.l2, command.loss);
    config.local_steps = command.batches.local_steps();
    config.epochs = Some(command.epochs.unwrap_or(DEFAULT_EPOCHS));
    config.refit = RefitPolicy::Never;
    // The methods of the comparison replace this one, whose batches are those of all methods of steps.
    config.method = Some(Adam::default().into());
    let data = threads::run_in_pool(command.execution.threads, || config.prepare(Path::new(on)))??;
    let training = config.training_config(&data)?;
    let file = Path::new(on).file_name().unwrap_or(on).to_string_lossy();
    let name = format!("{file}, {} rows, target {target}", data.train.len() + data.validation.len());
    let mut settings = config.fingerprint(&data)?;
    // The plan has these, and the version.
    for name in ["version", "method", "schedule", "epochs", "schedule_epochs", "patience", "refit", "seed", "target"] {
        settings.remove(name);
    }
    Ok(DataBenchmark { name, data, training, settings })
}
