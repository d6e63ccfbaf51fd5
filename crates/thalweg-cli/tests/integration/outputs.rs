//! Outputs: never a file that is read, files before text, and what is there stays until the new one is whole.

#![cfg(unix)]

use crate::common::TestDir;

/// A folder with a small table, a model of it, and images with their labels.
fn folder() -> TestDir {
    let folder = TestDir::new();
    let rows: String = (0..40).map(|i| format!("{i},{}\n", 3 * i % 7 + i)).collect();
    folder.write("in.csv", &format!("x,y\n{rows}"));
    assert_eq!(folder.run("fit in.csv -t y -q -e 1 -o m.model").code, 0);
    let images = [&[0, 0, 8, 3, 0, 0, 0, 30, 0, 0, 0, 2, 0, 0, 0, 2][..], &(0..120).collect::<Vec<u8>>()].concat();
    let labels = [&[0, 0, 8, 1, 0, 0, 0, 30][..], &(0..30).map(|i| i % 2).collect::<Vec<u8>>()].concat();
    for (name, bytes) in [("x-images-idx3-ubyte", images), ("x-labels-idx1-ubyte", labels.clone()), ("lab", labels)] {
        std::fs::write(folder.path(name), bytes).expect("the file is written");
    }
    for name in ["in.svg", "in.html", "in.csv.cache"] {
        std::fs::copy(folder.path("in.csv"), folder.path(name)).expect("the file is copied");
    }
    std::os::unix::fs::symlink("in.csv", folder.path("link.csv")).expect("the link is created");
    std::fs::hard_link(folder.path("in.csv"), folder.path("hard.csv")).expect("the link is created");
    folder
}

/// Names, contents and times of all files.
fn contents(folder: &TestDir) -> Vec<(String, Vec<u8>)> {
    folder.files().into_iter().map(|name| (name.clone(), folder.read(&name))).collect()
}

#[test]
fn an_output_is_never_a_file_that_is_read() {
    let folder = folder();
    let before = contents(&folder);
    let fit = "thalweg fit -t y -q -e 1";
    let compare = "thalweg compare -t y -q --epochs 1 --methods sgd";
    let images = "thalweg fit x-images-idx3-ubyte -q -e 1";
    let (m, d) = ("m.model", "in.csv");
    for line in [
        format!("{fit} in.csv -o in.csv"),
        format!("{fit} in.csv -o ./in.csv"),
        format!("{fit} in.csv -o link.csv"),
        format!("{fit} in.csv -o hard.csv"),
        format!("{fit} link.csv -o in.csv"),
        format!("{fit} 'i?.csv' -o in.csv"),
        format!("{fit} in.csv in.svg -o in.svg"),
        format!("{fit} - -o in.csv < in.csv"),
        format!("{fit} /dev/stdin -o in.csv < in.csv"),
        format!("{fit} in.csv -o other.model >> in.csv"),
        format!("{fit} in.csv in.csv.cache --cache -o other.model"),
        format!("ln in.csv in.model && {fit} in.csv; code=$?; rm in.model; exit $code"),
        format!("{images} -o x-labels-idx1-ubyte"),
        format!("{images} --labels lab -o lab"),
        format!("thalweg predict {m} 'i?.csv' -o in.csv"),
        format!("thalweg predict {m} {d} -o {m}"),
        format!("thalweg predict {m} {d} >> {d}"),
        format!("thalweg predict {m} - -o in.csv < in.csv"),
        format!("thalweg inspect {m} >> {m}"),
        format!("{compare} in.csv --runs in.csv"),
        format!("{compare} in.csv --report hard.csv"),
        format!("{compare} in.svg --plot in.svg"),
        format!("{compare} in.html --report in.html"),
        format!("{compare} in.csv >> in.csv"),
    ] {
        let ran = folder.shell(&line);
        assert!(ran.code == 2 && ran.err.contains(" would be overwritten"), "{line}: {ran:?}");
        assert!(contents(&folder) == before, "{line} has changed a file");
    }
}

#[test]
fn two_outputs_are_never_the_same_file() {
    let folder = folder();
    let before = contents(&folder);
    for line in [
        "thalweg fit in.csv -t y -q -e 1 --cache -o in.csv.cache",
        "thalweg fit in.csv -t y -q -e 1 -o m.model >> m.model",
        "thalweg minimize rosenbrock --steps 1 --trace a.svg --plot ./a.svg",
        "thalweg minimize rosenbrock --steps 1 --plot in.svg --report in.svg",
        "ln -s new.svg new && thalweg minimize rosenbrock --steps 1 --trace new --plot new.svg; code=$?; rm new; exit $code",
        "thalweg compare rosenbrock --steps 1 --plot lab.svg --runs lab.svg",
    ] {
        let ran = folder.shell(line);
        assert!(ran.code == 2 && ran.err.contains(" must be different files"), "{line}: {ran:?}");
        assert!(contents(&folder) == before, "{line} has changed a file");
    }
    // Devices are no files in this sense.
    let ran = folder.shell("thalweg minimize rosenbrock --steps 1 --trace /dev/null --report /dev/null > /dev/null");
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// Starts an endless run with a trace, sends it a signal once much of the trace is written, and returns its exit code.
fn interrupted_trace(folder: &TestDir, signal: &str) -> Option<i32> {
    let line = "minimize rosenbrock --dim 60 --steps 100000000 --lr 0.0001 --gradient-norm 0 --trace t.csv -q";
    let before = folder.files();
    let mut child = folder.command(line).stdout(std::process::Stdio::null()).spawn().expect("the program starts");
    let is_written = || {
        let names = folder.files().into_iter().filter(|name| is_temporary(name) && !before.contains(name));
        names.map(|name| std::fs::metadata(folder.path(&name)).map_or(0, |found| found.len())).any(|n| n > 100_000)
    };
    while !is_written() {
        assert!(child.try_wait().expect("the program runs").is_none());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let kill = std::process::Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status();
    assert!(kill.expect("kill is installed").success());
    child.wait().expect("the program ends").code()
}

fn is_temporary(name: &str) -> bool {
    name.starts_with(".thalweg-")
}

#[test]
fn a_trace_is_replaced_by_a_whole_one_only() {
    let folder = TestDir::new();
    folder.write("t.csv", "old");
    // An error of another output, and ends at once.
    let ran = folder.run("minimize rosenbrock --trace t.csv --plot none/p.svg");
    assert_eq!((ran.code, folder.read("t.csv")), (1, b"old".to_vec()));
    assert_eq!(interrupted_trace(&folder, "QUIT"), Some(131));
    assert_eq!((folder.files(), folder.read("t.csv")), (vec!["t.csv".to_string()], b"old".to_vec()));
    assert_eq!(interrupted_trace(&folder, "KILL"), None);
    assert_eq!((folder.files().len(), folder.read("t.csv")), (2, b"old".to_vec()));
    // The next run removes what the kill has left, and an orderly end by a signal keeps the trace so far.
    assert_eq!(interrupted_trace(&folder, "INT"), Some(130));
    assert_eq!(folder.files(), ["t.csv"]);
    let trace = String::from_utf8(folder.read("t.csv")).expect("a trace is text");
    assert!(trace.len() > 100_000 && trace.ends_with('\n') && trace.starts_with("step,"), "{}", trace.len());
    let columns = |line: &str| line.split(',').count();
    assert!(trace.lines().all(|line| columns(line) == 64), "a line is cut off");
    // As does a run that diverges.
    assert_eq!(folder.run("minimize x^3 --start=-1 --method sgd:lr=9 --trace t.csv -q").code, 3);
    assert!(String::from_utf8(folder.read("t.csv")).expect("a trace is text").starts_with("step,x,f,"));
}

#[test]
fn files_are_written_and_verdicts_kept_where_the_reader_of_the_text_has_gone() {
    let folder = TestDir::new();
    // The reader is gone before the first byte: it opens the pipe only to close it.
    let gone =
        |line: &str| folder.shell(&format!("mkfifo p; {{ thalweg {line}; echo $? > code; }} > p & : < p; wait; rm p"));
    let code = || String::from_utf8(folder.read("code")).expect("a number is text");
    let ran = gone("minimize rosenbrock --steps 5 -q --plot m.svg --report m.html --trace m.csv");
    assert_eq!((code().as_str(), ran.err.as_str()), ("0\n", ""));
    let ran = gone("compare rosenbrock --steps 5 --methods sgd -q --plot c.svg --report c.html --runs c.jsonl");
    assert_eq!((code().as_str(), ran.err.as_str()), ("0\n", ""));
    assert_eq!(folder.files(), ["c.html", "c.jsonl", "c.svg", "code", "m.csv", "m.html", "m.svg"]);
    gone("minimize rosenbrock -m sgd --lr 1e9 -q");
    assert_eq!(code(), "3\n");
    gone("fit data/diabetes.csv -t progression --method sgd:lr=1e9 -q -o d.model");
    assert_eq!(code(), "3\n");
    for line in ["problems", "--help", "--version", "fit --help"] {
        let ran = gone(line);
        assert_eq!((code().as_str(), ran.err.as_str()), ("0\n", ""), "{line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_error_of_standard_output_says_so() {
    let folder = TestDir::new();
    assert_eq!(folder.run("fit data/diabetes.csv -t progression -q -e 1 -o d.model").code, 0);
    for line in [
        "fit data/diabetes.csv -t progression -q -e 1 -o e.model",
        "predict d.model data/diabetes.csv",
        "inspect d.model",
        "minimize rosenbrock --steps 5 -q --plot m.svg",
        "compare rosenbrock --steps 5 --methods sgd -q --runs c.jsonl --plot c.svg",
        "methods",
        "problems",
        "--help",
        "-h",
        "--version",
        "help",
        "help fit",
        "fit --help",
        "predict --help",
        "minimize --help",
        "compare -h",
        "methods --help",
        "problems --help",
        "inspect --help",
    ] {
        let ran = folder.shell(&format!("thalweg {line} > /dev/full"));
        assert!(ran.code == 1 && ran.err.contains("standard output: No space left"), "{line}: {ran:?}");
    }
    assert_eq!(folder.files(), ["c.jsonl", "c.svg", "d.model", "e.model", "m.svg"]);
}
