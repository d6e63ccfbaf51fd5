//! The file of runs, written during the comparison, and its progress on standard error.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use thalweg_compare::{Phase, Run, run_file};
use thalweg_learn::Error;

use crate::report::format::group_digits;

/// Time between two progress lines.
const LINE_INTERVAL: Duration = Duration::from_secs(5);
/// Runs that took at least this many seconds are written to the disk at once.
const LONG_RUN_SECONDS: f64 = 0.1;

/// A file to which finished runs are appended, from any thread.
pub struct RunLog {
    path: PathBuf,
    state: Mutex<LogState>,
}

struct LogState {
    file: BufWriter<File>,
    finished: u64,
    /// Number of runs expected; more may follow as grids are extended.
    expected: u64,
    display: Option<RunDisplay>,
}

enum RunDisplay {
    Bar(ProgressBar),
    /// Time of the last line.
    Lines(Instant),
}

impl RunLog {
    /// Begins or continues a file; of `expected` runs, those that it has are not made again.
    pub fn start((path, file): (PathBuf, File), made: u64, expected: u64, quiet: bool) -> Self {
        let expected = expected.saturating_sub(made);
        let display = match quiet {
            true => None,
            false if std::io::stderr().is_terminal() => Some(RunDisplay::Bar(new_bar(expected))),
            false => Some(RunDisplay::Lines(Instant::now())),
        };
        Self { path, state: Mutex::new(LogState { file: BufWriter::new(file), finished: 0, expected, display }) }
    }

    /// Appends a finished run to the file.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn append(&self, run: &Run) -> thalweg_learn::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let io_error = |source| Error::Io { path: self.path.clone(), source };
        run_file::write_line(&mut state.file, run).map_err(io_error)?;
        // Runs that are reported or took long are worth a write to the disk each.
        if run.phase == Phase::Report || run.seconds > LONG_RUN_SECONDS {
            state.file.flush().map_err(io_error)?;
        }
        state.finished += 1;
        state.show(run);
        Ok(())
    }

    /// Completes the file and removes the progress bar.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn finish(self) -> thalweg_learn::Result<()> {
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(RunDisplay::Bar(bar)) = &state.display {
            bar.finish_and_clear();
        }
        state.file.flush().map_err(|source| Error::Io { path: self.path, source })
    }
}

impl LogState {
    fn show(&mut self, run: &Run) {
        let (finished, expected) = (self.finished, self.expected.max(self.finished));
        let activity = match run.phase {
            Phase::Tune => format!("{}: tuning {}", run.protocol.name(), run.method),
            Phase::Report => format!("{}: reporting {}", run.protocol.name(), run.method),
        };
        match &mut self.display {
            Some(RunDisplay::Bar(bar)) => {
                bar.set_length(expected);
                bar.set_position(finished);
                bar.set_message(activity);
            }
            Some(RunDisplay::Lines(last)) if last.elapsed() >= LINE_INTERVAL => {
                *last = Instant::now();
                let (finished, expected) = (group_digits(finished), group_digits(expected));
                let _ = writeln!(std::io::stderr(), "{finished}/{expected} runs  {activity}");
            }
            Some(RunDisplay::Lines(_)) | None => {}
        }
    }
}

fn new_bar(expected: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(expected), ProgressDrawTarget::stderr_with_hz(10));
    let template = "{pos}/{len} runs {bar:20} {eta} left  {wide_msg}";
    bar.set_style(ProgressStyle::with_template(template).expect("the template is a valid constant"));
    bar
}
