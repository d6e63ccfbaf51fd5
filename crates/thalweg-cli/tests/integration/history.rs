//! Lines of the epochs by `thalweg fit --history`.

use crate::common::{self, TestDir};
use serde_json::Value;

/// Returns the lines of a history; all are whole.
fn lines(folder: &TestDir) -> Vec<Value> {
    let text = String::from_utf8(folder.read("h.jsonl")).expect("the file is UTF-8 text");
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    for (line, epoch) in lines.iter().zip(1_u64..) {
        assert_eq!(line["epoch"], epoch);
    }
    lines
}

const FIT: &str = "fit data/diabetes.csv -t progression --method adam:lr=0.01 --patience 0 -o a.model -q";

#[test]
fn each_epoch_has_a_line() {
    let folder = TestDir::new();
    folder.write("h.jsonl", "a file that exists\n");
    let ran = folder.run(&format!("{FIT} --history h.jsonl --epochs 12"));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let of_fit = lines(&folder);
    assert_eq!(of_fit.len(), 12);
    for line in &of_fit {
        let numbers = ["train_loss", "validation_loss", "lr", "rows_per_second"].map(|key| line[key].as_f64());
        assert!(numbers.iter().all(|number| number.is_some_and(|number| number >= 0.0)), "{line}");
    }
    assert!(of_fit[11]["train_loss"].as_f64() < of_fit[0]["train_loss"].as_f64());
    assert_eq!(folder.run(&format!("{FIT} --history h.jsonl --epochs 3 --val-fraction 0")).code, 0);
    assert_eq!(lines(&folder).len(), 3);
    assert!(lines(&folder).iter().all(|line| line["validation_loss"].is_null()));
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_fit_leaves_whole_lines() {
    let folder = TestDir::new();
    let mut child =
        folder.command(&format!("{FIT} --history h.jsonl --epochs 100000000")).spawn().expect("the program starts");
    common::wait_for_cpu_time(&mut child, 30);
    while folder.read("h.jsonl").is_empty() {
        assert!(child.try_wait().expect("the process can be asked").is_none(), "the process ended early");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().expect("the process is killed");
    child.wait().expect("the process ends");
    assert!(!lines(&folder).is_empty());
}

#[test]
fn the_history_of_a_resumed_fit_has_each_epoch_once() {
    let folder = TestDir::new();
    let fit = format!("{FIT} --history h.jsonl --epochs 12");
    assert_eq!(folder.run(&format!("{fit} --checkpoint ck --checkpoint-every epoch --checkpoint-keep 99")).code, 0);
    let whole = lines(&folder);
    assert_eq!(whole.len(), 12);
    // As after a kill in epoch 6, with half a line.
    let is_later = |name: &str| name > "checkpoint-000005" && name.starts_with("checkpoint-");
    for entry in std::fs::read_dir(folder.path("ck")).expect("it exists").flatten() {
        if entry.file_name().to_str().is_some_and(|name| is_later(name) && name != "checkpoint-000005.safetensors") {
            std::fs::remove_file(entry.path()).expect("it is removed");
        }
    }
    let text = String::from_utf8(folder.read("h.jsonl")).expect("UTF-8");
    let half: String = text.split_inclusive('\n').take(7).collect::<String>() + "{\"epoch\":8,\"tr";
    folder.write("h.jsonl", &half);
    assert_eq!(folder.run(&format!("{fit} --resume ck")).code, 0);
    let losses = |lines: &[Value]| lines.iter().map(|line| line["train_loss"].clone()).collect::<Vec<_>>();
    assert_eq!(losses(&lines(&folder)), losses(&whole));
}

#[test]
fn a_history_is_no_input_and_no_other_output() {
    let folder = TestDir::new();
    for (path, said) in [
        ("data/diabetes.csv", "--history: the input file data/diabetes.csv would be overwritten"),
        ("a.model", "-o and --history must be different files"),
    ] {
        let ran = folder.run(&format!("{FIT} --history {path}"));
        assert!(ran.code == 2 && ran.err.contains(said), "{path}: {}", ran.err);
    }
    let ran = folder.run(&format!("{FIT} --history none/h.jsonl"));
    assert!(ran.code == 1 && ran.err.starts_with("error: none/h.jsonl: "), "{}", ran.err);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_reported_once_and_the_fit_goes_on() {
    let folder = TestDir::new();
    let ran = folder.run(&format!("{FIT} --history /dev/full --epochs 9"));
    assert_eq!((ran.code, ran.err.matches("the history is incomplete").count()), (0, 1), "{}", ran.err);
    assert!(folder.path("a.model").exists());
}

#[test]
fn the_last_line_says_that_the_time_has_passed() {
    let folder = TestDir::new();
    // Rows of which an epoch takes much longer than the time between two looks at the clock.
    let mut noise = common::noise();
    let mut row =
        || (0..30).fold(String::new(), |row, _| row + &format!("{:.4},", noise())) + &format!("{:.3}\n", noise());
    let header = (0..30).fold(String::new(), |row, i| row + &format!("x{i},")) + "y\n";
    folder.write("t.csv", &(header + &(0..20_000).map(|_| row()).collect::<String>()));
    for (options, time) in [
        ("--method saga --l2 0", "0.05"),
        ("--model mlp:8 --method lbfgs --patience 0", "0.2"),
        ("--loss quantile:q=0.7 --l2 0", "0.02"),
        ("--model fm:rank=8 --method lbfgs --patience 0", "0.2"),
        ("--method adam --batch-size 16", "0.05"),
    ] {
        let line = format!("fit t.csv -t y {options} --refit never -e 1000000 --max-time {time} --format json --quiet");
        let ran = folder.run(&format!("{line} -o a.model --history h.jsonl"));
        let report: Value = serde_json::from_str(&ran.out).expect("the output is a report");
        // A fit of so little time may have learned nothing.
        assert!([0, 3].contains(&ran.code), "{options}: {}", ran.err);
        if report["stopped"] == "converged" && options.contains("quantile") {
            eprintln!("skipped: this machine fits quantiles in less than {time} s");
            continue;
        }
        assert_eq!(report["stopped"], "max_time", "{options}");
        // The evaluations of a line search that are no iterates have no line.
        let text = String::from_utf8(folder.read("h.jsonl")).expect("the file is UTF-8 text");
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        assert!(!lines.is_empty() || report["epochs"] == 0, "{options}: {report}");
        assert!(lines.last().is_none_or(|line| line["stopped"] == "max_time"), "{options}: {lines:?}");
        let of_others = lines.iter().rev().skip(1);
        assert!(of_others.into_iter().all(|line| line.get("stopped").is_none()), "{options}: {lines:?}");
    }
    // No evaluation is complete.
    for method in ["saga", "lbfgs"] {
        let line =
            format!("fit t.csv -t y --method {method} --l2 0 --refit never --max-time 0.000001 --format json --quiet");
        let ran = folder.run(&format!("{line} -o a.model"));
        let report: Value = serde_json::from_str(&ran.out).expect("the output is a report");
        assert_eq!((&report["stopped"], &report["epochs"]), (&"max_time".into(), &0.into()), "{method}");
        assert!(ran.code == 3 && ran.err.contains("Try a longer --max-time"), "{method}: {}", ran.err);
        assert!(report["gradient_norm"].is_null() && !ran.out.contains("gradient norm"), "{method}: {}", ran.out);
    }
}
