//! Inference of the kind of each column: a number, a category, or an excluded column.

use std::fmt::Write;

use crate::common::{bad_data, excluded_columns, message, names, plan, plan_with, table};
use thalweg_learn::data::Encoding;
use thalweg_learn::{ColumnOptions, Table};

/// Returns a table with the column `name` of these cells, a valid number `x`, and the target `y`.
fn table_with(name: &str, cells: &[String]) -> Table<'static> {
    let mut text = format!("{name},x,y\n");
    for (row, cell) in cells.iter().enumerate() {
        writeln!(text, "{cell},{},{}", (row * row) % 17, (row * 7) % 23).expect("writing to a string succeeds");
    }
    table(&text)
}

fn cells(count: usize, cell: impl Fn(usize) -> String) -> Vec<String> {
    (0..count).map(cell).collect()
}

/// Returns the kind of a column: "number", "category", or the reason of its exclusion.
fn kind_of(name: &str, cells: &[String]) -> String {
    kind_with(name, cells, &ColumnOptions::default())
}

fn kind_with(name: &str, cells: &[String], column_options: &ColumnOptions) -> String {
    let table = table_with(name, cells);
    let mut plan = plan_with(&table, "y", column_options).unwrap_or_else(|error| panic!("{error}"));
    let rows = plan.usable_rows.clone();
    let schema = plan.schema(&table, &rows).unwrap_or_else(|error| panic!("{error}"));
    if let Some(exclusion) = plan.excluded_columns.iter().find(|exclusion| exclusion.column == name) {
        return exclusion.description();
    }
    let feature = schema.features.iter().find(|feature| feature.name == name).expect("the column is used or excluded");
    match feature.encoding {
        Encoding::Number { .. } => "number".to_string(),
        Encoding::Category { .. } | Encoding::Hashed { .. } => "category".to_string(),
        Encoding::Text { .. } => "text".to_string(),
    }
}

fn keep(name: &str) -> ColumnOptions {
    ColumnOptions { keep: names(&[name, "x"]), ..ColumnOptions::default() }
}

fn categorical(name: &str) -> ColumnOptions {
    ColumnOptions { categorical: names(&[name]), ..ColumnOptions::default() }
}

fn number_error(cells: &[String]) -> String {
    bad_data(plan_with(&table_with("age", cells), "y", &ColumnOptions::default()))
}

#[test]
fn numbers_and_categories_are_distinguished() {
    assert_eq!(kind_of("a", &cells(30, |i| format!("{}", i % 7))), "number");
    assert_eq!(kind_of("a", &cells(30, |i| format!("-{}.5e-3", i % 7))), "number");
    assert_eq!(kind_of("a", &cells(30, |i| if i % 3 == 0 { "NA".into() } else { i.to_string() })), "number");
    assert_eq!(kind_of("a", &cells(30, |i| ["yes", "no"][i % 2].into())), "category");
    assert_eq!(kind_of("a", &cells(30, |i| ["true", "false", ""][i % 3].into())), "category");
    assert_eq!(kind_of("a", &cells(30, |i| ["1", "2", "3+"][i % 3].into())), "category");
}

#[test]
fn a_text_among_numbers_is_an_error() {
    let mut cells = cells(400, |i| (i % 50).to_string());
    cells[15] = "abc".into();
    assert_eq!(
        number_error(&cells),
        "data.csv:17:1: column 'age': expected a number, found 'abc' (1 of 400 values is not a number)"
    );
    cells[5] = "not known".into();
    assert_eq!(
        number_error(&cells),
        "data.csv:7:1: column 'age': expected a number, found 'not known' (2 of 400 values are not numbers)"
    );
    assert_eq!(kind_with("age", &cells, &categorical("age")), "category");
    let ignored = ColumnOptions { ignore: names(&["age"]), ..ColumnOptions::default() };
    assert_eq!(kind_with("age", &cells, &ignored), "ignored on request");
}

#[test]
fn a_number_column_has_nine_numbers_of_ten_and_four_distinct_ones() {
    let with_texts = |texts: usize, different: usize| {
        cells(100, |i| if i < texts { "abc".into() } else { (i % different).to_string() })
    };
    assert!(number_error(&with_texts(10, 4)).contains("(10 of 100 values are not numbers"));
    assert_eq!(kind_of("age", &with_texts(11, 4)), "category");
    assert_eq!(kind_of("age", &with_texts(10, 3)), "category");
    let few = ["1", "2", "3", "4", "five"].map(String::from);
    assert_eq!(kind_of("age", &few), "category");
}

#[test]
fn codes_among_numbers_make_a_category() {
    let codes = |other: [&'static str; 3]| {
        cells(400, move |i| if i % 20 == 0 { other[i / 20 % 3].into() } else { format!("{}", 250 + i % 40) })
    };
    assert_eq!(kind_of("diagnosis", &codes(["V57", "E865.1", "V58"])), "category");
    // Two codes, or a word among them, may be mistakes.
    for other in [["V57", "V58", "V57"], ["V57", "V58", "unknown"]] {
        assert!(number_error(&codes(other)).contains("20 of 400 values are not numbers"));
    }
}

#[test]
fn a_comma_with_two_meanings_is_reported() {
    let mut cells = cells(40, |i| format!("\"{},500\"", i % 9 + 1));
    cells[0] = "7".into();
    assert_eq!(
        number_error(&cells),
        "data.csv:3:2: column 'age': expected a number, found '2,500' (a comma may be a decimal mark, or separate \
         thousands)"
    );
    assert_eq!(kind_with("age", &cells, &categorical("age")), "category");
}

#[test]
fn numbers_must_be_finite() {
    for text in ["inf", "-Infinity", "1e999"] {
        let mut cells = cells(30, |i| (i % 5).to_string());
        cells[3] = text.into();
        let wanted = format!("data.csv:5:1: column 'age': expected a finite number of moderate size, found '{text}'");
        assert_eq!(number_error(&cells), wanted);
    }
    let huge = cells(30, |i| ["1.5e308", "-1.7e308"][i % 2].into());
    let table = table_with("age", &huge);
    let rows: Vec<usize> = (0..30).collect();
    let text = bad_data(plan(&table, "y").schema(&table, &rows));
    assert!(text.contains("column 'age': expected a finite number of moderate size, found '-1.7e308'"), "{text}");
}

#[test]
fn dates_are_excluded_unless_kept() {
    let mut dates = cells(40, |i| format!("2011-01-{:02} 12:00", i % 28 + 1));
    assert_eq!(kind_of("when", &dates), "dates or times, such as '2011-01-01 12:00'");
    dates[7] = "soon".into();
    dates[8] = "later".into();
    assert_eq!(kind_of("when", &dates), "dates or times, such as '2011-01-01 12:00'");
    assert_eq!(kind_with("when", &dates, &keep("when")), "category");
    assert_eq!(kind_with("when", &dates, &categorical("when")), "category");
    dates[9] = "never".into();
    assert_ne!(kind_of("when", &dates), "dates or times, such as '2011-01-01 12:00'");
}

#[test]
fn texts_that_identify_rows_are_excluded() {
    let named = cells(40, |i| format!("Mr {i}"));
    assert_eq!(kind_of("name", &named), "identifiers: 40 distinct values in 40 rows");
    assert_eq!(kind_with("name", &named, &keep("name")), "category");
    assert_eq!(kind_of("name", &named[..20]), "category");
    let shared = |levels: usize| cells(600, move |i| format!("t{}", i % levels));
    assert_eq!(kind_of("ticket", &shared(121)), "identifiers: 121 distinct values in 600 rows");
    assert_eq!(kind_of("ticket", &shared(120)), "category");
    // A hundred levels alone are not too many.
    assert_eq!(kind_of("ticket", &shared(100)[..300]), "category");
    let nearly = cells(100, |i| format!("t{}", i.min(89)));
    assert_eq!(kind_of("ticket", &nearly), "identifiers: 90 distinct values in 100 rows");
}

#[test]
fn row_numbers_are_excluded() {
    for first in [0, 1, 892] {
        let count = cells(20, move |i| (first + i).to_string());
        assert_eq!(kind_of("a", &count), "row numbers");
        assert_eq!(kind_of("a", &count[..19]), "number");
        assert_eq!(kind_with("a", &count, &keep("a")), "number");
        assert_eq!(kind_of("year", &count), "number");
        assert_eq!(kind_of("time (s)", &count), "number");
    }
    let mut gap = cells(30, |i| i.to_string());
    gap[29] = "31".into();
    assert_eq!(kind_of("a", &gap), "number");
    assert_eq!(kind_of("a", &cells(30, |i| format!("{i}.5"))), "number");
}

#[test]
fn the_only_column_is_used_even_if_its_values_are_consecutive() {
    let mut text = "n,y\n".to_string();
    (0..30).for_each(|i| writeln!(text, "{i},{}", i * i).expect("writing to a string succeeds"));
    let plan = plan(&table(&text), "y");
    assert!(plan.excluded_columns.is_empty());
}

#[test]
fn integers_with_the_name_of_an_identifier_are_identifiers() {
    let own = cells(40, |i| (i * 37 % 41 + 100).to_string());
    for name in ["id", "ID", "user_id", "userId", "patient_nbr", "shop.id", "index", "key", "Unnamed: 0"] {
        assert_eq!(kind_of(name, &own), "identifiers: 40 distinct values in 40 rows", "{name}");
    }
    for name in ["paid", "grid", "humid", "mass_index", "keys", "RAPID"] {
        assert_eq!(kind_of(name, &own), "number", "{name}");
    }
    let few = cells(40, |i| (i % 4 + 1).to_string());
    assert_eq!(kind_of("shop_id", &few), "category");
    assert_eq!(kind_of("index", &few), "number");
    assert_eq!(kind_of("shop_id", &cells(40, |i| format!("{}.5", i % 4))), "number");
}

#[test]
fn constant_and_empty_columns_are_excluded() {
    assert_eq!(kind_of("a", &cells(30, |_| "no".into())), "constant: always 'no'");
    assert_eq!(kind_with("a", &cells(30, |_| "7".into()), &keep("a")), "constant: always '7'");
    assert_eq!(kind_of("a", &cells(30, |i| ["1", "1.0"][i % 2].into())), "constant: always '1'");
    assert_eq!(kind_of("a", &cells(30, |i| ["", "NA"][i % 2].into())), "all values are missing");
    // A constant with missing values is informative.
    assert_eq!(kind_of("a", &cells(30, |i| ["no", ""][i % 2].into())), "category");
    assert_eq!(kind_of("a", &cells(30, |i| ["7", ""][i % 2].into())), "number");
}

#[test]
fn columns_are_selected_by_name() {
    let table = table("a,b,c,y\n1,2,3,4\n2,3,1,5\n3,1,2,6\n");
    let chosen =
        |column_options: &ColumnOptions| plan_with(&table, "y", column_options).map(|plan| excluded_columns(&plan));
    let keep = ColumnOptions { keep: names(&["b"]), ..ColumnOptions::default() };
    assert_eq!(
        chosen(&keep).expect("b remains"),
        ["a: not among the selected columns", "c: not among the selected columns"]
    );
    let both = ColumnOptions { keep: names(&["b", "a"]), ignore: names(&["a"]), ..ColumnOptions::default() };
    assert_eq!(chosen(&both).expect("b remains"), ["a: ignored on request", "c: not among the selected columns"]);
    for column_options in [
        ColumnOptions { keep: names(&["bb"]), ..ColumnOptions::default() },
        ColumnOptions { ignore: names(&["bb"]), ..ColumnOptions::default() },
        ColumnOptions { categorical: names(&["bb"]), ..ColumnOptions::default() },
    ] {
        let wanted = "data.csv: unknown column 'bb'; known columns: a, b, c, y";
        assert_eq!(message(chosen(&column_options)), wanted);
    }
    let none = ColumnOptions { ignore: names(&["a", "b", "c"]), ..ColumnOptions::default() };
    assert_eq!(
        bad_data(chosen(&none)),
        "data.csv: no feature column remains: 'a' (ignored on request), 'b' (ignored on request), \
         'c' (ignored on request)"
    );
}

#[test]
fn an_error_lists_some_of_many_columns() {
    let header: String = (0..100).map(|i| format!("c{i},")).collect();
    let text = format!("{header}y\n{row}1\n{row}2\n", row = "1,".repeat(100));
    let message = bad_data(plan_with(&table(&text), "y", &ColumnOptions::default()));
    assert!(
        message.starts_with("data.csv: no feature column remains: 'c0' (constant: always '1'), 'c1' ("),
        "{message}"
    );
    assert!(message.ends_with(", 'c39' (constant: always '1') and 60 more"), "{message}");
}
