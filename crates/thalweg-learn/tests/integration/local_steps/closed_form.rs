//! Local steps of a quadratic against their closed form.

use std::sync::Mutex;

use crate::common::training;
use thalweg::Seed;
use thalweg_learn::Callbacks;
use thalweg_learn::data::{RowMatrix, RowStore, Rows};
use thalweg_learn::model::{Batch, Init, Model, TensorRole, TensorSpec};
use thalweg_learn::train::{BatchSize, LocalSteps, TrainingConfig, TrainingData, train};

/// Targets of evaluations by their index.
type Evaluations = Vec<(u64, Vec<f64>)>;

/// A number x with the loss (x − target)²/2 of a row; it keeps the targets of each evaluation by its index.
#[derive(Default)]
struct Mean {
    seen: Mutex<Evaluations>,
}

impl Model for Mean {
    type F = f64;

    fn outputs(&self) -> usize {
        1
    }

    fn tensors(&self) -> Vec<TensorSpec> {
        vec![TensorSpec::new("x", TensorRole::Weights, &[1])]
    }

    fn init_parameters(&self, _: Init, _: Seed) -> Vec<f64> {
        vec![0.0]
    }

    fn scores(&self, rows: &Rows, x: &[f64]) -> Vec<f64> {
        vec![x[0]; rows.len()]
    }

    fn mean_loss(&self, batch: &Batch<'_>, x: &[f64], gradient: &mut [f64]) -> f64 {
        let targets: Vec<f64> = batch.indices.iter().map(|&row| batch.rows.target[row as usize]).collect();
        gradient[0] += targets.iter().map(|y| x[0] - y).sum::<f64>() / targets.len() as f64;
        let loss = targets.iter().map(|y| (x[0] - y) * (x[0] - y) / 2.0).sum::<f64>() / targets.len() as f64;
        if let Some(step) = batch.step {
            self.seen.lock().expect("no panic").push((step.step, targets));
        }
        loss
    }
}

const ROWS: usize = 103;
const BATCH: usize = 10;
const EPOCHS: u64 = 3;
const LR: f64 = 0.3;

/// Trains, and returns x, the training losses of the epochs, and the targets of each evaluation.
fn run(local_steps: LocalSteps) -> (f64, Vec<f64>, Evaluations) {
    let target: Vec<f64> = (0..ROWS).map(|i| (i as f64 * 0.7).sin() * 4.0 + i as f64 / 50.0).collect();
    let rows = Rows { numbers: RowMatrix::new(1, &[0.0; ROWS]), features: 1, target, ..Rows::default() };
    let model = Mean::default();
    let store = RowStore::from(rows.clone());
    let data = TrainingData { train: &store, validation: &rows, loss: "squared".parse().expect("a loss") };
    let config = TrainingConfig { local_steps, ..training("sgd:lr=0.3", BatchSize::Rows(BATCH), EPOCHS) };
    let mut last = 0.0;
    let callbacks = Callbacks::new().on_epoch(|_, x| {
        last = x.to_vec()[0];
        std::ops::ControlFlow::Continue(())
    });
    let result = train(&model, &data, &config, callbacks).expect("the training runs");
    let losses = result.history.records().iter().map(|record| record.train_loss).collect();
    let mut seen = model.seen.into_inner().expect("no panic");
    seen.sort_by_key(|(step, _)| *step);
    (last, losses, seen)
}

#[test]
fn workers_average_their_steps_of_a_quadratic() {
    let (_, _, whole) = run(LocalSteps::default());
    for (sync_every, workers) in [(2, 1), (3, 2), (4, 3), (100, 4), (2, 10)] {
        let (found, losses, seen) = run(LocalSteps { sync_every, workers });
        let mut seen = seen.into_iter();
        let (mut x, mut expected_losses) = (vec![0.0; workers], Vec::new());
        for epoch in 0..EPOCHS as usize {
            let batches = ROWS.div_ceil(BATCH);
            let mut loss = 0.0;
            for batch in 0..batches {
                let all = &whole[epoch * batches + batch].1;
                let mut together = Vec::new();
                for (v, x) in x.iter_mut().enumerate() {
                    // The first workers have one row more.
                    let rows = all.len() / workers + usize::from(v < all.len() % workers);
                    if rows == 0 {
                        continue;
                    }
                    let (step, targets) = seen.next().expect("an evaluation of each worker with rows");
                    assert_eq!(step as usize, (epoch * batches + batch) * workers + v);
                    assert_eq!(targets.len(), rows);
                    loss += targets.iter().map(|y| (*x - y) * (*x - y) / 2.0).sum::<f64>();
                    // x − lr·(x − mean) for the mean of the targets.
                    let mean = targets.iter().sum::<f64>() / rows as f64;
                    *x = (1.0 - LR) * *x + LR * mean;
                    together.extend(targets);
                }
                assert_eq!(together, *all, "the workers divide the batch of one process, in its order");
                if (batch + 1) % sync_every as usize == 0 || batch + 1 == batches {
                    let mean = x.iter().sum::<f64>() / workers as f64;
                    x.fill(mean);
                }
            }
            expected_losses.push(loss / ROWS as f64);
        }
        assert!(seen.next().is_none());
        assert!((found - x[0]).abs() < 1e-12, "{sync_every} {workers}: {found} and {}", x[0]);
        for (found, expected) in losses.iter().zip(&expected_losses) {
            assert!((found - expected).abs() < 1e-12, "{sync_every} {workers}: {found} and {expected}");
        }
        assert_eq!(losses.len(), EPOCHS as usize);
    }
}

#[test]
fn more_steps_between_averages_leave_the_workers_further_apart() {
    // With one step, the average of the workers is the step of the whole batch.
    let (exact, ..) = run(LocalSteps::default());
    let (every_second, ..) = run(LocalSteps { sync_every: 2, workers: 2 });
    // The steps of a quadratic are affine, and workers with as many rows average to the same point.
    let difference = (exact - every_second).abs();
    assert!(difference > 0.0 && difference < 0.5, "only the last, short batch differs: {exact} and {every_second}");
}
