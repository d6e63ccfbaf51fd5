//! What the program says of columns that it does not use, and columns of texts.

use crate::common::{TestDir, number};
use serde_json::Value;

/// Messages without a header; most spam has one of two words.
fn messages(rows: usize) -> String {
    let line = |row: usize| {
        let spam = row.is_multiple_of(3);
        let word = if spam { ["WIN", "cash"][row % 2] } else { ["lunch", "home", "late"][row % 3] };
        format!("{}\tthis is message {} about {word}, I think\n", if spam { "spam" } else { "ham" }, row * 7)
    };
    (0..rows).map(line).collect()
}

#[test]
fn messages_are_classified_by_their_words_in_one_command() {
    let folder = TestDir::new();
    folder.write("messages", &messages(300));
    let refused = folder.run("fit messages --no-header -t c1 -o m.model");
    assert_eq!(
        (refused.code, refused.err.as_str()),
        (
            4,
            "error: messages: no feature column remains: 'c2' (free text: 300 distinct values in 300 rows)\n\
             hint: --text c2 uses its words\n"
        )
    );
    let report = folder.json("fit messages --no-header -t c1 --text c2 --hash-bits 12 -e 30 --lr 0.1 -o m.model");
    assert!(number(&report, "/validation/accuracy") > 0.98, "{report}");
    assert_eq!(report["hashed"]["bits"], 12);
    assert!(report["hashed"]["words"].as_u64().is_some_and(|words| words > 200), "{}", report["hashed"]);
    let inspected = folder.run("inspect m.model").out;
    assert!(inspected.contains("\n  c2  text, tfidf of words hashed to 2^12 coefficients\n"), "{inspected}");
    folder.write("new", "late, I think\nWIN cash\n");
    let predicted = folder.run("predict m.model new --delimiter tab");
    assert_eq!((predicted.code, predicted.out.as_str()), (0, "ham\nspam\n"), "{}", predicted.err);
    let weighted = folder.run("fit messages --no-header -t c1 --text c2 --text-weighting words");
    assert!(weighted.code == 2 && weighted.err.contains("count, binary, tfidf"), "{}", weighted.err);
}

#[test]
fn an_excluded_column_of_free_text_has_a_hint() {
    let folder = TestDir::new();
    let lines = messages(100).replace(',', "");
    let lines: String = lines.lines().enumerate().map(|(row, line)| format!("{line}\t{}\n", row % 7)).collect();
    folder.write("t.tsv", &format!("label\tmessage\tx\n{lines}"));
    let report = folder.run("fit t.tsv -e 2 --quiet -o t.model").out;
    let line = "\nexcluded    message: free text: 100 distinct values in 100 rows (--text message uses its words)\n";
    assert!(report.contains(line), "{report}");
}

#[test]
fn a_constant_is_said_to_be_one_of_the_rows_it_is_constant_in() {
    let folder = TestDir::new();
    let mut text = "always,rare,x,y\n".to_string();
    (0..200).for_each(|row| text += &format!("7,{},{},{}\n", u8::from(row == 104), row % 7, row % 7 * 2));
    folder.write("rare.csv", &text);
    // Which rows are held out depends on the seed: some seed holds out row 104.
    let reasons = |options: &str| -> Vec<(String, String)> {
        let report = folder.json(&format!("fit rare.csv -t y -e 2 --refit never -o rare.model {options}"));
        let text = |value: &Value| value.as_str().expect("a text").to_string();
        let excluded = report["left_out"].as_array().expect("a list");
        excluded.iter().map(|excluded| (text(&excluded["column"]), text(&excluded["reason"]))).collect()
    };
    let of = |column: &str, reason: &str| (column.to_string(), reason.to_string());
    let always = of("always", "constant: always '7'");
    let found: Vec<_> = (0..40).map(|seed| reasons(&format!("--seed {seed}"))).collect();
    for reasons in &found {
        assert_eq!(reasons[0], always);
    }
    let rare: Vec<_> = found.iter().filter(|reasons| reasons.len() > 1).collect();
    assert!(!rare.is_empty() && rare.len() < 20, "{}", rare.len());
    for reasons in rare {
        assert_eq!(reasons[1..], [of("rare", "constant in the training rows: always '0'")]);
    }
    // Column types are inferred from a sample of whole blocks, here from all rows.
    assert_eq!(reasons("--sample-rows 50"), [of("always", "constant in the first 200 rows: always '7'")]);
}

#[test]
fn many_columns_with_one_reason_have_one_line() {
    let folder = TestDir::new();
    let names: Vec<String> = (0..14).map(|i| format!("w{i}")).collect();
    let mut text = format!("x,{},y\n", names.join(","));
    (0..60).for_each(|row| text += &format!("{}{},{}\n", row % 7, ",0".repeat(14), row % 7 * 2));
    folder.write("wide.csv", &text);
    let report = folder.run("fit wide.csv -t y -e 2 --quiet -o wide.model").out;
    let lines: Vec<&str> = report.lines().filter(|line| line.starts_with("excluded")).collect();
    assert_eq!(lines, ["excluded    14 columns constant: w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, …"]);
    let json = folder.json("fit wide.csv -t y -e 2 -o wide.model");
    assert_eq!(json["left_out"].as_array().map(Vec::len), Some(14));
    let ignored = folder.run("fit wide.csv -t y -e 2 --quiet -o wide.model --ignore w0,w1,w2,w3,w4,w5,w6,w7,w8,w9").out;
    let lines: Vec<&str> = ignored.lines().filter(|line| line.starts_with("excluded")).collect();
    let last: Vec<String> = (10..14).map(|i| format!("excluded    w{i}: constant: always '0'")).collect();
    assert_eq!(lines[0], "excluded    10 columns ignored on request: w0, w1, w2, w3, w4, w5, w6, w7, w8, w9");
    assert_eq!(lines[1..], last);
}

#[test]
fn texts_among_numbers_are_missing_values_on_request() {
    let folder = TestDir::new();
    let mut text = "cylinders,x,price\n".to_string();
    let cell = |row: usize| if row == 57 { "rotary".to_string() } else { (3 + row * 7 % 5).to_string() };
    (0..93).for_each(|row| text += &format!("{},{},{}\n", cell(row), row % 13, row * 5 % 17));
    folder.write("cars.csv", &text);
    let refused = folder.run("fit cars.csv -t price -o cars.model");
    let hint = "hint: --missing rotary reads it as a missing value; --text-as-missing cylinders reads every text of \
                the column so; --categorical cylinders reads the column as categories\n";
    assert!(refused.code == 4 && refused.err.ends_with(hint), "{}", refused.err);
    let fit = folder.run("fit cars.csv -t price -e 2 --lr 0.1 --quiet -o cars.model --text-as-missing cylinders");
    assert!(fit.out.contains("\nmissing     cylinders: 1 text read as missing values\n"), "{}", fit.out);
    let inspected = folder.run("inspect cars.model").out;
    assert!(inspected.contains("with an indicator of missing values, texts are missing values\n"), "{inspected}");
    let predicted = folder.run("predict cars.model cars.csv");
    assert_eq!((predicted.code, predicted.err.as_str()), (0, "note: texts read as missing numbers: cylinders 1\n"));
}

#[test]
fn a_target_of_digits_is_a_number_and_said_to_be_one() {
    let folder = TestDir::new();
    let mut text = "x,digit\n".to_string();
    (0..100).for_each(|row| text += &format!("{},{}\n", row % 10 * 2 + row % 3, row % 10));
    folder.write("digits.csv", &text);
    let fit = folder.run("fit digits.csv -t digit -e 30 --lr 0.1 -o a.model");
    let note = "note: digit is taken for a number; --loss softmax takes its 10 values for classes\n";
    assert!(fit.code == 0 && fit.err.ends_with(note), "{}", fit.err);
    assert!(fit.out.contains("linear regression of digit"), "{}", fit.out);
    for options in ["--quiet", "--loss squared", "--loss softmax", "--model linear", "--model fm:rank=2"] {
        let fit = folder.run(&format!("fit digits.csv -t digit -e 30 --lr 0.1 -o b.model {options}"));
        assert!(fit.code == 0 && !fit.err.contains("taken for"), "{options}: {}", fit.err);
    }
    let report = folder.json("fit digits.csv -t digit -e 30 --lr 0.1 -o c.model");
    assert_eq!(report["whole_number_values"], 10);
}

#[test]
fn labels_of_images_are_classes() {
    let folder = TestDir::new();
    let (rows, pixels) = (90_u32, 4_u32);
    let size = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
    let digit = |row: u32| (row * 7 % 3) as u8;
    let pixel = |row: u32, place: u32| if place == u32::from(digit(row)) { 200 } else { (row * place % 50) as u8 };
    let images = (0..rows).flat_map(|row| (0..pixels).map(move |place| pixel(row, place)));
    let images = [&[0, 0, 8, 3][..], &size(&[rows, 2, 2]), &images.collect::<Vec<u8>>()].concat();
    let labels = [&[0, 0, 8, 1][..], &size(&[rows]), &(0..rows).map(digit).collect::<Vec<u8>>()].concat();
    std::fs::write(folder.path("train-images-idx3-ubyte"), images).expect("the file is written");
    std::fs::write(folder.path("train-labels-idx1-ubyte"), labels).expect("the file is written");
    let report = folder.json("fit train-images-idx3-ubyte -e 20 --lr 0.1 -o m.model");
    assert_eq!((report["model"].as_str(), &report["labels"]), (Some("softmax"), &serde_json::json!(["0", "1", "2"])));
    assert!(number(&report, "/validation/accuracy") > 0.9, "{report}");
    let predicted = folder.run("predict m.model train-images-idx3-ubyte");
    assert!(predicted.out.starts_with("0\n1\n2\n0\n"), "{}", predicted.out);
    let squared = folder.json("fit train-images-idx3-ubyte -e 20 --lr 0.01 -o s.model --loss squared");
    assert_eq!(squared["model"], "linear");
}

#[test]
fn numbers_that_may_be_names_of_levels_are_noted_for_factorization_machines() {
    let folder = TestDir::new();
    let line = |i: u32| format!("{},{},{},{}\n", i * 37 % 150, i * 11 % 130, i % 90, i * 7 % 5);
    folder.write("r.csv", &format!("user,movie,age,stars\n{}", (0..900).map(line).collect::<String>()));
    let note = "note: taken for numbers, without factors for each of their values: user, movie; if the values are \
                names, they need --categorical user,movie\n";
    let fit = |options: &str| folder.run(&format!("fit r.csv -t stars -e 2 -o r.model {options}")).err;
    assert!(fit("--model fm:rank=2").contains(note), "{}", fit("--model fm:rank=2"));
    assert!(!fit("--model fm:rank=2 --categorical user,movie").contains("taken for numbers"));
    assert!(!fit("--model linear").contains("taken for numbers"));
}
