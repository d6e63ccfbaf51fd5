//! `thalweg compare`: its reports, also from a file of runs.

#![allow(clippy::float_cmp)] // counts, and rates as they were typed

use crate::common::{TestDir, number};
use serde_json::Value;

/// Returns the result of a method in a protocol.
fn method_result<'a>(report: &'a Value, protocol: &str, method: &str) -> &'a Value {
    let tables = report["tables"].as_array().expect("the report has tables");
    let table = tables.iter().find(|table| table["protocol"] == protocol).expect(protocol);
    let standings = table["standings"].as_array().expect("a table has standings");
    standings.iter().find(|standing| standing["method"] == method).expect(method)
}

#[test]
fn gradient_descent_needs_the_steps_of_the_closed_form() {
    let folder = TestDir::new();
    // At learning rate 0.1 each step multiplies x by 0.9 and f by 0.81, from any start: f ≤ s·f₀ after ⌈ln s / ln 0.81⌉
    // steps.
    let report = folder.json("compare bowl --methods sgd:lr=0.1,momentum --protocol defaults --seeds 6 --steps 400");
    let sgd = method_result(&report, "defaults", "sgd:lr=0.1");
    for (i, share) in [1e-1_f64, 1e-2, 1e-4, 1e-6, 1e-8].into_iter().enumerate() {
        let expected = (share.ln() / 0.81_f64.ln()).ceil();
        assert_eq!(number(sgd, &format!("/targets/{i}/share")), share);
        for path in ["low", "median", "high"] {
            assert_eq!(number(sgd, &format!("/targets/{i}/steps/{path}")), expected, "{share}");
        }
        assert_eq!(number(sgd, &format!("/targets/{i}/evaluations/median")), expected + 1.0);
    }
    assert_eq!((number(sgd, "/runs"), number(sgd, "/trials")), (6.0, 1.0));
    assert_eq!(report["reference"], serde_json::json!([0.0, "the known minimum of bowl"]));
}

#[test]
fn the_rate_is_the_best_of_the_grid_and_the_grid_grows() {
    let folder = TestDir::new();
    // f = x²/2 is solved in one step by a rate of 1; f = 5e-9·x² needs a rate of 1e8, which is beyond the bounds.
    let report = folder.json("compare x^2/2 --methods sgd --protocol rate --steps 50 --tuning-seeds 3 --seeds 5");
    assert_eq!(number(method_result(&report, "rate", "sgd"), "/lr"), 1.0);
    let flat = folder.json("compare bowl --methods sgd --protocol rate --steps 3 --tuning-seeds 3 --seeds 5");
    assert_eq!(number(method_result(&flat, "rate", "sgd"), "/lr"), 1.0);
    let far = folder.json("compare 5e-9*x^2 --methods sgd --protocol rate --steps 20 --tuning-seeds 3 --seeds 5");
    let far = method_result(&far, "rate", "sgd");
    assert_eq!((number(far, "/lr"), number(far, "/trials")), (1e6, 37.0));
}

#[test]
fn a_report_is_made_again_from_its_runs() {
    let folder = TestDir::new();
    let line = "compare rosenbrock --methods sgd,adam --trials 6 --tuning-seeds 3 --seeds 5 --steps 300";
    let report = folder.json(line);
    assert_eq!(folder.files(), ["rosenbrock.runs.jsonl"]);
    assert_eq!(folder.json("compare --from rosenbrock.runs.jsonl"), report);
    // defaults 5, rate 22·3 + 5, tuned 6·3 + 5 runs of each method, and the header.
    let runs = String::from_utf8(folder.read("rosenbrock.runs.jsonl")).expect("the file is UTF-8 text");
    assert!(runs.lines().count() > 2 * (5 + 71 + 23), "{}", runs.lines().count());
    let names: Vec<_> =
        report["tables"].as_array().expect("the report has tables").iter().map(|t| t["protocol"].clone()).collect();
    assert_eq!(names, ["defaults", "rate", "tuned"]);
    for (format, said) in [
        ("text", "rate: each method at its best learning rate"),
        ("markdown", "| method | lr | f |"),
        ("csv", "protocol,place,method,setting"),
    ] {
        let out = folder.run(&format!("compare --from rosenbrock.runs.jsonl --format {format}")).out;
        assert!(out.contains(said) && out.contains("tuned"), "{format}: {out}");
    }
    // A file that ends within a line: the complete lines are reported, with a warning.
    folder.write("cut.jsonl", &runs[..runs.len() * 2 / 3]);
    let ran = folder.run("compare --from cut.jsonl --format json --quiet");
    assert!(ran.code == 0 && ran.err.starts_with("warning: cut.jsonl: the last line is cut; "), "{ran:?}");
    let cut: Value = serde_json::from_str(&ran.out).expect("the output is one JSON object");
    assert_eq!((&cut["complete"], &report["complete"]), (&false.into(), &true.into()));
    assert!(cut["warnings"].to_string().contains("Not all runs were made"));
    folder.write("bad.jsonl", &runs.replacen("{\"protocol\"", "{\"protocl\"", 3));
    let bad = folder.run("compare --from bad.jsonl");
    assert!(bad.code == 1 && bad.err.contains("bad.jsonl is not a file of runs"), "{bad:?}");
}

#[test]
fn seeds_and_settings_decide_and_threads_do_not() {
    let folder = TestDir::new();
    let strip = |line: &str| {
        let mut report = folder.json(line);
        for table in report["tables"].as_array_mut().expect("the report has tables") {
            for standing in table["standings"].as_array_mut().expect("a table has standings") {
                for target in standing["targets"].as_array_mut().expect("a standing has targets") {
                    target["seconds"] = Value::Null;
                }
            }
        }
        report
    };
    let line = "compare noisy --methods sgd,momentum,adam --protocol rate --tuning-seeds 3 --seeds 5 --steps 100";
    assert_eq!(strip(line), strip(&format!("{line} --threads 1")));
}

#[test]
fn data_are_compared_on_the_validation_loss() {
    let folder = TestDir::new();
    let line = "compare data/diabetes.csv --target progression --methods sgd,adam --protocol rate --epochs 4 --tuning-seeds 3 --seeds 5";
    let report = folder.json(line);
    assert_eq!((&report["value"], &report["budget"]), (&"validation loss".into(), &"4 epochs of 23 steps".into()));
    // The variance of the target on the validation rows is about 5,900; a linear model halves it.
    for method in ["sgd", "adam"] {
        let loss = number(method_result(&report, "rate", method), "/value/median");
        assert!((2_000.0..4_500.0).contains(&loss), "{method}: {loss}");
    }
    assert!(report["lowest_from"].as_str().expect("the value is text").starts_with("the lowest that a run reached: "));
    assert_eq!(folder.files(), ["diabetes.runs.jsonl"]);
}

#[test]
fn an_interrupted_comparison_reports_what_it_has() {
    let folder = TestDir::new();
    let line =
        "compare rosenbrock --dim 40 --steps 20000 --seeds 2000 --protocol defaults --methods sgd,adam --format json";
    let mut command = folder.command(line);
    let child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    // Each method has finished a run when the file has the header and more than two runs.
    let lines_written =
        || std::fs::read_to_string(folder.path("rosenbrock.runs.jsonl")).map_or(0, |text| text.lines().count());
    let start = std::time::Instant::now();
    while lines_written() < 5 {
        assert!(start.elapsed().as_secs() < 120, "no runs were written");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let id = child.id().to_string();
    std::process::Command::new("kill").args(["-INT", &id]).status().expect("kill is installed");
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("the output is JSON");
    assert_eq!(report["complete"], false);
    let runs = number(method_result(&report, "defaults", "adam"), "/runs");
    assert!((1.0..2000.0).contains(&runs), "{runs}");
    let lines =
        String::from_utf8(folder.read("rosenbrock.runs.jsonl")).expect("the file is UTF-8 text").lines().count();
    assert!(lines as f64 >= 2.0 * runs, "{lines} lines, {runs} runs of adam");
}

#[test]
fn weak_protocols_are_warned_of() {
    let folder = TestDir::new();
    let report =
        folder.json("compare rosenbrock --methods sgd,momentum --protocol rate --tuning-seeds 1 --seeds 2 --steps 50");
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("Reported on 2 seeds only") && warnings.contains("chosen on 1 seed only"), "{warnings}");
    let round = folder.json("compare quadratic:condition=3 --methods sgd,momentum --protocol rate --steps 300");
    let warnings = round["warnings"].to_string();
    assert!(warnings.contains("momentum is beaten by sgd, which is momentum with momentum=0"), "{warnings}");
    // A rate of 1 solves the bowl in one step.
    let bowl = folder.json("compare bowl --methods sgd,adam --protocol rate --steps 100");
    let tables = bowl["tables"][0]["verdict"].as_str().expect("a table has a verdict");
    assert!(tables.starts_with("sgd needs the fewest steps to reach 1e-8 of the initial gap: 1 (median)."), "{tables}");
}

#[test]
fn mistakes_end_at_once() {
    let folder = TestDir::new();
    folder.write("notes.txt", "mine\n");
    for (line, code, said) in [
        ("compare", 2, "PROBLEM|FORMULA|DATA"),
        ("compare rosenbrok", 2, "did you mean 'rosenbrock'"),
        ("compare rosenbrock --methods sgd,adma", 2, "did you mean 'adam'"),
        ("compare rosenbrock --methods sgd,sgd", 2, "duplicate name 'sgd'"),
        ("compare rosenbrock --methods adam:goal=maximize", 2, "minimize: the lowest value wins"),
        ("compare rosenbrock --protocol best", 2, "defaults, rate, tuned"),
        ("compare rosenbrock --runs notes.txt", 2, "is not a file of runs"),
        ("compare rosenbrock --runs no/such.jsonl", 1, "the folder 'no' does not exist"),
        ("compare rosenbrock --epochs 3", 2, "apply to data only"),
        ("compare data/diabetes.csv", 2, "name the column to predict with --target"),
        ("compare data/diabetes.csv --target progresion", 2, "did you mean 'progression'"),
        ("compare data/diabetes.csv --target progression --steps 3", 2, "apply to problems and formulas only"),
        ("compare x+ --methods sgd", 2, "^"),
        ("compare x^2 --methods saga,adam", 2, "saga needs data"),
        ("compare --from no.jsonl", 1, "no.jsonl cannot be read"),
        ("compare rosenbrock --seeds 0", 2, "0 is not in 1..=10000"),
    ] {
        let ran = folder.run(line);
        assert!(ran.code == code && ran.err.contains(said), "{line}: {} {}", ran.code, ran.err);
    }
    assert_eq!(folder.read("notes.txt"), b"mine\n");
}

#[test]
fn solvers_are_compared_with_other_methods_on_data() {
    let folder = TestDir::new();
    let line = "compare data/diabetes.csv --target progression --methods saga,lbfgs,adam --protocol defaults --seeds 5";
    let report = folder.json(line);
    let loss = |method| number(method_result(&report, "defaults", method), "/value/median");
    assert!(loss("saga") < loss("adam") && (loss("saga") - loss("lbfgs")).abs() < 0.05 * loss("lbfgs"), "{report}");
}

#[test]
fn the_verdict_is_true_of_its_table() {
    let folder = TestDir::new();
    for problem in ["levi13", "noisy", "ackley", "corner", "x^2/2+10*y^2/2"] {
        let report = folder.json(&format!("compare {problem} --steps 500 --tuning-seeds 3 --seeds 8"));
        for table in report["tables"].as_array().expect("the report has tables") {
            let verdict = table["verdict"].as_str().expect("a table has a verdict");
            let Some(headline) = table["headline"].as_f64() else {
                assert!(verdict.contains("comes closest"), "{problem}: {verdict}");
                continue;
            };
            let steps = |standing: &Value| {
                let targets = standing["targets"].as_array().expect("a standing has targets");
                let target = targets
                    .iter()
                    .find(|target| target["share"].as_f64() == Some(headline))
                    .expect("the target is listed");
                target["steps"]["median"].as_f64().unwrap_or(f64::INFINITY)
            };
            let standings = table["standings"].as_array().expect("a table has standings");
            let fewest = standings.iter().map(steps).fold(f64::INFINITY, f64::min);
            let best = standings[0]["method"].as_str().expect("the name of a method");
            assert_eq!(steps(&standings[0]), fewest, "{problem}: {verdict}");
            assert!(verdict.starts_with(&format!("{best} needs the fewest steps")), "{problem}: {verdict}");
        }
    }
}

#[test]
fn nobody_wins_where_all_diverge_or_nothing_moves() {
    let folder = TestDir::new();
    let verdict =
        |line: &str| folder.json(line)["tables"][0]["verdict"].as_str().expect("a table has a verdict").to_owned();
    let all = verdict(
        "compare data/diabetes.csv --target progression --methods sgd:lr=1000,momentum:lr=1e9 --protocol defaults --seeds 5",
    );
    assert_eq!(all, "Every method diverges in the median run: there is no best method.");
    let flat = verdict("compare 0*x+3 --methods sgd,adam --protocol defaults --steps 20");
    assert_eq!(flat, "No run improves on its start: there is nothing to compare.");
    let one = folder.json("compare rosenbrock --methods sgd,adam --protocol defaults --seeds 1 --steps 100");
    let by_best = &one["tables"][0]["standings"][1]["by_best"];
    assert!(by_best["low"].is_null() && by_best["told_apart"] == false, "{by_best}");
    let full = folder.json(
        "compare data/diabetes.csv --target progression --methods sgd,adam --batch-size full --protocol defaults",
    );
    assert!(full["warnings"].to_string().contains("The seeds have no effect"), "{}", full["warnings"]);
}

#[test]
fn a_formula_is_tuned_as_the_problem_that_it_is() {
    let folder = TestDir::new();
    let options = "--methods sgd,adam --protocol rate --steps 400 --start 0,0";
    let problem = folder.json(&format!("compare booth {options}"));
    let formula = folder.json(&format!("compare (x+2*y-7)^2+(2*x+y-5)^2 {options}"));
    for method in ["sgd", "adam"] {
        let steps = |report: &Value| number(method_result(report, "rate", method), "/targets/1/steps/median");
        let (by_name, by_formula) = (steps(&problem), steps(&formula));
        // The lowest value reached stands in for the minimum, and rates are three to a decade.
        assert!(by_formula <= 2.0 * by_name + 5.0, "{method}: {by_formula} as a formula, {by_name} by name");
    }
}

#[test]
fn earlier_runs_are_kept() {
    let folder = TestDir::new();
    let line = "compare bowl --methods sgd --protocol defaults --steps 10 --seeds 5 --quiet";
    for _ in 0..2 {
        assert_eq!(folder.run(line).code, 0);
    }
    assert_eq!(folder.files(), ["bowl-2.runs.jsonl", "bowl.runs.jsonl"]);
    let before = folder.read("bowl.runs.jsonl");
    assert_eq!(folder.run("compare bowl --methods sgd,sgd --runs bowl.runs.jsonl").code, 2);
    let clash = folder.run("compare --from bowl.runs.jsonl --report bowl.runs.jsonl");
    assert!(clash.code == 2 && clash.err.contains("--from and --report must be different files"), "{clash:?}");
    assert_eq!(folder.run("compare --from bowl.runs.jsonl --methods adam").code, 2);
    assert_eq!(folder.read("bowl.runs.jsonl"), before);
}

#[test]
fn a_plateau_schedule_sees_the_values() {
    let folder = TestDir::new();
    let line = "compare corner --methods sgd:lr=0.1 --protocol defaults --steps 500 --seeds 5";
    let constant = folder.json(line);
    let falling = folder.json(&format!("{line} --schedule plateau:factor=0.5,patience=5"));
    let left = |report: &Value| number(method_result(report, "defaults", "sgd:lr=0.1"), "/value/median");
    assert!(left(&falling) < 0.5 * left(&constant), "{} {}", left(&falling), left(&constant));
}
