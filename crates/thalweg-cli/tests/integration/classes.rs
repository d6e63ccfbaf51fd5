//! Targets of several classes, through the program.

use std::fmt::Write as _;

use crate::common::{TestDir, number};

/// Two columns and three classes that overlap, in the order of sines.
fn three() -> String {
    let mut text = String::from("a,b,kind\n");
    for i in 0..300 {
        let i = f64::from(i);
        let thousandths = |x: f64| (x * 1000.0).round() / 1000.0;
        let (a, b) = (thousandths(10.0 * i.sin()), thousandths(5.0 * (1.7 * i).cos() + 2.0));
        let noise = 4.0 * (12.9 * i * i).sin();
        let scores = [a + noise, b * 2.0 - noise, -a - b + 1.0];
        let best = (0..3).fold(0, |best, k| if scores[k] > scores[best] { k } else { best });
        let _ = writeln!(text, "{a},{b},{}", ["low", "mid", "top"][best]);
    }
    text
}

const TO_THE_END: &str =
    "--val-fraction 0 --batch-size full --patience 0 --epochs 20000 --method adam:lr=0.02 --schedule cosine --l2 0.01";

/// scikit-learn 1.9.1: `LogisticRegression(C=1/(300·0.01), tol=1e-12)` on the same columns, standardized; with
/// `class_weight= "balanced"` below.
#[test]
fn softmax_reaches_the_optimum_of_another_solver() {
    let folder = TestDir::new();
    folder.write("three.csv", &three());
    let report = folder.json(&format!("fit three.csv -t kind {TO_THE_END}"));
    assert_eq!(report["model"], "softmax");
    assert_eq!(report["labels"], serde_json::json!(["low", "mid", "top"]));
    assert!((number(&report, "/train/log_loss") - 0.335_463_307_604_66).abs() < 1e-6, "{}", report["train"]);
    assert!((number(&report, "/train/accuracy") - 257.0 / 300.0).abs() < 1e-12);
    assert!((number(&report, "/train/macro_f1") - 0.857_953_035_744_530_7).abs() < 1e-12);
    let confusion = serde_json::json!([[72.0, 16.0, 3.0], [12.0, 107.0, 5.0], [3.0, 4.0, 78.0]]);
    assert_eq!(report["train"]["confusion"], confusion);
    let weight = |name: &str, class: &str| {
        let all = report["coefficients"].as_array().expect("the value is a list");
        let it = all.iter().find(|c| c["name"] == name && c["class"] == class).expect("the coefficient is listed");
        it["weight"].as_f64().expect("the value is a number")
    };
    for (name, class, wanted) in [("a", "low", 1.748_234_58), ("b", "mid", 1.751_900_69), ("b", "top", -1.465_932_53)] {
        assert!((weight(name, class) - wanted).abs() < 1e-4, "{name} {class}: {}", weight(name, class));
    }
    // The intercepts have no penalty, so only their differences are fixed.
    let lift = number(&report, "/intercepts/1") - number(&report, "/intercepts/2");
    assert!((lift - (0.622_724_75 + 0.644_943_93)).abs() < 1e-4, "{lift}");

    let balanced = folder.json(&format!("fit three.csv -t kind --class-weight balanced {TO_THE_END}"));
    assert!((number(&balanced, "/train/accuracy") - 259.0 / 300.0).abs() < 1e-12);
    assert!((number(&balanced, "/train/macro_f1") - 0.864_292_512_964_078_7).abs() < 1e-12);
    assert!((number(&balanced, "/class_weight/1") - 300.0 / (3.0 * 124.0)).abs() < 1e-12);
}

#[test]
fn classes_are_reported_kept_and_predicted() {
    let folder = TestDir::new();
    folder.write("three.csv", &three());
    let ran = folder.run("fit three.csv -t kind --epochs 50 -q");
    assert!(ran.out.contains("softmax regression of kind, 3 classes"), "{}", ran.out);
    assert!(ran.out.contains("confusion matrix of the validation rows"), "{}", ran.out);
    assert!(ran.out.contains("macro f1"), "{}", ran.out);
    let inspected = folder.run("inspect three.model");
    assert!(
        inspected.out.contains("kind: one of low, mid, top") && inspected.out.contains("a → low"),
        "{}",
        inspected.out
    );
    let said = folder.run("predict three.model three.csv -q");
    let shares = folder.run("predict three.model three.csv --proba");
    assert_eq!(said.out.lines().count(), 300);
    assert!(shares.err.contains("the columns are the probabilities of low, mid, top"), "{}", shares.err);
    for (label, shares) in said.out.lines().zip(shares.out.lines()) {
        let shares: Vec<f64> = shares.split(',').map(|share| share.parse().expect("the value is a number")).collect();
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let class = ["low", "mid", "top"].iter().position(|name| *name == label).expect("the label is a class");
        assert!(shares.iter().all(|share| *share <= shares[class]), "{label} {shares:?}");
    }
}

#[test]
fn many_classes_show_their_most_frequent_confusions() {
    let folder = TestDir::new();
    let mut text = String::from("x,kind\n");
    for i in 0..600 {
        let _ = writeln!(text, "{},k{}", i % 30 + i % 7, (i % 30) / 2);
    }
    folder.write("many.csv", &text);
    let ran = folder.run("fit many.csv -t kind --epochs 5 -q");
    assert!(
        ran.out.contains("15 classes") && ran.out.contains("most frequent confusions in the validation rows"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains(" predicted as k"), "{}", ran.out);
}

#[test]
fn numbers_are_classes_where_the_loss_says_so() {
    let folder = TestDir::new();
    let text: String = (0..90).map(|i| format!("{},{}\n", i % 3 * 10 + i % 2, i % 3 + 4)).collect();
    folder.write("n.csv", &format!("x,y\n{text}"));
    let report = folder.json("fit n.csv -t y --loss softmax --epochs 300");
    assert_eq!(report["labels"], serde_json::json!(["4", "5", "6"]));
    assert!(number(&report, "/validation/accuracy") > 0.99);
    let refused = folder.run("fit n.csv -t y --loss hinge");
    assert!(refused.code == 4 && refused.err.contains("--loss softmax learns any number of classes"), "{refused:?}");
    let refused = folder.run("fit n.csv -t y --model linear --loss softmax");
    assert!(refused.code == 2 && refused.err.contains("does not belong to a linear model"), "{refused:?}");
}
