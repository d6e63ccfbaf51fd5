//! `thalweg fit` as a user types it.

mod common;

use common::Folder;
use serde_json::Value;
use thalweg::Method;

fn number(report: &Value, path: &str) -> f64 {
    report.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("{path} in {report}"))
}

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
    let mut state = 7_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64 - 0.5
    };
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

#[test]
fn early_stopping_keeps_the_weights_before_over_fitting() {
    // Pure noise in many columns: the more it is trained, the worse it predicts.
    let folder = Folder::new();
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64 - 0.5
    };
    let mut text: String = (0..60).map(|i| format!("x{i},")).collect::<String>() + "y\n";
    for _ in 0..100 {
        let row: Vec<f64> = (0..60).map(|_| noise()).collect();
        let cells: String = row.iter().map(|v| format!("{v},")).collect();
        text += &format!("{cells}{}\n", row[0] + 0.5 * noise());
    }
    folder.write("noise.csv", &text);
    let report = folder.json("fit noise.csv -t y --l2 0 --epochs 2000 --patience 20 --schedule constant");
    assert_eq!(report["stopped"].as_str(), Some("early_stopping"));
    let (epochs, best) = (number(&report, "/epochs"), number(&report, "/best_epoch"));
    assert!(best >= 1.0 && epochs >= best + 20.0 && epochs < 1000.0, "{best} of {epochs}");
    let on = folder.json("fit noise.csv -t y --l2 0 --epochs 2000 --patience 0 --schedule constant --val-fraction 0.2");
    assert_eq!((on["stopped"].as_str(), on["epochs"].as_u64()), (Some("epochs"), Some(2000)));
    // Two thousand epochs of over-fitting later, it still keeps weights from before it.
    let (last, kept) = (number(&on, "/best_epoch"), number(&on, "/validation/r2"));
    assert!(last < 200.0 && kept > 0.25, "epoch {last}, R² {kept}");
}

#[test]
fn progress_is_plain_lines_without_a_terminal() {
    let folder = Folder::new();
    let ran = folder.run("fit data/diabetes.csv -t progression --epochs 10");
    let lines: Vec<&str> = ran.err.lines().collect();
    assert_eq!(lines.len(), 4, "epochs 1, 2, 4, 8:\n{}", ran.err);
    for part in ["epoch    1/10", "loss ", "validation ", "rate ", "rows/s", "left"] {
        assert!(lines[0].contains(part), "{part} in {}", lines[0]);
    }
    assert!(!ran.err.contains('\u{1b}'), "no escape sequences");
    assert_eq!(folder.run("fit data/diabetes.csv -t progression --epochs 10 --quiet").err, "");
}

#[test]
fn divergence_keeps_the_last_good_model_and_says_what_to_try() {
    let folder = Folder::new();
    let ran = folder.run("fit data/diabetes.csv -t progression --method sgd:lr=1e9 -q -o a.model");
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("diverged") && ran.err.contains("--lr"), "{}", ran.err);
    assert!(ran.out.contains("stopped     diverged"), "{}", ran.out);
    let ran = folder.run("predict a.model data/diabetes.csv");
    assert_eq!(ran.code, 0, "{}", ran.err);
    // Slow divergence: the loss is finite for many epochs, and huge.
    let slow = folder.run("fit data/diabetes.csv -t progression --method sgd:lr=1 -q -o slow.model --format json");
    let report: Value = serde_json::from_str(&slow.out).expect("a report");
    assert_eq!((slow.code, report["stopped"].as_str()), (3, Some("diverged")));
    assert!(number(&report, "/validation/rmse") < 100.0, "{}", report["validation"]);
    // Where nothing was good, a model that is there stays.
    folder.write("good.model", "precious");
    let ran2 = folder.run("fit data/diabetes.csv -t progression --method sgd:lr=1e9 -q -o good.model");
    assert!(ran2.code == 3 && ran2.err.contains("good.model is left as it was"), "{}", ran2.err);
    assert_eq!(folder.read("good.model"), b"precious");
    assert!(ran.out.lines().all(|line| line.parse::<f64>().is_ok_and(f64::is_finite)));
}

#[cfg(unix)]
#[test]
fn an_interrupted_fit_keeps_its_best_model() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let folder = Folder::new();
        let line = "fit data/breast_cancer.csv -t diagnosis --epochs 100000000 --patience 0 -o a.model";
        let mut command = folder.command(line);
        let mut child =
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().expect("a run");
        // It trains once it has said so.
        let mut first = [0_u8; 5];
        std::io::Read::read_exact(child.stderr.as_mut().expect("messages"), &mut first).expect("a first line");
        let kill = std::process::Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status();
        assert!(kill.expect("kill").success());
        let status = child.wait().expect("an end");
        assert_eq!(status.code(), Some(code), "SIG{signal}");
        assert_eq!(folder.run("inspect a.model").code, 0);
    }
}

/// Whether a process listens for SIGINT.
#[cfg(target_os = "linux")]
fn listens(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 2 != 0)
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_while_reading_ends_at_once_and_leaves_nothing() {
    use std::io::Write;
    let folder = Folder::new();
    let mut command = folder.command("fit - -t y -o a.model");
    let mut child =
        command.stdin(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().expect("a run");
    // The input stays open: it waits for more.
    let input = child.stdin.as_mut().expect("its input");
    input.write_all(b"x,y\n1,2\n").expect("a first row");
    while !listens(child.id()) {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let kill = std::process::Command::new("kill").args(["-INT".to_string(), child.id().to_string()]).status();
    assert!(kill.expect("kill").success());
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    assert!(folder.files().is_empty(), "{:?}", folder.files());
}
