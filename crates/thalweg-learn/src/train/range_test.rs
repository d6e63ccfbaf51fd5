//! Learning rate range test: a short training whose learning rate grows, to find the one to train with.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use thalweg::minimize::{Progress, TrackBest};
use thalweg::statistics::median;
use thalweg::{Minimize, Optimizer, Schedule, StopCriteria};

use super::config::TrainingConfig;
use super::monitor::Monitor;
use super::objective::{EpochLosses, MiniBatchObjective};
use super::run_parts::unwrap_objective_error;
use super::sampler::{BatchSampler, SamplerPosition};
use super::training_data::TrainingData;
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::model::Model;

/// First learning rate, and how it grows: by a factor of ten over some steps, for some factors of ten.
const FIRST_LR: f64 = 1e-7;
const STEPS_PER_DECADE: u64 = 15;
const DECADES: u64 = 8;

/// Number of training rows on which the loss is measured: the same for all steps, so that only parameters change it.
const MEASURED_ROWS: usize = 1_024;

/// Factor of the first loss above which the median of the latest losses ends the test.
const END_FACTOR: f64 = 4.0;

/// Number of neighbouring losses whose median removes single spikes, and of medians whose mean is the smoothed loss.
const MEDIAN_WINDOW: usize = 5;
const MEAN_WINDOW: usize = 11;

/// Ratio of the learning rate at the lowest loss to the chosen one. At the lowest loss, the next steps already increase
/// it. Ten is common; the losses in `bench/records/2026-11-29-range-test.md` are those of fifteen.
const SAFETY_FACTOR: f64 = 15.0;

/// Losses of a short training whose learning rate grows from step to step, and the learning rate chosen by them.
///
/// The learning rate grows from 1e-7 to 10 in 120 steps, each by 10^(1/15). Before each step, the loss is measured on
/// the same training rows, at most 1,024. The test ends early when the loss is four times the first one. The smoothed
/// losses are means of eleven medians of five. Chosen is 1/15 of the learning rate with the lowest smoothed loss,
/// rounded to two digits. Smith 2017, arXiv:1506.01186, section 3.3.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearningRateRangeTest {
    /// Learning rate that was chosen; `None` if no loss is below the first one.
    pub chosen: Option<f64>,
    /// Learning rates in ascending order, with their losses.
    pub steps: Vec<RangeTestStep>,
}

/// Step of a learning rate range test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangeTestStep {
    /// Learning rate of the step.
    pub lr: f64,
    /// Loss with penalties before the step.
    pub loss: f64,
    /// The same, smoothed over the neighbouring steps.
    pub smoothed_loss: f64,
}

/// Runs the learning rate range test of a training. Returns `None` after an interrupt.
///
/// # Errors
/// A hyperparameter out of range; rows on disk that cannot be read.
pub(super) fn range_test<M: Model>(
    model: &M,
    data: &TrainingData<'_>,
    config: &TrainingConfig,
    interrupt: Interrupt<'_>,
) -> Result<Option<LearningRateRangeTest>> {
    let mut spec = config.spec.clone();
    spec.method = spec.method.with_lr(FIRST_LR);
    spec.options.schedule = schedule();
    spec.options.seed = spec.options.seed.or(Some(config.seed.value()));
    let mut optimizer = Optimizer::<M::F>::new(spec, model.layout())?;
    let sample = data.train.sample();
    let measured = MEASURED_ROWS.min(sample.len());
    let rows = sample.pick(&(0..measured).map(|k| (k * sample.len() / measured) as u32).collect::<Vec<_>>());
    let monitor = Monitor::new(model, *data, config, interrupt);
    let mut losses: Vec<f64> = Vec::new();
    let mut measure = |progress: &mut Progress<'_, M::F>| {
        // With accumulation, several evaluations make one step.
        if progress.step == losses.len() as u64 {
            losses.push(monitor.mean_loss(&rows, progress.x));
        }
        if interrupt.is_requested() || has_diverged(&losses) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let stop = StopCriteria {
        max_steps: Some(STEPS_PER_DECADE * DECADES),
        track_best: TrackBest::Off,
        ..StopCriteria::default()
    };
    let epoch_losses = EpochLosses::default();
    let batch_size = config.rows_of_a_step(data.train.len());
    let sampler = BatchSampler::at(data.train, batch_size, config.seed, SamplerPosition::default(), interrupt);
    let sampler = sampler.map_err(unwrap_objective_error)?;
    let mut objective = MiniBatchObjective::new(model, data, config, sampler, &epoch_losses, interrupt);
    let start = model.init_parameters(config.init, config.seed);
    let run =
        Minimize::with_optimizer(&mut optimizer).criteria(stop).callback(&mut measure).run(&mut objective, &start);
    run.map_err(unwrap_objective_error)?;
    Ok((!interrupt.is_requested()).then(|| LearningRateRangeTest::of(&losses)))
}

/// Returns `true` if the latest losses show that the training diverges. A single one may be a spike.
fn has_diverged(losses: &[f64]) -> bool {
    let latest = &losses[losses.len().saturating_sub(MEDIAN_WINDOW)..];
    let (Some(first), Some(last)) = (losses.first(), losses.last()) else { return false };
    !last.is_finite() || latest.len() == MEDIAN_WINDOW && median(latest) > END_FACTOR * first
}

/// Growth of the learning rate.
fn schedule() -> Schedule {
    Schedule::Exponential { rate: 10.0, every: STEPS_PER_DECADE }
}

impl LearningRateRangeTest {
    /// Chooses a learning rate by the losses before each step.
    fn of(losses: &[f64]) -> Self {
        let finite = losses.iter().take_while(|loss| loss.is_finite()).count();
        let losses = &losses[..finite];
        let medians: Vec<f64> = (0..finite).map(|i| median(window(losses, i, MEDIAN_WINDOW))).collect();
        let smoothed = |i| {
            let medians = window(&medians, i, MEAN_WINDOW);
            medians.iter().sum::<f64>() / medians.len() as f64
        };
        let schedule = schedule();
        let lr = |i: usize| FIRST_LR * schedule.factor_at(i as u64);
        let step = |(i, &loss)| RangeTestStep { lr: lr(i), loss, smoothed_loss: smoothed(i) };
        let steps: Vec<RangeTestStep> = losses.iter().enumerate().map(step).collect();
        let lowest = steps.iter().min_by(|a, b| a.smoothed_loss.total_cmp(&b.smoothed_loss));
        let falls = |lowest: &&RangeTestStep| lowest.smoothed_loss < steps[0].smoothed_loss;
        Self { chosen: lowest.filter(falls).map(|lowest| rounded(lowest.lr / SAFETY_FACTOR)), steps }
    }

    /// Returns the test with the losses multiplied by a factor.
    pub(crate) fn with_losses_times(self, factor: f64) -> Self {
        let scaled = |step: RangeTestStep| RangeTestStep {
            loss: step.loss * factor,
            smoothed_loss: step.smoothed_loss * factor,
            ..step
        };
        Self { steps: self.steps.into_iter().map(scaled).collect(), ..self }
    }
}

/// Returns up to `width` values around the index `i`, fewer at the ends.
fn window(values: &[f64], i: usize, width: usize) -> &[f64] {
    let half = width / 2;
    &values[i.saturating_sub(half)..(i + half + 1).min(values.len())]
}

/// Rounds to two significant digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.1e}").parse().unwrap_or_else(|_| unreachable!("a number in scientific notation"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losses that fall until step `lowest` and then grow.
    fn valley(lowest: usize) -> Vec<f64> {
        (0..121).map(|i: usize| 1.0 - 0.5 * (1.0 - (i as f64 - lowest as f64).abs() / 40.0).max(-1.0)).collect()
    }

    #[test]
    fn a_fraction_of_the_rate_with_the_lowest_loss_is_chosen() {
        let test = LearningRateRangeTest::of(&valley(75));
        // 1e-7·10^(75/15) / 15
        assert_eq!(test.chosen, Some(0.00067));
        assert_eq!(test.steps.len(), 121);
        assert!((test.steps[120].lr - 10.0).abs() < 1e-12);
    }

    #[test]
    fn spikes_change_nothing() {
        let mut losses = valley(75);
        for (step, loss) in [(3, 40.0), (30, -20.0), (31, 1e6), (100, -50.0)] {
            losses[step] = loss;
        }
        assert_eq!(LearningRateRangeTest::of(&losses).chosen, Some(0.00067));
        assert!(!has_diverged(&losses[..4]) && !has_diverged(&losses[..32]));
    }

    #[test]
    fn a_loss_that_does_not_fall_chooses_nothing() {
        assert_eq!(LearningRateRangeTest::of(&[1.0; 121]).chosen, None);
        assert_eq!(LearningRateRangeTest::of(&valley(0)).chosen, None);
        assert_eq!(LearningRateRangeTest::of(&[]).chosen, None);
        assert_eq!(LearningRateRangeTest::of(&[f64::NAN]).steps, []);
    }

    #[test]
    fn a_loss_far_above_the_first_one_ends_the_test() {
        let mut losses = vec![1.0; 20];
        losses.extend([5.0, 5.0]);
        assert!(!has_diverged(&losses));
        losses.push(5.0);
        assert!(has_diverged(&losses));
        assert!(has_diverged(&[1.0, f64::INFINITY]) && has_diverged(&[f64::NAN]));
    }

    #[test]
    fn losses_can_be_reported_in_other_units() {
        let test = LearningRateRangeTest::of(&valley(60)).with_losses_times(4.0);
        assert!((test.steps[0].loss - 4.0 * valley(60)[0]).abs() < 1e-12);
        assert_eq!(test.chosen, LearningRateRangeTest::of(&valley(60)).chosen);
    }
}
