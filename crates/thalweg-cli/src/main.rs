//! The program `thalweg`: runs one command.

use thalweg_cli::exit::ExitCode;

fn main() -> ExitCode {
    thalweg_cli::run(std::env::args_os())
}
