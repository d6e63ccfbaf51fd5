//! Options for mini-batches, and for the workers that divide them.

use clap::Args;
use thalweg_learn::train::{BatchSize, LocalSteps};

use super::parse;

/// Options for mini-batches and their workers.
#[derive(Args, Debug)]
pub(crate) struct BatchArgs {
    /// Rows per mini-batch: a number, or full for all rows [default: rows/100, between 16 and 256]
    #[arg(short, long, value_name = "ROWS", value_parser = parse_batch)]
    pub(crate) batch_size: Option<BatchSize>,
    /// For slow links between ranks: workers step by themselves, each on its part of the batches with a method state of
    /// its own, and average their weights after K steps and after each epoch (local SGD). With 1, each step takes the
    /// gradient of the whole batch [default: 1]
    #[arg(long, value_name = "K", value_parser = parse::epochs)]
    pub(crate) sync_every: Option<u64>,
    /// Number of these workers, whatever the number of ranks and threads among which they are divided [default: 8]
    #[arg(long, value_name = "V", value_parser = parse_workers, requires = "sync_every")]
    pub(crate) workers: Option<usize>,
}

impl BatchArgs {
    /// Returns the settings of the workers.
    pub(crate) fn local_steps(&self) -> LocalSteps {
        let defaults = LocalSteps::default();
        LocalSteps {
            sync_every: self.sync_every.unwrap_or(defaults.sync_every),
            workers: self.workers.unwrap_or(defaults.workers),
        }
    }

    /// Returns `true` if an option is given.
    pub(crate) fn are_given(&self) -> bool {
        self.batch_size.is_some() || self.sync_every.is_some()
    }
}

/// Parses the rows of a mini-batch: a whole number of at least 1, or `full`.
fn parse_batch(text: &str) -> Result<BatchSize, String> {
    match text {
        "full" => Ok(BatchSize::Full),
        _ => match text.parse() {
            Ok(0) | Err(_) => Err("expected full, or a number of rows of at least 1".into()),
            Ok(rows) => Ok(BatchSize::Rows(rows)),
        },
    }
}

/// Parses a number of workers, at least 1.
fn parse_workers(text: &str) -> Result<usize, String> {
    parse::epochs(text).and_then(|workers| usize::try_from(workers).map_err(|error| error.to_string()))
}
