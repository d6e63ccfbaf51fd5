//! Comparisons of methods on problems, formulas and data.

mod result;
mod setup;

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use thalweg_cli::results::{RunLog, RunsFile, RunsFileError};
use thalweg_compare::{Benchmark, ComparisonPlan, Error, Phase, Run};
use thalweg_learn::Interrupt;

use crate::arguments::Arguments;
use crate::error::{IntoPyErr, OrRaise, invalid, wrong_type};
use crate::formula::PyFormula;
use crate::learn::source::{Source, paths_of};
use crate::work::{self, Done, Link, OnReport};
pub(crate) use result::PyComparison;
use setup::DataSetup;

/// Time between two reports of the progress.
const REPORT_INTERVAL: Duration = Duration::from_millis(100);

/// Progress of a comparison: finished runs, expected ones, and what is done.
struct RunProgress(u64, u64, String);

/// Compare methods; see ``thalweg.compare``.
#[pyfunction]
pub(crate) fn compare(
    py: Python<'_>,
    subject: &Bound<'_, PyAny>,
    target: Option<String>,
    arguments: Bound<'_, PyDict>,
    progress: Option<Bound<'_, PyAny>>,
) -> PyResult<PyComparison> {
    let arguments = Arguments::new(arguments);
    let is_text = subject.is_instance_of::<PyString>() || paths_of(subject)?.is_some();
    let on_data = target.is_some() || !(is_text || subject.is_instance_of::<PyFormula>());
    let plan = setup::plan(&arguments, on_data)?;
    let file = arguments.path("runs")?;
    let force = arguments.flag("force")?.unwrap_or(false);
    if force && file.is_none() {
        return Err(invalid(py, "force needs runs=, the file whose runs are replaced"));
    }
    let files = Files { path: file, force };
    let threads = arguments.whole("threads", 1)?;
    let mut on_report = progress.map(|progress| {
        let progress = progress.unbind();
        move |py: Python<'_>, RunProgress(finished, expected, activity): &RunProgress| {
            progress.bind(py).call1((finished, expected, activity)).map(|_| false)
        }
    });
    let on_report = on_report.as_mut().map(|on_report| -> &mut OnReport<'_, RunProgress> { on_report });
    let Done { result, raised } = if on_data {
        let target = target.unwrap_or_else(|| "label".to_owned());
        if subject.is_callable() && !subject.hasattr("__arrow_c_stream__")? {
            return Err(wrong_type("subject", "the name of a problem, a formula or data", subject));
        }
        let source = Source::with_target(subject, "subject", &target)?;
        let setup = DataSetup::new(name_of(&source), target, &arguments)?;
        let view = source.view(py)?;
        work::run(py, threads, on_report, |link| {
            let benchmark = view.with(|rows| setup.prepare(rows, Interrupt::from(link.interrupt)))?;
            run(&plan, &benchmark, &files, link)
        })?
    } else {
        let benchmark = setup::problem_benchmark(subject, &arguments)?;
        work::run(py, threads, on_report, |link| run(&plan, &benchmark, &files, link))?
    };
    match (result, raised) {
        // Ctrl-C keeps the finished runs where a method has reported any.
        (Ok(comparison), Some(raised))
            if raised.is_instance_of::<PyKeyboardInterrupt>(py) && !comparison.report.results.is_empty() =>
        {
            Ok(comparison)
        }
        (_, Some(raised)) => Err(raised),
        (result, None) => result.or_raise(py),
    }
}

/// Returns the name of data in the report: that of the files.
fn name_of(source: &Source<'_>) -> String {
    let Source::Files(paths) = source else { return "data".to_owned() };
    let names = paths.iter().map(|path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy());
    names.collect::<Vec<_>>().join(", ")
}

/// The file to which runs are written, if there is one.
struct Files {
    path: Option<PathBuf>,
    force: bool,
}

/// Reason why a comparison ended without a result.
enum Failure {
    Compare(Error),
    Runs(RunsFileError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Compare(error)
    }
}

impl From<thalweg_learn::Error> for Failure {
    fn from(error: thalweg_learn::Error) -> Self {
        Self::Compare(error.into())
    }
}

impl From<RunsFileError> for Failure {
    fn from(error: RunsFileError) -> Self {
        Self::Runs(error)
    }
}

impl IntoPyErr for Failure {
    fn into_py_err(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Compare(error) => error.into_py_err(py),
            Self::Runs(RunsFileError::File(error)) => error.into_py_err(py),
            Self::Runs(RunsFileError::OtherContents(path)) => {
                invalid(py, &format!("runs must be a new file or a file of runs, but {} is not", path.display()))
            }
            Self::Runs(RunsFileError::OtherSettings(path, differences)) => {
                let (path, differences) = (path.display(), differences.join("; "));
                let expected = "runs must be a new file or have runs of the same settings and data";
                invalid(
                    py,
                    &format!("{expected}, but those of {path} differ: {differences} (force=True replaces them)"),
                )
            }
            Self::Runs(RunsFileError::Damaged(path, error)) => {
                let path = path.display();
                invalid(py, &format!("runs: {path} cannot be continued: {error} (force=True replaces it)"))
            }
        }
    }
}

/// Makes the runs that the file does not have, and writes them to it.
fn run(
    plan: &ComparisonPlan,
    benchmark: &dyn Benchmark,
    files: &Files,
    link: &Link<'_, RunProgress>,
) -> Result<PyComparison, Failure> {
    let header = plan.header(benchmark);
    let (mut log, mut made) = (None, Vec::new());
    if let Some(path) = &files.path {
        let (file, runs) = RunsFile::open(path)?.start(&header, files.force)?;
        log = Some(RunLog::start((path.clone(), file), runs.len() as u64, plan.run_count(), true));
        made = runs;
    }
    let expected = plan.run_count().saturating_sub(made.len() as u64);
    let progress = Mutex::new((0, Instant::now()));
    let on_run = |run: &Run| -> Result<(), Error> {
        if let Some(log) = &log {
            log.append(run).map_err(Error::callback)?;
        }
        // Other threads do not wait while one reports.
        let report = {
            let mut state = progress.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            state.0 += 1;
            let is_due = state.1.elapsed() >= REPORT_INTERVAL;
            if is_due {
                state.1 = Instant::now();
            }
            is_due.then_some(state.0)
        };
        if let Some(finished) = report {
            let (protocol, method) = (run.protocol.name(), &run.method);
            let purpose = if run.phase == Phase::Tune { "tuning" } else { "reporting" };
            let activity = format!("{protocol}: {purpose} {method}");
            // An exception of the display has set the interrupt.
            let _ = link.report(RunProgress(finished, expected.max(finished), activity));
        }
        Ok(())
    };
    let runs = plan.resume(benchmark, made, link.interrupt, &on_run)?;
    if let Some(log) = log {
        log.finish()?;
    }
    Ok(PyComparison::new(header, runs, files.path.clone()))
}
