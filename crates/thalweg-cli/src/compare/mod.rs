//! `thalweg compare`.

mod csv;
mod markdown;
mod picture;
mod run_log;
mod tables;
mod text;

use std::fs::File;
use std::io::{BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use thalweg::{Method, OptimizerSpec};
use thalweg_compare::{
    Benchmark, ComparisonPlan, ComparisonReport, DataBenchmark, ProblemBenchmark, Protocol, parse_methods, run_file,
};
use thalweg_learn::{Destination, FitConfig};

use crate::commands::{CompareCommand, ReportFormat};
use crate::exit::{self, Usage};
use crate::interrupt::Interrupt;
use crate::objective_args::{ObjectiveArgs, is_problem};
use crate::picture::Picture;
use crate::threads;
use run_log::Watch;

/// Steps of a run where nothing is said.
const STEPS: u64 = 5_000;
/// Epochs of a run where nothing is said.
const EPOCHS: u64 = 20;

pub(crate) fn run(command: &CompareCommand) -> Result<ExitCode> {
    let given = [
        ("--from", &command.from),
        ("--runs", &command.runs),
        ("--plot", &command.plot),
        ("--report", &command.report),
    ];
    exit::distinct(&given)?;
    let picture = command.plot.as_deref().map(Picture::open).transpose()?;
    let page = command.report.as_deref().map(Destination::open).transpose()?;
    let (report, code, runs) = match (&command.from, &command.on) {
        (Some(path), _) => (rebuild(path)?, 0, path.clone()),
        (None, Some(on)) => {
            let path = command.runs.clone().unwrap_or_else(|| free(&runs_path(on)));
            let (report, code) = carry_out(command, on, &path, picture.as_ref())?;
            (report, code, path)
        }
        (None, None) => return Err(Usage("a problem, a formula or a data file must be given, or --from".into()).into()),
    };
    picture::check(picture.as_ref(), report.header.function.as_ref().map(|function| function.start.len()))?;
    let text = match command.format {
        ReportFormat::Text => text::report(&report),
        ReportFormat::Json => serde_json::to_string_pretty(&report)? + "\n",
        ReportFormat::Csv => csv::report(&report),
        ReportFormat::Markdown => markdown::report(&report),
    };
    std::io::stdout().write_all(text.as_bytes())?;
    if command.format == ReportFormat::Text && !command.quiet && std::io::stdout().is_terminal() {
        std::io::stdout().write_all(picture::terminal(&report)?.as_bytes())?;
    }
    picture::draw(&report, (command.view, &runs), (picture.as_ref(), page.as_ref()))?;
    Ok(ExitCode::from(code))
}

/// The report of runs that were made before.
fn rebuild(path: &Path) -> Result<ComparisonReport> {
    let name = path.display();
    let file = File::open(path).map_err(|error| anyhow!("{name} cannot be read: {error}"))?;
    let read = run_file::read(BufReader::new(file));
    let (header, runs) = read.map_err(|error| anyhow!("{name} is no file of runs: {error}"))?;
    Ok(ComparisonReport::new(&header, &runs))
}

/// All runs, and the exit code.
fn carry_out(
    command: &CompareCommand,
    on: &str,
    path: &Path,
    picture: Option<&Picture>,
) -> Result<(ComparisonReport, u8)> {
    let plan = plan(command)?;
    let benchmark = benchmark(command, on)?;
    plan.check()?;
    picture::check(picture, benchmark.instance().map(|instance| instance.start.len()))?;
    let interrupt = Interrupt::listen()?;
    let header = plan.header(benchmark.as_ref());
    let watch = Watch::new(path, &header, plan.run_count(), command.quiet)?;
    let runs = threads::on(command.threads, || {
        interrupt.during(|| plan.run(benchmark.as_ref(), &interrupt.requested, &|run| watch.see(run)))
    })??;
    watch.end()?;
    let report = ComparisonReport::new(&header, &runs);
    if !command.quiet {
        let again = format!("thalweg compare --from {}", thalweg_learn::shell_word(&path.display().to_string()));
        let _ = writeln!(std::io::stderr(), "{} runs are in {}; the report again: {again}", runs.len(), path.display());
    }
    let code = if report.complete { 0 } else { interrupt.code() };
    Ok((report, code))
}

fn plan(command: &CompareCommand) -> Result<ComparisonPlan, Usage> {
    let usage = |error: thalweg::Error| Usage(error.to_string());
    let all = || Method::all().into_iter().map(OptimizerSpec::from).collect();
    let methods = if command.methods == "all" { all() } else { parse_methods(&command.methods).map_err(usage)? };
    let tuned = command.trials.map(|_| Protocol::Tuned);
    let mut protocols = Vec::new();
    for protocol in command.protocol.iter().map(|choice| choice.protocol()).chain(tuned) {
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

/// What is competed on: data with `--target`, else a problem or a formula.
fn benchmark(command: &CompareCommand, on: &str) -> Result<Box<dyn Benchmark>> {
    let Some(target) = &command.target else {
        if command.epochs.is_some() || command.batch_size.is_some() || command.l2.is_some() || command.loss.is_some() {
            return Err(
                Usage("--epochs, --batch-size, --loss and --l2 are for data, which needs --target".into()).into()
            );
        }
        let ending = Path::new(on).extension().map(|ending| ending.to_string_lossy().to_lowercase());
        if !Path::new(on).exists()
            && ending.is_some_and(|ending| ["csv", "tsv", "txt", "gz"].contains(&ending.as_str()))
        {
            return Err(Usage(format!("{on} is named like a file, but there is none")).into());
        }
        if Path::new(on).is_file() {
            return Err(Usage(format!("{on} is a file: --target must say which column is to be predicted")).into());
        }
        let asked = ObjectiveArgs { function: on, variables: None, dim: command.dim, start: command.start.as_deref() };
        let steps = command.steps.unwrap_or(STEPS);
        return Ok(Box::new(ProblemBenchmark { instance: asked.objective_args()?, steps }));
    };
    if command.steps.is_some() || command.dim.is_some() || command.start.is_some() {
        return Err(Usage("--steps, --dim and --start are for problems and formulas; data have --epochs".into()).into());
    }
    let mut fit = FitConfig::new(target.clone());
    (fit.batch, fit.l2, fit.loss) = (command.batch_size, command.l2, command.loss);
    fit.epochs = Some(command.epochs.unwrap_or(EPOCHS));
    let data = fit.prepare(Path::new(on))?;
    let training = fit.training(&data.train)?;
    let file = Path::new(on).file_name().map_or(on.into(), |name| name.to_string_lossy().into_owned());
    let name = format!("{file}, {} rows, target {target}", data.train.len() + data.validation.len());
    Ok(Box::new(DataBenchmark { name, data, training }))
}

/// The path, or with a number where there is a file of that name: earlier runs are kept.
fn free(path: &Path) -> PathBuf {
    let stem = path.to_string_lossy().trim_end_matches(".runs.jsonl").to_owned();
    let numbered = (2..).map(|i| PathBuf::from(format!("{stem}-{i}.runs.jsonl")));
    std::iter::once(path.to_owned()).chain(numbered).find(|path| !path.exists()).unwrap_or_else(|| path.to_owned())
}

/// `rosenbrock.runs.jsonl` for a problem, `people.runs.jsonl` for `data/people.csv`, `formula.runs.jsonl` for a formula.
fn runs_path(on: &str) -> PathBuf {
    let name = Path::new(on).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = match is_problem(on) {
        true => on.split(':').next().unwrap_or(on).trim().to_owned(),
        false if Path::new(on).is_file() => name.split('.').next().unwrap_or("data").to_owned(),
        false => "formula".to_owned(),
    };
    PathBuf::from(format!("{}.runs.jsonl", if stem.is_empty() { "data" } else { &stem }))
}
