//! Curves and residuals with and without weights, as scikit-learn 1.9.1 and `NumPy` 2 compute them: `roc_curve`,
//! `precision_recall_curve`, `calibration_curve` and `quantile(method="inverted_cdf")`, the last two of repeated rows
//! in place of weights, rounded to six digits.

use crate::common::figures::{ROWS, fraction, noise, of_rows, one, weight, x};
use thalweg_learn::metrics::Diagnostics;
use thalweg_learn::model::Loss;

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64]) {
    let is_close = |(a, b): (&f64, &f64)| (a - b).abs() < 6e-7 || a.to_bits() == b.to_bits();
    let are_close = found.len() == expected.len() && found.iter().zip(expected).all(is_close);
    assert!(are_close, "{found:?}, not {expected:?}");
}

/// Weight of a row; rates of false and true positives, precision; mean probability and observed fraction; expected
/// calibration error.
type Curves = (fn(usize) -> f64, [f64; 20], [f64; 20], [f64; 20], [f64; 10], [f64; 10], f64);

#[test]
fn curves_are_those_of_scikit_learn() {
    let scores = of_rows(|row| ((x(row) - 0.5 - 0.3 * noise(row)) * 16.0).round_ties_even() / 4.0);
    let labels = of_rows(|row| f64::from(u8::from(x(row) + noise(row) > 0.6)));
    for (weight, false_positive_rate, true_positive_rate, precision, probability, observed, error) in CURVES {
        let Diagnostics { roc: Some(roc), precision_recall: Some(pr), calibration: Some(calibration), residuals: None } =
            Diagnostics::binary(&scores, &labels, weight, Loss::Logistic)
        else {
            panic!("both labels occur")
        };
        assert_close(&roc.false_positive_rate, &false_positive_rate);
        assert_close(&roc.true_positive_rate, &true_positive_rate);
        assert_close(&roc.threshold, &THRESHOLDS);
        assert_close(&pr.precision, &precision);
        assert_close(&pr.recall, &true_positive_rate);
        assert_close(&pr.threshold, &THRESHOLDS);
        assert_close(&calibration.mean_probability, &probability);
        assert_close(&calibration.observed_fraction, &observed);
        assert_close(&[calibration.expected_calibration_error], &[error]);
        let total: f64 = (0..ROWS).map(weight).sum();
        assert_close(&[calibration.weight.iter().sum()], &[total]);
    }
    let of_scores = Diagnostics::binary(&scores, &labels, one, Loss::Hinge);
    assert!(of_scores.calibration.is_none(), "a score is no probability");
    assert!(of_scores.roc.is_some_and(|roc| scores.contains(&roc.threshold[1])));
    let of_one_label = Diagnostics::binary(&scores, &[1.0; ROWS], one, Loss::Logistic);
    assert!(of_one_label.roc.is_none() && of_one_label.precision_recall.is_none());
}

#[test]
fn residuals_are_those_of_numpy() {
    let target = of_rows(|row| 3.0 + 2.0 * x(row) + noise(row));
    let predicted = of_rows(|row| 3.0 + 1.5 * x(row) + 0.25 * fraction(row, 13, 29));
    for (weight, moments, quantiles) in RESIDUALS {
        let summary = Diagnostics::regression(&predicted, &target, weight).residuals.expect("numbers have residuals");
        assert_close(&[summary.mean, summary.standard_deviation], &moments);
        assert_close(&summary.quantile, &quantiles);
        let (bins, total) = (summary.bins, (0..ROWS).map(weight).sum::<f64>());
        assert!(bins.mean_predicted.len() > 12 && bins.mean_predicted.is_sorted(), "{bins:?}");
        // The bins contain all rows.
        let sum = |of: &[f64]| bins.weight.iter().zip(of).map(|(w, x)| w * x).sum::<f64>();
        let of_all = |of: &[f64]| of.iter().enumerate().map(|(row, x)| weight(row) * x).sum::<f64>();
        assert_close(&[bins.weight.iter().sum()], &[total]);
        assert_close(&[sum(&bins.mean_predicted), sum(&bins.mean_observed)], &[of_all(&predicted), of_all(&target)]);
        let squares: Vec<f64> = bins.rmse.iter().map(|rmse| rmse * rmse).collect();
        let residuals: Vec<f64> = target.iter().zip(&predicted).map(|(y, p)| (y - p) * (y - p)).collect();
        assert_close(&[sum(&squares)], &[of_all(&residuals)]);
    }
}

/// The probability of the predicted class against the fraction of correct predictions.
#[test]
fn classes_are_calibrated_by_their_predictions() {
    let odds = [4.0_f64.ln(), 0.0, 0.0];
    let scores: Vec<f64> = (0..9).flat_map(|_| odds).collect();
    let classes = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 2.0];
    let calibration =
        Diagnostics::multiclass(3, &scores, &classes, one).calibration.expect("classes have probabilities");
    assert_close(&calibration.mean_probability, &[2.0 / 3.0]);
    assert_close(&calibration.observed_fraction, &[2.0 / 3.0]);
    assert_close(&[calibration.expected_calibration_error], &[0.0]);
}

/// Of very many points, few represent the curves: their area is the same up to a small error.
#[test]
fn curves_of_many_rows_are_short() {
    let rows = 30_000;
    let scores: Vec<f64> = (0..rows).map(|row| 6.0 * fraction(row, 7919, 100_003) - 3.0).collect();
    let labels: Vec<f64> = (0..rows).map(|row| f64::from(u8::from(scores[row] + 5.0 * noise(row) > 0.5))).collect();
    let diagnostics = Diagnostics::binary(&scores, &labels, one, Loss::Logistic);
    let roc = diagnostics.roc.expect("both labels occur");
    assert_eq!((roc.threshold.len(), diagnostics.precision_recall.expect("both occur").threshold.len()), (200, 200));
    let rates: Vec<_> = roc.false_positive_rate.iter().zip(&roc.true_positive_rate).collect();
    let area: f64 = rates.windows(2).map(|ends| (ends[1].0 - ends[0].0) * (ends[0].1 + ends[1].1) / 2.0).sum();
    let thalweg_learn::Metrics::Binary { auc, .. } =
        thalweg_learn::Metrics::binary(&scores, &labels, one, Loss::Logistic, 0.0)
    else {
        panic!("two labels")
    };
    assert!((area - auc).abs() < 1e-3, "{area} {auc}");
}

const CURVES: [Curves; 2] = [
    (
        one,
        [
            0.0, 0.027_027, 0.054_054, 0.081_081, 0.108_108, 0.135_135, 0.189_189, 0.243_243, 0.243_243, 0.297_297,
            0.378_378, 0.459_459, 0.486_486, 0.567_568, 0.648_649, 0.756_757, 0.837_838, 0.891_892, 0.945_946, 1.0,
        ],
        [
            0.0, 0.0, 0.086_957, 0.173_913, 0.217_391, 0.304_348, 0.434_783, 0.565_217, 0.608_696, 0.652_174, 0.739_13,
            0.826_087, 0.869_565, 0.869_565, 0.956_522, 1.0, 1.0, 1.0, 1.0, 1.0,
        ],
        [
            1.0, 0.0, 0.5, 0.571_429, 0.555_556, 0.583_333, 0.588_235, 0.590_909, 0.608_696, 0.576_923, 0.548_387,
            0.527_778, 0.526_316, 0.487_805, 0.478_261, 0.450_98, 0.425_926, 0.410_714, 0.396_552, 0.383_333,
        ],
        [0.095_349, 0.154_54, 0.245_821, 0.343_509, 0.468_912, 0.562_177, 0.669_725, 0.748_399, 0.854_175, 0.904_651],
        [0.0, 0.0, 0.3, 0.2, 0.4, 0.333_333, 0.666_667, 0.625, 0.625, 0.0],
        0.127_518,
    ),
    (
        weight,
        [
            0.0, 0.056_075, 0.074_766, 0.074_766, 0.084_112, 0.130_841, 0.205_607, 0.233_645, 0.233_645, 0.280_374,
            0.401_869, 0.485_981, 0.532_71, 0.560_748, 0.663_551, 0.794_393, 0.841_121, 0.869_159, 0.971_963, 1.0,
        ],
        [
            0.0, 0.0, 0.016_393, 0.196_721, 0.213_115, 0.344_262, 0.442_623, 0.622_951, 0.655_738, 0.754_098,
            0.770_492, 0.852_459, 0.950_82, 0.950_82, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0,
        ],
        [
            1.0, 0.0, 0.111_111, 0.6, 0.590_909, 0.6, 0.551_02, 0.603_175, 0.615_385, 0.605_263, 0.522_222, 0.5,
            0.504_348, 0.491_525, 0.462_121, 0.417_808, 0.403_974, 0.396_104, 0.369_697, 0.363_095,
        ],
        [0.095_349, 0.140_395, 0.245_821, 0.365_387, 0.468_912, 0.562_177, 0.672_089, 0.753_323, 0.853_064, 0.904_651],
        [0.0, 0.0, 0.107_143, 0.428_571, 0.214_286, 0.545_455, 0.812_5, 0.518_519, 0.812_5, 0.0],
        0.176_773,
    ),
];

const THRESHOLDS: [f64; 20] = [
    f64::INFINITY,
    0.904_651,
    0.880_797,
    0.851_953,
    0.817_574,
    0.777_3,
    0.731_059,
    0.679_179,
    0.622_459,
    0.562_177,
    0.5,
    0.437_823,
    0.377_541,
    0.320_821,
    0.268_941,
    0.222_7,
    0.182_426,
    0.148_047,
    0.119_203,
    0.095_349,
];

/// Weight of a row; mean and standard deviation; quantiles.
type Residuals = (fn(usize) -> f64, [f64; 2], [f64; 11]);

const RESIDUALS: [Residuals; 2] = [
    (
        one,
        [0.120_023, 0.321_542],
        [
            -0.5, -0.5, -0.437_868, -0.343_934, -0.124_117, 0.117_491, 0.372_497, 0.511_778, 0.605_713, 0.825_53,
            0.825_53,
        ],
    ),
    (
        weight,
        [0.123_412, 0.338_46],
        [
            -0.483_216, -0.483_216, -0.390_901, -0.343_934, -0.119_111, 0.100_706, 0.372_497, 0.605_713, 0.686_248,
            0.825_53, 0.825_53,
        ],
    ),
];
