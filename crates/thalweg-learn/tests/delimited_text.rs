//! Delimited text in the forms that people have: aligned columns, fields without quoting, lines before the header.

mod common;

use std::path::Path;

use common::names;
use thalweg_learn::data::{Delimiter, HeaderRow, Quoting};
use thalweg_learn::{Error, ReadOptions, Table};

fn read(text: &str, options: &ReadOptions) -> Result<Table<'static>, Error> {
    Table::parse(Path::new("data.csv"), text.as_bytes().to_vec(), options)
}

fn rows(table: &Table<'_>) -> Vec<Vec<String>> {
    let row = |row| (0..table.names().len()).map(|column| table.cell(row, column).into_owned()).collect();
    (0..table.rows()).map(row).collect()
}

#[test]
fn runs_of_spaces_and_tabs_are_one_delimiter() {
    // As the tables of automobiles and of houses in the repository of the University of California, Irvine.
    let text = "18.0   8   307.0      3504.  70\t\"chevrolet  chevelle\"\r\n  \r\n\
                15.0   8   ?          3693.  71\t\"buick \"\"skylark\"\"\"  \r\n 9     4   -1.5e2     2130   72\tdatsun";
    for delimiter in [None, Some(Delimiter::Whitespace)] {
        let table = read(text, &ReadOptions { delimiter, ..ReadOptions::default() }).expect("the text is valid");
        assert_eq!(table.names(), names(&["c1", "c2", "c3", "c4", "c5", "c6"]));
        let expected = [
            ["18", "8", "307", "3504", "70", "chevrolet  chevelle"],
            ["15", "8", "", "3693", "71", "buick \"skylark\""],
            ["9", "4", "-150", "2130", "72", "datsun"],
        ];
        assert_eq!(rows(&table), expected);
        let positions = [(0, 1), (1, 2), (2, 3), (2, 5)].map(|(row, column)| table.position(row, column).to_string());
        assert_eq!(positions, ["data.csv:1:8", "data.csv:3:12", "data.csv:4:23", "data.csv:4:33"]);
    }
}

#[test]
fn an_aligned_row_of_another_width_is_an_error_with_its_place() {
    let text = "x   y\n1   2\n3   4   5\n";
    let options = ReadOptions { delimiter: Some(Delimiter::Whitespace), ..ReadOptions::default() };
    let error = read(text, &options).expect_err("a row is wider").to_string();
    assert_eq!(error, "data.csv:3:9: expected 2 fields as in the header, found 3");
    // A single character still separates empty fields.
    let options = ReadOptions { delimiter: Some(Delimiter::Character(b' ')), ..ReadOptions::default() };
    assert_eq!(rows(&read("x y z\n1  2\n", &options).expect("the text is valid")), [["1", "", "2"]]);
}

#[test]
fn long_aligned_texts_are_divided_between_lines() {
    let lines: String = (0..80_000).map(|row| format!("  {row:>7}   {:>5}.5 \n", row % 7)).collect();
    let table = read(&lines, &ReadOptions::default()).expect("the text is valid");
    assert_eq!(table.rows(), 80_000);
    assert_eq!([table.cell(79_999, 0), table.cell(79_999, 1)], ["79999", "3.5"]);
}

#[test]
fn quotes_can_be_characters_like_any_other() {
    let text = "label\tx\nno\t\"0.4\nyes\t0.5\nno\tsay \"so\"\n\"a\"\t7\n";
    let options = ReadOptions { quoting: Quoting::None, ..ReadOptions::default() };
    let table = read(text, &options).expect("the text is valid");
    assert_eq!(rows(&table), [["no", "\"0.4"], ["yes", "0.5"], ["no", "say \"so\""], ["\"a\"", "7"]]);
    assert_eq!(table.position(3, 1).to_string(), "data.csv:5:5");
}

#[test]
fn lines_before_the_header_are_skipped_on_request() {
    let text = "\u{feff}Report, of \"all\r\nmade,today,by,me\r\nx,y\r\n1,2\r\n3,z\r\n";
    let options = ReadOptions { skip_lines: Some(2), ..ReadOptions::default() };
    let table = read(text, &options).expect("the text is valid");
    assert_eq!((table.names(), rows(&table)), (&names(&["x", "y"])[..], vec![names(&["1", "2"]), names(&["3", "z"])]));
    assert_eq!(table.position(1, 1).to_string(), "data.csv:5:3");
    let absent = ReadOptions { header: HeaderRow::Absent, skip_lines: Some(3), ..ReadOptions::default() };
    assert_eq!(rows(&read(text, &absent).expect("the text is valid")), [["1", "2"], ["3", "z"]]);
    let beyond = ReadOptions { skip_lines: Some(9), ..ReadOptions::default() };
    assert!(matches!(read(text, &beyond), Err(Error::Empty { .. })));
    // The lines are longer than what is read at first.
    let long = format!("{}\n{}\nx,y\n1,2\n", "a".repeat(3 << 20), "b,".repeat(1 << 20));
    let options = ReadOptions { skip_lines: Some(2), ..ReadOptions::default() };
    assert_eq!(rows(&read(&long, &options).expect("the text is valid")), [["1", "2"]]);
}
