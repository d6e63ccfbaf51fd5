//! Files of runs: several writers, incomplete files, and files of something else.

use std::fs::{self, File};
use std::process::{Child, Stdio};

use crate::common::{ProgramOutput, TestDir};

const LINE: &str = "compare rosenbrock --methods sgd,adam --protocol defaults --steps 100 --seeds 5 --quiet";

fn start(folder: &TestDir, line: &str) -> Child {
    folder.command(line).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

fn end(child: Child) -> ProgramOutput {
    child.wait_with_output().expect("the program ends").into()
}

#[test]
fn comparisons_that_start_together_have_files_of_their_own() {
    let folder = TestDir::new();
    let children: Vec<Child> = (0..6).map(|_| start(&folder, LINE)).collect();
    for child in children {
        assert_eq!(end(child).code, 0);
    }
    let files = folder.files();
    assert_eq!(files.len(), 6, "{files:?}");
    for file in files {
        assert_eq!(folder.json(&format!("compare --from {file}"))["complete"], true, "{file}");
    }
}

#[test]
fn a_file_that_another_process_writes_is_left_alone() {
    let folder = TestDir::new();
    let line = format!("{LINE} --runs x.jsonl");
    assert_eq!(folder.run(&line).code, 0);
    let before = folder.read("x.jsonl");
    let writer = File::options().write(true).open(folder.path("x.jsonl")).expect("the file exists");
    if writer.try_lock().is_err() {
        eprintln!("skipped: the file system has no locks");
        return;
    }
    let refused = folder.run(&line);
    let said = "error: x.jsonl: cannot write the file: it is being written by another process\n";
    assert_eq!((refused.code, refused.err.as_str()), (1, said));
    assert_eq!(folder.read("x.jsonl"), before);
    drop(writer);
    let children: Vec<Child> = (0..4).map(|_| start(&folder, &line)).collect();
    let codes: Vec<i32> = children.into_iter().map(|child| end(child).code).collect();
    assert!(codes.contains(&0) && codes.iter().all(|code| [0, 1].contains(code)), "{codes:?}");
    assert_eq!(folder.json("compare --from x.jsonl")["complete"], true);
}

#[test]
fn what_a_killed_comparison_leaves_is_read_or_refused_with_its_reason() {
    let folder = TestDir::new();
    // A name whose characters take several bytes.
    assert_eq!(
        folder.run("compare (größe-1)^2 --methods sgd,adam --protocol defaults --steps 20 --quiet --runs x").code,
        0
    );
    let whole = folder.read("x");
    let header = whole.iter().position(|byte| *byte == b'\n').expect("the file has lines");
    for length in (0..whole.len()).step_by(whole.len() / 40 + 1) {
        fs::write(folder.path("cut"), &whole[..length]).expect("the file is written");
        let ran = folder.run("compare --from cut --format json");
        let expected = match length {
            0 => "error: cut has no runs: the file is empty",
            _ if length < header => "error: cut is not a file of runs: line 1: expected the header of a file of runs",
            _ => "",
        };
        assert!(ran.code == i32::from(length < header) && ran.err.starts_with(expected), "{length}: {ran:?}");
    }
    // The runs before a cut line are reported, with a word, also where notes are not wanted.
    let whole_lines = |length: usize| whole[..length].split(|byte| *byte == b'\n').count() - 2;
    for (length, runs) in [(whole.len() - 9, whole_lines(whole.len()) - 1), (header + 40, 0)] {
        fs::write(folder.path("cut"), &whole[..length]).expect("the file is written");
        let ran = folder.run("compare --from cut --quiet --format json");
        assert_eq!((ran.code, ran.err), (0, format!("warning: cut: the last line is cut; {runs} runs read\n")));
    }
    fs::write(folder.path("cut"), &whole).expect("the file is written");
    assert_eq!(folder.run("compare --from cut --quiet").err, "");
    // An empty file may be written to.
    folder.write("cut", "");
    assert_eq!(folder.run(&format!("{LINE} --runs cut")).code, 0);
}

#[test]
fn a_comparison_continues_from_its_file() {
    let folder = TestDir::new();
    folder.write("a.csv", &(0..60).fold("x,y\n".into(), |text: String, i| text + &format!("{i},{}\n", i * 7 % 11)));
    let on_data = "compare a.csv -t y --methods sgd,adam --protocol rate --epochs 2 --tuning-seeds 2 --seeds 3";
    let on_function = "compare größe^2+1 --methods sgd,adam --protocol rate --steps 30 --tuning-seeds 3 --seeds 3";
    for line in [on_function, on_data] {
        let line = format!("{line} --runs x --format json");
        let report = folder.run(&line);
        assert_eq!(report.code, 0, "{}", report.err);
        let whole = folder.read("x");
        // A comparison that is complete makes no run.
        let again = folder.run(&line);
        assert!(again.code == 0 && again.out == report.out && folder.read("x") == whole, "{}", again.err);
        let count = runs(&whole);
        assert!(again.err.contains(&format!("note: {count} runs of x are kept; the others are made")), "{}", again.err);
        let header = whole.iter().position(|byte| *byte == b'\n').expect("the file has lines") + 1;
        // Within a run, before the end of a line, after it, and before the first run.
        let line_end = header + whole[header..].iter().position(|byte| *byte == b'\n').expect("the file has runs");
        for length in [whole.len() / 2, line_end, line_end + 1, header, header - 1] {
            fs::write(folder.path("x"), &whole[..length]).expect("the file is written");
            let resumed = folder.run(&line);
            assert_eq!(resumed.code, 0, "{length}: {}", resumed.err);
            let file = folder.read("x");
            assert!(file.starts_with(&whole[..length]) || length == whole.len() / 2, "{length}: kept as it was");
            assert_eq!(runs(&file), count, "{length}: each run once");
            assert_eq!(folder.run("compare --from x --format json").out, resumed.out, "{length}");
            assert_eq!(without_seconds(&resumed), without_seconds(&report), "{length}");
        }
        fs::remove_file(folder.path("x")).expect("it exists");
    }
}

/// Returns the number of lines after the header.
fn runs(file: &[u8]) -> usize {
    String::from_utf8_lossy(file).lines().count() - 1
}

/// Returns a report without the times of its runs.
fn without_seconds(ran: &ProgramOutput) -> String {
    let mut report: serde_json::Value = serde_json::from_str(&ran.out).expect("the output is a report");
    remove_seconds(&mut report);
    report.to_string()
}

fn remove_seconds(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(entries) => {
            entries.retain(|name, _| !name.contains("seconds"));
            entries.values_mut().for_each(remove_seconds);
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(remove_seconds),
        _ => {}
    }
}

#[test]
fn runs_of_other_settings_or_data_are_replaced_only_by_force() {
    let folder = TestDir::new();
    let rows = |last: &str| (0..60).fold("x,y\n".into(), |text: String, i| text + &format!("{i},{}\n", i % 7)) + last;
    folder.write("a.csv", &rows("60,1\n"));
    let line = "compare a.csv -t y --methods sgd,adam --protocol defaults --epochs 2 --seeds 3 --quiet --runs x";
    assert_eq!(folder.run(line).code, 0);
    let before = folder.read("x");
    let refused = |line: &str, differences: &[&str]| {
        let ran = folder.run(line);
        assert_eq!(ran.code, 2, "{line}: {}", ran.err);
        assert!(differences.iter().all(|text| ran.err.contains(text)), "{line}: {}", ran.err);
        assert_eq!(folder.read("x"), before, "{line}");
    };
    refused(
        &line.replace("--epochs 2", "--epochs 3"),
        &["budget was 2 epochs of ", ", is 3 epochs", "--force replaces"],
    );
    refused(&line.replace("sgd,adam", "sgd"), &["methods was [\"sgd\",\"adam\"], is [\"sgd\"]"]);
    refused(&format!("{line} --l2 0.5"), &["l2 was chosen from the data, is 0.5"]);
    folder.write("a.csv", &rows("60,2\n"));
    refused(line, &[" with checksum "]);
    let forced = folder.run(&format!("{line} --force"));
    assert!(forced.code == 0 && folder.read("x") != before, "{}", forced.err);
    assert_eq!(folder.run(&format!("{line} --force").replace("--runs x", "")).code, 2);
    assert_eq!(folder.json("compare --from x")["complete"], true);
}

#[test]
fn a_claim_of_endless_steps_is_refused() {
    let folder = TestDir::new();
    assert_eq!(folder.run(&format!("{LINE} --runs x")).code, 0);
    let text = String::from_utf8(folder.read("x")).expect("a file of runs is text");
    let claimed = |line: &str| line.replacen("\"steps\":100", "\"steps\":1000000000000000000", 1);
    // In the header only, the steps of the runs are those that are repeated.
    let (header, runs) = text.split_once('\n').expect("the file has lines");
    folder.write("header", &format!("{}\n{runs}", claimed(header)));
    assert_eq!(folder.run("compare --from header --quiet --report page.html").code, 0);
    folder.write("runs", &text.lines().map(|line| claimed(line) + "\n").collect::<String>());
    let ran = folder.run("compare --from runs --quiet --plot a.svg");
    let said = "error: expected a run of at most 100000000 steps to repeat, found 1000000000000000000 steps";
    assert!(ran.code == 1 && ran.err.starts_with(said), "{ran:?}");
    let ran = folder.run("compare rosenbrock --steps 100000001 --plot a.svg");
    assert!(ran.code == 2 && ran.err.contains("--steps: expected at most 100000000 with --plot"), "{ran:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_stream_without_an_end_is_no_file_of_runs() {
    let folder = TestDir::new();
    let ran = folder.shell("cat /dev/zero | thalweg compare --from /dev/stdin");
    let said = "line 1: expected a line of at most 64 MiB, found: no end of it";
    assert!(ran.code == 1 && ran.err.contains(said), "{ran:?}");
}
