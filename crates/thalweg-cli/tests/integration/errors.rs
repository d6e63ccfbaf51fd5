//! Errors: messages and exit codes.

use crate::common::TestDir;

/// Runs a command line that must fail without output; returns its error message.
fn error_of(folder: &TestDir, line: &str, code: i32) -> String {
    let before = folder.files();
    let ran = folder.run(line);
    assert_eq!(ran.code, code, "thalweg {line}\n{}", ran.err);
    assert_eq!(ran.out, "", "thalweg {line}");
    assert!(!ran.err.contains("panicked"), "thalweg {line}\n{}", ran.err);
    assert_eq!(folder.files(), before, "thalweg {line} left something behind");
    ran.err
}

#[test]
fn usage_is_2() {
    let folder = TestDir::new();
    let d = "fit data/diabetes.csv -t progression";
    let error = error_of(&folder, "fit data/diabetes.csv -t progresion", 2);
    assert!(error.contains("progresion") && error.contains("'progression'"), "{error}");
    let error = error_of(&folder, &format!("{d} --method adma"), 2);
    assert!(error.contains("unknown method 'adma'") && error.contains("did you mean 'adam'?"), "{error}");
    let error = error_of(&folder, &format!("{d} --method adam:beta1=1"), 2);
    assert!(error.contains("beta1 must be in [0, 1), but is 1"), "{error}");
    let error = error_of(&folder, &format!("{d} --lr -1"), 2);
    assert!(error.contains("lr must be at least 0 and finite, but is -1") || error.contains("-1"), "{error}");
    let error = error_of(&folder, &format!("{d} --schedule cosin"), 2);
    assert!(error.contains("did you mean 'cosine'?"), "{error}");
    let error = error_of(&folder, &format!("{d} --schedule warmup"), 2);
    assert!(error.contains("warmup:steps=N"), "{error}");
    let error = error_of(&folder, &format!("{d} --batch-size 0"), 2);
    assert!(error.contains("expected full, or a number of rows of at least 1"), "{error}");
    let error = error_of(&folder, &format!("{d} --init ones"), 2);
    assert!(error.contains("normal:0.01"), "{error}");
    let error = error_of(&folder, &format!("{d} --val-fraction 1"), 2);
    assert!(error.contains("val_fraction must be in [0, 1), but is 1"), "{error}");
    let error = error_of(&folder, &format!("{d} --l2=-3"), 2);
    assert!(error.contains("l2 must be at least 0 and finite, but is -3"), "{error}");
    let error = error_of(&folder, &format!("{d} --ignore agee"), 2);
    assert!(error.contains("agee") && error.contains("'age'"), "{error}");
    let error = error_of(&folder, &format!("{d} --method sgd:goal=maximize"), 2);
    assert!(error.contains("goal must be minimize"), "{error}");
    let error = error_of(&folder, &format!("{d} --ignore progression"), 2);
    assert!(error.contains("found the target 'progression'"), "{error}");
    let error = error_of(&folder, &format!("{d} -o data/diabetes.csv"), 2);
    assert!(error.contains("data/diabetes.csv would be overwritten"), "{error}");
    let error = error_of(&folder, &format!("{d} --epochs 0"), 2);
    assert!(error.contains("expected a whole number of at least 1"), "{error}");
    error_of(&folder, "fit", 2);
    error_of(&folder, "frobnicate", 2);
}

#[test]
fn bad_data_is_4_with_its_place() {
    let folder = TestDir::new();
    let rows = |bad: &str| {
        let mut text = String::from("size,colour,y\n");
        for i in 0..40 {
            text += &format!("{i},{},{}\n", ["red", "blue"][i % 2], i * 3 % 7);
        }
        text + bad
    };
    let cases = [
        ("word.csv", rows("tall,red,3\n"), "word.csv:42:1: "),
        ("short.csv", rows("3,red\n"), "short.csv:42:"),
        ("long.csv", rows("3,red,4,5\n"), "long.csv:42:"),
        ("infinite.csv", rows("inf,red,4\n"), "infinite.csv:42:1: "),
        ("quote.csv", rows("3,\"red,4\n"), "quote.csv:42:"),
        ("empty.csv", String::new(), "empty.csv"),
        ("header.csv", "a,b,y\n".into(), "header.csv"),
        ("constant.csv", "a,y\n1,2\n3,2\n4,2\n".into(), "constant.csv"),
        (
            "many.csv",
            format!("a,y\n{}", (0..40).map(|i| format!("{i},n{}\n", i.min(30))).collect::<String>()),
            "many.csv:1:3:",
        ),
    ];
    for (name, text, place) in cases {
        folder.write(name, &text);
        let error = error_of(&folder, &format!("fit {name} -t y -o out.model"), 4);
        assert!(error.contains(place), "{name}: {error}");
    }
    std::fs::write(folder.path("latin.csv"), b"a,y\nM\xfcller,1\nMaier,2\nSchmidt,3\n").expect("the file is written");
    let error = error_of(&folder, "fit latin.csv -t y", 4);
    assert!(error.contains("latin.csv:2:2: ") && error.contains("UTF-8"), "{error}");
}

#[test]
fn failure_is_1_and_at_once() {
    let folder = TestDir::new();
    let error = error_of(&folder, "fit nothing.csv -t y", 1);
    assert_eq!(error, "error: nothing.csv: No such file or directory (os error 2)\n");
    let error = error_of(&folder, "fit data/diabetes.csv -t progression -o nowhere/a.model", 1);
    assert!(error.contains("nowhere"), "{error}");
    let error = error_of(&folder, "fit data/diabetes.csv -t progression -o data", 1);
    assert!(error.contains("folder"), "{error}");
    folder.write("a.model", "not a model");
    let error = error_of(&folder, "predict a.model data/diabetes.csv", 1);
    assert!(error.contains("a.model"), "{error}");
    error_of(&folder, "inspect a.model", 1);
}

#[test]
fn an_existing_model_survives_a_failed_fit() {
    let folder = TestDir::new();
    folder.write("a.model", "precious");
    folder.write("bad.csv", "x,y\n1,2\n3\n");
    error_of(&folder, "fit bad.csv -t y -o a.model", 4);
    assert_eq!(folder.read("a.model"), b"precious");
}

#[test]
fn probabilities_need_labels() {
    let folder = TestDir::new();
    folder.run("fit data/diabetes.csv -t progression -q --epochs 2");
    let error = error_of(&folder, "predict diabetes.model data/diabetes.csv --proba", 2);
    assert!(
        error.contains("--proba: expected a classification model, found a model of the number progression"),
        "{error}"
    );
}

#[test]
fn methods_are_listed_and_described() {
    let folder = TestDir::new();
    let list = folder.run("methods");
    assert_eq!(list.code, 0);
    let names: Vec<_> = thalweg::Method::NAMES.iter().chain(thalweg::Method::SOLVER_NAMES).collect();
    for name in &names {
        assert!(list.out.lines().any(|line| line.starts_with(&format!("{name} "))), "{name}");
    }
    let adam = folder.run("methods adam:preset=keras").out;
    assert!(adam.contains("eps                  1e-7") && adam.contains("Kingma & Ba 2015"), "{adam}");
    let json: serde_json::Value =
        serde_json::from_str(&folder.run("methods --format json").out).expect("the output is JSON");
    assert_eq!(json["methods"].as_array().map(Vec::len), Some(names.len()));
}

#[test]
fn an_outlier_is_told_with_its_place_also_quietly() {
    let folder = TestDir::new();
    let text: String = (0..200).map(|i| format!("{},{},{}\n", i * 37 % 101, i * 53 % 89, i * 37 % 101)).collect();
    folder.write("d.csv", &format!("a,b,y\n{}1e300,1,50\n{text}", text.repeat(4)));
    let ran = folder.run("fit d.csv -t y -q -e 2 --val-fraction 0");
    let mut lines = ran.err.lines();
    let warning = lines.next().expect("a warning");
    assert!(warning.starts_with("warning: d.csv:802:1: column 'a': '1e300' is so far from the other"), "{ran:?}");
    assert_eq!(lines.next(), Some("hint: if it is a mistake, --missing 1e300 reads it as a missing value"));
    assert_eq!((ran.code, lines.next()), (0, None), "{ran:?}");
    // The hint helps; the report has the outliers as data.
    let report = folder.json("fit d.csv -t y -e 2 --val-fraction 0 --missing 1e300");
    assert!(report.get("outliers").is_none(), "{report}");
    let ran = folder.run("fit d.csv -t y -q -e 2 --val-fraction 0 --format json");
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("the output is JSON");
    assert_eq!(
        (report["outliers"][0]["column"].as_str(), report["outliers"][0]["count"].as_u64()),
        (Some("a"), Some(1))
    );
}
