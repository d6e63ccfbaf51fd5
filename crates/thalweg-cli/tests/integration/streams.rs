//! Standard input, pipes and devices, through the program.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

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

/// Starts `thalweg predict` for standard input; its lines arrive at the receiver.
fn start_predict(folder: &TestDir, arguments: &str) -> (Child, Receiver<String>) {
    let mut command = folder.command(&format!("predict {arguments}"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let output = BufReader::new(child.stdout.take().expect("the output is a pipe"));
    let (sender, lines) = channel();
    std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    (child, lines)
}

#[test]
fn the_prediction_of_a_row_does_not_wait_for_the_next_row() {
    let folder = folder();
    let table = String::from_utf8(folder.read("d.csv")).expect("the table is a text");
    let table = table.replace('\n', ",t\n").replacen(",t\n", ",name\n", 1);
    folder.write("named.csv", &table);
    assert_eq!(folder.run("fit named.csv -t y -e 1 -q -o d.model").code, 0);
    // Each message, and the lines that it completes.
    let messages = [
        ("a,b,name\r\n", 0),
        ("1.5,2,t\r\n", 1),
        ("?,,t\r\n0.25,3,\"t\"\r\n", 2),
        ("2,", 0),
        ("2,\"t\r\n", 0),
        ("second line\"\r\n7,8,t\r", 1),
        ("\n1,1,t\r\n", 2),
        ("3,4,t", 0),
    ];
    folder.write("rows.csv", &messages.map(|(text, _)| text).concat());
    let whole = folder.run("predict d.model rows.csv -q").out;
    let (mut child, lines) = start_predict(&folder, "d.model - -q");
    let mut input = child.stdin.take().expect("the input is a pipe");
    let mut found = Vec::new();
    for (text, complete) in messages {
        input.write_all(text.as_bytes()).expect("the program reads");
        for _ in 0..complete {
            found.push(lines.recv_timeout(Duration::from_mins(1)).unwrap_or_else(|_| panic!("no line for {text:?}")));
        }
        assert!(lines.recv_timeout(Duration::from_millis(30)).is_err(), "{text:?} completes {complete} lines");
    }
    drop(input);
    found.extend(lines.iter());
    assert_eq!(found, whole.lines().collect::<Vec<_>>());
    assert!(child.wait().expect("the program ends").success());
}

#[test]
fn a_pipe_in_any_pieces_has_the_predictions_of_the_file() {
    let folder = folder();
    let fits = "thalweg fit d.csv -t y -e 1 -q -o d.model && thalweg fit rows.libsvm -e 1 -q -o rows.model";
    assert_eq!(folder.shell(fits).code, 0);
    for (model, file) in [("d.model", "d.csv"), ("rows.model", "rows.libsvm")] {
        let (whole, bytes) = (folder.run(&format!("predict {model} {file} -q")).out, folder.read(file));
        for options in ["", "--max-memory 160M"] {
            let (mut child, lines) = start_predict(&folder, &format!("{model} - -q {options}"));
            let mut input = child.stdin.take().expect("the input is a pipe");
            let (mut sent, mut length) = (0, 1);
            while sent < bytes.len() {
                let end = (sent + length).min(bytes.len());
                input.write_all(&bytes[sent..end]).expect("the program reads");
                (sent, length) = (end, length * 31 % 1009);
                if length % 13 == 0 {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            drop(input);
            assert_eq!(lines.iter().map(|line| line + "\n").collect::<String>(), whole, "{file} {options}");
            assert!(child.wait().expect("the program ends").success());
        }
    }
}

#[test]
fn an_error_in_a_pipe_comes_after_the_lines_before_it() {
    let folder = folder();
    assert_eq!(folder.run("fit d.csv -t y -e 1 -q -o d.model").code, 0);
    let ran = folder.shell("(echo a,b; echo 1,2; sleep 0.2; echo 2,x) | thalweg predict d.model - -q");
    assert_eq!((ran.code, ran.out.lines().count()), (4, 1), "{}", ran.err);
    assert!(ran.err.contains("<stdin>:3:3"), "{}", ran.err);
    // Of a file, nothing is printed.
    folder.write("rows.csv", "a,b\n1,2\n2,x\n");
    assert_eq!(folder.shell("thalweg predict d.model rows.csv -q").out, "");
    // The reader may end first.
    let ran =
        folder.shell("(cat d.csv; sleep 0.2; cat d.csv) | thalweg predict d.model - --on-error skip -q | head -1");
    assert_eq!((ran.code, ran.err.as_str(), ran.out.lines().count()), (0, "", 1));
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
