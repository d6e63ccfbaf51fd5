//! Budgets of a single bound.

use std::time::Duration;

use thalweg_learn::train::TrainingBudget;

pub(crate) fn steps(max_steps: u64) -> TrainingBudget {
    TrainingBudget { max_steps: Some(max_steps), ..TrainingBudget::default() }
}

pub(crate) fn samples(max_samples: u64) -> TrainingBudget {
    TrainingBudget { max_samples: Some(max_samples), ..TrainingBudget::default() }
}

pub(crate) fn until(condition: &str) -> TrainingBudget {
    TrainingBudget { until: Some(condition.parse().expect("a condition")), ..TrainingBudget::default() }
}

pub(crate) fn time(max_time: Duration) -> TrainingBudget {
    TrainingBudget { max_time: Some(max_time), ..TrainingBudget::default() }
}
