//! `thalweg predict` and `inspect`.

mod common;

use common::TestDir;

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
