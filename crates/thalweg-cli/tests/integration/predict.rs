//! `thalweg predict` and `inspect`.

use crate::common::TestDir;

/// y = 2·size + 3 (+10 if red), exactly.
fn fitted() -> TestDir {
    let folder = TestDir::new();
    let row = |i: u32| {
        let (size, red) = (f64::from(i * 7 % 23) / 2.0, i.is_multiple_of(3));
        format!("{size},{},{}\n", if red { "red" } else { "blue" }, 2.0 * size + 3.0 + if red { 10.0 } else { 0.0 })
    };
    folder.write("a.csv", &(String::from("size,colour,y\n") + &(0..200).map(row).collect::<String>()));
    let ran = folder.run("fit a.csv -t y --l2 0 --epochs 500 -q -o a.model");
    assert_eq!(ran.code, 0, "{}", ran.err);
    folder
}

fn numbers(text: &str) -> Vec<f64> {
    text.lines().map(|line| line.parse().expect(line)).collect()
}

#[test]
fn one_prediction_a_row_without_the_target() {
    let folder = fitted();
    folder.write("new.csv", "colour,size\nred,1\nblue,2.5\nred,0\n");
    let ran = folder.run("predict a.model new.csv");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    for (found, exact) in numbers(&ran.out).into_iter().zip([15.0, 8.0, 13.0]) {
        assert!((found - exact).abs() < 1e-3, "{found} is not {exact}");
    }
    assert_eq!(ran.out.lines().count(), 3);
    let ran = folder.run("predict a.model new.csv -o out.txt");
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    assert_eq!(numbers(std::str::from_utf8(&folder.read("out.txt")).expect("the file is UTF-8 text")).len(), 3);
}

#[test]
fn unseen_categories_and_missing_numbers_are_counted() {
    let folder = fitted();
    folder.write("new.csv", "size,colour\n1,green\n,red\n2,blue\n");
    let ran = folder.run("predict a.model new.csv");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(
        ran.err,
        "note: cells with a category not seen in training, encoded as no category: colour 1\n\
         note: missing numbers, replaced by the mean, in columns without missing values in training: size 1\n"
    );
    assert_eq!(ran.out.lines().count(), 3);
}

#[test]
fn a_missing_or_renamed_column_is_named() {
    let folder = fitted();
    folder.write("new.csv", "Size,colour\n1,red\n");
    let ran = folder.run("predict a.model new.csv");
    assert_eq!((ran.code, ran.out.as_str()), (4, ""));
    assert!(ran.err.contains("'size'") && ran.err.contains("'Size'"), "{}", ran.err);
}

#[test]
fn a_bad_cell_is_named_and_nothing_is_written() {
    let folder = fitted();
    folder.write("new.csv", "size,colour\n1,red\nbig,red\n");
    let ran = folder.run("predict a.model new.csv -o out.txt");
    assert_eq!((ran.code, ran.out.as_str()), (4, ""));
    assert!(ran.err.starts_with("error: new.csv:3:1: column 'size': expected a number, found 'big'"), "{}", ran.err);
    assert!(!folder.path("out.txt").exists());
}

#[test]
fn labels_and_probabilities() {
    let folder = TestDir::new();
    folder.run("fit data/breast_cancer.csv -t diagnosis -q -o a.model");
    let labels = folder.run("predict a.model data/breast_cancer.csv").out;
    let probabilities = numbers(&folder.run("predict a.model data/breast_cancer.csv --proba").out);
    assert_eq!((labels.lines().count(), probabilities.len()), (569, 569));
    for (label, p) in labels.lines().zip(&probabilities) {
        assert_eq!(label, if *p >= 0.5 { "malignant" } else { "benign" });
    }
    let truth = String::from_utf8(folder.read("data/breast_cancer.csv")).expect("the file is UTF-8 text");
    let right = truth.lines().skip(1).zip(labels.lines()).filter(|(row, label)| row.ends_with(label)).count();
    assert!(right > 555, "{right} of 569 are right");
}

#[test]
fn the_model_opens_as_plain_safetensors() {
    let folder = fitted();
    let bytes = folder.read("a.model");
    let tensors = safetensors::SafeTensors::deserialize(&bytes).expect("a model is a safetensors file");
    let mut names = tensors.names();
    names.sort_unstable();
    assert_eq!(names, ["intercept", "weights"]);
    let inspected: serde_json::Value =
        serde_json::from_str(&folder.run("inspect a.model --format json").out).expect("the output is one object");
    assert_eq!(inspected["coefficients"][1]["name"], "colour=blue");
    let text = folder.run("inspect a.model").out;
    for part in ["linear", "y, a number", "size  number, mean", "colour  2 categories: blue, red", "(intercept)"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn invalid_rows_have_an_empty_line_each_on_request() {
    let folder = fitted();
    folder.write("new.csv", "size,colour\n1\n2,red\nword,red\n3,blue\n1,2,3\ninf,blue\n4,red\n1e300,red\n,blue\n5\n");
    let refused = folder.run("predict a.model new.csv");
    assert_eq!((refused.code, refused.out.as_str()), (4, ""));
    let ran = folder.run("predict a.model new.csv --on-error skip");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let lines: Vec<&str> = ran.out.split('\n').collect();
    let is_empty: Vec<bool> = lines.iter().map(|line| line.is_empty()).collect();
    assert_eq!(is_empty, [true, false, true, false, true, true, false, true, false, true, true], "{}", ran.out);
    for said in [
        "note: 6 invalid rows, each with an empty line:\n",
        "new.csv:2:2: expected 2 fields as in the header, found 1",
        "new.csv:4:1: column 'size': expected a number, found 'word'",
        "new.csv:9:1: column 'size': expected a finite number",
    ] {
        assert!(ran.err.contains(said), "{said} in\n{}", ran.err);
    }
    let few = folder.run("predict a.model new.csv --on-error max=5 -q");
    assert!(few.code == 4 && few.out.is_empty() && few.err.contains("more than 5 invalid rows"), "{}", few.err);
    assert_eq!(folder.run("predict a.model new.csv --on-error max=6 -q").out, ran.out);
    assert_eq!(folder.run("predict a.model new.csv --on-error skip -q").err, "");
}

#[test]
fn files_of_many_blocks_are_predicted_in_order_in_little_memory() {
    let folder = fitted();
    let mut text = String::from("size,colour\n");
    for i in 0..400_000_u32 {
        text += match i % 10_007 {
            0 => "1\n",
            n if n % 3 == 0 => "1.5,red\n",
            _ => "2.5,blue\n",
        };
    }
    folder.write("long.csv", &text);
    let line = "predict a.model long.csv -q --on-error skip";
    let ran = folder.shell(&format!("ulimit -d {}; thalweg {line} --threads 2 --max-memory 130M", 130 << 10));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines.len(), 400_000);
    for (i, line) in lines.iter().enumerate() {
        assert_eq!(line.is_empty(), i % 10_007 == 0, "row {i}");
        assert!(line.is_empty() || *line == lines[if i % 10_007 % 3 == 0 { 3 } else { 1 }], "row {i}: {line}");
    }
    for other in ["--threads 1", "-o out.txt", "--max-memory 1G"] {
        let out = folder.run(&format!("{line} {other}"));
        let text = if other.starts_with("-o") { folder.read("out.txt") } else { out.out.into_bytes() };
        assert!(text == ran.out.as_bytes(), "{other}: {}", out.err);
    }
    let low = folder.run(&format!("{line} --max-memory 10M"));
    assert!(low.code == 2 && low.err.contains("at least 128M"), "{}", low.err);
}
