//! Certificates of the objectives of linear models: lower bounds of the minimum, references, losses with kinks.

use crate::common::training;
use thalweg::random::Random;
use thalweg_learn::data::{RowMatrix, RowStore, Rows};
use thalweg_learn::model::{AnyModel, FactorizationMachine, Linear, Loss};
use thalweg_learn::train::{BatchSize, Certificate, TrainingConfig, TrainingData, certify, train_any};
use thalweg_learn::{Callbacks, FitConfig, Interrupt};

const WIDTH: usize = 5;

const LOSSES: [Loss; 7] = [
    Loss::Squared,
    Loss::Huber { delta: 0.8 },
    Loss::Quantile { q: 0.8 },
    Loss::Poisson,
    Loss::Logistic,
    Loss::Hinge,
    Loss::Softmax,
];

/// Rows with numbers, a category with unseen levels, and weights some of which are 0.
fn rows(loss: Loss) -> Rows {
    let mut random = Random::new(7);
    let mut rows = Rows { numbers: RowMatrix::empty(WIDTH), code_width: 1, features: WIDTH + 3, ..Rows::default() };
    for _ in 0..160 {
        let x: Vec<f64> = (0..WIDTH).map(|_| random.normal()).collect();
        let level = random.below(4) as u32;
        let score = x[0] - 0.7 * x[1] + 0.3 * f64::from(level) - 0.5 + random.normal();
        rows.numbers.push_row().iter_mut().zip(&x).for_each(|(number, x)| *number = *x as f32);
        rows.codes.push(WIDTH as u32 + level);
        rows.weight.push(if random.below(10) == 0 { 0.0 } else { 0.5 + random.uniform() });
        rows.target.push(match loss {
            Loss::Logistic | Loss::Hinge => f64::from(score > 0.0),
            Loss::Softmax => f64::from(score > 0.0) + f64::from(score > 1.0),
            Loss::Poisson => score.exp().floor(),
            Loss::Squared | Loss::Huber { .. } | Loss::Quantile { .. } => score,
        });
    }
    rows
}

fn model(loss: Loss, intercept: bool) -> AnyModel {
    AnyModel::Linear(Linear { features: WIDTH + 3, outputs: if loss == Loss::Softmax { 3 } else { 1 }, intercept })
}

/// Trains, and returns the certificate of the end.
fn certificate(model: &AnyModel, store: &RowStore, loss: Loss, config: &TrainingConfig) -> Certificate {
    let data = TrainingData { train: store, validation: &Rows::default(), loss };
    let result = train_any(model, &data, config, Callbacks::new()).expect("the training runs");
    certify(model, &data, config, &result.parameters, Interrupt::NEVER).expect("the model is linear")
}

#[test]
fn no_training_reaches_an_objective_below_the_bound_and_a_solver_reaches_it() {
    for loss in LOSSES {
        let store = RowStore::from(rows(loss));
        for (l1, l2, intercept) in
            [(0.0, 0.02, true), (0.01, 0.0, true), (0.01, 0.02, true), (0.0, 0.02, false), (0.03, 0.0, false)]
        {
            let of = |method: &str, epochs| {
                let config = TrainingConfig { l1, l2, ..training(method, BatchSize::Full, epochs) };
                certificate(&model(loss, intercept), &store, loss, &config)
            };
            let (short, long, solved) = (of("adam:lr=0.1", 10), of("adam:lr=0.1", 200), of("lbfgs", 3_000));
            let case = format!("{loss} with l1 {l1}, l2 {l2}, intercept {intercept}: {short:?} {long:?} {solved:?}");
            let bounds = [&short, &long, &solved].map(|one| one.lower_bound.expect("there is a penalty"));
            let lowest = bounds.into_iter().fold(f64::NEG_INFINITY, f64::max);
            // Without an L2 penalty, the bound is as far off as the gradient, and not as its square.
            let tolerance = if l2 > 0.0 { 2e-6 } else { 2e-5 };
            assert!(solved.objective >= lowest - 1e-12 && solved.distance() < tolerance, "{case}");
            // A training that ended early is that far from the minimum, no more and no less.
            assert!((short.distance() - (short.objective - solved.objective)).abs() < tolerance, "{case}");
            assert!(short.distance() > 1e-3 && long.objective >= lowest, "{case}");
            assert!(bounds.iter().all(|bound| solved.objective - bound < 2.0 * tolerance), "{case}");
        }
    }
}

#[test]
fn without_a_penalty_the_reference_is_that_of_a_solver() {
    for loss in [Loss::Squared, Loss::Quantile { q: 0.5 }, Loss::Softmax] {
        let store = RowStore::from(rows(loss));
        let short = certificate(&model(loss, true), &store, loss, &training("adam:lr=0.1", BatchSize::Full, 10));
        let solved = certificate(&model(loss, true), &store, loss, &training("lbfgs", BatchSize::Full, 3_000));
        let reference = short.reference.expect("there is a reference");
        assert!(short.lower_bound.is_none() && short.penalty == 0.0, "{loss}: {short:?}");
        assert!(
            (reference - solved.objective).abs() < 2e-6 && solved.distance() < 2e-6,
            "{loss}: {short:?} {solved:?}"
        );
        assert_eq!(short.gradient_norm.is_some(), loss.is_smooth());
    }
}

#[test]
fn a_gradient_of_zero_belongs_to_a_distance_of_zero() {
    let store = RowStore::from(rows(Loss::Logistic));
    let config = TrainingConfig { l1: 0.01, l2: 0.02, ..training("lbfgs", BatchSize::Full, 3_000) };
    let solved = certificate(&model(Loss::Logistic, true), &store, Loss::Logistic, &config);
    assert!(solved.gradient_norm.is_some_and(|norm| norm < 1e-5) && solved.reference.is_none(), "{solved:?}");
    assert!(solved.to_string().contains("above the minimum at most, gradient norm"), "{solved}");
}

#[test]
fn losses_with_kinks_have_the_same_bits_for_any_number_of_threads() {
    for loss in [Loss::Hinge, Loss::Quantile { q: 0.3 }] {
        // More rows than are summed together.
        let few = rows(loss);
        let mut many = Rows::default();
        (0..60).for_each(|_| many.append(&few));
        let store = RowStore::from(many);
        let parameters = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let data = TrainingData { train: &store, validation: &Rows::default(), loss };
            let config = TrainingConfig { l2: 0.02, ..training("lbfgs", BatchSize::Full, 60) };
            pool.install(|| {
                train_any(&model(loss, true), &data, &config, Callbacks::new()).expect("it runs").parameters
            })
        };
        let one = parameters(1);
        assert!([2, 3, 8].into_iter().all(|threads| parameters(threads) == one), "{loss}");
    }
}

#[test]
fn other_models_are_refused() {
    let machine = AnyModel::FactorizationMachine(FactorizationMachine { features: 8, rank: 2 });
    let store = RowStore::from(rows(Loss::Squared));
    let data = TrainingData { train: &store, validation: &Rows::default(), loss: Loss::Squared };
    let config = training("adam", BatchSize::Full, 1);
    let refused = certify(&machine, &data, &config, &[0.0; 25], Interrupt::NEVER).expect_err("it is not convex");
    assert!(refused.to_string().contains("linear for a certificate"), "{refused}");
    let fit = FitConfig { certify: true, architecture: "mlp:4".parse().expect("a model"), ..FitConfig::new("y") };
    let path = std::path::Path::new("missing.csv");
    let refused = fit.prepare(path).expect_err("it is not convex").to_string();
    assert!(refused.contains("certify") && refused.contains("a linear model"), "{refused}");
}
