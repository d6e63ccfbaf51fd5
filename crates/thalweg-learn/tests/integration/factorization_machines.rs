//! Factorization machines: their objective, and their default settings on ratings.

use std::fmt::Write as _;

use crate::common::{table, training};
use thalweg::Seed;
use thalweg::random::Random;
use thalweg_learn::data::{RowMatrix, Rows};
use thalweg_learn::model::{FactorizationMachine, Init, Loss};
use thalweg_learn::train::{BatchSize, TrainingConfig, TrainingData, train};
use thalweg_learn::{Callbacks, ColumnOptions, FitConfig, FitReport, Prediction, predict};

const USERS: usize = 250;
const ITEMS: usize = 300;

/// Rating by a user of an item on a day, which has no influence.
struct Rating {
    user: usize,
    item: usize,
    day: f64,
    stars: f64,
}

/// Returns a level with a popularity that falls from the first to the last.
fn level(count: usize, random: &mut Random) -> usize {
    (((count as f64).powf(random.uniform()) - 1.0) as usize).min(count - 1)
}

fn numbers(count: usize, deviation: f64, random: &mut Random) -> Vec<f64> {
    (0..count).map(|_| deviation * random.normal()).collect()
}

/// Returns ratings that are biases, a product of two factors and noise.
fn ratings(count: usize) -> Vec<Rating> {
    let mut random = Random::new(5);
    let (of_user, of_item) = (numbers(USERS, 0.4, &mut random), numbers(ITEMS, 0.5, &mut random));
    let (p, q) = (numbers(2 * USERS, 0.7, &mut random), numbers(2 * ITEMS, 0.7, &mut random));
    let mut rating = |_| {
        let (user, item) = (level(USERS, &mut random), level(ITEMS, &mut random));
        let product = p[2 * user] * q[2 * item] + p[2 * user + 1] * q[2 * item + 1];
        let stars = 3.5 + of_user[user] + of_item[item] + product + 0.6 * random.normal();
        // Most users rate on few days.
        Rating { user, item, day: (user * 37 % 365) as f64 + 3.0 * random.normal(), stars }
    };
    (0..count).map(&mut rating).collect()
}

fn csv(ratings: &[Rating]) -> String {
    let mut text = String::from("user,item,day,stars\n");
    for Rating { user, item, day, stars } in ratings {
        let _ = writeln!(text, "u{user},i{item},{day:.2},{stars:.4}");
    }
    text
}

fn root_mean_square(errors: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = errors.fold((0.0, 0.0), |(sum, count), error| (sum + error * error, count + 1.0));
    f64::sqrt(sum / count)
}

/// RMSE on `test` of ridge regression on indicators of users and items, without a penalty on the intercept: the
/// equations of the users, those of the items and that of the intercept are solved in turn until nothing changes.
fn ridge(train: &[Rating], test: &[Rating], alpha: f64) -> f64 {
    let (mut users, mut items, mut mean) = (vec![0.0; USERS], vec![0.0; ITEMS], 0.0);
    for _ in 0..300 {
        mean += train.iter().map(|r| r.stars - mean - users[r.user] - items[r.item]).sum::<f64>() / train.len() as f64;
        let (mut sums, mut counts) = (vec![0.0; USERS], vec![0.0; USERS]);
        for r in train {
            sums[r.user] += r.stars - mean - items[r.item];
            counts[r.user] += 1.0;
        }
        users = sums.iter().zip(&counts).map(|(sum, count)| sum / (count + alpha)).collect();
        let (mut sums, mut counts) = (vec![0.0; ITEMS], vec![0.0; ITEMS]);
        for r in train {
            sums[r.item] += r.stars - mean - users[r.user];
            counts[r.item] += 1.0;
        }
        items = sums.iter().zip(&counts).map(|(sum, count)| sum / (count + alpha)).collect();
    }
    root_mean_square(test.iter().map(|r| r.stars - mean - users[r.user] - items[r.item]))
}

fn fm() -> FitConfig {
    FitConfig { architecture: "fm".parse().expect("a valid architecture"), ..FitConfig::new("stars") }
}

/// RMSE on `test` of a fit to `train`.
fn fitted(config: &FitConfig, train: &[Rating], test: &[Rating]) -> (f64, FitReport) {
    let (report, model) = config.run(&table(&csv(train)), Callbacks::new()).expect("the fit succeeds");
    let predictions = predict(&model, &table(&csv(test))).expect("the rows are predicted").values;
    let error = |(prediction, rating): (Prediction, &Rating)| match prediction {
        Prediction::Number(number) => number - rating.stars,
        other => panic!("a number was expected: {other:?}"),
    };
    (root_mean_square(predictions.into_iter().zip(test).map(error)), report)
}

#[test]
fn the_defaults_beat_ridge_regression_on_ratings_with_a_number_beside_the_levels() {
    let ratings = ratings(11_000);
    let (train, test) = ratings.split_at(9_000);
    let ridge = [1.0, 3.0, 10.0].map(|alpha| ridge(train, test, alpha)).into_iter().fold(f64::INFINITY, f64::min);
    let (found, report) = fitted(&fm(), train, test);
    assert!(found < 0.93 * ridge, "{found} is not below {ridge}");
    assert!(report.method.starts_with("lbfgs"), "{}", report.method);
    // The day has no influence: it costs hardly anything.
    let column_options = ColumnOptions { ignore: vec!["day".into()], ..ColumnOptions::default() };
    let (without, _) = fitted(&FitConfig { column_options, ..fm() }, train, test);
    assert!(found < 1.03 * without, "{found} with the day, {without} without");
}

#[test]
fn the_penalty_on_factors_is_reported_and_ends_with_l2() {
    let ratings = ratings(3_000);
    let report = |config: FitConfig| fitted(&config, &ratings, &ratings[..1]).1;
    let default = report(fm());
    assert_eq!((default.l2, default.factor_l2), (5.0 / 2_400.0, Some(0.06)));
    assert_eq!(report(FitConfig { l2: Some(0.0), ..fm() }).factor_l2, Some(0.0));
    assert_eq!(report(FitConfig { l2: Some(0.0), factor_l2: Some(0.5), ..fm() }).factor_l2, Some(0.5));
    assert_eq!(report(FitConfig { lr: Some(0.01.into()), ..fm() }).factor_l2, Some(0.0), "steps of Adam");
    assert_eq!(report(FitConfig { architecture: "linear".parse().expect("valid"), ..fm() }).factor_l2, None);
    let numbers: String = (0..500).map(|i| format!("{},{}\n", f64::from(i % 37).sin(), f64::from(i).cos())).collect();
    let (report, _) = fm().run(&table(&format!("x,stars\n{numbers}")), Callbacks::new()).expect("the fit succeeds");
    assert_eq!(report.factor_l2, Some(1.0 / 400.0), "features/rows");
    let refused = FitConfig { factor_l2: Some(0.1), ..FitConfig::new("stars") };
    let refused = refused.run(&table("x,stars\n1,2\n"), Callbacks::new()).expect_err("a linear model has no factors");
    assert!(refused.to_string().contains("factor_l2"), "{refused}");
}

#[test]
fn a_solver_and_adam_reach_the_minimum_of_the_stated_objective() {
    let mut random = Random::new(2);
    let (width, rank) = (3, 2);
    let numbers: Vec<f32> = (0..60 * width).map(|_| random.normal() as f32).collect();
    let target = numbers.chunks(width).map(|x| f64::from(x[0] + x[0] * x[1] - x[1] * x[2])).collect();
    let weight = (0..60).map(|i| f64::from(i % 3) / 59.0 * 60.0).collect();
    let rows = Rows { numbers: RowMatrix::new(width, &numbers), features: width, target, weight, ..Rows::default() };
    let store = rows.clone().into();
    let data = TrainingData { train: &store, validation: &Rows::default(), loss: Loss::Squared };
    let machine = FactorizationMachine { features: width, rank };
    let (l2, factor_l2) = (0.02, 0.3);
    let objective = |theta: &[f64]| {
        let of_row = |i: usize| {
            let x = rows.numbers.row(i);
            let score = machine.score((0..).zip(x.iter().map(|x| f64::from(*x))), theta, &mut [0.0; 2]);
            let of_factors: f64 = (0..width * rank).map(|j| (f64::from(x[j / rank]) * theta[width + j]).powi(2)).sum();
            rows.weight[i] / 60.0 * (0.5 * (score - rows.target[i]).powi(2) + 0.5 * factor_l2 * of_factors)
        };
        let squares: f64 = theta[..width * (rank + 1)].iter().map(|w| w * w).sum();
        (0..60).map(of_row).sum::<f64>() + 0.5 * l2 * squares
    };
    for (method, schedule) in [("lbfgs", "constant"), ("adam:lr=0.02", "cosine")] {
        let mut config = training(method, BatchSize::Full, 2_000);
        config.spec.options.schedule = schedule.parse().expect("a valid schedule");
        let config = TrainingConfig { l2, factor_l2, init: Init::Normal(0.3), seed: Seed::new(4), ..config };
        let theta = train(&machine, &data, &config, Callbacks::new()).expect("the training succeeds").parameters;
        for i in 0..theta.len() {
            let moved = |by: f64| {
                objective(&theta.iter().enumerate().map(|(j, w)| w + if i == j { by } else { 0.0 }).collect::<Vec<_>>())
            };
            let derivative = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!(derivative.abs() < 1e-5, "{method}, parameter {i}: {derivative}");
        }
        assert!(theta[width..].iter().any(|v| v.abs() > 0.1), "{method}: the factors are not all 0: {theta:?}");
    }
}
