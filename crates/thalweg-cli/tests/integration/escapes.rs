//! Names and texts of data in reports: no control character reaches a terminal, and long ones are cut.

use crate::common::{ProgramOutput, TestDir};
use serde_json::Value;

/// Column name, levels and labels with escape sequences, a bell, a direction mark and a line end.
fn hostile(folder: &TestDir) {
    let rows = "0.1,\u{1b}]0;title\u{7},yes\n1.1,q\u{202e},\"no\n|maybe\"\n".repeat(9);
    folder.write("d.csv", &format!("a\u{1b}[31mRED,c\u{9b}1m,y\n{rows}"));
}

fn inspected(folder: &TestDir) -> Value {
    serde_json::from_str(&folder.run("inspect m.model --format json").out).expect("the output is JSON")
}

fn assert_visible(ran: &ProgramOutput) {
    let is_hidden = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2028}');
    assert!(!ran.out.contains(is_hidden) && !ran.err.contains(is_hidden), "{ran:?}");
}

#[test]
fn control_characters_of_names_levels_and_labels_are_escaped() {
    let folder = TestDir::new();
    hostile(&folder);
    let fit = folder.run("fit d.csv -t y -o m.model -e 3");
    assert_eq!(fit.code, 0, "{fit:?}");
    assert!(fit.out.contains(r"a\u{1b}[31mRED") && fit.out.contains(r"no\n|maybe"), "{}", fit.out);
    let inspect = folder.run("inspect m.model");
    assert!(inspect.out.contains(r"c\u{9b}1m  2 categories: \u{1b}]0;title\u{7}, q\u{202e}"), "{}", inspect.out);
    let unknown = folder.run("fit d.csv -t nope -o m.model");
    assert!(unknown.code == 2 && unknown.err.lines().count() == 1, "{unknown:?}");
    let predict = folder.run("predict m.model d.csv");
    assert_eq!(predict.out.lines().filter(|line| *line == "yes" || *line == r"no\n|maybe").count(), 18);
    assert_eq!(predict.out.lines().count(), 18);
    folder.write("bad.csv", "a\u{1b}[31mRED,c\u{9b}1m,y\n\u{1b}[2J,q,yes\n");
    let bad = folder.run("predict m.model bad.csv");
    assert!(bad.code == 4 && bad.err.contains(r"found '\u{1b}[2J'"), "{bad:?}");
    for ran in [fit, inspect, unknown, predict, bad] {
        assert_visible(&ran);
    }
    // JSON has the names as they are.
    let schema = &inspected(&folder)["schema"];
    assert_eq!(schema["features"][0]["name"], "a\u{1b}[31mRED");
    assert_eq!(schema["target"]["label"]["negative"], "no\n|maybe");
}

#[test]
fn long_names_are_cut_in_reports_and_whole_in_json() {
    let folder = TestDir::new();
    let name = "n".repeat(200_000);
    folder.write("d.csv", &format!("{name},y\n{}", "1,2\n2,4\n5,3\n".repeat(9)));
    let fit = folder.run("fit d.csv -t y -o m.model -e 1 -q");
    assert!(fit.code == 0 && fit.out.len() < 5_000 && fit.out.contains('…'), "{}", fit.out.len());
    assert!(folder.run("inspect m.model").out.len() < 5_000);
    assert_eq!(inspected(&folder)["schema"]["features"][0]["name"], name.as_str());
}

/// Writes a file of runs with changed texts in its header.
fn changed_runs(folder: &TestDir, changes: &[(&str, &str)]) {
    let text = String::from_utf8(folder.read("r.jsonl")).expect("the file is UTF-8 text");
    let (header, runs) = text.split_once('\n').expect("the file has a header");
    let mut header: Value = serde_json::from_str(header).expect("the header is JSON");
    for (key, text) in changes {
        header[*key] = (*text).into();
    }
    folder.write("x.jsonl", &format!("{header}\n{runs}"));
}

#[test]
fn texts_of_a_file_of_runs_are_escaped_and_cut() {
    let folder = TestDir::new();
    folder.run("compare rosenbrock --steps 30 --methods sgd,adam --protocol defaults --seeds 2 -q --runs r.jsonl");
    let long = "x ".repeat(35_000);
    changed_runs(&folder, &[("value", &long), ("arena", &long)]);
    let ran = folder.run("compare --from x.jsonl -q --plot p.svg --report p.html");
    assert!(ran.code == 0 && ran.out.len() < 10_000, "{} {}", ran.code, ran.err);
    changed_runs(&folder, &[("value", "\u{1b}[31m|<b>"), ("arena", "<script>\u{9b}\nalert()</script>")]);
    for format in ["text", "markdown", "csv"] {
        let ran = folder.run(&format!("compare --from x.jsonl -q --plot p.svg --report p.html --format {format}"));
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_visible(&ran);
        assert!(format != "markdown" || (!ran.out.contains('<') && ran.out.contains("\\|&lt;b>")), "{}", ran.out);
    }
    for file in ["p.svg", "p.html"] {
        let text = String::from_utf8(folder.read(file)).expect("the file is UTF-8 text");
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{file}");
        assert!(!text.contains("<script>"), "{file}");
    }
}

#[test]
fn long_formulas_and_variables_are_drawn_and_reported() {
    let folder = TestDir::new();
    let formula = "(x-1)^2+".repeat(3_000) + "x^2";
    let ran = folder.run(&format!(
        "compare {formula} --steps 3 --methods sgd --protocol defaults --seeds 1 -q --runs r.jsonl --plot p.svg"
    ));
    assert!(ran.code == 0 && ran.out.len() < 10_000, "{} {}", ran.code, ran.err);
    let variable = "v".repeat(65_530);
    let ran = folder.run(&format!("minimize {variable}^2 -q"));
    assert!(ran.code == 0 && ran.out.len() < 10_000, "{} {}", ran.code, ran.err);
}
