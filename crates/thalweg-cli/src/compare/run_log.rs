//! Runs as they end: into their file, and counted on standard error.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use thalweg_compare::{ComparisonHeader, Phase, Run, run_file};
use thalweg_learn::{Destination, Error};

use crate::exit::Usage;
use crate::report::format::group_digits;

/// How often there is a line where there is no terminal.
const OFTEN: Duration = Duration::from_secs(5);

/// Hears of each run.
pub(super) struct Watch {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    file: BufWriter<File>,
    done: u64,
    of: u64,
    shown: Option<Shown>,
}

enum Shown {
    Bar(ProgressBar),
    Lines(Instant),
}

impl Watch {
    /// Begins the file with the header. A file that is there and holds no runs is left as it is.
    pub(super) fn new(path: &Path, header: &ComparisonHeader, of: u64, quiet: bool) -> Result<Self> {
        Destination::open(path)?;
        if !replaceable(path) {
            let why = "is there and holds no runs; it is left as it is (--runs writes to another file)";
            return Err(Usage(format!("{} {why}", path.display())).into());
        }
        let io = |source| Error::Io { path: path.into(), source };
        let mut file = BufWriter::new(File::create(path).map_err(io)?);
        run_file::write_line(&mut file, header).map_err(io)?;
        let shown = match quiet {
            true => None,
            false if std::io::stderr().is_terminal() => Some(Shown::Bar(bar(of))),
            false => Some(Shown::Lines(Instant::now())),
        };
        Ok(Self { path: path.into(), state: Mutex::new(State { file, done: 0, of, shown }) })
    }

    /// Takes a run.
    pub(super) fn see(&self, run: &Run) -> thalweg_learn::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let io = |source| Error::Io { path: self.path.clone(), source };
        run_file::write_line(&mut state.file, run).map_err(io)?;
        // What is reported took longest, and what is long is soon worth a line on the disk.
        if run.phase == Phase::Report || run.seconds > 0.1 {
            state.file.flush().map_err(io)?;
        }
        state.done += 1;
        state.show(run);
        Ok(())
    }

    /// Ends the file, and takes the bar away.
    pub(super) fn end(self) -> thalweg_learn::Result<()> {
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(Shown::Bar(bar)) = &state.shown {
            bar.finish_and_clear();
        }
        state.file.flush().map_err(|source| Error::Io { path: self.path, source })
    }
}

impl State {
    fn show(&mut self, run: &Run) {
        let (done, of) = (self.done, self.of.max(self.done));
        let what = match run.phase {
            Phase::Tune => format!("{}: choosing for {}", run.protocol.name(), run.method),
            Phase::Report => format!("{}: reporting {}", run.protocol.name(), run.method),
        };
        match &mut self.shown {
            Some(Shown::Bar(bar)) => {
                bar.set_length(of);
                bar.set_position(done);
                bar.set_message(what);
            }
            Some(Shown::Lines(last)) if last.elapsed() >= OFTEN => {
                *last = Instant::now();
                let _ = writeln!(std::io::stderr(), "{}/{} runs  {what}", group_digits(done), group_digits(of));
            }
            Some(Shown::Lines(_)) | None => {}
        }
    }
}

/// Whether nothing is there, or nothing that is not a file of runs.
fn replaceable(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return true };
    if !file.metadata().is_ok_and(|found| found.is_file()) {
        return true;
    }
    let mut first = String::new();
    let read = BufReader::new(file).read_line(&mut first);
    read.is_ok() && (first.is_empty() || serde_json::from_str::<ComparisonHeader>(&first).is_ok())
}

fn bar(of: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(of), ProgressDrawTarget::stderr_with_hz(10));
    let template = "{pos}/{len} runs {bar:20} {eta} left  {wide_msg}";
    // The template is a constant: were it wrong, the default would do.
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
