//! Delimited text in the forms that people have: `fit`, `predict` and `inspect` read it alike.

mod common;

use common::TestDir;
use serde_json::Value;

/// y = 3·a − 2·b + 1, in rows made by `row` of a, b and y.
fn rows(row: impl Fn(f64, f64, f64) -> String) -> String {
    let numbers = |i: u32| (f64::from(i * 7 % 23) / 2.0, f64::from(i * 11 % 19) * 1.5);
    (0..200).map(numbers).map(|(a, b)| row(a, b, 3.0 * a - 2.0 * b + 1.0)).collect()
}

/// Asserts that a file gives the model of the same table as plain CSV but for the format, and the same predictions.
fn assert_reads_as_plain(text: &str, plain: &str, options: &str) -> String {
    let folder = TestDir::new();
    folder.write("plain.csv", plain);
    folder.write("other.csv", text);
    let reported = folder.run(&format!("fit other.csv -t y -e 30 -o other.model {options}"));
    assert_eq!(reported.code, 0, "{}", reported.err);
    assert_eq!(folder.run("fit plain.csv -t y -e 30 -q -o plain.model").code, 0);
    let inspected = |name: &str| {
        let text = folder.run(&format!("inspect {name} --format json")).out;
        let mut model: Value = serde_json::from_str(&text).expect("the output is one JSON object");
        model["schema"].as_object_mut().expect("a schema is an object").remove("text_format");
        model
    };
    assert_eq!(inspected("other.model"), inspected("plain.model"));
    let expected = folder.run("predict plain.model plain.csv").out;
    // A model of one file predicts from the other, and a part of a file is read as all of it.
    for (model, data) in [("other.model", "other.csv"), ("other.model", "plain.csv"), ("plain.model", "plain.csv")] {
        let predicted = folder.run(&format!("predict {model} {data}"));
        assert!(predicted.out == expected, "{model} {data}: {}", predicted.err);
    }
    for more in ["--max-memory 128M --sample-rows 50", "--cache", "--cache"] {
        let ran = folder.run(&format!("fit other.csv -t y -e 3 -q -o more.model {options} {more}"));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{more}");
    }
    let piped = folder.shell("cat other.csv | thalweg predict other.model -");
    assert!(piped.out == expected, "{}", piped.err);
    reported.out
}

#[test]
fn aligned_columns_are_read_as_a_table() {
    let plain = "a,b,y\n".to_string() + &rows(|a, b, y| format!("{a},{b},{y}\n"));
    let aligned = "    a     b      y\n".to_string() + &rows(|a, b, y| format!("{a:>5} {b:>5} {y:>6} \n"));
    for options in ["", "--delimiter whitespace", "--delimiter \\s+"] {
        assert_reads_as_plain(&aligned, &plain, options);
    }
    let folder = TestDir::new();
    let ran = folder.run("fit data/diabetes.csv -t y --delimiter ab");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("for example ';' or tab, or whitespace"), "{}", ran.err);
}

#[test]
fn fields_without_quoting_are_read_as_they_are() {
    let row =
        |i: u32| format!("{}{}\t{}\n", if i % 9 == 4 { "\"" } else { "" }, ["a", "b", "c"][i as usize % 3], i % 3);
    let text = "grade\ty\n".to_string() + &(0..120).map(row).collect::<String>();
    let folder = TestDir::new();
    folder.write("a.tsv", &text);
    let report = folder.json("fit a.tsv -t y --no-quotes -e 3 -o a.model");
    assert_eq!(report["rows"], 120);
    // The model reads other files in the same way.
    assert_eq!(folder.run("predict a.model a.tsv").out.lines().count(), 120);
}

#[test]
fn lines_before_the_header_are_skipped_on_request() {
    let plain = "a,b,y\n".to_string() + &rows(|a, b, y| format!("{a},{b},{y}\n"));
    let titled = format!("all of it\nmade,by,us,all\n{plain}");
    assert_reads_as_plain(&titled, &plain, "--skip-lines 2");
}
