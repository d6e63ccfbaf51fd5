//! Rows and classes of weight 0 in metrics, baselines and the balance of classes.

#![allow(clippy::float_cmp, reason = "classes are whole numbers")]

use thalweg_learn::data::ColumnValues;
use thalweg_learn::fit::ClassWeight;
use thalweg_learn::model::Loss;
use thalweg_learn::{Callbacks, FitConfig, FitReport, Metrics, Result, Table, Validation};

fn assert_close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-14, "{found} is not {expected}");
}

fn weight(row: usize) -> f64 {
    [0.0, 1.0, 2.5, 0.0, 0.5][row % 5]
}

/// Metrics of scikit-learn 1.9.1 with `sample_weight`; 0 for the F1 score of a class of weight 0.
#[test]
fn metrics_with_weights_of_zero_are_those_of_other_programs() {
    let rows = 0..24_usize;
    let sine = |factor: f64, shift: f64| rows.clone().map(move |i| (factor * i as f64 + shift).sin());
    let scores: Vec<f64> = sine(1.7, 0.0).collect();
    let labels: Vec<f64> =
        rows.clone().map(|i| f64::from(u8::from((2.3 * i as f64).cos() + scores[i] > 0.0))).collect();
    let Metrics::Binary { accuracy, auc, .. } = Metrics::binary(&scores, &labels, weight, Loss::Logistic, 0.0) else {
        panic!("two labels")
    };
    assert_close(auc, 0.912_698_412_698_412_7);
    assert_close(accuracy, 0.794_871_794_871_794_8);

    let target: Vec<f64> = rows.clone().map(|i| 3.0 + 2.0 * scores[i] + (i as f64).cos()).collect();
    let predicted: Vec<f64> = scores.iter().map(|s| 3.0 + 1.5 * s).collect();
    let Metrics::Regression { rmse, r2, .. } = Metrics::regression(&predicted, &target, weight, 0.0) else {
        panic!("a number")
    };
    assert_close(r2, 0.731_035_573_568_190_4);
    assert_close(rmse, 0.844_696_852_286_092);

    let classes: Vec<f64> = rows.clone().map(|i| (i % 7 % 3) as f64).collect();
    let of_classes = sine(1.1, 0.0).zip(rows.clone().map(|i| (0.7 * i as f64).cos())).zip(sine(0.3, 1.0));
    let scores: Vec<f64> = of_classes.flat_map(|((a, b), c)| [a, b, c]).collect();
    for (last_class, f1, expected) in [(1.0, 0.322_341_696_535_244_86, 1.0 / 3.0), (0.0, 0.268_907_563_025_210_1, 0.32)]
    {
        let weight = |i: usize| weight(i) * if classes[i] == 2.0 { last_class } else { 1.0 };
        let metrics = Metrics::multiclass(3, &scores, &classes, weight, 0.0);
        let Metrics::Multiclass { accuracy, macro_f1, .. } = metrics else { panic!("classes") };
        assert_close(macro_f1, f1);
        assert_close(accuracy, expected);
    }
}

/// Fits rows of the labels, whose third label has the given weight and the others the weight 1.
fn fit(labels: [&str; 3], weight_of_third: f64, class_weight: ClassWeight) -> Result<FitReport> {
    let label =
        |i: usize| labels[if i.is_multiple_of(11) { 2 } else { usize::from(i.is_multiple_of(3) || i % 7 == 1) }];
    let texts: Vec<&str> = (0..200).map(label).collect();
    let x: Vec<f64> = (0..200).map(|i| (1.3 * f64::from(i)).sin() + if i % 3 == 0 { 0.5 } else { 0.0 }).collect();
    let weights: Vec<f64> = (0..200).map(|i| if i % 11 == 0 { weight_of_third } else { 1.0 }).collect();
    let columns =
        [("x", ColumnValues::from(&x)), ("y", ColumnValues::from(&texts)), ("w", ColumnValues::from(&weights))];
    let config = FitConfig {
        class_weight,
        weight_column: Some("w".into()),
        validation: Validation::None,
        epochs: Some(30),
        ..FitConfig::new("y")
    };
    config.run(&Table::from_columns(columns)?, Callbacks::new()).map(|(report, _)| report)
}

#[test]
fn a_class_of_weight_zero_changes_no_metric() {
    let report = fit(["a", "b", "c"], 0.0, ClassWeight::Balanced).expect("two classes have weight");
    assert!((report.baseline.train.loss() - 2.0_f64.ln()).abs() < 1e-12, "{}", report.baseline.train.loss());
    let loss = report.train.loss();
    assert!((0.4..0.68).contains(&loss), "{loss}");
    // With all classes, the baseline is that of three.
    let report = fit(["a", "b", "c"], 1.0, ClassWeight::Balanced).expect("three classes");
    assert!((report.baseline.train.loss() - 3.0_f64.ln()).abs() < 1e-12);
}

#[test]
fn a_single_label_with_weight_is_named() {
    let error = fit(["a", "a", "c"], 0.0, ClassWeight::Equal).expect_err("one label has all the weight");
    let said = "expected at least two distinct values, found all the weight on 'a': 19 other rows have the weight 0";
    assert!(error.to_string().contains(said), "{error}");
}
