//! Delimited text in the forms that people have: aligned columns, fields without quoting, lines before the header.

use std::path::Path;

use crate::common::names;
use thalweg_learn::data::{Delimiter, HeaderRow, Quoting, TextFormat};
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
    for lines in [5, 9, usize::MAX] {
        let beyond = ReadOptions { skip_lines: Some(lines), ..ReadOptions::default() };
        assert!(matches!(read(text, &beyond), Err(Error::Empty { .. })), "{lines} lines");
    }
    // The lines are longer than what is read at first.
    let long = format!("{}\n{}\nx,y\n1,2\n", "a".repeat(3 << 20), "b,".repeat(1 << 20));
    let options = ReadOptions { skip_lines: Some(2), ..ReadOptions::default() };
    assert_eq!(rows(&read(&long, &options).expect("the text is valid")), [["1", "2"]]);
}

/// Returns the notes of a table as texts.
fn notes(table: &Table<'_>) -> Vec<String> {
    table.notes().iter().map(ToString::to_string).collect()
}

#[test]
fn numbers_with_marks_are_read_as_their_values() {
    let text = "breite;gewicht;preis;anteil;ok\n5,6;1.161,8;1.200 €;12 %;nein\n5,1;838,2;950 €;7,5 %;ja\n\
                7,25;1.214,0;3.100 €;;ja\n-0,5;;20 €;-3 %;ja\n4,75;55,5;1 €;9 %;nein\n";
    let table = read(text, &ReadOptions::default()).expect("the text is valid");
    let expected = [
        ["5.6", "1161.8", "1200", "12", "nein"],
        ["5.1", "838.2", "950", "7.5", "ja"],
        ["7.25", "1214", "3100", "", "ja"],
        ["-0.5", "", "20", "-3", "ja"],
        ["4.75", "55.5", "1", "9", "nein"],
    ];
    assert_eq!(rows(&table), expected);
    let found = [
        "breite: decimal mark ','",
        "gewicht: decimal mark ',', '.' between thousands",
        "preis: decimal mark ',', '.' between thousands, '€' after each number",
        "anteil: decimal mark ',', '%' after each number",
    ];
    assert_eq!(notes(&table), found);
    // A row of numbers is no header, whatever marks they have.
    let table = read("5,6;1.161,8\n7,2;9,5\n7,3;8,5\n1,5;2,5\n", &ReadOptions::default()).expect("the text is valid");
    assert_eq!((table.names(), table.rows()), (&names(&["c1", "c2"])[..], 4));
}

#[test]
fn marks_decide_what_a_comma_means() {
    let text = "x;y\n1,234;1\n2,345;2\n3,456;3\n4,567;4\n5,678;5\n";
    let cell = |decimal, thousands| {
        let options = ReadOptions { decimal, thousands, ..ReadOptions::default() };
        read(text, &options).expect("the text is valid").cell(0, 0).into_owned()
    };
    assert_eq!(cell(None, None), "1,234");
    assert_eq!(cell(Some(','), None), "1.234");
    assert_eq!(cell(None, Some(',')), "1234");
    for (decimal, thousands) in [(Some('x'), None), (None, Some('7')), (Some(','), Some(',')), (None, Some('-'))] {
        let options = ReadOptions { decimal, thousands, ..ReadOptions::default() };
        assert!(matches!(read(text, &options), Err(Error::Method(_))), "{decimal:?} {thousands:?}");
    }
}

#[test]
fn a_cell_in_another_format_is_no_number() {
    let lines: String = (0..20_000).map(|row| format!("{},{};{row}\n", row % 90, row % 10)).collect();
    let table = read(&format!("x;y\n{lines}1.5;3\n"), &ReadOptions::default()).expect("the text is valid");
    assert_eq!([table.cell(19_999, 0), table.cell(20_000, 0)], ["19.9", "\"1.5\""]);
    assert_eq!(table.position(20_000, 0).to_string(), "data.csv:20002:1");
}

#[test]
fn lines_before_the_header_are_found() {
    for (before, first) in [
        ("\"Account: sample\"\n\"Range: 2023-01 to 2023-06\"\n", "2 lines before the header: \"Account: sample\" …"),
        ("Report\n\n", "2 lines before the header: Report …"),
        ("# made, by, us, all\r\n", "the line before the header: # made, by, us, all"),
        ("Report,,\n,,\nStation:,Ulm\n", "3 lines before the header: Report,, …"),
    ] {
        let table = read(&format!("{before}a,b,c\n1,2,x\n3,,y\n"), &ReadOptions::default()).expect(before);
        assert_eq!((table.names(), rows(&table).len()), (&names(&["a", "b", "c"])[..], 2), "{before}");
        assert_eq!(notes(&table), [first]);
        let line = before.lines().count() + 2;
        assert_eq!(table.position(0, 2).to_string(), format!("data.csv:{line}:5"));
    }
    let numbers = read("# a remark\n1.5 2 3\n4 5 6\n7 8 9\n1 2 3\n4 5 6\n", &ReadOptions::default());
    assert_eq!(rows(&numbers.expect("the text is valid"))[0], ["1.5", "2", "3"]);
    // The names follow a #.
    let marked = read("# a remark\n#a,b\n1,2\n3,4\n", &ReadOptions::default()).expect("the text is valid");
    assert_eq!(marked.names(), names(&["#a", "b"]));
}

#[test]
fn lines_are_skipped_as_in_the_file_of_a_model_where_they_are_there() {
    let known = |header: HeaderRow, lines: usize| {
        let known_columns = names(if header == HeaderRow::Absent { &[] } else { &["b"] });
        let known_format = TextFormat { skip_lines: Some(lines), ..TextFormat::default() };
        ReadOptions { header, known_columns, known_format, ..ReadOptions::default() }
    };
    let (title, row) = ("Report; of all\nmade, by, us\n7,8,9\n", "4,5,x\n6,,y\n");
    let header = known(HeaderRow::Present, 3);
    let absent = known(HeaderRow::Absent, 3);
    let explicit = ReadOptions { skip_lines: Some(0), ..known(HeaderRow::Absent, 3) };
    for (text, options, lines) in [
        (format!("{title}a,b,c\n{row}"), &header, 3),
        (format!("a,b,c\n{row}"), &header, 0),
        (format!("{title}{row}"), &absent, 3),
        // Without titles, the first lines are rows, also where a number is missing.
        (row.repeat(3), &absent, 0),
        ("?,5,x\n1,,y\n2,3,z\n7,6,x\n".to_string(), &absent, 0),
        (row.to_string(), &absent, 0),
        // The names of columns are no row; all lines of texts are.
        (format!("a,b,c\nm,kg,-\n-,-,-\n{row}"), &absent, 3),
        ("p,q\nr,s\nt,u\nv,w\n".to_string(), &absent, 0),
        (row.repeat(3), &explicit, 0),
    ] {
        let table = read(&text, options).expect(&text);
        let names = usize::from(options.header == HeaderRow::Present);
        assert_eq!(table.rows(), text.lines().count() - lines - names, "{text}");
        let first = format!("{lines} lines before the header: {} …", text.lines().next().expect("it has lines"));
        let expected = (lines > 0).then_some(first).into_iter().collect::<Vec<_>>();
        assert_eq!(notes(&table), expected, "{text}");
    }
}

#[test]
fn damaged_files_have_no_lines_before_their_header() {
    for text in [
        // The header lacks a name, a line lacks a field, a column has decimal commas or commas.
        "a,b\n1,2,3\n4,5,6\n7,8,9\n",
        "a\n1,2\n3,4\n5,6\n",
        "price\n1,5\n2,5\n3,5\n",
        "title\nUp, away\nIt, came\nNo, more\n",
        "a,b,c\n1,2\n3,4,5\n6,7,8\n",
        "1,2\n3,4,5\n6,7,8\n",
    ] {
        assert!(matches!(read(text, &ReadOptions::default()), Err(Error::RaggedRow { .. })), "{text}");
    }
    for (text, columns) in [("a\n1\n2\n", 1), ("1,2\n3,4\n", 2), ("#id,v\n1,2\n3,4\n", 2), ("x y\nz w\n", 1)] {
        let table = read(text, &ReadOptions::default()).expect(text);
        assert_eq!((table.names().len(), notes(&table)), (columns, Vec::new()), "{text}");
    }
}

#[test]
fn columns_of_the_same_name_are_numbered() {
    let table = read("x,x,y,x.1, x\n1,2,3,4,5\n", &ReadOptions::default()).expect("the text is valid");
    assert_eq!(table.names(), names(&["x", "x.2", "y", "x.1", "x.3"]));
    assert_eq!(notes(&table), ["columns with a name that was used before: x.2, x.3"]);
    assert_eq!(table.cell(0, table.column_index("x.2").expect("it has the column")), "2");
}

#[test]
fn quoted_line_ends_are_noted_if_no_other_field_is_quoted() {
    let stray = "grade\ttext\tx\na\tone\t1\nb\t\"two\t2\nc\tthree\t3\nd\t\"four\t4\ne\tfive\t5\n";
    let table = read(stray, &ReadOptions::default()).expect("the text is valid");
    assert_eq!(table.rows(), 3);
    assert_eq!(notes(&table), ["a quoted field that begins on line 3 contains line ends"]);
    for valid in ["a,b\n1,\"two\nlines\"\n3,4\n", "a,b\n1,\"two, and\nlines, or\"\n3,\"4\"\n", "a,b\n1,\"x\"\n2,y\n"] {
        assert_eq!(notes(&read(valid, &ReadOptions::default()).expect(valid)), Vec::<String>::new(), "{valid}");
    }
}
