//! Options of `thalweg explore`.

use clap::Args;

use super::args::MessageArgs;

#[derive(Args, Debug)]
#[command(after_help = "\
The page is part of the program if it was built with the feature `explore`:
  web/build && cargo install --path crates/thalweg-cli --features explore

It is served to this machine only, needs no network, and ends with Ctrl-C.

Examples:
  thalweg explore
  thalweg explore himmelblau
  thalweg explore '(1-x)^2 + 100*(y-x^2)^2'")]
pub(crate) struct ExploreCommand {
    /// Test problem or formula of two variables to begin with
    #[arg(value_name = "PROBLEM|FORMULA")]
    pub(crate) function: Option<String>,
    /// Port on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,
    /// Print the address without opening a browser
    #[arg(long)]
    pub(crate) no_open: bool,
    #[command(flatten)]
    pub(crate) messages: MessageArgs,
}
