//! `thalweg fit`: early stopping, divergence, signals, progress.

use crate::common::{TestDir, noise, number};
use serde_json::Value;

#[test]
fn early_stopping_keeps_the_weights_before_over_fitting() {
    // Pure noise in many columns: the more it is trained, the worse it predicts.
    let folder = TestDir::new();
    let mut noise = noise();
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
    assert!(last < 200.0 && kept > 0.15, "epoch {last}, R² {kept}");
}

#[test]
fn progress_is_plain_lines_without_a_terminal() {
    let folder = TestDir::new();
    let ran = folder.run("fit data/diabetes.csv -t progression --method adam:lr=0.01 --epochs 10");
    let lines: Vec<&str> = ran.err.lines().collect();
    assert_eq!(lines.len(), 5, "epochs 1, 2, 4, 8 and a note:\n{}", ran.err);
    assert!(lines[4].starts_with("note: the loss was still falling at the end, by 0."), "{}", lines[4]);
    for part in ["epoch    1/10", "loss ", "validation ", "rate ", "rows/s", "left"] {
        assert!(lines[0].contains(part), "{part} in {}", lines[0]);
    }
    assert!(!ran.err.contains('\u{1b}'), "no escape sequences");
    assert_eq!(folder.run("fit data/diabetes.csv -t progression --epochs 10 --quiet").err, "");
}

#[test]
fn divergence_keeps_the_last_good_model_and_says_what_to_try() {
    let folder = TestDir::new();
    let ran = folder.run("fit data/diabetes.csv -t progression --method sgd:lr=1e9 -q -o a.model");
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("diverged") && ran.err.contains("--lr"), "{}", ran.err);
    assert!(ran.out.contains("stopped     diverged"), "{}", ran.out);
    let ran = folder.run("predict a.model data/diabetes.csv");
    assert_eq!(ran.code, 0, "{}", ran.err);
    // Slow divergence: the loss is finite for many epochs, and huge.
    let slow = folder
        .run("fit data/diabetes.csv -t progression --method sgd:lr=1 --on-diverge stop -q -o slow.model --format json");
    let report: Value = serde_json::from_str(&slow.out).expect("the output is a report");
    assert_eq!((slow.code, report["stopped"].as_str()), (3, Some("diverged")));
    assert!(number(&report, "/validation/rmse") < 100.0, "{}", report["validation"]);
    // Where nothing was good, a model that is there stays.
    folder.write("good.model", "precious");
    let ran2 = folder.run("fit data/diabetes.csv -t progression --method sgd:lr=1e9 -q -o good.model");
    assert!(ran2.code == 3 && ran2.err.contains("good.model was left unchanged"), "{}", ran2.err);
    assert_eq!(folder.read("good.model"), b"precious");
    assert!(ran.out.lines().all(|line| line.parse::<f64>().is_ok_and(f64::is_finite)));
}

#[test]
fn a_model_that_learned_nothing_says_so_and_replaces_none() {
    let folder = TestDir::new();
    let mut noise = noise();
    let mut table = |y: &dyn Fn(f64, f64) -> f64| {
        let rows = (0..300).map(|_| {
            let (a, b) = (noise(), noise());
            format!("{a:.5},{b:.5},{:.5}\n", y(a, b) + noise() / 10.0)
        });
        rows.fold(String::from("a,b,y\n"), |text, row| text + &row)
    };
    folder.write("d.csv", &table(&|a, b| a - 2.0 * b));
    folder.write("noise.csv", &table(&|_, _| 0.0));
    assert_eq!(folder.run("fit d.csv -t y -o good.model -q").code, 0);
    let good = folder.read("good.model");
    // The steps are so large that every epoch is worse than the initial weights.
    for line in [
        "fit d.csv -t y -o good.model -q --model mlp:16 --lr 1e6",
        "fit d.csv -t y -o good.model -q --model fm:rank=2 --lr 1e6",
    ] {
        let ran = folder.run(line);
        assert!(ran.code == 3 && ran.err.starts_with("error: "), "{line}: {ran:?}");
        assert!(ran.err.contains("good.model was left unchanged") && ran.err.contains("--lr"), "{line}: {ran:?}");
        assert!(folder.read("good.model") == good, "{line}");
    }
    // Where there is nothing to lose, the model is written.
    let ran = folder.run("fit d.csv -t y -o new.model -q --model mlp:16 --lr 1e6");
    assert!(ran.code == 3 && ran.err.contains("nothing was learned: no epoch improved"), "{ran:?}");
    let ran = folder.run("fit noise.csv -t y -o noise.model --model mlp:16 --lr 0.05 --epochs 20");
    assert!(ran.code == 0 && ran.err.contains("note: on the validation rows, the model is no better"), "{ran:?}");
    // With a model in place, such a run fails, whether it may print notes or not.
    for line in [
        "noise.csv -t y --model mlp:16 --lr 0.05 --epochs 20",
        "noise.csv -t y -q --model mlp:16 --lr 0.05 --epochs 20",
    ] {
        let ran = folder.run(&format!("fit {line} -o good.model"));
        let said = "error: nothing was learned: on the validation rows, the model is no better than the same \
                    prediction for all rows, so good.model was left unchanged";
        assert!(ran.code == 3 && ran.err.contains(said), "{line}: {ran:?}");
        assert!(folder.read("good.model") == good, "{line}");
    }
    assert_eq!(folder.files(), ["d.csv", "good.model", "new.model", "noise.csv", "noise.model"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_fit_keeps_its_best_model() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let folder = TestDir::new();
        let line = "fit data/breast_cancer.csv -t diagnosis --method adam --epochs 100000000 --patience 0 -o a.model";
        let mut command = folder.command(line);
        let mut child = command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the program starts");
        // It trains once it has said so.
        let mut first = [0_u8; 5];
        std::io::Read::read_exact(child.stderr.as_mut().expect("standard error is a pipe"), &mut first)
            .expect("the program prints a line");
        let kill = std::process::Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status();
        assert!(kill.expect("kill is installed").success());
        let status = child.wait().expect("the program ends");
        assert_eq!(status.code(), Some(code), "SIG{signal}");
        assert_eq!(folder.run("inspect a.model").code, 0);
    }
}

/// Returns `true` if a signal is in a mask of a process: `SigCgt`, those that it handles, or `SigIgn`.
#[cfg(target_os = "linux")]
fn has_signal(process: &str, mask: &str, signal: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let found = status.lines().find_map(|line| line.strip_prefix(mask)?.strip_prefix(':'));
    found.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).is_some_and(|bits| bits >> (signal - 1) & 1 == 1)
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_while_reading_ends_at_once_and_leaves_nothing() {
    use std::io::Write;
    // From the first moment on, whatever the program has begun, every signal ends it without a trace.
    for signal in [2, 15, 1, 3].repeat(5) {
        // The tests may run under `nohup`, as all that they start.
        if has_signal("self", "SigIgn", signal) {
            continue;
        }
        let folder = TestDir::new();
        let mut command = folder.command("fit - -t y -o a.model");
        let mut child = command
            .stdin(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the program starts");
        // The input stays open until the end, so that the program waits for more.
        let mut input = child.stdin.take().expect("standard input is a pipe");
        input.write_all(b"x,y\n1,2\n").expect("the program reads its input");
        // The handler of SIGXFSZ (25) is the last to be installed.
        while !has_signal(&child.id().to_string(), "SigCgt", 25) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let kill = std::process::Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status();
        assert!(kill.expect("kill is installed").success());
        let output = child.wait_with_output().expect("the program ends");
        drop(input);
        assert_eq!(output.status.code(), Some(128 + signal.cast_signed()), "{signal}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{signal}");
        assert!(folder.files().is_empty(), "{signal}: {:?}", folder.files());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_model_that_cannot_be_written_is_kept_elsewhere_or_leaves_nothing() {
    let folder = TestDir::new();
    std::fs::create_dir(folder.path("other")).expect("a folder is created");
    let fit = "thalweg fit data/diabetes.csv -t progression -q -e 2";
    let full = folder.shell(&format!("TMPDIR=other {fit} -o /dev/full"));
    assert!(full.code == 1 && full.err.contains("; the model was written to "), "{}", full.err);
    let kept = full.err.split_whitespace().find(|word| word.contains("other/thalweg-")).expect("a path");
    assert_eq!(folder.run(&format!("inspect {kept}")).code, 0);
    // Beyond the limit of the size of files, nothing can be written anywhere.
    std::fs::remove_dir_all(folder.path("other")).expect("the folder is removed");
    let limited = folder.shell(&format!("ulimit -f 1 && TMPDIR=. {fit} -o a.model"));
    assert!(limited.code == 1 && limited.err.contains("File too large"), "{limited:?}");
    assert!(folder.files().is_empty(), "{:?}", folder.files());
}
