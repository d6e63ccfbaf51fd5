//! Penalties in the units of the objective, against other solvers of the same objective.

use thalweg_learn::data::ColumnValues;
use thalweg_learn::model::Loss;
use thalweg_learn::train::{BatchSize, TrainingStopReason};
use thalweg_learn::{Callbacks, FitConfig, FitReport, Table, Validation};

const ROWS: u32 = 60;

/// Features and targets of the row with this number, from 1.
struct TestRow {
    x: [f64; 4],
    number: f64,
    count: f64,
    class: usize,
}

fn row(number: u32) -> TestRow {
    let i = f64::from(number);
    let (first, noise) = (i.sin(), (5.0 * i).cos());
    let x = [first, (2.0 * i + 1.0).sin() + 0.3 * first, 3.0 * (0.7 * i).cos(), (0.1 * i * i).sin()];
    let position = x[0] - x[1] + 0.9 * noise;
    TestRow {
        x,
        number: 1000.0 + 300.0 * x[0] - 200.0 * x[1] + 20.0 * x[2] + 150.0 * noise,
        count: ((2.0 + 0.5 * x[0] - 0.4 * x[1]).exp() + 3.0 * noise.abs()).floor(),
        class: usize::from(position >= -0.5) + usize::from(position >= 0.6),
    }
}

/// Fits the target that the loss is for, to the optimum.
fn fit(loss: Loss, l1: f64, l2: f64) -> FitReport {
    let mut config = FitConfig { loss: Some(loss), l1, l2: Some(l2), ..FitConfig::new("y") };
    config.validation = Validation::None;
    config.method = Some("adam:lr=0.02".parse().expect("a valid method"));
    config.schedule = Some("cosine".parse().expect("a valid schedule"));
    (config.batch_size, config.epochs, config.patience) = (Some(BatchSize::Full), Some(20_000), Some(0));
    run(&config, 1.0)
}

/// Fits the target that the loss is for, multiplied by a factor if it is a number.
fn run(config: &FitConfig, factor: f64) -> FitReport {
    let rows: Vec<TestRow> = (1..=ROWS).map(row).collect();
    let columns: Vec<Vec<f64>> = (0..4).map(|j| rows.iter().map(|row| row.x[j]).collect()).collect();
    let labels: Vec<&str> = rows.iter().map(|row| if above_zero(row) { "yes" } else { "no" }).collect();
    let classes: Vec<&str> = rows.iter().map(|row| ["a", "b", "c"][row.class]).collect();
    let (numbers, counts): (Vec<f64>, Vec<f64>) =
        rows.iter().map(|row| (factor * row.number, factor * row.count)).unzip();
    let target = match config.loss.expect("a loss") {
        Loss::Softmax => ColumnValues::from(&classes),
        Loss::Logistic | Loss::Hinge => ColumnValues::from(&labels),
        Loss::Poisson => ColumnValues::from(&counts),
        Loss::Squared | Loss::Huber { .. } | Loss::Quantile { .. } => ColumnValues::from(&numbers),
    };
    let features = ["x0", "x1", "x2", "x3"].into_iter().zip(columns.iter().map(ColumnValues::from));
    let table = Table::from_columns(features.chain([("y", target)])).expect("the columns are valid");
    config.run(&table, Callbacks::new()).expect("the fit succeeds").0
}

fn above_zero(row: &TestRow) -> bool {
    row.x[0] - row.x[1] + 0.9 * (row.number - 1000.0 - 300.0 * row.x[0] + 200.0 * row.x[1] - 20.0 * row.x[2]) / 150.0
        > 0.0
}

/// Coefficients in the order of their columns, class after class.
fn coefficients(report: &FitReport) -> Vec<f64> {
    let mut named: Vec<_> = report.coefficients.iter().map(|one| (&one.class, &one.name, one.weight)).collect();
    named.sort_by_key(|&(class, name, _)| (class, name));
    named.into_iter().map(|(.., weight)| weight).collect()
}

/// Coefficients of scikit-learn 1.9.1 with `StandardScaler`: Lasso(alpha = l1), Ridge(alpha = n·l2),
/// `ElasticNet`(alpha = l1 + l2, `l1_ratio` = l1/(l1 + l2)), `PoissonRegressor`(alpha = l2), and
/// `LogisticRegression`(C = 1/(n·l1) or 1/(n·l2)); of `SciPy` 1.17's L-BFGS-B for Poisson with l1.
#[test]
fn coefficients_are_those_of_other_solvers_with_the_same_objective() {
    for (loss, l1, l2, expected) in [
        (Loss::Squared, 50.0, 0.0, &[138.749_130_336_686, -82.212_870_245_975, 0.0, 0.0][..]),
        (Loss::Squared, 0.0, 0.5, &[126.201_904_134_533, -82.579_609_441_544, 30.340_028_629_419, 20.567_834_682_795]),
        (Loss::Squared, 30.0, 0.2, &[132.414_125_377_442, -83.837_566_612_252, 9.295_893_662_925, 0.0]),
        (Loss::Poisson, 0.0, 0.5, &[0.281_685_754_6, -0.236_115_733_8, 0.001_214_043_98, -0.004_360_087_996]),
        (Loss::Poisson, 0.5, 0.0, &[0.237_783_583_338, -0.183_159_465_462, 0.0, 0.0]),
        (Loss::Logistic, 0.0, 0.05, &[1.133_312_599_772, -1.387_119_483_860, 0.144_993_056_099, 0.303_621_168_011]),
        (Loss::Logistic, 0.05, 0.0, &[1.339_869_397_247, -1.694_364_174_848, 0.0, 0.0]),
        (
            Loss::Softmax,
            0.0,
            0.05,
            &[
                -0.567_934_408_261,
                0.665_499_269_407,
                -0.369_218_378_137,
                -0.124_745_041_214,
                -0.519_410_502_045,
                0.325_160_592_586,
                0.538_571_380_982,
                -0.303_807_094_990,
                1.087_344_910_306,
                -0.990_659_861_993,
                -0.169_353_002_844,
                0.428_552_136_204,
            ],
        ),
        (
            Loss::Softmax,
            0.03,
            0.0,
            &[
                0.0,
                0.211_165_407_217,
                0.0,
                0.0,
                0.0,
                0.0,
                0.873_577_960_057,
                -0.087_038_141_550,
                2.249_286_669_462,
                -1.981_320_610_153,
                0.0,
                0.506_109_255_517,
            ],
        ),
    ] {
        let found = coefficients(&fit(loss, l1, l2));
        let largest = expected.iter().fold(0.0, |largest: f64, w: &f64| largest.max(w.abs()));
        let is_close = |(a, b): (&f64, &f64)| if *b == 0.0 { *a == 0.0 } else { (a - b).abs() < 1e-4 * largest };
        let all_close = found.len() == expected.len() && found.iter().zip(expected).all(is_close);
        assert!(all_close, "{loss} with l1 {l1}, l2 {l2}: {found:?} for {expected:?}");
    }
}

/// Lowest objectives of scikit-learn's `QuantileRegressor`(alpha = l1), `SVR`(kernel linear, epsilon 0, C = 1/(2n·l2))
/// and `SVC`(kernel linear, C = 1/(n·l2)), and of `SciPy`'s `linprog` for the hinge loss with l1.
/// Coefficients and scales of scikit-learn's `HuberRegressor`(epsilon = delta, alpha), where l2 = alpha·scale/n.
#[test]
fn the_scale_of_huber_residuals_is_that_of_the_joint_estimate() {
    for (l2, expected, scale) in [
        (0.0, [204.563_132_791_051, -141.878_499_905_967, 40.750_087_785_677, 30.287_415_323_750], 92.364_357_227_794),
        (
            1.330_931_897_300,
            [70.993_005_805_845, -45.865_990_441_359, 21.438_078_028_206, 12.271_505_346_076],
            159.711_827_676_015,
        ),
    ] {
        let report = fit(Loss::Huber { delta: 1.35 }, 0.0, l2);
        let found = coefficients(&report);
        let is_close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-3 * expected[0];
        assert!(found.iter().zip(&expected).all(is_close), "{found:?} for {expected:?}");
        let found = report.residual_scale.expect("the loss has a scale");
        assert!((found / scale - 1.0).abs() < 1e-4, "{found} for {scale}");
    }
}

#[test]
fn objectives_with_kinks_are_those_of_other_solvers() {
    for (loss, l1, l2, lowest) in [
        (Loss::Quantile { q: 0.7 }, 0.1, 0.0, 66.662_513_812_542),
        (Loss::Quantile { q: 0.5 }, 0.0, 0.01, 101.160_594_970_662),
        (Loss::Hinge, 0.0, 0.05, 0.313_261_261_837),
        (Loss::Hinge, 0.05, 0.0, 0.378_023_650_163),
    ] {
        let by_default = FitConfig { loss: Some(loss), l1, l2: Some(l2), ..FitConfig::new("y") };
        let solved = run(&FitConfig { validation: Validation::None, ..by_default }, 1.0);
        for report in [&solved, &fit(loss, l1, l2)] {
            let weights = coefficients(report);
            let sum = |of: fn(f64) -> f64| weights.iter().map(|&w| of(w)).sum::<f64>();
            let objective = report.train.loss() + l1 * sum(f64::abs) + l2 / 2.0 * sum(|w| w * w);
            let excess = objective - lowest;
            assert!((-1e-9 * lowest..2e-4 * lowest).contains(&excess), "{loss}, {l1}, {l2}: {objective} for {lowest}");
            assert_eq!((report.l1, report.l2), (l1, l2));
            if let Some(gap) = report.duality_gap {
                // The gap bounds the excess, in the units of the objective, but for the rounding of numbers to f32.
                let is_bound = excess <= gap + 2e-8 * lowest;
                assert!(is_bound, "{loss}, {l1}, {l2}: excess {excess}, gap {gap} of {lowest}");
            }
        }
        assert!(solved.duality_gap.is_some() && solved.stopped == TrainingStopReason::Converged, "{loss}: {solved:?}");
    }
}

/// In binary steps the bits are the same; by 100 they differ by rounding, which training does not enlarge.
#[test]
fn scaling_the_target_scales_the_answer() {
    for loss in [Loss::Squared, Loss::Huber { delta: 1.35 }, Loss::Quantile { q: 0.7 }, Loss::Poisson] {
        let config = FitConfig { loss: Some(loss), epochs: Some(100), ..FitConfig::new("y") };
        let report = run(&config, 1.0);
        for (factor, tolerance) in [(1024.0, 0.0), (100.0, 1e-9), (0.01, 1e-9)] {
            let scaled = run(&config, factor);
            let unit = if loss == Loss::Poisson { 1.0 } else { factor };
            for (a, b) in coefficients(&scaled).into_iter().zip(coefficients(&report)) {
                assert!((a / unit - b).abs() <= tolerance * b.abs().max(1.0), "{loss} by {factor}: {a} for {b}");
            }
            let scales = [&scaled, &report].map(|report| report.residual_scale.unwrap_or(0.0));
            assert!((scales[0] / factor - scales[1]).abs() <= tolerance * scales[1], "{loss} by {factor}");
        }
    }
}
