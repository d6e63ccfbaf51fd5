//! Options for a run of several processes.

use std::num::NonZeroUsize;
use std::time::Duration;

use clap::Args;

use super::budget::parse_time;

/// Options for the ranks that a launcher of MPI has started.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Execution")]
pub(crate) struct RankArgs {
    /// Number of processes that the launcher of MPI has started [default: as it says]; 1 lets each run by itself
    #[arg(long, global = true, value_name = "N")]
    pub(crate) ranks: Option<NonZeroUsize>,
    /// Longest time that a rank waits for another one: then the job ends, as a host may have vanished [default: 10m in
    /// a fit, none in a comparison]
    #[arg(long, global = true, value_name = "TIME", value_parser = parse_time)]
    pub(crate) deadline: Option<Duration>,
}
