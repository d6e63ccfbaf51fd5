use super::super::evaluated_rows::RowPredictions;
use super::super::multiclass::ClassPrediction;
use super::*;
use crate::model::Loss;

const ROWS: usize = 60;

fn fraction(row: usize, factor: usize, modulus: usize) -> f64 {
    (row * factor % modulus) as f64 / modulus as f64
}

fn noise(row: usize) -> f64 {
    fraction(row, 7919, 1009) - 0.5
}

fn x(row: usize) -> f64 {
    fraction(row, 37, 101)
}

/// Returns rows of the weights `weight`, whose losses are the squared errors.
fn numbers(rows: usize, weight: &dyn Fn(usize) -> f64, predicted: &dyn Fn(usize) -> f64) -> EvaluatedRows {
    let target: Vec<f64> = (0..rows).map(|row| 3.0 + 2.0 * x(row) + noise(row)).collect();
    let predicted: Vec<f64> = (0..rows).map(predicted).collect();
    let weights: Vec<f64> = (0..rows).map(weight).collect();
    EvaluatedRows {
        loss: Loss::Squared,
        mean_loss: 0.0,
        are_repeated: false,
        losses: (0..rows).map(|i| weights[i] * (predicted[i] - target[i]).powi(2)).collect(),
        loss_weight: weights.clone(),
        weight: weights,
        target,
        predictions: RowPredictions::Numbers(predicted),
    }
}

fn labels(rows: usize, weight: &dyn Fn(usize) -> f64) -> EvaluatedRows {
    let score = |row: usize| ((x(row) - 0.5 - 0.3 * noise(row)) * 16.0).round_ties_even() / 4.0;
    EvaluatedRows {
        loss: Loss::Logistic,
        target: (0..rows).map(|row| f64::from(u8::from(x(row) + noise(row) > 0.6))).collect(),
        predictions: RowPredictions::Scores((0..rows).map(score).collect()),
        ..numbers(rows, weight, &|_| 4.0)
    }
}

fn classes(rows: usize, weight: &dyn Fn(usize) -> f64) -> EvaluatedRows {
    let of_row = |row: usize| ClassPrediction {
        class: (fraction(row, 41, 97) * 4.0) as usize,
        probability: 0.5,
        squared_error: 0.5,
    };
    let class = |row: usize| ((fraction(row, 41, 97) + 0.4 * noise(row)).clamp(0.0, 0.99) * 4.0).floor();
    EvaluatedRows {
        loss: Loss::Softmax,
        target: (0..rows).map(class).collect(),
        predictions: RowPredictions::Classes(4, (0..rows).map(of_row).collect()),
        ..numbers(rows, weight, &|_| 4.0)
    }
}

fn of(model: &EvaluatedRows, baseline: &EvaluatedRows) -> MetricIntervals {
    intervals(model, baseline, Seed::new(0), Interrupt::NEVER).expect("nothing interrupts")
}

/// Five standard deviations of a percentile of 1,000 draws of a normal distribution, as a fraction of the width of the
/// interval.
const MONTE_CARLO_ERROR: f64 = 5.0 * 0.0847 / 3.92;

#[track_caller]
fn assert_close(found: Estimate, expected: Pair) {
    let tolerance = MONTE_CARLO_ERROR * (expected[1] - expected[0]);
    let is_close = (found.low - expected[0]).abs() < tolerance && (found.high - expected[1]).abs() < tolerance;
    assert!(is_close, "{found:?}, not {expected:?} ± {tolerance}");
}

/// `scipy.stats.bootstrap(method="percentile")` of `SciPy` 1.17.1 with 40,000 draws, 6,000 for labels, of the metrics
/// of scikit-learn with `sample_weight`.
#[test]
fn intervals_are_those_of_scipy() {
    let weight = |row: usize| [0.0, 1.0, 2.5, 0.5, 3.0][row % 5];
    let predicted = |row: usize| 3.0 + 1.5 * x(row) + 0.25 * fraction(row, 13, 29);
    let intervals = of(&numbers(ROWS, &weight, &predicted), &numbers(ROWS, &weight, &|_| 4.0));
    assert_eq!(intervals.resamples, 1_000);
    for (metric, model, baseline, difference) in [
        ("rmse", [0.2872, 0.4303], [0.5095, 0.7328], [-0.365, -0.1627]),
        ("r2", [0.488, 0.7721], [-0.1624, 0.0], [0.5223, 0.848]),
        ("mae", [0.2309, 0.3673], [0.4154, 0.6372], [-0.3275, -0.1257]),
    ] {
        let found = intervals.get(metric).expect("the metric has intervals");
        assert_close(found.model, model);
        assert_close(found.baseline, baseline);
        assert_close(found.difference, difference);
        assert!((found.difference.value - (found.model.value - found.baseline.value)).abs() < 1e-15);
    }
    let labels = labels(ROWS, &weight);
    let intervals = of(&labels, &labels);
    for (metric, expected) in [
        ("accuracy", [0.5, 0.8118]),
        ("auc", [0.5909, 0.9006]),
        ("average_precision", [0.3458, 0.841]),
        ("balanced_accuracy", [0.5206, 0.8306]),
        ("brier_score", [0.1418, 0.2815]),
    ] {
        let found = intervals.get(metric).expect("the metric has intervals");
        assert_close(found.model, expected);
        assert_eq!((found.difference.low, found.difference.high), (0.0, 0.0), "the draws are paired");
    }
}

/// The mean of n values has the standard error σ/√n.
#[test]
fn the_interval_of_a_mean_is_its_closed_form() {
    let rows = 1_000;
    let model = numbers(rows, &|_| 1.0, &|_| 10.0);
    let errors: Vec<f64> = model.target.iter().map(|y| 10.0 - y).collect();
    let mean = errors.iter().sum::<f64>() / rows as f64;
    let variance = errors.iter().map(|e| (e - mean) * (e - mean)).sum::<f64>() / rows as f64;
    let half = 1.96 * (variance / rows as f64).sqrt();
    assert_close(of(&model, &model).get("mae").expect("there is one").model, [mean - half, mean + half]);
}

/// The derivatives by the numbers of draws give the intervals of the draws.
#[test]
fn standard_errors_give_the_intervals_of_draws() {
    let rows = 2_000;
    let weight = |row: usize| [1.0, 2.5, 0.5, 3.0][row % 4];
    let predicted = |row: usize| 3.0 + 1.5 * x(row) + 0.25 * fraction(row, 13, 29);
    let constant = |labels: EvaluatedRows| EvaluatedRows {
        predictions: match labels.predictions {
            RowPredictions::Scores(scores) => RowPredictions::Scores(vec![-0.4; scores.len()]),
            RowPredictions::Classes(count, rows) => RowPredictions::Classes(count, vec![rows[0]; rows.len()]),
            RowPredictions::Numbers(_) => unreachable!("not of labels"),
        },
        ..labels
    };
    for (model, baseline) in [
        (numbers(rows, &weight, &predicted), numbers(rows, &weight, &|_| 4.5)),
        (labels(rows, &weight), constant(labels(rows, &weight))),
        (classes(rows, &weight), constant(classes(rows, &weight))),
    ] {
        let values = [&model, &baseline].map(|rows| rows.metrics(Interrupt::NEVER).expect("nothing interrupts").main());
        let terms = [&model, &baseline].map(|rows| RowTerms::new(rows, Interrupt::NEVER).expect("nothing interrupts"));
        let exact = drawn(&model, &terms, Seed::new(1), Interrupt::NEVER).expect("nothing interrupts");
        let found = by_standard_errors(&model, &terms, &values, Interrupt::NEVER).expect("nothing interrupts");
        for ((metric, exact), found) in values[0].iter().zip(exact).zip(found) {
            // The mean loss of these rows is not computed.
            for (exact, found) in exact.into_iter().zip(found).filter(|_| metric.name != "loss") {
                let tolerance = MONTE_CARLO_ERROR * (exact[1] - exact[0]) + 1e-9;
                let is_close = exact.iter().zip(found).all(|(a, b)| (a - b).abs() < tolerance);
                assert!(is_close, "{}: {found:?}, not {exact:?}", metric.name);
            }
        }
    }
}

#[test]
fn repetitions_are_drawn_as_rows() {
    let times = |row: usize| 1 + row % 3;
    let owners: Vec<usize> = (0..ROWS).flat_map(|row| std::iter::repeat_n(row, times(row))).collect();
    let weighted = EvaluatedRows { are_repeated: true, ..labels(ROWS, &|row| times(row) as f64) };
    let mut repeated = labels(owners.len(), &|_| 1.0);
    let RowPredictions::Scores(scores) = &weighted.predictions else { panic!("labels have scores") };
    repeated.target = owners.iter().map(|&row| weighted.target[row]).collect();
    repeated.predictions = RowPredictions::Scores(owners.iter().map(|&row| scores[row]).collect());
    repeated.losses = owners.iter().map(|&row| weighted.losses[row] / times(row) as f64).collect();
    let (found, expected) = (of(&weighted, &weighted), of(&repeated, &repeated));
    for (found, expected) in found.metrics.iter().zip(expected.metrics) {
        assert!((found.model.low - expected.model.low).abs() < 1e-12, "{found:?} {expected:?}");
        assert!((found.model.high - expected.model.high).abs() < 1e-12, "{found:?} {expected:?}");
    }
}

#[test]
fn the_seed_alone_decides() {
    let labels = labels(ROWS, &|_| 1.0);
    let on_threads = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("the threads start");
        pool.install(|| intervals(&labels, &labels, Seed::new(seed), Interrupt::NEVER)).expect("nothing interrupts")
    };
    assert_eq!(on_threads(1, 7), on_threads(3, 7));
    assert_ne!(on_threads(1, 7), on_threads(1, 8));
}

/// Separated labels: every draw has the area 1, whatever its rounding.
#[test]
fn ends_are_in_the_range_of_the_metric() {
    let weight = |row: usize| 0.1 + fraction(row, 13, 29);
    let mut separated = labels(ROWS, &weight);
    separated.predictions = RowPredictions::Scores(separated.target.iter().map(|label| label - 0.5).collect());
    let auc = of(&separated, &separated).get("auc").expect("there is one").model;
    assert!((1.0 - 1e-12..=1.0).contains(&auc.low) && auc.high <= 1.0, "{auc:?}");
}

#[test]
fn two_rows_have_no_interval() {
    let two = numbers(2, &|_| 1.0, &|_| 4.0);
    let intervals = of(&two, &two);
    assert!(intervals.resamples == 0 && intervals.metrics.iter().all(|metric| metric.model.low.is_nan()));
}
