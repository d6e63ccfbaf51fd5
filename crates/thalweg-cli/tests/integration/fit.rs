//! `thalweg fit` as a user types it.

use crate::common::{TestDir, noise, number};
use serde_json::Value;
use thalweg::Method;

#[test]
fn json_has_the_documented_keys() {
    let folder = TestDir::new();
    let report = folder.json("fit data/diabetes.csv --target progression --epochs 20 -o a.model");
    let keys = [
        "rows",
        "features",
        "model",
        "method",
        "epochs",
        "steps",
        "stopped",
        "train",
        "validation",
        "seconds",
        "rows_per_second",
        "model_path",
    ];
    for key in keys {
        assert!(!report[key].is_null(), "{key} is missing");
    }
    let inside = |key: &str| report[key].as_object().expect(key).keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        (inside("train"), inside("validation")),
        (["loss", "rmse", "r2", "mae", "median_absolute_error"].map(String::from).to_vec(), inside("train"))
    );
    assert_eq!(inside("seconds"), ["read", "fit", "total"]);
    assert_eq!((report["rows"].as_u64(), report["features"].as_u64()), (Some(442), Some(10)));
    assert_eq!((report["model"].as_str(), report["model_path"].as_str()), (Some("linear"), Some("a.model")));
    assert_eq!((report["stopped"].as_str(), report["epochs"].as_u64()), (Some("epochs"), Some(20)));
    let rate = number(&report, "/rows") * number(&report, "/epochs") / number(&report, "/seconds/fit");
    assert!((rate / number(&report, "/rows_per_second") - 1.0).abs() < 1e-9);
    assert!((number(&report, "/train/rmse").powi(2) / number(&report, "/train/loss") - 1.0).abs() < 1e-12);

    let report = folder.json("fit data/breast_cancer.csv --target diagnosis --epochs 20 -o a.model");
    let train =
        report["train"].as_object().expect("the report has training metrics").keys().cloned().collect::<Vec<_>>();
    let of_probabilities = ["loss", "log_loss", "accuracy", "auc", "average_precision", "brier_score"];
    let of_labels = ["balanced_accuracy", "macro_precision", "macro_recall", "macro_f1", "classes", "confusion"];
    assert_eq!(train, [of_probabilities, of_labels].concat());
    for key in ["roc", "precision_recall", "calibration"] {
        assert!(report["diagnostics"][key].is_object(), "{key}");
    }
    assert_eq!(report["model"].as_str(), Some("logistic"));
}

#[test]
fn the_default_fit_is_converged() {
    // The optima of the same rows, by gradient steps of all rows. Other tests compare such optima with other solvers.
    const TO_THE_OPTIMUM: &str =
        "--batch-size full --patience 0 --epochs 20000 --method adam:lr=0.02 --schedule cosine -o optimum.model";
    let folder = TestDir::new();
    let fit_and_optimum = |line: &str| (folder.json(line), folder.json(&format!("{line} {TO_THE_OPTIMUM}")));
    let (cancer, optimum) = fit_and_optimum("fit data/breast_cancer.csv --target diagnosis");
    let difference = |path: &str| number(&cancer, path) - number(&optimum, path);
    assert!(difference("/train/log_loss").abs() < 0.005, "{} {}", cancer["train"], optimum["train"]);
    assert!(difference("/validation/log_loss") < 0.003, "{} {}", cancer["validation"], optimum["validation"]);
    let (diabetes, optimum) = fit_and_optimum("fit data/diabetes.csv --target progression");
    let difference = |path: &str| number(&diabetes, path) - number(&optimum, path);
    assert!(difference("/train/r2").abs() < 0.01, "{} {}", diabetes["train"], optimum["train"]);
    assert!(difference("/validation/r2") > -0.01, "{} {}", diabetes["validation"], optimum["validation"]);
    assert!(number(&diabetes, "/baseline/train/r2").abs() < 1e-12, "the mean explains nothing");
    assert_eq!(folder.files(), ["breast_cancer.model", "diabetes.model", "optimum.model"]);
}

#[test]
fn every_method_fits() {
    let folder = TestDir::new();
    for method in Method::all() {
        // A rate for each kind of unit; one of them must suit.
        let name = method.name();
        let best = ["0.003", "0.03", "0.3", "3"].map(|lr| {
            let line =
                format!("fit data/diabetes.csv -t progression --method {name} --lr {lr} --epochs 60 -q --format json");
            let ran = folder.run(&line);
            assert!([0, 3].contains(&ran.code), "{line}: {} {}", ran.code, ran.err);
            let report: Value = serde_json::from_str(&ran.out).expect("the output is a report");
            assert!(report["method"].as_str().expect("the name of a method").starts_with(name));
            number(&report, "/train/r2")
        });
        assert!(best.iter().any(|r2| *r2 > 0.45), "{name}: {best:?}"); // least squares: 0.54
    }
}

#[test]
fn same_bytes_on_any_threads() {
    let folder = TestDir::new();
    for batch in ["1", "32", "full"] {
        let line = "fit data/breast_cancer.csv -t diagnosis -q --seed 7 --init normal:0.01 --epochs 12";
        for threads in ["1", "2", "5"] {
            let ran = folder.run(&format!("{line} --batch-size {batch} --threads {threads} -o {threads}.model"));
            assert_eq!(ran.code, 0, "{}", ran.err);
        }
        assert!(folder.read("1.model") == folder.read("2.model"), "batch {batch}: 1 and 2 threads differ");
        assert!(folder.read("1.model") == folder.read("5.model"), "batch {batch}: 1 and 5 threads differ");
        folder.run(&format!("{line} --batch-size {batch} --seed 8 -o other.model").replacen("--seed 7 ", "", 1));
        assert!(folder.read("1.model") != folder.read("other.model"), "the seed does nothing");
    }
}

#[test]
fn batches_are_counted() {
    let folder = TestDir::new();
    for (batch, steps) in [("1", 354 * 3), ("100", 4 * 3), ("full", 3), ("100000", 3)] {
        let line =
            format!("fit data/diabetes.csv -t progression --method sgd:lr=0.001 --epochs 3 --batch-size {batch}");
        assert_eq!(folder.json(&line)["steps"].as_u64(), Some(steps), "{batch}");
    }
}

#[test]
fn options_have_their_effect() {
    let folder = TestDir::new();
    let line = "fit data/diabetes.csv -t progression --epochs 100";
    let size = |report: &Value| {
        let weights = report["coefficients"].as_array().expect("the report has coefficients").iter();
        weights.map(|c| c["weight"].as_f64().expect("a coefficient has a weight").abs()).sum::<f64>()
    };
    let plain = folder.json(line);
    assert!(size(&folder.json(&format!("{line} --l2 10"))) < 0.4 * size(&plain), "--l2");
    assert!(size(&folder.json(&format!("{line} --l1 77 -o zero.model"))) < 0.05 * size(&plain), "--l1");
    assert!(folder.json(&format!("{line} --val-fraction 0"))["validation"].is_null(), "--val-fraction");
    assert_eq!(folder.json(&format!("{line} --val-fraction 0.5"))["validation_rows"].as_u64(), Some(221));
    assert_eq!(folder.json(&format!("{line} --ignore s1,s2"))["features"].as_u64(), Some(8));
    assert_eq!(folder.json(&format!("{line} --keep bmi,bp"))["features"].as_u64(), Some(2));
    assert_eq!(folder.json(&format!("{line} --categorical sex"))["features"].as_u64(), Some(11));
    let far =
        folder.json("fit data/diabetes.csv -t progression --epochs 1 --method sgd --init normal:100 -o far.model");
    assert!(number(&far, "/train/r2") < -10.0, "--init");
    let linear = folder.json("fit data/diabetes.csv -t sex --model linear --epochs 5");
    assert_eq!(linear["model"].as_str(), Some("linear"), "--model");
    let lr = folder.json(&format!("{line} --lr 0.002 --schedule step:every=10,factor=0.5"));
    assert_eq!(lr["method"].as_str(), Some("adam:lr=0.002"), "--lr");
    assert_eq!(lr["schedule"].as_str(), Some("step:every=10,factor=0.5"), "--schedule");
}

#[test]
fn presets_work_in_the_program() {
    let folder = TestDir::new();
    let report = folder.json("fit data/diabetes.csv -t progression --method adam:preset=keras,lr=0.01 --epochs 5");
    let method = report["method"].as_str().expect("the name of a method");
    assert_eq!(method, "adam:lr=0.01,eps=1e-7,eps_form=hat,decay=decoupled");
}

#[test]
fn tables_of_all_sorts() {
    let folder = TestDir::new();
    let rows: String = (0..60)
        .map(|i| {
            let gap = if i % 10 == 3 { "unknown".to_string() } else { i.to_string() };
            format!(
                "{};{};{};{}\n",
                ["red", "blue", "green"][i % 3],
                gap,
                (i * 7) % 11,
                if i % 3 == 0 { "1" } else { "-1" }
            )
        })
        .collect();
    folder.write("plain.txt", &rows);
    let line = "fit plain.txt --target c4 --no-header --delimiter ; --missing unknown --epochs 50";
    let report = folder.json(line);
    // Three colours, the number with gaps and its indicator, the number.
    assert_eq!((report["features"].as_u64(), report["model"].as_str()), (Some(6), Some("logistic")));
    assert_eq!(report["labels"], serde_json::json!(["1", "-1"]));
    assert!(number(&report, "/validation/auc") > 0.99, "{report}");
    // The header and the delimiter are detected.
    assert_eq!(folder.json("fit plain.txt -t c4 --missing unknown --epochs 50")["train"], report["train"]);
}

#[test]
fn a_row_that_names_the_target_is_the_header() {
    let folder = TestDir::new();
    let rows: String = (0..40).map(|i| format!("{},{},{}\n", i * 7 % 13, i % 5, i * 7 % 13 + i % 5)).collect();
    folder.write("years.csv", &format!("2019,2020,2021\n{rows}"));
    let report = folder.json("fit years.csv -t 2021 --epochs 5");
    assert_eq!((report["rows"].as_u64(), report["target"].as_str()), (Some(40), Some("2021")));
}

#[test]
fn many_columns_take_a_smaller_rate() {
    // y = 3·x0 and 499 columns of noise: at the rate for few columns, the first steps alone would overshoot.
    let folder = TestDir::new();
    let mut noise = noise();
    let mut text: String = (0..500).map(|i| format!("x{i},")).collect::<String>() + "y\n";
    for _ in 0..300 {
        let row: Vec<f64> = (0..500).map(|_| noise()).collect();
        let cells: String = row.iter().map(|v| format!("{v:.4},")).collect();
        text += &format!("{cells}{}\n", 3.0 * row[0] + 0.3 * noise());
    }
    folder.write("wide.csv", &text);
    // A schedule asks for steps by mini-batches.
    let report = folder.json("fit wide.csv -t y --schedule cosine");
    assert!(
        report["method"].as_str().expect("the name of a method").starts_with("momentum:"),
        "more columns than rows"
    );
    assert!(number(&report, "/validation/r2") > 0.2, "{}", report["validation"]);
}

#[test]
fn fit_and_inspect_report_the_same_coefficients() {
    let folder = TestDir::new();
    for (line, name) in
        [("data/diabetes.csv -t progression", "diabetes"), ("data/breast_cancer.csv -t diagnosis", "breast_cancer")]
    {
        let report = folder.json(&format!("fit {line} --epochs 20"));
        let model = folder.run(&format!("inspect {name}.model --format json"));
        let model: Value = serde_json::from_str(&model.out).expect("the output is a model");
        assert_eq!(model["intercept"], report["intercept"]);
        let mut inspected = model["coefficients"].as_array().expect("the report has coefficients").clone();
        let size = |c: &Value| c["weight"].as_f64().expect("a coefficient has a weight").abs();
        inspected.sort_by(|a, b| size(b).total_cmp(&size(a)));
        assert_eq!(&inspected, report["coefficients"].as_array().expect("the report has coefficients"));
    }
}

#[test]
fn the_default_model_is_named_after_the_data() {
    let folder = TestDir::new();
    std::fs::copy(folder.path("data/diabetes.csv"), folder.path("sales.2024-01.csv")).expect("the file is copied");
    let report = folder.json("fit sales.2024-01.csv -t progression --epochs 2");
    assert_eq!(report["model_path"].as_str(), Some("sales.2024-01.model"));
}

#[test]
fn columns_that_are_no_measures_are_excluded_and_named() {
    let folder = TestDir::new();
    let mut rows = String::from("id,day,name,always,x,y\n");
    for i in 0..60 {
        rows += &format!(
            "{},2024-01-{:02},person {i},yes,{},{}\n",
            100 + i,
            i % 28 + 1,
            (i * 37) % 17,
            (i * 37) % 17 * 2 + i % 2
        );
    }
    folder.write("people.csv", &rows);
    let ran = folder.run("fit people.csv -t y -q");
    assert_eq!(ran.code, 0, "{}", ran.err);
    for left in ["excluded    id:", "excluded    day:", "excluded    name:", "excluded    always:"] {
        assert!(ran.out.contains(left), "{left} in\n{}", ran.out);
    }
    assert!(ran.out.contains("people.csv: 60 rows, 1 feature\n"), "{}", ran.out);
}
