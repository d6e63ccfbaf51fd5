//! Fits that diverge: back to the best epoch with half the learning rate, or an end with the last good model.

use crate::common::{TestDir, noise, number};

/// Writes tables of two numbers and a target.
fn write_tables(folder: &TestDir) {
    let mut noise = noise();
    let rows: Vec<[f64; 3]> = (0..300).map(|_| [4.0 * noise(), 4.0 * noise(), noise()]).collect();
    let table = |line: &dyn Fn(usize, [f64; 3]) -> String| {
        rows.iter().enumerate().fold(String::from("a,b,y\n"), |text, (i, row)| text + &line(i, *row) + "\n")
    };
    folder.write("line.csv", &table(&|_, [a, b, e]| format!("{a:.4},{b:.4},{:.4}", a - 2.0 * b + e / 5.0)));
    folder.write("huge.csv", &table(&|_, [a, b, e]| format!("{:.4e},{b:.4},{:.4}", a * 1e30, a - 2.0 * b + e / 5.0)));
    folder.write("wrong.csv", &table(&|_, [a, b, e]| format!("{a:.4},{b:.4},{}", if e > 0.0 { "u" } else { "v" })));
    folder.write(
        "counts.csv",
        &table(&|i, [a, b, _]| format!("{a:.4},{b:.4},{}", i32::from(i % 17 == 0) * 1_000_000_000)),
    );
}

#[test]
fn every_divergence_ends_with_a_good_model_and_names_its_cause() {
    let folder = TestDir::new();
    write_tables(&folder);
    for (line, code) in [
        ("line.csv -t y --method sgd:lr=1e6", 3),
        ("line.csv -t y --method sgd:lr=3", 0),
        ("line.csv -t y --method sgd:lr=3 --on-diverge stop", 3),
        ("line.csv -t y --model mlp:16 --method sgd:lr=1e6", 3),
        ("line.csv -t y --model mlp:16 --method sgd:lr=20", 0),
        ("line.csv -t y --model fm:rank=4 --method nag:lr=20", 0),
        ("huge.csv -t y --method sgd:lr=3", 0),
        ("wrong.csv -t y --loss hinge --method sgd:lr=1e300", 3),
        ("counts.csv -t y --loss poisson --method sgd:lr=50", 0),
        ("counts.csv -t y --loss poisson --method sgd:lr=1", 0),
        ("line.csv -t y --method sgd:lr=100,accumulate=3", 0),
    ] {
        let ran = folder.run(&format!("fit {line} -o {}.model", line.len() + code as usize * 1000));
        let model = format!("{}.model", line.len() + code as usize * 1000);
        assert_eq!(ran.code, code, "{line}: {}", ran.err);
        let cause = "the loss or its gradient became infinite or NaN ";
        assert!(ran.err.contains(cause), "{line}: {}", ran.err);
        assert_eq!(ran.err.contains("--on-diverge stop ends instead"), !line.contains("stop"), "{line}: {}", ran.err);
        assert_eq!(ran.out.contains("\nrollbacks   "), !line.contains("stop"), "{line}: {}", ran.out);
        let data = line.split(' ').next().expect("a file");
        let predicted = folder.run(&format!("predict {model} {data} -q"));
        assert_eq!(predicted.code, 0, "{line}: {}", predicted.err);
        let is_good = |value: &str| value.parse::<f64>().map_or(["u", "v"].contains(&value), f64::is_finite);
        assert!(predicted.out.lines().all(is_good), "{line}: {}", predicted.out);
        std::fs::remove_file(folder.path(&model)).expect("it was written");
    }
}

#[test]
fn the_cause_is_named_with_what_helps() {
    let folder = TestDir::new();
    write_tables(&folder);
    for (line, texts) in [
        (
            "--model mlp:8 --method adam --init normal:1e20",
            ["is infinite or NaN before the first step", "--init normal:1e20."],
        ),
        ("--method sgd:lr=1e27", ["--lr auto chooses one", "gradient clipping"]),
        ("--method sgd:lr=1e200 --on-diverge stop --batch-size full", ["NaN after 1 step;", "--lr auto chooses one"]),
    ] {
        let ran = folder.run(&format!("fit line.csv -t y {line} -o a.model"));
        assert_eq!(ran.code, 3, "{line}: {}", ran.err);
        assert!(texts.iter().all(|text| ran.err.contains(text)), "{line}: {}", ran.err);
        assert!(!ran.err.contains("1 steps") && !ran.err.contains("000000"), "{line}: {}", ran.err);
    }
}

#[test]
fn a_fit_that_went_back_is_as_good_as_one_at_the_lower_rate() {
    let folder = TestDir::new();
    write_tables(&folder);
    let report = folder.run("fit line.csv -t y --method sgd:lr=3 --format json --refit never -q -o a.model");
    let report: serde_json::Value = serde_json::from_str(&report.out).expect("the output is a report");
    let rollbacks = report["rollbacks"].as_array().expect("a list");
    assert_eq!(rollbacks[0]["lr"].as_f64(), Some(1.5));
    assert_ne!(report["stopped"].as_str(), Some("diverged"));
    // The noise of the target has a deviation of 0.2/√12.
    let rmse = number(&report, "/validation/rmse");
    assert!(rmse < 0.12, "{rmse}");
}

#[test]
fn clipping_bounds_the_norm_of_gradients() {
    let folder = TestDir::new();
    write_tables(&folder);
    let report = folder.json("fit line.csv -t y --method sgd:lr=3 --clip-norm 0.1 -o a.model");
    assert_eq!(report["method"].as_str(), Some("sgd:lr=3.0,clip_global_norm=0.1"));
    assert_eq!(report.get("rollbacks"), None);
    let report = folder.json("fit line.csv -t y --clip-norm 0.5 -o b.model");
    assert!(report["method"].as_str().is_some_and(|method| method.starts_with("adam:")), "{}", report["method"]);
    let ran = folder.run("fit line.csv -t y --clip-norm 0 -o c.model");
    assert!(ran.code == 2 && ran.err.contains("expected a positive number"), "{}", ran.err);
}
