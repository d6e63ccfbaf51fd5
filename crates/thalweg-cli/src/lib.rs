//! The program `thalweg` as a function: parses the command line and runs one command. The package for Python brings it
//! along.

mod checkpoints;
mod commands;
mod compare;
mod evaluate;
pub mod exit;
mod explore;
mod export;
mod file_conflicts;
mod fit;
mod fit_messages;
mod fit_page;
mod fit_verdict;
mod hints;
mod history;
mod inspect;
mod instruction_set;
mod interrupt;
mod methods;
mod minimize;
mod name_list;
mod objective_args;
pub mod panic_hook;
mod picture;
mod predict;
mod problems;
mod progress;
mod ranks;
mod report;
pub mod results;
mod standard_output;
mod start_point;
mod tensorboard;
mod threads;

use std::ffi::OsString;

use anyhow::Result;

use commands::{Command, Program, RankArgs};
use exit::ExitCode;
use interrupt::Interrupt;
use ranks::Ranks;

/// Runs the program with its arguments, of which the first one is its name. It handles the signals of the process from
/// then on.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    panic_hook::omit_decoders();
    let program = match Program::parse_arguments(arguments) {
        Ok(program) => program,
        Err(error) => {
            let ranks = Ranks::start(&RankArgs::default()).unwrap_or_else(|_| Ranks::alone());
            let report =
                |ranks: &Ranks| if ranks.is_root() { exit::report_parse_error(&error) } else { ExitCode::SUCCESS };
            return ranks.run(|ranks| Ok(report(ranks)));
        }
    };
    match Ranks::start(&program.ranks) {
        Ok(ranks) => ranks.run(|ranks| run_command(&program.command, ranks)),
        Err(error) => exit::report_error(&error),
    }
}

/// Runs a command on this rank.
fn run_command(command: &Command, ranks: &Ranks) -> Result<ExitCode> {
    instruction_set::force()?;
    // Before anything is written: an end by a signal leaves no temporary files.
    let interrupt = Interrupt::listen();
    if !matches!(command, Command::Fit(_) | Command::Compare(_)) {
        ranks.check_alone()?;
    }
    let result = match command {
        Command::Fit(command) => fit::run(command, &interrupt, ranks),
        Command::Predict(command) => predict::run(command),
        Command::Evaluate(command) => evaluate::run(command),
        Command::Minimize(command) => minimize::run(command, &interrupt),
        Command::Compare(command) => compare::run(command, &interrupt, ranks),
        Command::Explore(command) => explore::run(command),
        Command::Problems(command) => problems::run(command),
        Command::Methods(command) => methods::run(command),
        Command::Export(command) => export::run(command),
        Command::Inspect(command) => inspect::run(command),
    };
    interrupt.settle();
    result
}
