//! `thalweg fit --checkpoint` and `--resume`: kills, signals, other data and options, full disks.
#![cfg(unix)]

use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::common::{self, TestDir};

/// Fits of which each takes many steps.
const FITS: [&str; 4] = [
    "fit data/diabetes.csv -t progression --model mlp:16,dropout=0.1 -e 400 --patience 0 -q",
    "fit data/breast_cancer.csv -t diagnosis --method adam:lr=0.01 --schedule cosine -e 300 -q",
    "fit data/diabetes.csv -t progression --model fm:rank=4 --method adam -e 200 -q --threads 2",
    "fit data/diabetes.csv -t progression --method momentum:lr=0.01,accumulate=3 -e 300 -q",
];

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status();
    assert!(sent.expect("kill is installed").success());
}

/// Starts a fit and sends it a signal once it has written a checkpoint; returns how it ended.
fn run_and_send(folder: &TestDir, line: &str, signal: &str) -> (ExitStatus, String) {
    let before = folder.checkpoints();
    let mut command = folder.command(line);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    while folder.checkpoints() == before && child.try_wait().expect("it can be waited for").is_none() {
        std::thread::sleep(Duration::from_micros(200));
    }
    if child.try_wait().expect("it can be waited for").is_none() {
        send(signal, &child);
    }
    let output = child.wait_with_output().expect("the program ends");
    (output.status, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_killed_fit_ends_with_the_same_bytes_after_it_is_resumed() {
    for fit in FITS {
        let folder = TestDir::new();
        assert_eq!(folder.run(&format!("{fit} -o whole.model")).code, 0);
        let mut line = format!("{fit} -o a.model --checkpoint ck --checkpoint-every 50steps");
        let mut kills = 0;
        for threads in [1, 2, 3] {
            let (status, err) = run_and_send(&folder, &line, "KILL");
            kills += u32::from(status.code().is_none());
            assert!(status.code().is_none_or(|code| code == 0), "{fit}: {err}");
            line = format!("{fit} -o a.model --resume ck --checkpoint-every 50steps --threads {threads}");
            line = line.replace(" --threads 2 -o", " -o");
        }
        let ran = folder.run(&line);
        assert!(ran.code == 0 && kills > 0, "{fit}: {ran:?}");
        assert!(folder.read("a.model") == folder.read("whole.model"), "{fit}");
        assert_eq!(folder.checkpoints().len(), 2, "{fit}");
        let left = std::fs::read_dir(folder.path("ck")).expect("the folder is there").count();
        assert_eq!(left, 2, "{fit}: temporary files of killed runs are removed");
        // A fit that is complete gives its model again.
        std::fs::remove_file(folder.path("a.model")).expect("it exists");
        assert_eq!(folder.run(&line).code, 0);
        assert!(folder.read("a.model") == folder.read("whole.model"), "{fit}");
    }
}

#[test]
fn a_signal_ends_a_fit_with_a_checkpoint_and_another_one_saves_it_on_the_way() {
    let fit = "fit data/breast_cancer.csv -t diagnosis --method adam -e 400 --patience 0";
    let whole = TestDir::new();
    assert_eq!(whole.run(&format!("{fit} -q -o whole.model")).code, 0);
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let folder = TestDir::new();
        let line = format!("{fit} -o a.model --checkpoint ck --checkpoint-every 100steps");
        let (status, err) = run_and_send(&folder, &line, signal);
        assert_eq!(status.code(), Some(code), "SIG{signal}: {err}");
        assert!(err.contains("note: --resume ck continues"), "SIG{signal}: {err}");
        let ran = folder.run(&format!("{fit} -o a.model --resume ck"));
        assert!(ran.code == 0 && ran.err.contains("note: the fit continues from ck after epoch "), "{ran:?}");
        assert!(folder.read("a.model") == whole.read("whole.model"), "SIG{signal}");
    }
    // No interval ends within this fit: the checkpoint is that of the signal.
    let folder = TestDir::new();
    let line = format!("{fit} -o a.model --checkpoint ck --checkpoint-every 24h");
    let mut command = folder.command(&line);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut first = [0_u8; 5];
    let stderr = child.stderr.as_mut().expect("standard error is a pipe");
    std::io::Read::read_exact(stderr, &mut first).expect("the program prints a line");
    send("USR1", &child);
    let status = child.wait().expect("the program ends");
    assert_eq!(status.code(), Some(0));
    assert!(folder.read("a.model") == whole.read("whole.model"));
}

#[test]
fn a_fit_of_other_data_or_options_is_refused_unless_it_is_forced() {
    let folder = TestDir::new();
    let fit = "fit data/diabetes.csv -t progression --method adam --refit never -q -o a.model";
    assert_eq!(folder.run(&format!("{fit} -e 20 --checkpoint ck --checkpoint-every epoch")).code, 0);
    let refused = |line: &str| {
        let ran = folder.run(line);
        assert_eq!(ran.code, 2, "{line}: {}", ran.err);
        ran.err
    };
    let err = refused(&format!("{fit} -e 30 --resume ck"));
    assert!(err.contains("found one of another: epochs was 20, is 30; patience was 6, is 10"), "{err}");
    assert!(err.contains("hint: --force continues with the data and options of this command"), "{err}");
    let err = refused(&format!("{fit} -e 20 --seed 1 --resume ck"));
    assert!(err.contains("seed was 0, is 1") && err.contains("training_rows was 354 with checksum "), "{err}");
    assert!(refused(&format!("{fit} -e 20 --checkpoint ck")).contains("expected a folder without checkpoints"));
    assert!(refused(&format!("{fit} -e 20 --resume none")).contains("expected a folder of checkpoints, found none"));
    assert!(refused(&format!("{fit} --checkpoint-keep 3")).contains("--checkpoint-keep: expected a folder"));
    assert!(refused(&format!("{fit} --checkpoint ck --resume ck")).contains("cannot be used with"));
    let forced = folder.run(&format!("{fit} -e 30 --resume ck --force --format json"));
    let report: serde_json::Value = serde_json::from_str(&forced.out).expect("the output is a report");
    assert_eq!((forced.code, report["epochs"].as_u64()), (0, Some(30)), "{}", forced.err);
    // With fewer rows, also within an epoch and on other validation rows alone.
    let text = std::fs::read_to_string(common::root().join("data/diabetes.csv")).expect("the table");
    let lines: Vec<&str> = text.lines().collect();
    folder.write("fewer.csv", &(lines[..300].join("\n") + "\n"));
    folder.write("rows.csv", &([&lines[..1], &lines[300..]].concat().join("\n") + "\n"));
    let fit = fit.replace("-q", "-e 20 --batch-size 8");
    assert_eq!(folder.run(&format!("{fit} --max-steps 105 --checkpoint within --checkpoint-every 1steps")).code, 0);
    for other in [fit.replace("data/diabetes.csv", "fewer.csv"), format!("{fit} --validation rows.csv")] {
        let err = refused(&format!("{other} --resume within"));
        assert!(err.contains("validation_rows was 88 with checksum "), "{err}");
        let forced = folder.run(&format!("{other} --resume within --force --format json"));
        let report: serde_json::Value = serde_json::from_str(&forced.out).expect("the output is a report");
        assert_eq!((forced.code, report["epochs"].as_u64()), (0, Some(20)), "{}", forced.err);
        std::fs::remove_dir_all(folder.path("within")).expect("it is removed");
        assert_eq!(folder.run(&format!("{fit} --max-steps 105 --checkpoint within --checkpoint-every 1steps")).code, 0);
    }
    // A folder without a checkpoint begins the fit.
    std::fs::create_dir(folder.path("empty")).expect("it is created");
    let begun = folder.run("fit data/diabetes.csv -t progression --method adam -e 20 -o b.model --resume empty");
    assert!(begun.code == 0 && begun.err.contains("note: no checkpoint in empty; the fit begins"), "{begun:?}");
}

#[test]
fn checkpoints_that_cannot_be_written_do_not_end_the_fit() {
    let folder = TestDir::new();
    let fit = "thalweg fit data/diabetes.csv -t progression --model mlp:64 --method adam -e 5 -o a.model";
    // Files of at most 12 KiB: enough for the model, not for a checkpoint.
    let ran = folder.shell(&format!("ulimit -f 24 && {fit} --checkpoint ck --checkpoint-every epoch"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let warning = "warning: a checkpoint was not written: ck/checkpoint-000001.safetensors: ";
    assert!(ran.err.contains(warning) && ran.err.contains("; the fit goes on"), "{}", ran.err);
    assert_eq!(folder.run("inspect a.model").code, 0);
    assert!(folder.checkpoints().is_empty());
    // A folder that cannot be made is found before the data are read.
    folder.write("file", "");
    let ran = folder.shell(&format!("{fit} --checkpoint file/ck"));
    assert!(ran.code == 1 && ran.err.contains("file/ck: "), "{ran:?}");
}

#[test]
fn a_signal_without_a_last_checkpoint_leaves_the_best_model() {
    let folder = TestDir::new();
    let fit =
        "thalweg fit data/diabetes.csv -t progression --model mlp:512,256 --method adam --patience 0 -e 100000000";
    let outputs = "-o a.model --checkpoint ck --checkpoint-every 24h --history h --report page.html --format json";
    // Files of at most 1.5 MB: enough for the model, not for a checkpoint with its slots and the best weights.
    folder.write("fit", &format!("ulimit -f 1500 && exec {} {outputs}\n", fit.replacen("thalweg", "\"$1\"", 1)));
    let program = env!("CARGO_BIN_EXE_thalweg");
    let mut command = Command::new("bash");
    command.args(["fit", program]).current_dir(folder.path("")).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("a shell is installed");
    let lines = || std::fs::read_to_string(folder.path("h")).map_or(0, |text| text.lines().count());
    while lines() < 3 {
        std::thread::sleep(Duration::from_millis(2));
    }
    send("TERM", &child);
    let output = child.wait_with_output().expect("the program ends");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(143), "{err}");
    let said = "error: the last checkpoint was not written: ck/checkpoint-000001.safetensors: ";
    assert!(err.contains(said) && !err.contains("goes on"), "{err}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the output is a report");
    assert_eq!(report["stopped"], "interrupted");
    assert_eq!(folder.run("inspect a.model").code, 0);
    assert!(folder.read("page.html").starts_with(b"<!DOCTYPE html>"));
}

#[test]
fn a_fit_continues_from_a_folder_that_is_read_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TestDir::new();
    let fit = "fit data/diabetes.csv -t progression --model mlp:16 --method adam -e 20 --refit never -o";
    assert_eq!(folder.run(&format!("{fit} a.model -q --checkpoint ck --checkpoint-every 7steps")).code, 0);
    let set = |mode| std::fs::set_permissions(folder.path("ck"), std::fs::Permissions::from_mode(mode));
    set(0o555).expect("the mode is set");
    if std::fs::write(folder.path("ck/x"), "").is_ok() {
        eprintln!("skipped: this user writes to folders that are read-only");
        return;
    }
    let ran = folder.run(&format!("{fit} b.model --resume ck --checkpoint-every 1steps --format json"));
    assert!(ran.code == 0 && folder.read("a.model") == folder.read("b.model"), "{}", ran.err);
    assert_eq!(ran.err.matches("a checkpoint was not written").count(), 1, "{}", ran.err);
    let begun = folder.run(&format!("{fit} c.model --checkpoint ck/c"));
    assert!(begun.code == 1 && begun.err.contains("ck/c"), "{}", begun.err);
    set(0o755).expect("the mode is set");
}

#[test]
fn checkpoints_are_inspected() {
    let folder = TestDir::new();
    let fit = "fit data/diabetes.csv -t progression --method adam:lr=0.01 -q -e 6 --refit never -o a.model";
    assert_eq!(folder.run(&format!("{fit} --checkpoint ck --checkpoint-every epoch")).code, 0);
    let ran = folder.run("inspect ck");
    for part in [
        "fit to the training rows",
        "epoch 6 of 6, ",
        "target           progression",
        "slots.weights.m",
        "epoch      6",
    ] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    let ran = folder.run("inspect ck/checkpoint-000005.safetensors --format json");
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(json.pointer("/checkpoint/epoch").and_then(serde_json::Value::as_u64), Some(5));
    assert_eq!(json.pointer("/checkpoint/settings/seed").and_then(serde_json::Value::as_str), Some("0"));
    assert_eq!(folder.run("inspect data").code, 2);
}
