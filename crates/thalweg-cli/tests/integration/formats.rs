//! Files of other formats than one plain CSV, through the program.

use std::fmt::Write as _;
use std::fs;

use crate::common::{TestDir, number};

/// Rows of five features, the first of which is number `first`.
fn sparse(first: usize) -> String {
    let mut text = String::from("# made by hand\n");
    for i in 0..200_usize {
        let values = [0, 1, 2, 3, 4].map(|j| if (i * 7 + j * 3) % 4 == 0 { (i % 9) as f64 / 4.0 - 0.75 } else { 0.0 });
        let label = if values[0] - 2.0 * values[2] + values[4] > 0.1 { "+1" } else { "-1" };
        let entries = values.iter().enumerate().filter(|(_, value)| **value != 0.0);
        let entries: Vec<String> = entries.map(|(j, value)| format!("{}:{value}", j + first)).collect();
        let _ = writeln!(text, "{label} qid:{i} {} # row {i}", entries.join(" "));
    }
    text
}

#[test]
fn libsvm_text_is_read_from_either_base() {
    let folder = TestDir::new();
    let line = "--epochs 30 --l2 0.001 --batch-size 16 --lr 0.02 --no-intercept";
    folder.write("one.libsvm", &sparse(1));
    folder.write("zero.libsvm", &sparse(0));
    let (one, zero) = (folder.json(&format!("fit one.libsvm {line}")), folder.json(&format!("fit zero.libsvm {line}")));
    assert_eq!((&one["features"], &one["target"], &one["model"]), (&5.into(), &"label".into(), &"logistic".into()));
    assert_eq!(one["labels"], serde_json::json!(["1", "-1"]));
    assert_eq!(one["train"], zero["train"], "0 or 1, the first feature is the first");
    let names = |report: &serde_json::Value| {
        let all = report["coefficients"].as_array().expect("the value is a list");
        let mut names: Vec<String> =
            all.iter().map(|c| c["name"].as_str().expect("a name is text").to_string()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&one), ["1", "2", "3", "4", "5"]);
    assert_eq!(names(&zero), ["0", "1", "2", "3", "4"]);
    assert!(number(&one, "/validation/auc") > 0.9, "{}", one["validation"]);
    // With the base given, what looks 1-based has an empty feature 0.
    assert_eq!(folder.json(&format!("fit one.libsvm --zero-based {line}"))["features"], 6);

    // A file with fewer features is read as the model was trained; extra features are reported.
    folder.write("few.libsvm", "-1 1:0.5\n+1 9:2 3:-1\n");
    let ran = folder.run("predict one.model few.libsvm");
    assert_eq!(ran.out.lines().count(), 2);
    assert!(ran.err.contains("features by number 1"), "{}", ran.err);
    folder.write("huge.libsvm", "1 1:0.5\n-1 4294967294:1\n1 2:1\n");
    let huge = folder.run("fit huge.libsvm");
    assert!(huge.code == 4 && huge.err.contains("expected at most 134217728 indexed features"), "{}", huge.err);
    folder.write("odd.libsvm", "1 1:0.5\n-1 3:x\n");
    let odd = folder.run("fit odd.libsvm");
    assert!(odd.code == 4 && odd.err.contains("odd.libsvm:2:6: expected a finite number"), "{}", odd.err);
}

#[test]
fn several_files_and_patterns_are_one_set() {
    let folder = TestDir::new();
    let text = String::from_utf8(folder.read("data/diabetes.csv")).expect("the file is UTF-8 text");
    let (head, rows) = text.split_once('\n').expect("the file has a header");
    let rows: Vec<&str> = rows.lines().collect();
    folder.write("part-1.csv", &format!("{head}\n{}\n", rows[..200].join("\n")));
    folder.write("part-2.csv", &format!("{head}\n{}\n", rows[200..].join("\n")));
    let line = "-t progression --epochs 20 --format json -q";
    let whole = folder.json("fit data/diabetes.csv -t progression --epochs 20");
    for files in ["part-1.csv part-2.csv", "part-*.csv"] {
        let both = folder.json(&format!("fit {files} -t progression --epochs 20 -o both.model"));
        assert_eq!((&both["rows"], &both["train"]), (&whole["rows"], &whole["train"]), "{files}");
    }
    // Columns in another order are the same columns; others are not.
    let turned: Vec<String> = [head].into_iter().chain(rows[200..].iter().copied()).map(turn).collect();
    folder.write("part-2.csv", &(turned.join("\n") + "\n"));
    assert_eq!(folder.json("fit part-1.csv part-2.csv -t progression --epochs 20")["train"], whole["train"]);
    folder.write("part-2.csv", "a,progression\n1,2\n");
    let other = folder.run(&format!("fit part-1.csv part-2.csv {line}"));
    assert!(other.code == 4 && other.err.contains("part-2.csv: expected the columns of part-1.csv"), "{}", other.err);
    let none = folder.run(&format!("fit none-*.csv {line}"));
    assert!(none.code == 1 && none.err.contains("none-*.csv: no file matches"), "{} {}", none.code, none.err);
    let predicted = folder.run("predict both.model part-1.csv part-1.csv -q");
    assert_eq!(predicted.out.lines().count(), 400, "{}", predicted.err);
}

/// A line with its first column last.
fn turn(line: &str) -> String {
    let (first, rest) = line.split_once(',').expect("the line has two columns");
    format!("{rest},{first}")
}

#[test]
fn images_are_rows_with_the_labels_beside_them() {
    let folder = TestDir::new();
    let (mut images, mut labels) =
        (vec![0, 0, 8, 3, 0, 0, 0, 120, 0, 0, 0, 2, 0, 0, 0, 2], vec![0, 0, 8, 1, 0, 0, 0, 120]);
    for i in 0..120_u8 {
        let class = i % 3;
        images.extend([class * 90 + i % 5, i % 7, 200 - class * 60, 9]);
        labels.push(class);
    }
    fs::write(folder.path("train-images-idx3-ubyte"), &images).expect("the file is written");
    fs::write(folder.path("train-labels-idx1-ubyte"), &labels).expect("the file is written");
    let report = folder.json("fit train-images-idx3-ubyte --loss softmax --epochs 200 -o m.model");
    assert_eq!((&report["rows"], &report["features"]), (&120.into(), &3.into()), "the fourth pixel is constant");
    assert!(number(&report, "/validation/accuracy") > 0.99, "{}", report["validation"]);
    let predicted = folder.run("predict m.model train-images-idx3-ubyte -q");
    assert!(predicted.out.starts_with("0\n1\n2\n0\n"), "{}{}", predicted.out, predicted.err);
    // The labels may be elsewhere.
    fs::rename(folder.path("train-labels-idx1-ubyte"), folder.path("other")).expect("the file is renamed");
    let lost = folder.run("fit train-images-idx3-ubyte --loss softmax");
    assert!(lost.code == 2 && lost.err.contains("unknown column 'label'"), "{}", lost.err);
    let found = folder.json("fit train-images-idx3-ubyte --loss softmax --epochs 200 --labels other -o m.model");
    assert_eq!(found["train"], report["train"]);
    fs::write(folder.path("other"), &labels[..100]).expect("the file is written");
    let cut = folder.run("fit train-images-idx3-ubyte --loss softmax --labels other");
    assert!(cut.code == 4 && cut.err.contains("other: invalid IDX file"), "{}", cut.err);
}

#[test]
fn a_damaged_file_is_an_error_even_if_its_decoder_panics() {
    let (folder, name) = (TestDir::new(), "levels-out-of-bounds.parquet");
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../thalweg-learn/tests/corpus/bytes/");
    fs::copy(format!("{corpus}{name}"), folder.path(name)).expect("the file is in the corpus");
    let ran = folder.run(&format!("fit {name} -t y -o m.model -q"));
    let error = format!("error: {name}: invalid Parquet file: the file is damaged: its parts do not fit together\n");
    assert_eq!((ran.code, ran.err.as_str()), (4, error.as_str()));
}
