//! Training progress on standard error: a bar on a terminal, plain lines otherwise.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use thalweg_learn::train::EpochReport;

use crate::report::format::{format_compact, format_duration, format_significant};

/// Longest time without a progress line.
const MAX_SILENCE: Duration = Duration::from_secs(5);

/// Display of the epochs of a training run.
pub(crate) struct EpochProgress {
    display: EpochDisplay,
    /// The next epoch that is printed as a line: 1, 2, 4, 8, …; others are printed after [`MAX_SILENCE`].
    next_line: u64,
    last_line: Instant,
}

enum EpochDisplay {
    Off,
    /// A progress bar, created at the first epoch.
    Bar(Option<ProgressBar>),
    Lines,
}

impl EpochProgress {
    pub(crate) fn new(quiet: bool) -> Self {
        let display = match quiet {
            true => EpochDisplay::Off,
            false if std::io::stderr().is_terminal() => EpochDisplay::Bar(None),
            false => EpochDisplay::Lines,
        };
        Self { display, next_line: 1, last_line: Instant::now() }
    }

    /// Updates the display after an epoch.
    pub(crate) fn show(&mut self, epoch: &EpochReport) {
        match &mut self.display {
            EpochDisplay::Bar(bar) => {
                let bar = bar.get_or_insert_with(|| new_bar(epoch.epochs));
                bar.set_message(short_line(epoch));
                bar.set_position(epoch.epoch);
            }
            EpochDisplay::Lines if epoch.epoch >= self.next_line || self.last_line.elapsed() >= MAX_SILENCE => {
                if epoch.epoch >= self.next_line {
                    self.next_line = epoch.epoch.saturating_mul(2);
                }
                self.last_line = Instant::now();
                let _ = writeln!(std::io::stderr(), "epoch {:>4}/{}  {}", epoch.epoch, epoch.epochs, line(epoch));
            }
            EpochDisplay::Lines | EpochDisplay::Off => {}
        }
    }

    /// Removes the progress bar from the terminal.
    pub(crate) fn clear(self) {
        if let EpochDisplay::Bar(Some(bar)) = &self.display {
            bar.finish_and_clear();
        }
    }
}

fn new_bar(epochs: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(epochs), ProgressDrawTarget::stderr_with_hz(10));
    let template = "{pos}/{len} {bar:6} {wide_msg}";
    bar.set_style(ProgressStyle::with_template(template).expect("the template is a valid constant"));
    bar
}

/// Formats an epoch for a progress bar in a terminal of 80 columns.
fn short_line(epoch: &EpochReport) -> String {
    let validation = epoch.validation.map_or_else(String::new, |loss| format!(" val {}", format_significant(loss)));
    let best = if epoch.is_best { "*" } else { " " };
    let (loss, rate, speed) =
        (format_significant(epoch.train_loss), format_significant(epoch.lr), format_compact(epoch.rows_per_second));
    format!("loss {loss}{validation} {best} rate {rate} {speed} rows/s {} left", format_duration(epoch.seconds_left))
}

/// Formats an epoch for a line of its own.
fn line(epoch: &EpochReport) -> String {
    let validation =
        epoch.validation.map_or_else(String::new, |loss| format!("  validation {}", format_significant(loss)));
    let best = if epoch.is_best { " *" } else { "  " };
    format!(
        "loss {}{validation}{best}  rate {}  {} rows/s  {} left",
        format_significant(epoch.train_loss),
        format_significant(epoch.lr),
        format_compact(epoch.rows_per_second),
        format_duration(epoch.seconds_left),
    )
}
