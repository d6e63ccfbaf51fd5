//! Losses, weights and penalties of `thalweg fit`, compared with other solvers.

use crate::common::{TestDir, number};

/// Optima of scikit-learn 1.9.1 (`PoissonRegressor`, `QuantileRegressor`, `HuberRegressor`, `SVC` with a linear kernel)
/// on all rows with standardized columns and the same penalty.
#[test]
fn every_loss_reaches_the_optimum_of_other_solvers() {
    let folder = TestDir::new();
    let numbers = "fit data/diabetes.csv --target progression --val-fraction 0 --batch-size full --patience 0";
    let labels = "fit data/breast_cancer.csv --target diagnosis --val-fraction 0 --batch-size full --patience 0";
    for (line, loss, l2, optimum) in [
        // The penalty counts in the units of the target, whose mean is 152.13348416.
        (numbers, "poisson", 1.521_334_841_629, 19.294_586_284_977),
        (numbers, "quantile:q=0.9", 0.0, 9.087_896_783_859),
        (numbers, "huber:delta=1.35", 0.01, 1_204.221_810_525),
    ] {
        let report = folder
            .json(&format!("{line} --loss {loss} --l2 {l2} --epochs 20000 --method adam:lr=0.02 --schedule cosine"));
        let found = number(&report, "/train/loss");
        assert!((found / optimum - 1.0).abs() < 1e-4, "{loss}: {found} for {optimum}");
        assert!(found < number(&report, "/baseline/train/loss"), "{loss}: no better than a constant");
        assert_eq!(report["loss"], loss);
    }
    // At the optimum, 0.05023 of the objective of 0.06608 is the hinge loss; the rest is the penalty.
    let report =
        folder.json(&format!("{labels} --loss hinge --l2 0.01 --epochs 20000 --method adam:lr=0.02 --schedule cosine"));
    let found = number(&report, "/train/loss");
    assert!((found - 0.050_234_97).abs() < 1e-4, "hinge: {found}");
    assert!((number(&report, "/train/accuracy") - 0.985_940_246).abs() < 1e-8 && report["train"]["log_loss"].is_null());
}

/// The optima of the test above, whose distance a certificate bounds.
#[test]
fn a_certificate_says_how_far_the_objective_is_from_its_minimum() {
    let folder = TestDir::new();
    let line = "fit data/breast_cancer.csv --target diagnosis --val-fraction 0 --loss hinge --l2 0.01 --certify";
    let optimum = 0.066_08;
    let solved = folder.json(line);
    let of = |report: &serde_json::Value, name: &str| number(report, &format!("/certificate/{name}"));
    assert!(
        (of(&solved, "objective") - optimum).abs() < 5e-6 && of(&solved, "lower_bound") <= of(&solved, "objective")
    );
    assert!((of(&solved, "objective") - of(&solved, "penalty") - number(&solved, "/train/loss")).abs() < 1e-9);
    assert!(number(&solved, "/duality_gap") < 2e-6 && solved["stopped"] == "converged", "{solved}");
    let short = folder.json(&format!("{line} --method adam:lr=0.01 --epochs 2"));
    assert!((of(&short, "lower_bound") - of(&solved, "objective")).abs() < 5e-6, "{short}");
    assert!(of(&short, "objective") > 1.01 * of(&solved, "objective"), "{short}");
    // The objective of the report is the one that was minimized, with the weights of the classes as well.
    let balanced = folder.json(&format!("{line} --class-weight balanced"));
    let labels = "fit data/diabetes.csv -t progression --val-fraction 0 --l2 0.01 --certify";
    for report in [&solved, &short, &balanced, &folder.json(labels), &folder.json(&format!("{labels} --loss poisson"))]
    {
        let [value, loss, penalty] = ["value", "loss", "penalty"].map(|of| number(report, &format!("/objective/{of}")));
        assert!((value / of(report, "objective") - 1.0).abs() < 1e-9 && (value - loss - penalty).abs() < 1e-9 * value);
        assert!((penalty / of(report, "penalty") - 1.0).abs() < 1e-9, "{report}");
    }
    let text = folder.run(line).out;
    assert!(text.contains("objective   0.0660") && text.contains("hinge 0.0502") && text.contains("+ penalty 0.0158"));
    assert!(text.contains("at the optimum: duality gap") && text.contains("certificate objective 0.0660"), "{text}");
    for (line, code, said) in [
        (
            "fit data/diabetes.csv -t progression --model mlp:4 --certify",
            2,
            "a linear model, whose objective is convex",
        ),
        ("fit data/diabetes.csv -t progression --model fm --certify", 2, "but is 'fm:rank=8'"),
    ] {
        let refused = folder.run(line);
        assert!(refused.code == code && refused.err.contains(said), "{line}: {refused:?}");
    }
}

#[test]
fn a_model_of_another_loss_predicts_by_it() {
    let folder = TestDir::new();
    let line = "fit data/diabetes.csv --target progression --loss poisson -o p.model";
    let text = folder.run(line).out;
    assert!(text.contains("Poisson regression of progression") && text.contains("loss (deviance)"), "{text}");
    let predicted: Vec<f64> = folder
        .run("predict p.model data/diabetes.csv")
        .out
        .lines()
        .map(|line| line.parse().expect("the value is a number"))
        .collect();
    // Predicted counts are positive, and their mean is that of the target, 152, up to the effect of the penalty.
    let mean = predicted.iter().sum::<f64>() / predicted.len() as f64;
    assert!(predicted.iter().all(|mean| *mean > 0.0) && (mean - 152.0).abs() < 8.0, "{mean}");
    let inspected = folder.run("inspect p.model").out;
    assert!(inspected.contains("loss      poisson") && inspected.contains("a count with mean"), "{inspected}");
    folder.json("fit data/breast_cancer.csv --target diagnosis --loss hinge -o h.model");
    assert!(folder.run("predict h.model data/breast_cancer.csv").out.starts_with("malignant\n"));
    let proba = folder.run("predict h.model data/breast_cancer.csv --proba");
    assert!(proba.code == 2 && proba.err.contains("hinge loss has no probabilities"), "{proba:?}");
    // What is not new is written as before, so that older programs read it.
    folder.json("fit data/breast_cancer.csv --target diagnosis -o l.model");
    let bytes = |name: &str| String::from_utf8_lossy(&folder.read(name)).into_owned();
    assert!(bytes("l.model").contains("\\\"format\\\":1") && bytes("h.model").contains("\\\"format\\\":2"));
}

#[test]
fn a_loss_that_does_not_fit_is_refused() {
    let folder = TestDir::new();
    folder.write("counts.csv", "x,n\n1,3\n2,0\n3,-1\n4,2\n");
    for (line, code, said) in [
        ("fit counts.csv --target n --loss poisson", 4, "counts.csv:4:3: column 'n': expected a count of at least 0"),
        ("fit data/diabetes.csv --target progression --loss hinge", 4, "two"),
        ("fit data/diabetes.csv --target progression --loss hubert", 2, "did you mean 'huber"),
        (
            "fit data/diabetes.csv --target progression --model logistic --loss poisson",
            2,
            "does not belong to a logistic model",
        ),
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
    let folder = TestDir::new();
    let text = String::from_utf8(folder.read("data/diabetes.csv")).expect("the file is UTF-8 text");
    let (head, rows) = text.split_once('\n').expect("the file has a header");
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
        // At the end of a solver, coefficients of losses with kinks have fewer digits than the objective.
        let line = if loss.starts_with("quantile") { line + " --method adam" } else { line };
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
    // The weighted mean squared error of scikit-learn 1.9.1: LinearRegression with sample_weight 1, 2, 3, 4, 1, …
    let one_more: String = rows.lines().enumerate().map(|(i, row)| format!("{row},{}\n", 1 + i % 4)).collect();
    folder.write("more.csv", &format!("{head},w\n{one_more}"));
    let report = folder.json(&format!("fit more.csv --target progression --weight w --l2 0 {TO_THE_END}"));
    assert!((number(&report, "/train/loss") - 2_728.151_299).abs() < 1e-3, "{}", report["train"]);
}

#[test]
fn balanced_labels_and_no_intercept_reach_the_optimum_of_other_solvers() {
    let folder = TestDir::new();
    // scikit-learn 1.9.1: LogisticRegression(class_weight="balanced", C=1/(n·0.01)), with weights 1.34198 and 0.79692.
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
fn invalid_weights_are_refused() {
    let folder = TestDir::new();
    folder.write("bad.csv", "x,y,w\n1,2,1\n2,3,-1\n3,5,1\n4,5,1\n");
    folder.write("none.csv", "x,y,w\n1,2,0\n2,3,0\n3,5,0\n4,5,0\n");
    for (line, code, said) in [
        (
            "fit bad.csv --target y --weight w",
            4,
            "bad.csv:3:5: column 'w': expected a weight of at least 0, found '-1'",
        ),
        ("fit bad.csv --target y --weight y", 2, "y"),
        ("fit bad.csv --target y --weight v", 2, "unknown column 'v'"),
        ("fit none.csv --target y --weight w", 2, "the sum of the weights must be positive"),
        ("fit bad.csv --target y --class-weight balanced --ignore w", 2, "equal if the target is a number"),
    ] {
        let ran = folder.run(line);
        assert!(ran.code == code && ran.err.contains(said), "{line}: {} {}", ran.code, ran.err);
    }
}

/// The optimum of scikit-learn 1.9.1's Lasso and of its logistic regression with an l1 penalty (saga), all rows,
/// standardized.
#[test]
fn the_l1_penalty_makes_exact_zeros() {
    let folder = TestDir::new();
    for (line, l1, loss, zeros) in [
        ("fit data/diabetes.csv --target progression", 7.700_574_587, 3_130.732_657_82, 6),
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
