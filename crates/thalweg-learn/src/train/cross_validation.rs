//! Choice of the L2 penalty of a model by cross-validation.

use serde::{Deserialize, Serialize};
use thalweg::method::lbfgs;
use thalweg::minimize::TrackBest;
use thalweg::random::{Permutation, Purpose};
use thalweg::{Minimize, Real, Seed, StopCriteria};

use super::config::TrainingConfig;
use super::penalty::Penalty;
use super::run_parts::unwrap_objective_error;
use super::solver::{FullBatchObjective, ProximalLoss, SplitWeights};
use crate::data::{Rows, TargetChoice};
use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::model::{Batch, Loss, Model};

/// Number of folds, and number of rows below which there are more of them, so that fits lack fewer of the rows.
const FOLDS: usize = 5;
const FOLDS_OF_FEW_ROWS: usize = 10;
const FEW_ROWS: usize = 1_000;

/// Number of rows above which one fold decides: it has enough rows alone.
const MAX_ROWS_OF_ALL_FOLDS: usize = 2_000;

/// Largest power of ten by which the penalty differs from its default.
const MAX_EXPONENT: i32 = 2;

/// Smallest decrease of the loss that changes the choice, as a fraction of the loss. The search goes on as long as the
/// loss decreases at all: it may decrease more after a plateau.
const MIN_DECREASE: f64 = 2e-3;

/// Norm of the gradient, and number of evaluations, at which the fit of a fold ends: the held-out loss no longer
/// changes in the digits that decide.
const TOLERANCE: f64 = 3e-4;
const MAX_EVALUATIONS: u64 = 150;

/// Rounds after which piecewise linear losses are smoothed as narrowly as in the fits of the folds.
const SMOOTHING_ROUNDS: u32 = 4;

/// Penalties that were tried, and their losses on held-out rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PenaltySearch {
    /// Number of folds of the training rows, each of which was held out once.
    pub folds: usize,
    /// Coefficient of Σw²/2 that was chosen.
    pub chosen: f64,
    /// Penalties in ascending order.
    pub tried: Vec<TriedPenalty>,
}

/// A penalty with its loss on held-out rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TriedPenalty {
    /// Coefficient of the penalty Σw²/2.
    pub l2: f64,
    /// Mean loss on the held-out rows.
    pub loss: f64,
}

/// Chooses the L2 penalty by the loss on held-out training rows, among powers of ten times that of `config`: it goes
/// from the default in the direction in which the loss decreases, as long as it does, and chooses the smallest change
/// after which no decrease is worth another one. Returns
/// `None` after an interrupt, and where no fit gives a finite loss.
///
/// A fold is fitted to the other rows with the penalty l2·rows/(rows of the fit), so that its weight relative to the
/// sum of the losses is the same as in the whole. Folds have the same fraction of each class.
///
/// # Errors
/// A hyperparameter out of range.
pub(crate) fn choose_l2<M: Model>(
    model: &M,
    rows: &Rows,
    loss: Loss,
    config: &TrainingConfig,
    interrupt: Interrupt<'_>,
) -> Result<Option<PenaltySearch>> {
    let mut folds = Folds::new(model, rows, loss, config, interrupt);
    let mut chosen = (0, folds.loss(0)?);
    let mut tried = vec![chosen];
    let default_loss = chosen.1;
    for direction in [-1, 1] {
        let mut lowest = default_loss;
        for exponent in (1..=MAX_EXPONENT).map(|k| direction * k) {
            let loss = folds.loss(exponent)?;
            tried.push((exponent, loss));
            // A loss that is not a number is no improvement.
            if loss < chosen.1 - MIN_DECREASE * chosen.1.abs() {
                chosen = (exponent, loss);
            }
            let decreases = loss < lowest;
            if !decreases {
                break;
            }
            lowest = loss;
        }
        if chosen.0 != 0 {
            break;
        }
    }
    if interrupt.is_requested() || !chosen.1.is_finite() {
        return Ok(None);
    }
    tried.sort_by_key(|(exponent, _)| *exponent);
    let tried = tried.into_iter().map(|(exponent, loss)| TriedPenalty { l2: scaled(config.l2, exponent), loss });
    Ok(Some(PenaltySearch { folds: folds.held_out.len(), chosen: scaled(config.l2, chosen.0), tried: tried.collect() }))
}

impl PenaltySearch {
    /// Returns the search in the units of the objective: penalties divided by `l2_factor`, losses times `loss_scale`.
    pub(crate) fn in_units_of(self, l2_factor: f64, loss_scale: f64) -> Self {
        let tried =
            self.tried.iter().map(|tried| TriedPenalty { l2: tried.l2 / l2_factor, loss: tried.loss * loss_scale });
        Self { chosen: self.chosen / l2_factor, tried: tried.collect(), ..self }
    }
}

/// Returns l2·10^exponent by divisions or multiplications.
fn scaled(l2: f64, exponent: i32) -> f64 {
    (0..exponent.abs()).fold(l2, |l2, _| if exponent < 0 { l2 / 10.0 } else { l2 * 10.0 })
}

/// Folds of the rows, with the weights of their latest fits.
struct Folds<'a, M: Model> {
    model: &'a M,
    rows: &'a Rows,
    loss: Loss,
    config: &'a TrainingConfig,
    interrupt: Interrupt<'a>,
    /// Rows of each fold.
    held_out: Vec<Vec<u32>>,
    /// Rows outside of each fold, ascending, to which a model is fitted.
    fitted: Vec<Vec<u32>>,
    /// Weights of the latest fit without each fold.
    weights: Vec<Vec<M::F>>,
}

impl<'a, M: Model> Folds<'a, M> {
    fn new(model: &'a M, rows: &'a Rows, loss: Loss, config: &'a TrainingConfig, interrupt: Interrupt<'a>) -> Self {
        let mut held_out = divide(rows, loss, config.seed);
        if rows.len() > MAX_ROWS_OF_ALL_FOLDS {
            held_out.truncate(1);
        }
        let fitted = held_out.iter().map(|held_out| all_but(held_out, rows.len())).collect();
        let weights = held_out.iter().map(|_| model.init_parameters(config.init, config.seed)).collect();
        Self { model, rows, loss, config, interrupt, held_out, fitted, weights }
    }

    /// Returns the mean loss on the held-out rows with 10^exponent times the default penalty.
    fn loss(&mut self, exponent: i32) -> Result<f64> {
        let Self { model, rows, loss, config, interrupt, held_out, fitted, weights } = self;
        let mut sum = 0.0;
        for ((held_out, indices), weights) in held_out.iter().zip(&*fitted).zip(weights.iter_mut()) {
            let l2 = scaled(config.l2, exponent) * rows.len() as f64 / indices.len() as f64;
            let penalty = Penalty::new(&TrainingConfig { l1: 0.0, l2, ..config.clone() }, *model, rows);
            let split = SplitWeights::new(&penalty, weights.len());
            let batch = Batch { rows, indices, loss: *loss, step: None, interrupt: *interrupt };
            let mut proximal = ProximalLoss::new(*model, batch).map(|loss| loss.after_rounds(SMOOTHING_ROUNDS));
            let mean_loss = |weights: &[M::F], gradient: &mut [M::F]| match &mut proximal {
                Some(loss) => loss.add_gradient(weights, gradient).smoothed,
                None => model.mean_loss(&batch, weights, gradient),
            };
            let mut objective = FullBatchObjective::new(mean_loss, &penalty, &split, *interrupt);
            let stop = StopCriteria {
                gradient_tolerance: Some(TOLERANCE),
                max_steps: None,
                max_evaluations: Some(MAX_EVALUATIONS),
                track_best: TrackBest::Off,
                ..StopCriteria::default()
            };
            let outcome = Minimize::new(lbfgs(1.0)).criteria(stop).run(&mut objective, weights);
            *weights = outcome.map_err(unwrap_objective_error)?.x;
            let batch = Batch { indices: held_out, ..batch };
            sum += held_out.len() as f64 * model.mean_loss(&batch, weights, &mut vec![M::F::ZERO; weights.len()]);
        }
        Ok(sum / held_out.iter().map(Vec::len).sum::<usize>() as f64)
    }
}

/// Returns the indices below `count` that are not among `excluded`, ascending.
fn all_but(excluded: &[u32], count: usize) -> Vec<u32> {
    let mut is_excluded = vec![false; count];
    for &row in excluded {
        is_excluded[row as usize] = true;
    }
    (0..count as u32).filter(|&row| !is_excluded[row as usize]).collect()
}

/// Divides the rows at random into folds of about equal size, of each class the same fraction.
fn divide(rows: &Rows, loss: Loss, seed: Seed) -> Vec<Vec<u32>> {
    let count = rows.len() as u64;
    let order = Permutation::new(count, &mut seed.stream(Purpose::Split).at([0, 1]));
    let mut order: Vec<u32> = order.items(0..count).map(|row| row as u32).collect();
    if loss.target_kind() != TargetChoice::Number {
        order.sort_by(|&a, &b| rows.target[a as usize].total_cmp(&rows.target[b as usize]));
    }
    let count = if rows.len() < FEW_ROWS { FOLDS_OF_FEW_ROWS } else { FOLDS };
    let mut folds = vec![Vec::with_capacity(rows.len().div_ceil(count)); count];
    order.into_iter().enumerate().for_each(|(i, row)| folds[i % count].push(row));
    folds
}
