//! Units of numbers that differ in some cells or files, and names with commas.

use crate::common::{TestDir, number};

/// Writes a table of a target and a number in two forms: those of most rows, and of one row.
fn write_table(folder: &TestDir, name: &str, of_most: &dyn Fn(f64) -> String, of_one: &str) {
    let line = |row: u32| {
        let x = f64::from(row * 37 % 101) / 4.0;
        let field = if row == 17 { of_one.to_owned() } else { of_most(x) };
        format!("{field};{}\n", 2.0 * x + f64::from(row % 3))
    };
    folder.write(name, &format!("x;y\n{}", (0..60).map(line).collect::<String>()));
}

/// Name of a file, form of most cells, and the odd one.
type OddCell<'a> = (&'a str, &'a dyn Fn(f64) -> String, &'a str);

#[test]
fn one_cell_in_another_unit_is_an_error_with_the_options_that_help() {
    let folder = TestDir::new();
    let cases: [OddCell<'_>; 4] = [
        ("kg.csv", &|x| format!("{x} kg"), "3 lb"),
        ("money.csv", &|x| format!("${x}"), "-"),
        ("percent.csv", &|x| format!("{x}%"), "n.a."),
        ("comma.csv", &|x| x.to_string().replace('.', ","), "unknown"),
    ];
    for (name, of_most, of_one) in cases {
        write_table(&folder, name, of_most, of_one);
        let ran = folder.run(&format!("fit {name} -t y -q -o a.model"));
        assert_eq!(ran.code, 4, "{name}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(&format!("'{of_one}'")) && ran.err.contains("--text-as-missing x"), "{}", ran.err);
        let report = folder.json(&format!("fit {name} -t y --text-as-missing x -o a.model"));
        assert_eq!(report["text_as_missing"]["x"], 1, "{name}");
        assert!(number(&report, "/validation/r2") > 0.95, "{name}: {report}");
    }
}

#[test]
fn numbers_in_another_unit_than_in_training_are_refused() {
    let folder = TestDir::new();
    write_table(&folder, "kg.csv", &|x| format!("{x} kg"), "7 kg");
    write_table(&folder, "lb.csv", &|x| format!("{x} lb"), "7 lb");
    assert_eq!(folder.run("fit kg.csv -t y -q -o kg.model").code, 0);
    assert_eq!(folder.run("predict kg.model kg.csv -q").code, 0);
    let refused = folder.run("predict kg.model lb.csv -q");
    assert!(refused.code == 4 && refused.err.contains("expected a number, found '"), "{}", refused.err);
}

#[test]
fn exponents_tell_a_decimal_comma_from_one_between_thousands() {
    let folder = TestDir::new();
    let line = |row: u32| format!("1,{:03}E+02;{}\n", row * 37 % 997, row * 37 % 997);
    folder.write("e.csv", &format!("x;y\n{}", (0..60).map(line).collect::<String>()));
    let report = folder.run("fit e.csv -t y -o e.model");
    assert!(report.out.contains("numbers     x: decimal mark ','\n"), "{}{}", report.out, report.err);
}

#[test]
fn names_and_texts_with_commas_are_in_quotes() {
    let folder = TestDir::new();
    let line = |row: u32| {
        let a = if row.is_multiple_of(30) { "\"unknown, other\"".to_owned() } else { (row * 7 % 13).to_string() };
        format!("{},{a},{}\n", row * 5 % 11, row * 5 % 11 + row * 7 % 13)
    };
    folder.write("t.csv", &format!("\"Income, total\",a,y\n{}", (0..90).map(line).collect::<String>()));
    let refused = folder.run("fit t.csv -t y -q -o t.model");
    assert!(refused.err.contains("--missing '\"unknown, other\"'"), "{}", refused.err);
    let fit = |options: &str| folder.shell(&format!("thalweg fit t.csv -t y -o t.model --format json -q {options}"));
    let all = fit("--missing '\"unknown, other\"'");
    assert_eq!(all.code, 0, "{}", all.err);
    let without = fit("--missing 'NA,\"unknown, other\"' --ignore '\"Income, total\"'");
    assert!(without.code == 0 && without.out.contains("Income, total"), "{}", without.err);
    assert!(without.out.contains("ignored on request"), "{}", without.out);
}
