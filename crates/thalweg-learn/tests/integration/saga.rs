//! Training by SAGA: the optimum of L-BFGS and of scikit-learn, continued trainings, interrupts, threads.

use std::ops::ControlFlow::{Break, Continue};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::training;
use thalweg::Seed;
use thalweg::random::Random;
use thalweg_learn::data::{RowMatrix, RowStore, Rows, SparseRows};
use thalweg_learn::model::{FactorizationMachine, Linear, Loss, Model};
use thalweg_learn::train::{
    BatchSize, TrainingConfig, TrainingData, TrainingResult, TrainingStart, TrainingState, TrainingStopReason, train,
    train_from,
};
use thalweg_learn::{Callbacks, Interrupt};

const WIDTH: usize = 4;
const CODES: u32 = 6;
const ENTRIES: u32 = 30;
const FEATURES: usize = WIDTH + CODES as usize + ENTRIES as usize;

/// Rows with numbers, a category with unseen levels, and sparse entries; weights where there are some.
fn rows(count: usize, seed: u64, loss: Loss) -> Rows {
    let mut random = Random::new(seed);
    let mut rows = Rows { numbers: RowMatrix::empty(WIDTH), code_width: 1, features: FEATURES, ..Rows::default() };
    let mut sparse = SparseRows::default();
    for _ in 0..count {
        let x: Vec<f64> = (0..WIDTH).map(|_| random.normal()).collect();
        let level = random.below(u64::from(CODES)) as u32;
        let entry = WIDTH as u32 + CODES + random.below(u64::from(ENTRIES)) as u32;
        let score = x[0] - 0.7 * x[1] + 0.3 * f64::from(level) - 0.5 + random.normal();
        rows.numbers.push_row().iter_mut().zip(&x).for_each(|(number, x)| *number = *x as f32);
        rows.codes.push(if random.below(20) == 0 { FEATURES as u32 } else { WIDTH as u32 + level });
        // The same feature twice, as columns that are hashed to one place.
        sparse.index.extend([entry, entry]);
        sparse.value.extend([1.0, random.normal() as f32]);
        sparse.ends.push(sparse.index.len());
        rows.weight.push(if random.below(10) == 0 { 0.0 } else { 0.5 + random.uniform() });
        rows.target.push(match loss {
            Loss::Logistic => f64::from(score > 0.0),
            Loss::Softmax => f64::from(score > 0.0) + f64::from(score > 1.0),
            _ => score,
        });
    }
    Rows { sparse, ..rows }
}

fn outputs(loss: Loss) -> usize {
    if loss == Loss::Softmax { 3 } else { 1 }
}

fn config(method: &str, epochs: u64) -> TrainingConfig {
    TrainingConfig { l2: 0.02, seed: Seed::new(3), ..training(method, BatchSize::Full, epochs) }
}

fn run(model: &impl Model, train_rows: &Rows, loss: Loss, config: &TrainingConfig) -> TrainingResult {
    let data = TrainingData { train: &train_rows.clone().into(), validation: &rows(60, 9, loss), loss };
    train(model, &data, config, Callbacks::new()).expect("the training runs")
}

#[test]
fn every_smooth_loss_reaches_the_optimum_of_lbfgs() {
    for loss in [Loss::Squared, Loss::Huber { delta: 0.5 }, Loss::Logistic, Loss::Softmax] {
        for (l1, intercept) in [(0.0, true), (0.01, true), (0.0, false)] {
            let mut train_rows = rows(300, 1, loss);
            if outputs(loss) == 3 {
                train_rows.class_weight = vec![0.5, 2.0, 1.0];
            }
            let model = Linear { features: FEATURES, outputs: outputs(loss), intercept };
            let by = |method| run(&model, &train_rows, loss, &TrainingConfig { l1, ..config(method, 3_000) });
            let (saga, lbfgs) = (by("saga"), by("lbfgs"));
            assert_eq!(saga.stopped, TrainingStopReason::Converged, "{loss} {l1} {}", saga.epochs);
            assert!(saga.gradient_norm.is_some_and(|norm| norm <= 1e-6));
            assert!(saga.epochs < 400, "{loss} {l1}: {}", saga.epochs);
            let distance =
                saga.parameters.iter().zip(&lbfgs.parameters).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(distance < 2e-4, "{loss} {l1}: {distance}");
            let zeros = |result: &TrainingResult| result.parameters.iter().filter(|w| **w == 0.0).count();
            assert_eq!(zeros(&saga), zeros(&lbfgs), "{loss} {l1}");
            assert!(l1 == 0.0 || zeros(&saga) > 5, "{loss}");
        }
    }
}

#[test]
fn trainings_continue_to_the_bit() {
    let (loss, model) = (Loss::Softmax, Linear { features: FEATURES, outputs: 3, intercept: true });
    let (train_rows, validation): (RowStore, Rows) = (rows(150, 1, loss).into(), rows(40, 2, loss));
    let data = TrainingData { train: &train_rows, validation: &validation, loss };
    for patience in [0, 50] {
        let config = TrainingConfig { l1: 0.005, patience, schedule_epochs: Some(6), ..config("saga", 6) };
        let (whole, whole_state) =
            train_from(&model, &data, &config, TrainingStart::Initialization, Callbacks::new()).expect("it runs");
        assert_eq!((whole.stopped, whole.epochs), (TrainingStopReason::Epochs, 6));
        let mut start = TrainingStart::Initialization;
        for _ in 0..3 {
            let config = TrainingConfig { epochs: 2, ..config.clone() };
            let (result, state) = train_from(&model, &data, &config, start, Callbacks::new()).expect("it runs");
            let json = serde_json::to_string(&state).expect("a state has a text form");
            let read: TrainingState<f64> = serde_json::from_str(&json).expect("the text is a state");
            assert_eq!(read, state);
            if result.epochs == 6 {
                assert_eq!(result.parameters, whole.parameters);
                assert_eq!(state, whole_state);
            }
            start = TrainingStart::State(read);
        }
    }
}

#[test]
fn a_training_has_the_same_bits_on_any_number_of_threads() {
    let (loss, model) = (Loss::Logistic, Linear { features: FEATURES, outputs: 1, intercept: true });
    let train_rows = rows(3_000, 1, loss);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| run(&model, &train_rows, loss, &config("saga", 5)))
    };
    assert_eq!(on(1), on(2));
}

#[test]
fn epochs_are_reported_and_patience_keeps_the_best_one() {
    let (loss, model) = (Loss::Logistic, Linear { features: FEATURES, outputs: 1, intercept: true });
    let (train_rows, validation): (RowStore, Rows) = (rows(60, 1, loss).into(), rows(200, 2, loss));
    let data = TrainingData { train: &train_rows, validation: &validation, loss };
    let mut losses = Vec::new();
    let callbacks = Callbacks::new().on_epoch(|report, _| {
        losses.push((report.epoch, report.train_loss, report.validation.expect("there are validation rows")));
        Continue(())
    });
    let config = TrainingConfig { patience: 5, min_delta: 1e-3, l2: 1e-5, ..config("saga", 500) };
    let result = train(&model, &data, &config, callbacks).expect("it runs");
    assert_eq!(result.stopped, TrainingStopReason::EarlyStopping);
    assert!(result.best_epoch < result.epochs && result.gradient_norm.is_none());
    assert_eq!(losses.iter().map(|(epoch, ..)| *epoch).collect::<Vec<_>>(), (1..=result.epochs).collect::<Vec<_>>());
    assert!(losses.windows(2).all(|pair| pair[1].1 < pair[0].1 + 1e-3), "{losses:?}");
    let config = TrainingConfig { patience: 0, ..config };
    let callbacks = Callbacks::new().on_epoch(|report, _| if report.epoch == 3 { Break(()) } else { Continue(()) });
    let result = train(&model, &data, &config, callbacks).expect("it runs");
    assert_eq!((result.stopped, result.epochs), (TrainingStopReason::Interrupted, 3));
}

#[test]
fn an_interrupt_at_any_look_ends_the_training() {
    let (loss, model) = (Loss::Squared, Linear { features: FEATURES, outputs: 1, intercept: true });
    let (train_rows, validation): (RowStore, Rows) = (rows(5_000, 1, loss).into(), rows(40, 2, loss));
    let data = TrainingData { train: &train_rows, validation: &validation, loss };
    let looks = AtomicUsize::new(0);
    let until = |first_request: usize| {
        looks.store(0, Ordering::Relaxed);
        let request = || looks.fetch_add(1, Ordering::Relaxed) + 1 >= first_request;
        let callbacks = Callbacks::new().interrupt(Interrupt::when(&request));
        train(&model, &data, &config("saga", 3), callbacks).expect("it runs")
    };
    assert_eq!(until(usize::MAX).stopped, TrainingStopReason::Epochs);
    let all = looks.load(Ordering::Relaxed);
    for request in (1..all - 2).step_by(all / 20 + 1) {
        let result = until(request);
        assert_eq!(result.stopped, TrainingStopReason::Interrupted, "{request} of {all}");
        assert!(result.parameters.iter().all(|w| w.is_finite()));
    }
}

#[test]
fn what_has_no_bounded_curvature_or_no_linear_scores_is_refused() {
    let linear = Linear { features: FEATURES, outputs: 1, intercept: true };
    let error = |model: &dyn Fn(&TrainingData<'_>) -> thalweg_learn::Result<TrainingResult>, loss| {
        let (train_rows, validation): (RowStore, Rows) = (rows(20, 1, loss).into(), Rows::default());
        let data = TrainingData { train: &train_rows, validation: &validation, loss };
        model(&data).expect_err("an error").to_string()
    };
    let by_linear = |data: &TrainingData<'_>| train(&linear, data, &config("saga", 2), Callbacks::new());
    for (loss, name) in [(Loss::Poisson, "poisson"), (Loss::Hinge, "hinge"), (Loss::Quantile { q: 0.5 }, "quantile")] {
        let found = error(&by_linear, loss);
        assert!(found.contains("squared, huber, logistic or softmax") && found.contains(name), "{found}");
    }
    let machine = FactorizationMachine { features: FEATURES, rank: 2 };
    let by_machine = |data: &TrainingData<'_>| train(&machine, data, &config("saga", 2), Callbacks::new());
    let found = error(&by_machine, Loss::Squared);
    assert!(found.contains("linear for saga"), "{found}");
    let batches = TrainingConfig { batch_size: BatchSize::Rows(8), ..config("saga", 2) };
    let found = error(&|data| train(&linear, data, &batches, Callbacks::new()), Loss::Squared);
    assert!(found.contains("batch_size"), "{found}");
}
