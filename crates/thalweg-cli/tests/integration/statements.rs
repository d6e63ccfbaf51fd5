//! Messages and metrics are true for numbers at the ends of the range of f64.

use std::fmt::Write as _;

use crate::common::{TestDir, number};

/// A table of `a` and `y`, of which `y` follows `a`.
fn table(rows: usize, of: impl Fn(f64) -> (f64, f64)) -> String {
    let mut text = String::from("a,y\n");
    for i in 0..rows {
        let (a, y) = of((i * 37 % 101) as f64 * 0.25);
        writeln!(text, "{a},{y}").expect("texts grow");
    }
    text
}

#[test]
fn numbers_with_a_large_offset_are_learned_or_said_to_be_rounded() {
    let folder = TestDir::new();
    folder.write("feature.csv", &table(300, |x| (1e15 + x, x)));
    folder.write("target.csv", &table(300, |x| (x, 1e15 + x)));
    for file in ["feature.csv", "target.csv"] {
        let report = folder.json(&format!("fit {file} -t y -o m.model --epochs 60"));
        assert!(number(&report, "/validation/r2") > 0.99, "{file}: {report}");
    }
    // At 1e17, neighbouring numbers differ by 16.
    folder.write("feature.csv", &table(300, |x| (1e17 + x, x)));
    folder.write("target.csv", &table(300, |x| (x, 1e17 + x)));
    let ran = folder.run("fit feature.csv -t y -o m.model -q");
    assert_eq!(ran.code, 4);
    let range = "from 100000000000000000 to 1000000000000000";
    assert!(ran.err.contains(&format!("constant up to rounding in the training rows: {range}")), "{}", ran.err);
    let ran = folder.run("fit target.csv -t y -o m.model -q");
    let expected = format!("expected values that differ by more than rounding, found values {range}");
    assert!(ran.code == 4 && ran.err.contains(&expected), "{}", ran.err);
}

#[test]
fn targets_of_any_size_have_a_coefficient_of_determination() {
    let folder = TestDir::new();
    for factor in ["1e-160", "1e-100", "1e100", "1e150"] {
        let factor: f64 = factor.parse().expect("it is a number");
        folder.write("d.csv", &table(300, |x| (x, x * factor)));
        let report = folder.json("fit d.csv -t y -o m.model --epochs 60");
        assert!(number(&report, "/validation/r2") > 0.99, "{factor}: {report}");
    }
    // Squares of larger numbers overflow.
    folder.write("d.csv", &table(300, |x| (x, x * 1e200)));
    let ran = folder.run("fit d.csv -t y -o m.model -q");
    let expected = "column 'y': expected a finite number of moderate size, found '";
    assert!(ran.code == 4 && ran.err.contains(expected), "{}", ran.err);
    folder.write("d.csv", &table(300, |x| (x, x * 1e-200)));
    let ran = folder.run("fit d.csv -t y -o m.model -q");
    let expected = "expected a standard deviation of at least 1e-161, found 7.";
    assert!(ran.code == 4 && ran.err.contains(expected), "{}", ran.err);
}

#[test]
fn indices_that_are_none_are_errors_of_the_data() {
    let folder = TestDir::new();
    for index in ["-1", "99999999999999999999"] {
        folder.write("x.libsvm", &format!("1 {index}:1\n-1 2:1\n"));
        let ran = folder.run("fit x.libsvm -o m.model -q");
        let expected = "error: x.libsvm:1:3: expected an integer index of at most 4294967294, found '";
        assert!(ran.code == 4 && ran.err.starts_with(&format!("{expected}{index}")), "{}", ran.err);
    }
}

#[test]
fn requests_that_cannot_be_kept_name_their_option() {
    let folder = TestDir::new();
    folder.write("d.csv", &table(30, |x| (x, 2.0 * x)));
    let ran = folder.run("fit d.csv -t y --weight y -o m.model -q");
    assert!(ran.code == 2 && ran.err.starts_with("error: weight: "), "{}", ran.err);
    let ran = folder.run("minimize x^2 --dtype f32 --start 1e39 -q");
    assert!(ran.code == 2 && ran.err.contains("--start: expected numbers of at most 3.4e38"), "{}", ran.err);
}

#[test]
fn utf16_text_is_read() {
    let folder = TestDir::new();
    let text = table(300, |x| (x, 2.0 * x));
    folder.write("eight.csv", &text);
    for mark in ["\u{feff}", ""] {
        let bytes: Vec<u8> = format!("{mark}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        std::fs::write(folder.path("sixteen.csv"), bytes).expect("the file is written");
        for file in ["eight", "sixteen"] {
            assert_eq!(folder.run(&format!("fit {file}.csv -t y -q -e 1 -o {file}.model")).code, 0);
        }
        assert!(folder.read("eight.model") == folder.read("sixteen.model"));
    }
}
