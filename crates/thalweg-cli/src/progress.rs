//! Progress on standard error: a bar on a terminal, plain lines otherwise.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use thalweg_learn::train::EpochReport;

use crate::report::format::{format_compact, format_duration, format_significant};

/// As long as nobody is left without a line.
const LONG: Duration = Duration::from_secs(5);

/// Shows epochs as they end.
pub(crate) struct Progress {
    shown: Shown,
    /// The next epoch that gets a line: 1, 2, 4, 8, …, and any after five seconds without one.
    next: u64,
    last: Instant,
}

enum Shown {
    Nothing,
    /// Drawn from the first epoch on.
    Bar(Option<ProgressBar>),
    Lines,
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        let shown = match quiet {
            true => Shown::Nothing,
            false if std::io::stderr().is_terminal() => Shown::Bar(None),
            false => Shown::Lines,
        };
        Self { shown, next: 1, last: Instant::now() }
    }

    pub(crate) fn show(&mut self, epoch: &EpochReport) {
        match &mut self.shown {
            Shown::Bar(bar) => {
                let bar = bar.get_or_insert_with(|| bar_of(epoch.epochs));
                bar.set_message(short_line(epoch));
                bar.set_position(epoch.epoch);
            }
            Shown::Lines if epoch.epoch >= self.next || self.last.elapsed() >= LONG => {
                if epoch.epoch >= self.next {
                    self.next = epoch.epoch.saturating_mul(2);
                }
                self.last = Instant::now();
                let _ = writeln!(std::io::stderr(), "epoch {:>4}/{}  {}", epoch.epoch, epoch.epochs, line(epoch));
            }
            Shown::Lines | Shown::Nothing => {}
        }
    }

    /// Takes the bar away.
    pub(crate) fn clear(self) {
        if let Shown::Bar(Some(bar)) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

fn bar_of(epochs: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(epochs), ProgressDrawTarget::stderr_with_hz(10));
    let template = "{pos}/{len} {bar:6} {wide_msg}";
    // The template is a constant: were it wrong, the default would do.
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// As [`line`], to fit a terminal of 80 columns beside the bar.
fn short_line(epoch: &EpochReport) -> String {
    let validation = epoch.validation.map_or_else(String::new, |loss| format!(" val {}", format_significant(loss)));
    let best = if epoch.best { "*" } else { " " };
    let (loss, rate, speed) =
        (format_significant(epoch.train_loss), format_significant(epoch.lr), format_compact(epoch.rows_per_second));
    format!("loss {loss}{validation} {best} rate {rate} {speed} rows/s {} left", format_duration(epoch.seconds_left))
}

fn line(epoch: &EpochReport) -> String {
    let validation =
        epoch.validation.map_or_else(String::new, |loss| format!("  validation {}", format_significant(loss)));
    let best = if epoch.best { " *" } else { "  " };
    format!(
        "loss {}{validation}{best}  rate {}  {} rows/s  {} left",
        format_significant(epoch.train_loss),
        format_significant(epoch.lr),
        format_compact(epoch.rows_per_second),
        format_duration(epoch.seconds_left),
    )
}
