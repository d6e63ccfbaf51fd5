//! `thalweg explore`: serves the page in the browser on this machine, and opens it.

#[cfg(feature = "explore")]
mod page;
#[cfg(feature = "explore")]
mod response;
#[cfg(feature = "explore")]
mod server;

use anyhow::Result;

use crate::commands::ExploreCommand;
use crate::exit::ExitCode;

#[cfg(feature = "explore")]
pub(crate) fn run(command: &ExploreCommand) -> Result<ExitCode> {
    use std::io::Write;

    use crate::standard_output;

    let server = server::Server::bind(command.port)?;
    let address = server.address() + &command.function.as_deref().map(fragment).unwrap_or_default();
    standard_output::print(&format!("{address}\n"))?;
    if !command.messages.quiet {
        let _ = writeln!(std::io::stderr(), "The page is served to this machine only; Ctrl-C ends it.");
    }
    if !command.no_open
        && let Err(error) = open::that_detached(&address)
    {
        let _ = writeln!(std::io::stderr(), "warning: no browser could be started ({error}); open the address in one");
    }
    server.serve()
}

#[cfg(not(feature = "explore"))]
pub(crate) fn run(_: &ExploreCommand) -> Result<ExitCode> {
    Err(anyhow::anyhow!(
        "this build of thalweg has no page for the browser; from a clone of its repository, make one with it:\n\
         web/build && cargo install --path crates/thalweg-cli --features explore"
    ))
}

/// Returns the part of the address that selects a function.
#[cfg(feature = "explore")]
fn fragment(function: &str) -> String {
    let key = if thalweg_problems::Problem::is_meant_by(function) { "problem" } else { "f" };
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    format!("#{key}={}", function.bytes().map(escape).collect::<String>())
}

#[cfg(all(test, feature = "explore"))]
mod tests {
    use super::*;

    #[test]
    fn a_function_becomes_a_fragment_of_the_address() {
        assert_eq!(fragment("quadratic:condition=1e4"), "#problem=quadratic%3Acondition%3D1e4");
        assert_eq!(fragment("x^2 + y"), "#f=x%5E2%20%2B%20y");
    }
}
