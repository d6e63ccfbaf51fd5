//! Delimited text in the forms that people have: `fit`, `predict` and `inspect` read it alike.

use crate::common::TestDir;
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

#[test]
fn numbers_with_marks_are_read_in_every_command() {
    let plain = "a,b,y\n".to_string() + &rows(|a, b, y| format!("{},{b},{y}\n", a * 1000.0));
    let comma = |number: f64| number.to_string().replace('.', ",");
    let thousands = |number: f64| {
        let (whole, rest) = ((number / 1000.0).trunc(), number % 1000.0);
        if whole > 0.0 { format!("{whole}.{rest:03}") } else { rest.to_string() }
    };
    let row = |a: f64, b: f64, y: f64| format!("{};{} kg;{}\n", thousands(a * 1000.0), comma(b), comma(y));
    let marked = "a;b;y\n".to_string() + &rows(row);
    for options in ["", "--decimal ,", "--decimal , --thousands ."] {
        let report = assert_reads_as_plain(&marked, &plain, options);
        for line in [
            "numbers     a: decimal mark ',', '.' between thousands\n",
            "numbers     b: decimal mark ',', 'kg' after each number\n",
            "numbers     y: decimal mark ','\n",
        ] {
            assert!(report.contains(line), "{line}\n{report}");
        }
    }
}

#[test]
fn a_comma_with_two_meanings_and_a_cell_in_another_format_are_errors_with_advice() {
    let folder = TestDir::new();
    let lines: String = (1..60).map(|i| format!("{},{:03};{i}\n", i, i * 37 % 1000)).collect();
    folder.write("a.csv", &format!("x;y\n{lines}"));
    let ran = folder.run("fit a.csv -t y");
    assert_eq!(ran.code, 4);
    assert!(ran.err.contains("a.csv:2:1: column 'x': expected a number, found '1,037' (a comma may be"), "{}", ran.err);
    assert!(ran.err.contains("--decimal , reads a comma as decimal mark, --thousands , one between"), "{}", ran.err);
    assert_eq!(folder.run("fit a.csv -t y --decimal , -e 3 -q -o comma.model").code, 0);
    let report = folder.json("fit a.csv -t y --thousands , -e 3 -o thousands.model");
    assert_eq!(report["notes"][0]["kind"], "number_format");
    assert_eq!((&report["notes"][0]["columns"][0], &report["notes"][0]["thousands"]), (&"x".into(), &",".into()));
    // Each model reads the file as it was learned, also where it could have both meanings.
    let predicted = |model: &str, line: &str| {
        folder.write("new.csv", &format!("x\n{line}\n"));
        folder.run(&format!("predict {model} new.csv")).out
    };
    assert_eq!(predicted("comma.model", "\"1,037\""), predicted("comma.model", "1.037"));
    assert_eq!(predicted("thousands.model", "\"1,037\""), predicted("thousands.model", "1037"));
    assert!(predicted("thousands.model", "1.037") != predicted("thousands.model", "1037"));
    folder.write("b.csv", &format!("x;y\n{lines}1.5;3\n"));
    let ran = folder.run("fit b.csv -t y --decimal ,");
    assert!(ran.err.contains("b.csv:61:1: column 'x': expected a number, found '1.5' (1 of 60 values"), "{}", ran.err);
}

#[test]
fn lines_before_the_header_and_repeated_names_are_said() {
    let folder = TestDir::new();
    let text = rows(|a, b, y| format!("{a},{b},{y}\n"));
    folder.write("a.csv", &format!("Account: sample\nRange: all\nx,x,y\n{text}"));
    folder.write("plain.csv", &format!("x,x.1,y\n{text}"));
    let ran = folder.run("fit a.csv -t y -e 30 -o a.model");
    assert!(ran.out.contains("skipped     2 lines before the header: Account: sample …\n"), "{}", ran.out);
    assert!(ran.out.contains("renamed     columns with a name that was used before: x.1\n"), "{}", ran.out);
    folder.run("fit plain.csv -t y -e 30 -q -o plain.model");
    assert!(folder.read("a.model") == folder.read("plain.model"));
    let ran = folder.run("predict a.model a.csv");
    assert_eq!(ran.out.lines().count(), 200);
    assert!(ran.err.starts_with("note: skipped 2 lines before the header: Account"), "{}", ran.err);
    folder.write("ragged.csv", &format!("x\ny,1\nz,2\n{text}"));
    let ran = folder.run("fit ragged.csv -t y");
    assert!(ran.err.contains("if lines precede the header, --skip-lines N skips them"), "{}", ran.err);
}

#[test]
fn a_model_of_rows_without_names_skips_the_lines_before_them_or_says_how() {
    let folder = TestDir::new();
    let text = rows(|a, b, y| format!("{a},{b},{y}\n"));
    let titles = "Report, of all\nmade by us\n3,4,5\n";
    folder.write("titles.csv", &format!("{titles}{text}"));
    folder.write("rows.csv", &text);
    folder.write("names.csv", &format!("a,b,y\n{text}"));
    folder.write("other.csv", &format!("Report\n{text}"));
    folder.run("fit titles.csv -t c3 --no-header --skip-lines 3 -e 3 -q -o a.model");
    let expected = folder.run("predict a.model titles.csv --skip-lines 3");
    assert_eq!((expected.out.lines().count(), expected.err.as_str()), (200, ""));
    let found = folder.run("predict a.model titles.csv");
    assert_eq!(
        (found.out, found.err.as_str()),
        (expected.out.clone(), "note: skipped 3 lines before the header: Report, of all …\n")
    );
    let plain = folder.run("predict a.model rows.csv");
    assert_eq!((plain.out, plain.err.as_str()), (expected.out, ""));
    folder.run("fit rows.csv -t c3 --no-header -e 3 -q -o b.model");
    let names = folder.run("predict b.model names.csv");
    assert!(
        names.code == 4 && names.err.contains("if the first line is no row, --skip-lines 1 skips it"),
        "{}",
        names.err
    );
    let other = folder.run("predict b.model other.csv");
    assert!(
        other.code == 4 && other.err.contains("if lines precede the rows, --skip-lines N skips them"),
        "{}",
        other.err
    );
}

#[test]
fn texts_of_missing_values_that_no_cell_has_are_said() {
    let folder = TestDir::new();
    folder.write("a.csv", &format!("a,b,y\n{}", rows(|a, b, y| format!("{a},{b},{y}\n"))));
    let ran = folder.run("fit a.csv -t y -e 3 -o a.model --missing -999,none,NA");
    assert!(ran.out.contains("unmatched   texts of missing values: -999, none\n"), "{}", ran.out);
    let report = folder.json("fit a.csv -t y -e 3 -o a.model --missing none");
    assert_eq!(report["notes"], serde_json::json!([{ "kind": "unmatched_missing", "tokens": ["none"] }]));
    let ran = folder.run("predict a.model a.csv --missing never");
    assert_eq!(ran.err, "note: unmatched texts of missing values: never\n");
}

#[test]
fn quotes_that_swallow_rows_are_a_warning() {
    let folder = TestDir::new();
    let row =
        |i: u32| format!("{}\t{}w\t{}\n", ["a", "b", "c"][i as usize % 3], if i % 9 == 4 { "\"" } else { "" }, i % 5);
    folder.write("a.tsv", &("grade\tword\ty\n".to_string() + &(0..90).map(row).collect::<String>()));
    for max_memory in ["", "--max-memory 128M --sample-rows 20"] {
        let ran = folder.run(&format!("fit a.tsv -t y -e 3 -q -o a.model {max_memory}"));
        assert!(ran.err.starts_with("warning: quoted fields that begin on lines 6, 24, 42"), "{}", ran.err);
        assert!(ran.err.contains("hint: if quotes are characters like any other, add --no-quotes\n"), "{}", ran.err);
    }
    assert_eq!(folder.run("fit a.tsv -t y -e 3 -q -o b.model --no-quotes").err, "");
}

#[test]
fn names_are_given_with_or_without_the_blanks_around_them() {
    let folder = TestDir::new();
    let lines: String = (0..90)
        .map(|i| format!("{},{},{},{},{}\n", i * 7 % 11, i * 5 % 13, i % 4, i % 3 + 1, i * 7 % 11 * 3))
        .collect();
    folder.write("a.csv", &format!(" a , b,shop ,w ,Life expectancy \n{lines}"));
    let fit = |spaces: bool, model: &str| {
        let given = |name: &str| if spaces { name.to_string() } else { name.trim().to_string() };
        let mut command = folder.command(&format!("fit a.csv -e 5 -q -o {model}"));
        command.args(["-t", &given("Life expectancy "), "--weight", &given("w "), "--categorical", &given("shop ")]);
        command.args(["--keep", &[" a ", " b", "shop "].map(given).join(","), "--interactions", &given(" a * b")]);
        let output = command.output().expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        folder.read(model)
    };
    assert!(fit(true, "spaces.model") == fit(false, "trimmed.model"));
    let mut command = folder.command("fit a.csv -e 5 -q -o b.model");
    command.args(["-t", "Life expectancy ", "--ignore", " a ,w "]);
    assert!(command.output().expect("the program runs").status.success());
    let predicted = folder.run("predict b.model a.csv");
    assert_eq!(predicted.out.lines().count(), 90, "{}", predicted.err);
}

#[test]
fn texts_in_other_encodings_come_with_advice() {
    let folder = TestDir::new();
    let russian = "город,цена\nМосква,10\nКазань и Самара,20\nНовгород,30\n".chars().map(|c| match c {
        'а'..='я' => (u32::from(c) - u32::from('а') + 0xE0) as u8,
        'А'..='Я' => (u32::from(c) - u32::from('А') + 0xC0) as u8,
        c => c as u8,
    });
    std::fs::write(folder.path("a.csv"), russian.collect::<Vec<u8>>()).expect("the file is written");
    let ran = folder.run("fit a.csv -t c2");
    assert_eq!(ran.code, 4);
    assert!(ran.err.contains("add --encoding windows-1251"), "{}", ran.err);
}
