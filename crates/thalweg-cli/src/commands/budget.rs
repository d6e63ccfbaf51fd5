//! Options for the end of a fit.

use std::time::Duration;

use clap::Args;
use thalweg_learn::train::{LossCondition, TrainingBudget, parse_duration};

use super::parse;

/// Options that end a fit before its last epoch.
#[derive(Args, Debug)]
pub(crate) struct BudgetArgs {
    /// Time for the training, without reading: 90s, 5m, 1.5h, or a number of seconds. The best weights so far are kept;
    /// a last fit to all rows that would take longer is omitted. A checkpoint (--resume) has the time so far, and goes
    /// on with a longer one
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) max_time: Option<Duration>,
    /// Maximum number of steps, also within an epoch; of solvers, iterations [default of --epochs: as many as it needs]
    #[arg(long, value_name = "N", value_parser = parse::epochs)]
    pub(crate) max_steps: Option<u64>,
    /// Maximum number of training rows seen, those of repeated epochs included: ends with the batch that reaches it
    #[arg(long, value_name = "N", value_parser = parse::epochs)]
    pub(crate) max_samples: Option<u64>,
    /// Condition on a loss after an epoch that ends the fit: `val_loss < 0.3`, or with `train_loss` (`loss`), or with
    /// <=
    #[arg(long, value_name = "CONDITION", value_parser = parse::with_suggestion::<LossCondition>)]
    pub(crate) until: Option<LossCondition>,
}

impl BudgetArgs {
    /// Returns the budget of the training.
    pub(crate) fn budget(&self) -> TrainingBudget {
        let &Self { max_time, max_steps, max_samples, until } = self;
        TrainingBudget { max_time, max_steps, max_samples, until }
    }
}

pub(super) fn parse_time(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|error| error.to_string())
}
