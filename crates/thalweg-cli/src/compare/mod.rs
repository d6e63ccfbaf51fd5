//! `thalweg compare`: compares optimization methods and reports which one wins.

mod charts;
mod comparison;
mod comparison_error;
mod csv;
mod markdown;
mod page;
mod paths;
mod picture;
pub(crate) mod run_log;
pub(crate) mod runs_file;
mod setup;
mod tables;
mod text;
pub(crate) mod view;

use std::ffi::OsStr;
use std::io::{BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use thalweg_compare::run_file::{self, RunFile};
use thalweg_compare::{ComparisonHeader, ComparisonReport};
use thalweg_learn::data::open_input;
use thalweg_learn::{Destination, Files, ReadOptions};
use thalweg_problems::Problem;

use crate::commands::{CompareCommand, ReportFormat};
use crate::exit::{ExitCode, UsageError};
use crate::file_conflicts;
use crate::interrupt::Interrupt;
use crate::picture::PictureFile;
use crate::ranks::Ranks;
use crate::report::escape::escape_controls;
use crate::report::format::pluralize;
use crate::report::shell::quote_for_shell;
use crate::standard_output;
use comparison::Comparison;
use run_log::RunLog;
use runs_file::RunsFile;

pub(crate) fn run(command: &CompareCommand, interrupt: &Interrupt, ranks: &Ranks) -> Result<ExitCode> {
    if !ranks.is_root() {
        // Rank 0 alone reads runs, writes and prints.
        if let Some(on) = &command.on {
            Comparison::prepare(command, on, ranks)?.help(command, interrupt, ranks)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let default_runs = command.on.as_deref().map(default_runs_path).filter(|path| !path.exists());
    let runs = command.runs.as_ref().or(default_runs.as_ref());
    let files = [
        ("--from", command.from.as_deref()),
        ("--runs", runs.map(PathBuf::as_path)),
        ("--plot", command.picture.plot.as_deref()),
        ("--report", command.picture.report.as_deref()),
    ];
    let data = command.on.as_deref().filter(|_| command.target.is_some()).map(Path::new);
    let data = data.map(|path| Files::from(path).input_paths(&ReadOptions::default())).transpose()?;
    file_conflicts::check(&data.unwrap_or_default(), &files)?;
    let picture = command.picture.plot.as_deref().map(PictureFile::open).transpose()?;
    let page = command.picture.report.as_deref().map(Destination::open).transpose()?;
    let (report, code, runs) = match (&command.from, &command.on) {
        (Some(path), _) => (read_report(path)?, 0, path.clone()),
        (None, Some(on)) => run_comparison(command, on, picture.as_ref(), interrupt, ranks)?,
        (None, None) => unreachable!("the parser requires one of them"),
    };
    check_animation(picture.as_ref(), report.header.function.as_ref().map(|function| function.start.len()))?;
    let text = match command.format {
        ReportFormat::Text => text::render(&report),
        ReportFormat::Json => serde_json::to_string_pretty(&report)? + "\n",
        ReportFormat::Csv => csv::render(&report),
        ReportFormat::Markdown => markdown::render(&report),
    };
    // Files come first: the reader of the text may have gone. An error of theirs comes after the text.
    let written = write_files(command, &report, &runs, picture.as_ref(), page.as_ref());
    standard_output::print(&text)?;
    let is_quiet = command.execution.messages.quiet;
    if command.format == ReportFormat::Text && !is_quiet && std::io::stdout().is_terminal() {
        standard_output::print(&picture::terminal_chart(&report)?)?;
    }
    written?;
    Ok(ExitCode::from(code))
}

/// Writes the picture and the page that were requested.
fn write_files(
    command: &CompareCommand,
    report: &ComparisonReport,
    runs: &Path,
    picture: Option<&PictureFile>,
    page: Option<&Destination>,
) -> Result<()> {
    let pictures = picture::ProtocolPicture::for_outputs(report, picture.is_some(), page.is_some())?;
    if let Some(picture) = picture {
        picture::write(&pictures, picture, command.picture.view)?;
    }
    if let Some(page) = page {
        page.write(page::render(report, &pictures, Some(runs))?.as_bytes())?;
    }
    Ok(())
}

/// Returns the report of the runs in a file.
fn read_report(path: &Path) -> Result<ComparisonReport> {
    let name = path.display();
    let file = open_input(path).map_err(|error| match error {
        thalweg_learn::Error::Io { source, .. } => anyhow!("{name} cannot be read: {source}"),
        other => other.into(),
    })?;
    if file.metadata().is_ok_and(|found| found.is_file() && found.len() == 0) {
        return Err(anyhow!("{name} has no runs: the file is empty"));
    }
    let contents = run_file::read(BufReader::new(file));
    let RunFile { header, runs, is_cut, .. } =
        contents.map_err(|error| anyhow!("{name} is not a file of runs: {error}"))?;
    if is_cut {
        let runs = pluralize(runs.len() as u64, "run");
        let warning = escape_controls(&format!("warning: {name}: the last line is cut; {runs} read")).into_owned();
        let _ = writeln!(std::io::stderr(), "{warning}");
    }
    Ok(ComparisonReport::new(&header, &runs))
}

/// Makes all runs and writes them to a file; returns the report, the exit code, and the path of the file.
fn run_comparison(
    command: &CompareCommand,
    on: &OsStr,
    picture: Option<&PictureFile>,
    interrupt: &Interrupt,
    ranks: &Ranks,
) -> Result<(ComparisonReport, u8, PathBuf)> {
    check_replay(command)?;
    let comparison = Comparison::prepare(command, on, ranks)?;
    check_animation(picture, comparison.dimension())?;
    let is_quiet = command.execution.messages.quiet;
    let file = match &command.runs {
        Some(path) => RunsFile::open(path)?,
        None => RunsFile::create_unused(&default_runs_path(on))?,
    };
    let path = file.path().to_path_buf();
    let (file, made) = file.start(comparison.header(), command.force)?;
    if !is_quiet && !made.is_empty() {
        let (count, file) = (pluralize(made.len() as u64, "run"), path.display());
        let note = escape_controls(&format!("note: {count} of {file} are kept; the others are made")).into_owned();
        let _ = writeln!(std::io::stderr(), "{note}");
    }
    let log = RunLog::start((path.clone(), file), made.len() as u64, comparison.run_count(), is_quiet);
    let (runs, interrupt_code) = comparison.run(command, made, &log, interrupt, ranks)?;
    log.finish()?;
    let report = ComparisonReport::new(comparison.header(), &runs);
    if !is_quiet {
        let (count, file) = (runs.len(), escape_controls(&path.display().to_string()).into_owned());
        let again = escape_controls(&format!("thalweg compare --from {}", quote_for_shell(&path))).into_owned();
        let _ = writeln!(std::io::stderr(), "{count} runs written to {file}; to report them again: {again}");
    }
    let code = if report.complete { 0 } else { interrupt_code };
    Ok((report, code, path))
}

/// Checks that the runs can be repeated for the pictures of their paths.
fn check_replay(command: &CompareCommand) -> Result<(), UsageError> {
    let draws = command.picture.plot.is_some() || command.picture.report.is_some();
    let limit = ComparisonHeader::MAX_REPLAYED_STEPS;
    match command.steps.filter(|steps| draws && *steps > limit) {
        Some(steps) => {
            Err(UsageError(format!("--steps: expected at most {limit} with --plot or --report, found {steps}")))
        }
        None => Ok(()),
    }
}

/// Checks that an animation is possible; `dimension` is the number of variables of the function, if there is one.
fn check_animation(picture: Option<&PictureFile>, dimension: Option<usize>) -> Result<(), UsageError> {
    if picture.is_some_and(PictureFile::is_animated) && dimension.is_none_or(|n| n < 2) {
        return Err(UsageError("--plot: an animation needs a function of at least two variables".into()));
    }
    Ok(())
}

/// Returns `rosenbrock.runs.jsonl` for a problem, `people.runs.jsonl` for `data/people.csv`, and `formula.runs.jsonl`
/// for a formula.
fn default_runs_path(on: &OsStr) -> PathBuf {
    let text = on.to_string_lossy();
    let name = Path::new(on).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = match Problem::is_meant_by(&text) {
        true => text.split(':').next().unwrap_or(&text).trim().to_owned(),
        false if Path::new(on).is_file() => name.split('.').next().unwrap_or("data").to_owned(),
        false => "formula".to_owned(),
    };
    PathBuf::from(format!("{}.runs.jsonl", if stem.is_empty() { "data" } else { &stem }))
}
