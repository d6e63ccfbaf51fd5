//! Metrics with and without weights, as scikit-learn 1.9.1 computes them with `sample_weight`.

use crate::common::figures::{ROWS, fraction, noise, of_rows, one, weight, x};
use thalweg_learn::Metrics;
use thalweg_learn::metrics::ClassMetrics;
use thalweg_learn::model::{Loss, sigmoid, softmax};

fn mean(weight: fn(usize) -> f64, of: impl Fn(usize) -> f64) -> f64 {
    (0..ROWS).map(|row| weight(row) * of(row)).sum::<f64>() / (0..ROWS).map(weight).sum::<f64>()
}

#[track_caller]
fn assert_close<const N: usize>(found: [f64; N], expected: [f64; N]) {
    let is_close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-13 * b.abs().max(1.0);
    assert!(found.iter().zip(&expected).all(is_close), "{found:?}, not {expected:?}");
}

#[track_caller]
fn assert_classes(found: &[ClassMetrics], expected: &[[f64; 4]]) {
    assert_eq!(found.len(), expected.len());
    for (&ClassMetrics { precision, recall, f1, support }, &expected) in found.iter().zip(expected) {
        assert_close([precision, recall, f1, support], expected);
    }
}

/// Weight of the row with this number.
type WeightOfRow = fn(usize) -> f64;

/// Weights with the metrics, the metrics of each class, and the confusion matrix.
type Expected<const METRICS: usize, const CLASSES: usize> =
    (WeightOfRow, [f64; METRICS], [[f64; 4]; CLASSES], [[f64; CLASSES]; CLASSES]);

/// `root_mean_squared_error`, `r2_score`, `mean_absolute_error`, `median_absolute_error`.
#[test]
fn errors_of_numbers_are_those_of_scikit_learn() {
    let target = of_rows(|row| 3.0 + 2.0 * x(row) + noise(row));
    let predicted = of_rows(|row| 3.0 + 1.5 * x(row) + 0.25 * fraction(row, 13, 29));
    let expected: [(WeightOfRow, [f64; 4]); 2] = [
        (one, [0.343_212_325_660_181_95, 0.706_558_155_556_181_7, 0.288_849_578_500_449_4, 0.281_065_790_270_629_94]),
        (weight, [0.360_258_194_687_583_6, 0.667_264_008_085_490_4, 0.297_264_953_418_550_2, 0.290_267_965_571_718_4]),
    ];
    for (weight, expected) in expected {
        let metrics = Metrics::regression(&predicted, &target, weight, 0.0);
        let Metrics::Regression { rmse, r2, mae, median_absolute_error, .. } = metrics else { panic!("{metrics:?}") };
        assert_close([rmse, r2, mae, median_absolute_error], expected);
    }
}

/// `log_loss`, `accuracy_score`, `roc_auc_score`, `average_precision_score`, `brier_score_loss`,
/// `balanced_accuracy_score`, `precision_recall_fscore_support` (macro average and by class), `confusion_matrix`. Many
/// scores are tied.
#[test]
fn metrics_of_labels_are_those_of_scikit_learn() {
    let scores = of_rows(|row| ((x(row) - 0.5 - 0.3 * noise(row)) * 16.0).round_ties_even() / 4.0);
    let labels = of_rows(|row| f64::from(u8::from(x(row) + noise(row) > 0.6)));
    let expected: [Expected<9, 2>; 2] = [
        (
            one,
            [
                0.624_699_111_055_075_1,
                0.666_666_666_666_666_6,
                0.734_430_082_256_169_2,
                0.551_055_605_179_195_3,
                0.214_259_402_383_872_67,
                0.680_376_028_202_115_2,
                0.670_745_272_525_027_8,
                0.680_376_028_202_115_2,
                0.663_299_663_299_663_3,
            ],
            [
                [0.548_387_096_774_193_5, 0.739_130_434_782_608_6, 0.629_629_629_629_629_7, 23.0],
                [0.793_103_448_275_862_1, 0.621_621_621_621_621_6, 0.696_969_696_969_697, 37.0],
            ],
            [[17.0, 6.0], [14.0, 23.0]],
        ),
        (
            weight,
            [
                0.611_593_146_469_078_4,
                0.660_714_285_714_285_7,
                0.758_771_257_851_999_4,
                0.562_952_201_297_798_1,
                0.206_775_999_793_935_93,
                0.684_311_322_200_091_8,
                0.671_367_521_367_521_4,
                0.684_311_322_200_091_8,
                0.657_204_224_091_641_1,
            ],
            [
                [0.522_222_222_222_222_3, 0.770_491_803_278_688_5, 0.622_516_556_291_390_7, 30.5],
                [0.820_512_820_512_820_5, 0.598_130_841_121_495_1, 0.691_891_891_891_891_9, 53.5],
            ],
            [[23.5, 7.0], [21.5, 32.0]],
        ),
    ];
    for (weight, expected, of_classes, matrix) in expected {
        let row_loss = |row: usize| -sigmoid(if labels[row] > 0.5 { scores[row] } else { -scores[row] }).ln();
        let metrics = Metrics::binary(&scores, &labels, weight, Loss::Logistic, mean(weight, row_loss));
        let Metrics::Binary { log_loss: Some(log_loss), accuracy, auc, average_precision, .. } = metrics else {
            panic!("{metrics:?}")
        };
        let Metrics::Binary { brier_score: Some(brier_score), balanced_accuracy, macro_precision, .. } = metrics else {
            panic!("{metrics:?}")
        };
        let Metrics::Binary { macro_recall, macro_f1, classes, confusion, .. } = metrics else { unreachable!() };
        let probable = [log_loss, accuracy, auc, average_precision, brier_score];
        assert_close(probable, expected[..5].try_into().expect("five numbers"));
        let predicted = [balanced_accuracy, macro_precision, macro_recall, macro_f1];
        assert_close(predicted, expected[5..].try_into().expect("four numbers"));
        assert_classes(&classes, &of_classes);
        assert_eq!(confusion, matrix);
    }
}

/// `log_loss`, `accuracy_score`, `brier_score_loss`, `balanced_accuracy_score`, `precision_recall_fscore_support`
/// (macro average and by class), `confusion_matrix`.
#[test]
fn metrics_of_classes_are_those_of_scikit_learn() {
    let place = |row: usize| fraction(row, 41, 97);
    let classes = of_rows(|row| (3.0 * place(row) + 1.2 * noise(row)).clamp(0.0, 2.999).floor());
    let scores_of = |row: usize| [1.5 - 2.0 * place(row) * 1.2, 0.9 * x(row), 2.0 * place(row) - 0.9];
    let scores: Vec<f64> = (0..ROWS).flat_map(scores_of).collect();
    let expected: [Expected<7, 3>; 2] = [
        (
            one,
            [
                0.776_303_517_965_738,
                0.666_666_666_666_666_6,
                0.455_472_351_766_154_97,
                0.674_269_005_847_953_4,
                0.656_930_788_509_735_9,
                0.674_269_005_847_953_4,
                0.650_412_796_697_626_4,
            ],
            [
                [0.642_857_142_857_142_9, 0.9, 0.75, 20.0],
                [0.538_461_538_461_538_4, 1.0 / 3.0, 0.411_764_705_882_352_9, 21.0],
                [15.0 / 19.0, 15.0 / 19.0, 15.0 / 19.0, 19.0],
            ],
            [[18.0, 2.0, 0.0], [10.0, 7.0, 4.0], [0.0, 4.0, 15.0]],
        ),
        (
            weight,
            [
                0.776_021_525_475_457,
                0.720_238_095_238_095_2,
                0.456_353_538_727_971_63,
                0.715_250_308_242_222,
                0.696_906_565_656_565_7,
                0.715_250_308_242_222,
                0.690_196_078_431_372_4,
            ],
            [
                [0.696_969_696_969_697, 0.938_775_510_204_081_7, 0.8, 24.5],
                [0.593_75, 0.358_490_566_037_735_8, 0.447_058_823_529_411_8, 26.5],
                [0.8, 0.848_484_848_484_848_5, 0.823_529_411_764_705_8, 33.0],
            ],
            [[23.0, 1.5, 0.0], [10.0, 9.5, 7.0], [0.0, 5.0, 28.0]],
        ),
    ];
    for (weight, expected, of_classes, matrix) in expected {
        let row_loss = |row: usize| {
            let mut probabilities = [0.0; 3];
            softmax(&scores_of(row), &mut probabilities);
            -probabilities[classes[row] as usize].ln()
        };
        let metrics = Metrics::multiclass(3, &scores, &classes, weight, mean(weight, row_loss));
        let Metrics::Multiclass { log_loss, accuracy, brier_score, balanced_accuracy, macro_precision, .. } = metrics
        else {
            panic!("{metrics:?}")
        };
        let Metrics::Multiclass { macro_recall, macro_f1, classes, confusion, .. } = metrics else { unreachable!() };
        let averages = [macro_precision, macro_recall, macro_f1];
        assert_close(
            [log_loss, accuracy, brier_score, balanced_accuracy, averages[0], averages[1], averages[2]],
            expected,
        );
        assert_classes(&classes, &of_classes);
        assert_eq!(confusion, matrix);
    }
}

/// `balanced_accuracy_score` leaves out classes that do not occur; the other averages count them as 0.
#[test]
fn a_class_that_does_not_occur_counts_in_the_macro_averages_only() {
    let scores = [2.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 2.0];
    let metrics = Metrics::multiclass(3, &scores, &[0.0, 1.0, 1.0], one, 0.0);
    let Metrics::Multiclass { balanced_accuracy, macro_recall, macro_precision, .. } = metrics else {
        panic!("classes")
    };
    assert_close([balanced_accuracy, macro_recall, macro_precision], [0.75, 0.5, 2.0 / 3.0]);
}
