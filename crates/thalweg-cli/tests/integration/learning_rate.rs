//! The learning rate that `fit --lr auto` chooses.

use crate::common::{TestDir, noise, number};

fn write_table(folder: &TestDir) {
    let mut noise = noise();
    let rows: String = (0..500)
        .map(|_| {
            let (a, b) = (4.0 * noise(), 4.0 * noise());
            format!("{a:.4},{b:.4},{:.4}\n", a * b + noise() / 5.0)
        })
        .collect();
    folder.write("t.csv", &format!("a,b,y\n{rows}"));
}

#[test]
fn the_rate_of_a_perceptron_is_tested_and_shown() {
    let folder = TestDir::new();
    write_table(&folder);
    let ran = folder.run("fit t.csv -t y --model mlp:8 -e 20 --report r.html -o t.model");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let line = ran.out.lines().find(|line| line.starts_with("lr          ")).expect("the report has the rate");
    let lr = line.split_whitespace().nth(1).expect("a rate");
    assert!(line.contains(&format!("{lr} by a range test of ")) && line.contains(" rates up to "), "{line}");
    assert!(ran.out.contains(&format!("\nmethod      adam:lr={lr}, schedule cosine")), "{}", ran.out);
    let page = String::from_utf8(folder.read("r.html")).expect("UTF-8");
    assert!(page.contains("Learning rate range test") && page.contains(&format!("{lr} is chosen")));
    // The same rate when it is given, and so the same weights.
    let report = folder.json("fit t.csv -t y --model mlp:8 -e 20 -o auto.model");
    let fixed = folder.json(&format!("fit t.csv -t y --model mlp:8 -e 20 --lr {lr} -o fixed.model"));
    assert_eq!(number(&report, "/range_test/chosen").to_string(), lr);
    assert!(fixed.get("range_test").is_none());
    assert!(folder.read("auto.model") == folder.read("fixed.model"));
}

#[test]
fn a_rate_is_auto_or_a_number() {
    let folder = TestDir::new();
    write_table(&folder);
    let wrong = folder.run("fit t.csv -t y --lr fast");
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("a number, or auto") && wrong.err.contains("'fast'"), "{}", wrong.err);
    let solver = folder.run("fit t.csv -t y --method lbfgs --lr auto");
    assert_eq!(solver.code, 2);
    assert!(solver.err.contains("lr must be a number for lbfgs"), "{}", solver.err);
    let negative = folder.run("fit t.csv -t y --lr=-0.1");
    assert!(negative.code == 2 && negative.err.contains("lr"), "{}", negative.err);
    let function = folder.run("minimize x^2 --lr auto");
    assert_eq!(function.code, 2, "{}", function.err);
}
