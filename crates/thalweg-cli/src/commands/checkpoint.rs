//! Options for checkpoints of a fit.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use thalweg_learn::train::CheckpointInterval;

use super::parse;

/// Options for checkpoints, from which an interrupted fit continues.
#[derive(Args, Debug)]
#[command(next_help_heading = "Checkpoints")]
pub(crate) struct CheckpointArgs {
    /// Save the state of the fit to this folder at intervals; after an end by Ctrl-C, a crash or a power cut, --resume
    /// continues from there
    #[arg(long, value_name = "FOLDER", conflicts_with = "resume")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Continue from the latest checkpoint in this folder, and save further ones there. The data and the options must
    /// be the same, except for --threads; the model is that of a fit without a pause, byte for byte. A folder without a
    /// checkpoint begins the fit
    #[arg(long, value_name = "FOLDER")]
    pub(crate) resume: Option<PathBuf>,
    /// Interval between checkpoints: a time (30s, 5m, 2h), a number of steps (1000steps), or epoch; SIGUSR1 saves one
    /// at once [default: 30s]
    #[arg(long, value_name = "INTERVAL", value_parser = parse::with_suggestion::<CheckpointInterval>)]
    pub(crate) checkpoint_every: Option<CheckpointInterval>,
    /// Number of checkpoints that are kept, the latest ones [default: 2]
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint_keep: Option<NonZeroUsize>,
    /// Continue although data or options are not those of the checkpoint, as far as its state fits
    #[arg(long, requires = "resume")]
    pub(crate) force: bool,
}
