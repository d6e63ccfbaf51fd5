//! Standard input, pipes and devices, through the program.
#![cfg(unix)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use crate::common::TestDir;

/// Returns a folder with the files `d.csv` and `rows.libsvm`, of 3,000 rows each, and a pipe `pipe`.
fn folder() -> TestDir {
    let folder = TestDir::new();
    let (mut table, mut rows) = (String::from("a,b,y\n"), String::new());
    for i in 0..3000 {
        let (a, b) = (f64::from(i * 37 % 101) / 8.0, f64::from(i * 53 % 89) / 4.0);
        table += &format!("{a},{b},{}\n", a - b);
        rows += &format!("{} 1:{a} 7:{b}\n", if a > 0.5 * b { 1 } else { -1 });
    }
    folder.write("d.csv", &table);
    folder.write("rows.libsvm", &rows);
    assert_eq!(folder.shell("mkfifo pipe").code, 0);
    folder
}

#[test]
fn a_pipe_by_any_name_gives_all_rows() {
    let folder = folder();
    let ran =
        folder.shell("thalweg fit d.csv -t y -e 1 -q -o d.model && thalweg fit rows.libsvm -e 1 -q -o rows.model");
    assert_eq!(ran.code, 0, "{}", ran.err);
    for read in [
        "cat FILE | thalweg fit - ",
        "cat FILE | thalweg fit /dev/stdin",
        "cat FILE | (exec 5<&0; thalweg fit /dev/fd/5 < /dev/null)",
        "{ cat FILE > pipe & } ; thalweg fit pipe",
        "split -l 50 --filter='cat' FILE | thalweg fit /dev/stdin --max-memory 160M --sample-rows 1000",
    ] {
        for (file, model, options) in [("d.csv", "d.model", "-t y"), ("rows.libsvm", "rows.model", "")] {
            // A sample determines the means, so such a model is another one: its rows are counted instead.
            let is_sampled = read.contains("--sample-rows");
            let line = read.replace("FILE", file).replace(')', &format!(" {options} -e 1 -q -o new.model)"));
            let line = if line.contains(')') { line } else { format!("{line} {options} -e 1 -q -o new.model") };
            let ran = folder.shell(&line);
            assert_eq!(ran.code, 0, "{line}\n{}", ran.err);
            assert!(ran.out.contains(": 3,000 rows"), "{line}\n{}", ran.out);
            assert!(is_sampled || folder.read("new.model") == folder.read(model), "{line}");
        }
    }
    let file = folder.shell("thalweg predict rows.model rows.libsvm -q");
    assert_eq!(file.out.lines().count(), 3000);
    for read in ["cat rows.libsvm | thalweg predict rows.model /dev/stdin -q", "thalweg predict rows.model pipe -q"] {
        let feed = if read.contains("pipe ") { "{ cat rows.libsvm > pipe & } ; " } else { "" };
        assert_eq!(folder.shell(&format!("{feed}{read}")).out, file.out, "{read}");
    }
    let model = folder.shell("cat d.model | thalweg inspect /dev/stdin");
    assert_eq!(model.out, folder.shell("thalweg inspect d.model").out);
    let runs = "--methods sgd,adam --trials 2 --seeds 2 --epochs 1 -q";
    let compared = folder.shell(&format!("cat d.csv | thalweg compare /dev/stdin -t y {runs} --runs runs.jsonl"));
    assert_eq!(compared.code, 0, "{}", compared.err);
    let again = folder.shell("cat runs.jsonl | thalweg compare --from /dev/stdin -q");
    assert_eq!(again.out, compared.out);
}

#[test]
fn standard_input_is_given_once() {
    let folder = folder();
    for files in ["- -", "- /dev/stdin", "pipe pipe", "pipe ./pipe"] {
        let ran = folder.shell(&format!("cat d.csv | thalweg fit {files} -t y"));
        let found = "expected each pipe and standard input once, found it twice";
        assert_eq!((ran.code, ran.err.contains(found)), (2, true), "{files}: {}", ran.err);
    }
    let ran = folder.shell("thalweg fit pipe -t y --cache");
    assert_eq!((ran.code, ran.err.contains("off for a pipe")), (2, true), "{}", ran.err);
}

#[test]
fn devices_without_an_end_are_refused() {
    let folder = folder();
    for device in ["/dev/zero", "/dev/full"] {
        if !Path::new(device).exists() {
            eprintln!("skipped: there is no {device}");
            continue;
        }
        for command in [
            format!("fit {device} -t y"),
            format!("fit - -t y < {device}"),
            format!("inspect {device}"),
            format!("predict {device} d.csv"),
            format!("compare {device} -t y"),
            format!("compare --from {device}"),
        ] {
            let ran = folder.shell(&format!("thalweg {command}"));
            let found = "expected a file or a pipe, found a character device";
            assert_eq!((ran.code, ran.err.contains(found)), (1, true), "{command}: {}", ran.err);
        }
    }
    let ran = folder.run("fit data -t y");
    assert_eq!((ran.code, ran.err.as_str()), (1, "error: data: expected a file or a pipe, found a folder\n"));
    let ran = folder.shell("thalweg fit - -t y < /dev/null");
    assert_eq!((ran.code, ran.err.as_str()), (4, "error: <stdin>: expected rows, found an empty file\n"));
}

#[test]
fn the_copy_of_standard_input_has_no_name() {
    let folder = folder();
    fs::create_dir(folder.path("temporary")).expect("the folder is created");
    let mut command = folder.command("fit - -t y -o a.model --max-memory 160M");
    command.env("TMPDIR", folder.path("temporary")).stdin(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program starts");
    let input = child.stdin.as_mut().expect("standard input is a pipe");
    // A pipe holds 64 KiB, or a little more: most of the text has been copied when the last write returns.
    let text = fs::read(folder.path("d.csv")).expect("the file is read");
    for _ in 0..50 {
        input.write_all(&text).expect("the program reads its input");
    }
    let names = || fs::read_dir(folder.path("temporary")).expect("the folder exists").count();
    let copied = names();
    child.kill().expect("the program runs");
    child.wait().expect("the program ends");
    assert_eq!((copied, names()), (0, 0));
}
