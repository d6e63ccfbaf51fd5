//! Files of runs: several writers, incomplete files, and files of something else.

mod common;

use std::fs::{self, File};
use std::process::{Child, Stdio};

use common::{ProgramOutput, TestDir};

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
    // An empty file may be written to.
    folder.write("cut", "");
    assert_eq!(folder.run(&format!("{LINE} --runs cut")).code, 0);
}
