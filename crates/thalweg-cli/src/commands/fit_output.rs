//! Options for files that a fit writes besides its model.

use std::path::PathBuf;

use clap::Args;

/// Options for files that a fit writes besides its model.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct FitOutputArgs {
    /// Write a line of JSON to this file after each epoch, with epoch, `train_loss`, `validation_loss`, lr and
    /// `rows_per_second`; a file that exists is replaced when the fit begins
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,
    /// Write event files for `TensorBoard` to this folder while the fit runs: `train/loss`, `validation/loss` and
    /// `learning_rate` of each epoch; events of an earlier fit in the folder are replaced when the fit begins
    #[arg(long, value_name = "FOLDER")]
    pub(crate) tensorboard: Option<PathBuf>,
    /// Write a self-contained HTML page with the data, the training, the metrics and the coefficients
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}
