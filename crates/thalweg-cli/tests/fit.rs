//! `thalweg fit` as a user types it.

mod common;

use common::{Folder, noise, number};
use serde_json::Value;
use thalweg::Method;

#[test]
fn json_has_the_documented_keys() {
    let folder = Folder::new();
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
        (vec!["loss".into(), "rmse".into(), "r2".into()], inside("train"))
    );
    assert_eq!(inside("seconds"), ["read", "fit", "total"]);
    assert_eq!((report["rows"].as_u64(), report["features"].as_u64()), (Some(442), Some(10)));
    assert_eq!((report["model"].as_str(), report["model_path"].as_str()), (Some("linear"), Some("a.model")));
    assert_eq!((report["stopped"].as_str(), report["epochs"].as_u64()), (Some("epochs"), Some(20)));
    let rate = number(&report, "/rows") * number(&report, "/epochs") / number(&report, "/seconds/fit");
    assert!((rate / number(&report, "/rows_per_second") - 1.0).abs() < 1e-9);
    assert!((number(&report, "/train/rmse").powi(2) / number(&report, "/train/loss") - 1.0).abs() < 1e-12);

    let report = folder.json("fit data/breast_cancer.csv --target diagnosis --epochs 20 -o a.model");
    let train = report["train"].as_object().expect("train").keys().cloned().collect::<Vec<_>>();
    assert_eq!(train, ["loss", "log_loss", "accuracy", "auc"]);
    assert_eq!(report["model"].as_str(), Some("logistic"));
}

#[test]
fn the_default_fit_is_converged() {
    // The optima by L-BFGS, and least squares: bench/records/2026-11-23-converged.md.
    let folder = Folder::new();
    let cancer = folder.json("fit data/breast_cancer.csv --target diagnosis");
    assert!((number(&cancer, "/train/log_loss") - 0.0539).abs() < 0.005, "{}", cancer["train"]);
    assert!(number(&cancer, "/validation/log_loss") < 0.0761 + 0.003, "{}", cancer["validation"]);
    let diabetes = folder.json("fit data/diabetes.csv --target progression");
    assert!((number(&diabetes, "/train/r2") - 0.5402).abs() < 0.01, "{}", diabetes["train"]);
    assert!((number(&diabetes, "/validation/r2") - 0.4042).abs() < 0.01, "{}", diabetes["validation"]);
    assert!(number(&diabetes, "/baseline/train/r2").abs() < 1e-12, "the mean explains nothing");
    assert_eq!(folder.files(), ["breast_cancer.model", "diabetes.model"]);
}

#[test]
fn every_method_fits() {
    let folder = Folder::new();
    for method in Method::all() {
        // A rate for each kind of unit; one of them must suit.
        let name = method.name();
        let best = ["0.003", "0.03", "0.3", "3"].map(|lr| {
            let line =
                format!("fit data/diabetes.csv -t progression --method {name} --lr {lr} --epochs 60 -q --format json");
            let ran = folder.run(&line);
            assert!([0, 3].contains(&ran.code), "{line}: {} {}", ran.code, ran.err);
            let report: Value = serde_json::from_str(&ran.out).expect("a report");
            assert!(report["method"].as_str().expect("a method").starts_with(name));
            number(&report, "/train/r2")
        });
        assert!(best.iter().any(|r2| *r2 > 0.45), "{name}: {best:?}"); // least squares: 0.54
    }
}

#[test]
fn same_bytes_on_any_threads() {
    let folder = Folder::new();
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
    let folder = Folder::new();
    for (batch, steps) in [("1", 354 * 3), ("100", 4 * 3), ("full", 3), ("100000", 3)] {
        let line =
            format!("fit data/diabetes.csv -t progression --method sgd:lr=0.001 --epochs 3 --batch-size {batch}");
        assert_eq!(folder.json(&line)["steps"].as_u64(), Some(steps), "{batch}");
    }
}

#[test]
fn options_have_their_effect() {
    let folder = Folder::new();
    let line = "fit data/diabetes.csv -t progression --epochs 100";
    let size = |report: &Value| {
        let weights = report["coefficients"].as_array().expect("coefficients").iter();
        weights.map(|c| c["weight"].as_f64().expect("a weight").abs()).sum::<f64>()
    };
    let plain = folder.json(line);
    assert!(size(&folder.json(&format!("{line} --l2 10"))) < 0.4 * size(&plain), "--l2");
    assert!(size(&folder.json(&format!("{line} --l1 1"))) < 0.05 * size(&plain), "--l1");
    assert!(folder.json(&format!("{line} --val-fraction 0"))["validation"].is_null(), "--val-fraction");
    assert_eq!(folder.json(&format!("{line} --val-fraction 0.5"))["validation_rows"].as_u64(), Some(221));
    assert_eq!(folder.json(&format!("{line} --ignore s1,s2"))["features"].as_u64(), Some(8));
    assert_eq!(folder.json(&format!("{line} --keep bmi,bp"))["features"].as_u64(), Some(2));
    assert_eq!(folder.json(&format!("{line} --categorical sex"))["features"].as_u64(), Some(11));
    let far = folder.json("fit data/diabetes.csv -t progression --epochs 1 --method sgd --init normal:100");
    assert!(number(&far, "/train/r2") < -10.0, "--init");
    let linear = folder.json("fit data/diabetes.csv -t sex --model linear --epochs 5");
    assert_eq!(linear["model"].as_str(), Some("linear"), "--model");
    let lr = folder.json(&format!("{line} --lr 0.002 --schedule step:every=10,factor=0.5"));
    assert_eq!(lr["method"].as_str(), Some("adam:lr=0.002"), "--lr");
    assert_eq!(lr["schedule"].as_str(), Some("step:every=10,factor=0.5"), "--schedule");
}

#[test]
fn presets_work_in_the_program() {
    let folder = Folder::new();
    let report = folder.json("fit data/diabetes.csv -t progression --method adam:preset=keras,lr=0.01 --epochs 5");
    let method = report["method"].as_str().expect("a method");
    assert_eq!(method, "adam:lr=0.01,eps=1e-7,eps_form=hat,decay=decoupled");
}

#[test]
fn tables_of_all_sorts() {
    let folder = Folder::new();
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
    assert!(number(&report, "/validation/accuracy") > 0.99, "{report}");
    // The header and the delimiter are found without being told.
    assert_eq!(folder.json("fit plain.txt -t c4 --missing unknown --epochs 50")["train"], report["train"]);
}

#[test]
fn a_row_that_names_the_target_is_the_header() {
    let folder = Folder::new();
    let rows: String = (0..40).map(|i| format!("{},{},{}\n", i * 7 % 13, i % 5, i * 7 % 13 + i % 5)).collect();
    folder.write("years.csv", &format!("2019,2020,2021\n{rows}"));
    let report = folder.json("fit years.csv -t 2021 --epochs 5");
    assert_eq!((report["rows"].as_u64(), report["target"].as_str()), (Some(40), Some("2021")));
}

#[test]
fn many_columns_take_a_smaller_rate() {
    // y = 3·x0 and 499 columns of noise: at the rate for few columns, the first steps alone would overshoot.
    let folder = Folder::new();
    let mut noise = noise();
    let mut text: String = (0..500).map(|i| format!("x{i},")).collect::<String>() + "y\n";
    for _ in 0..300 {
        let row: Vec<f64> = (0..500).map(|_| noise()).collect();
        let cells: String = row.iter().map(|v| format!("{v:.4},")).collect();
        text += &format!("{cells}{}\n", 3.0 * row[0] + 0.3 * noise());
    }
    folder.write("wide.csv", &text);
    let report = folder.json("fit wide.csv -t y");
    assert!(report["method"].as_str().expect("a method").starts_with("momentum:"), "more columns than rows");
    assert!(number(&report, "/validation/r2") > 0.2, "{}", report["validation"]);
}

#[test]
fn fit_and_inspect_tell_the_same_coefficients() {
    let folder = Folder::new();
    for (line, name) in
        [("data/diabetes.csv -t progression", "diabetes"), ("data/breast_cancer.csv -t diagnosis", "breast_cancer")]
    {
        let report = folder.json(&format!("fit {line} --epochs 20"));
        let model = folder.run(&format!("inspect {name}.model --format json"));
        let model: Value = serde_json::from_str(&model.out).expect("a model");
        assert_eq!(model["intercept"], report["intercept"]);
        let mut inspected = model["coefficients"].as_array().expect("coefficients").clone();
        let size = |c: &Value| c["weight"].as_f64().expect("a weight").abs();
        inspected.sort_by(|a, b| size(b).total_cmp(&size(a)));
        assert_eq!(&inspected, report["coefficients"].as_array().expect("coefficients"));
    }
}

#[test]
fn the_default_model_is_named_after_the_data() {
    let folder = Folder::new();
    std::fs::copy(folder.path("data/diabetes.csv"), folder.path("sales.2024-01.csv")).expect("a copy");
    let report = folder.json("fit sales.2024-01.csv -t progression --epochs 2");
    assert_eq!(report["model_path"].as_str(), Some("sales.2024-01.model"));
}

#[test]
fn columns_that_are_no_measures_are_left_out_and_named() {
    let folder = Folder::new();
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
    for left in ["left out    id:", "left out    day:", "left out    name:", "left out    always:"] {
        assert!(ran.out.contains(left), "{left} in\n{}", ran.out);
    }
    assert!(ran.out.contains("people.csv: 60 rows, 1 feature\n"), "{}", ran.out);
}

/// Optima of scikit-learn 1.9.1 (`PoissonRegressor`, `QuantileRegressor`, `SVC` with a linear kernel) and, for Huber's loss, of `SciPy`
/// 1.17.1's BFGS, on all rows with standardized columns and the same penalty.
#[test]
fn every_loss_reaches_the_optimum_of_other_solvers() {
    let folder = Folder::new();
    let numbers = "fit data/diabetes.csv --target progression --val-fraction 0 --batch-size full --patience 0";
    let labels = "fit data/breast_cancer.csv --target diagnosis --val-fraction 0 --batch-size full --patience 0";
    for (line, loss, l2, optimum) in [
        (numbers, "poisson", 0.01, 19.294_586_284_977),
        (numbers, "quantile:q=0.9", 0.0, 9.087_896_783_859),
        (numbers, "huber:delta=20", 0.01, 682.586_652_539),
    ] {
        let report = folder
            .json(&format!("{line} --loss {loss} --l2 {l2} --epochs 20000 --method adam:lr=0.02 --schedule cosine"));
        let found = number(&report, "/train/loss");
        assert!((found / optimum - 1.0).abs() < 1e-4, "{loss}: {found} for {optimum}");
        assert!(found < number(&report, "/baseline/train/loss"), "{loss}: no better than a constant");
        assert_eq!(report["loss"], loss);
    }
    // The hinge loss has a penalty beside it at its optimum: of the objective's 0.06608 it is 0.05023.
    let report =
        folder.json(&format!("{labels} --loss hinge --l2 0.01 --epochs 20000 --method adam:lr=0.02 --schedule cosine"));
    let found = number(&report, "/train/loss");
    assert!((found - 0.050_234_97).abs() < 1e-4, "hinge: {found}");
    assert!((number(&report, "/train/accuracy") - 0.985_940_246).abs() < 1e-8 && report["train"]["log_loss"].is_null());
}

#[test]
fn a_model_of_another_loss_predicts_by_it() {
    let folder = Folder::new();
    let line = "fit data/diabetes.csv --target progression --loss poisson -o p.model";
    let text = folder.run(line).out;
    assert!(text.contains("Poisson regression of progression") && text.contains("loss (deviance)"), "{text}");
    let predicted: Vec<f64> = folder
        .run("predict p.model data/diabetes.csv")
        .out
        .lines()
        .map(|line| line.parse().expect("a number"))
        .collect();
    // Means of counts are positive, and those of the training rows have the mean of the counts, 152, but for the penalty.
    let mean = predicted.iter().sum::<f64>() / predicted.len() as f64;
    assert!(predicted.iter().all(|mean| *mean > 0.0) && (mean - 152.0).abs() < 8.0, "{mean}");
    let inspected = folder.run("inspect p.model").out;
    assert!(inspected.contains("loss      poisson") && inspected.contains("a count of mean"), "{inspected}");
    folder.json("fit data/breast_cancer.csv --target diagnosis --loss hinge -o h.model");
    assert!(folder.run("predict h.model data/breast_cancer.csv").out.starts_with("malignant\n"));
    let proba = folder.run("predict h.model data/breast_cancer.csv --proba");
    assert!(proba.code == 2 && proba.err.contains("the hinge loss knows none"), "{proba:?}");
    // What is not new is written as before, so that older programs read it.
    folder.json("fit data/breast_cancer.csv --target diagnosis -o l.model");
    let bytes = |name: &str| String::from_utf8_lossy(&folder.read(name)).into_owned();
    assert!(bytes("l.model").contains("\\\"format\\\":1") && bytes("h.model").contains("\\\"format\\\":2"));
}

#[test]
fn a_loss_that_does_not_fit_is_refused() {
    let folder = Folder::new();
    folder.write("counts.csv", "x,n\n1,3\n2,0\n3,-1\n4,2\n");
    for (line, code, said) in [
        ("fit counts.csv --target n --loss poisson", 4, "counts.csv:4:3: column 'n' must hold counts (at least 0)"),
        ("fit data/diabetes.csv --target progression --loss hinge", 4, "two"),
        ("fit data/diabetes.csv --target progression --loss hubert", 2, "did you mean 'huber"),
        ("fit data/diabetes.csv --target progression --model logistic --loss poisson", 2, "makes no logistic model"),
        ("fit data/breast_cancer.csv --target diagnosis --loss squared", 4, "diagnosis"),
    ] {
        let ran = folder.run(line);
        assert!(ran.code == code && ran.err.contains(said), "{line}: {} {}", ran.code, ran.err);
    }
}

/// The options of a fit to the optimum, of all rows.
const TO_THE_END: &str =
    "--val-fraction 0 --batch-size full --patience 0 --epochs 20000 --method adam:lr=0.02 --schedule cosine";

#[test]
fn a_weight_of_two_is_a_row_twice() {
    let folder = Folder::new();
    let text = String::from_utf8(folder.read("data/diabetes.csv")).expect("text");
    let (head, rows) = text.split_once('\n').expect("a header");
    let (mut weighted, mut repeated) = (format!("{head},w\n"), format!("{head}\n"));
    for (i, row) in rows.lines().enumerate() {
        weighted += &format!("{row},{}\n", i % 4);
        repeated += &format!("{row}\n").repeat(i % 4);
    }
    folder.write("weighted.csv", &weighted);
    folder.write("repeated.csv", &repeated);
    for loss in ["squared", "quantile:q=0.7", "poisson"] {
        let line =
            format!("--target progression --loss {loss} --l2 0.001 --val-fraction 0 --batch-size full --epochs 300");
        let a = folder.json(&format!("fit weighted.csv --weight w {line}"));
        let b = folder.json(&format!("fit repeated.csv {line}"));
        for path in
            ["/train/loss", "/train/rmse", "/train/r2", "/baseline/train/loss", "/intercept", "/coefficients/0/weight"]
        {
            let (a, b) = (number(&a, path), number(&b, path));
            assert!((a / b - 1.0).abs() < 1e-6, "{loss} {path}: {a} weighted, {b} repeated");
        }
        assert_eq!((&a["weight"], a["features"].as_u64()), (&"w".into(), b["features"].as_u64()));
    }
    // scikit-learn 1.9.1: LinearRegression with sample_weight 1, 2, 3, 4, 1, … has a weighted mean squared error of 2728.1513.
    let one_more: String = rows.lines().enumerate().map(|(i, row)| format!("{row},{}\n", 1 + i % 4)).collect();
    folder.write("more.csv", &format!("{head},w\n{one_more}"));
    let report = folder.json(&format!("fit more.csv --target progression --weight w --l2 0 {TO_THE_END}"));
    assert!((number(&report, "/train/loss") - 2_728.151_299).abs() < 1e-3, "{}", report["train"]);
}

#[test]
fn balanced_labels_and_no_intercept_reach_the_optimum_of_other_solvers() {
    let folder = Folder::new();
    // scikit-learn 1.9.1: LogisticRegression(class_weight="balanced", C=1/(n·0.01)); the weights are 1.34198 and 0.79692.
    let line = "fit data/breast_cancer.csv --target diagnosis --class-weight balanced --l2 0.01";
    let report = folder.json(&format!("{line} {TO_THE_END}"));
    assert!((number(&report, "/train/loss") - 0.077_902_34).abs() < 1e-6, "{}", report["train"]);
    assert!((number(&report, "/train/accuracy") - 0.985_940_246).abs() < 1e-8);
    assert!((number(&report, "/class_weight/0") - 1.341_981_13).abs() < 1e-8, "{}", report["class_weight"]);
    assert!((number(&report, "/class_weight/1") - 0.796_918_77).abs() < 1e-8);
    // NumPy's lstsq without a column of ones: a mean squared error of 3022.9210.
    let line = "fit data/diabetes.csv --target progression --no-intercept --l2 0 -o n.model";
    let report = folder.json(&format!("{line} {TO_THE_END}"));
    assert!((number(&report, "/train/loss") / 3_022.921_018 - 1.0).abs() < 1e-6, "{}", report["train"]);
    assert_eq!(report["intercept"].as_f64().map(f64::to_bits), Some(0));
    // A row of zeros is predicted as 0.
    folder.write("zeros.csv", "age,sex,bmi,bp,s1,s2,s3,s4,s5,s6\n0,0,0,0,0,0,0,0,0,0\n");
    assert_eq!(folder.run("predict n.model zeros.csv").out, "0\n");
}

#[test]
fn weights_that_are_none_are_refused() {
    let folder = Folder::new();
    folder.write("bad.csv", "x,y,w\n1,2,1\n2,3,-1\n3,5,1\n4,5,1\n");
    folder.write("none.csv", "x,y,w\n1,2,0\n2,3,0\n3,5,0\n4,5,0\n");
    for (line, code, said) in [
        (
            "fit bad.csv --target y --weight w",
            4,
            "bad.csv:3:5: column 'w' must hold weights (numbers of at least 0), but found '-1'",
        ),
        ("fit bad.csv --target y --weight y", 2, "y"),
        ("fit bad.csv --target y --weight v", 2, "no column 'v'"),
        ("fit none.csv --target y --weight w", 2, "the sum of the weights must be positive"),
        ("fit bad.csv --target y --class-weight balanced --ignore w", 2, "equal where the target is a number"),
    ] {
        let ran = folder.run(line);
        assert!(ran.code == code && ran.err.contains(said), "{line}: {} {}", ran.code, ran.err);
    }
}

/// The optimum of scikit-learn 1.9.1's Lasso and of its logistic regression with an l1 penalty (saga), all rows, standardized.
#[test]
fn the_l1_penalty_makes_exact_zeros() {
    let folder = Folder::new();
    for (line, l1, loss, zeros) in [
        ("fit data/diabetes.csv --target progression", 0.1, 3_130.732_657_82, 6),
        ("fit data/breast_cancer.csv --target diagnosis", 0.02, 0.117_924_54, 23),
    ] {
        for method in ["adam:lr=0.02", "momentum:lr=0.1", "adagrad:lr=0.2"] {
            let end = TO_THE_END.replace("adam:lr=0.02", method);
            let report = folder.json(&format!("{line} --l1 {l1} --l2 0 {end}"));
            let found = number(&report, "/train/loss");
            assert!((found / loss - 1.0).abs() < 1e-4, "{method}: {found} for {loss}");
            assert_eq!(report["zeros"].as_u64(), Some(zeros), "{method}");
        }
    }
}
