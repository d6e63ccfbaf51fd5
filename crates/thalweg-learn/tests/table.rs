//! Reading delimited text: cells, headers, delimiters, and the place of every fault.

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;

use common::{bad_data, message, names, table, try_table};
use flate2::Compression;
use flate2::write::GzEncoder;
use thalweg_learn::{HeaderRow, ReadOptions, Result, Table};

fn cells(table: &Table) -> Vec<Vec<std::borrow::Cow<'_, str>>> {
    (0..table.rows()).map(|row| (0..table.names().len()).map(|column| table.cell(row, column)).collect()).collect()
}

fn with(text: &str, options: &ReadOptions) -> Result<Table> {
    Table::parse(Path::new("data.csv"), text.as_bytes().to_vec(), options)
}

#[test]
fn plain_text() {
    let table = table("a,b\n1,x\n2,y\n");
    assert!(table.had_header());
    assert_eq!(table.names(), ["a", "b"]);
    assert_eq!(cells(&table), [["1", "x"], ["2", "y"]]);
}

#[test]
fn marks_line_ends_blank_lines_and_a_last_line_without_end() {
    let table = table("\u{feff}\r\na,b\r\n\r\n1,x\r\n   \r\n2,y\r\n\r\n3,z");
    assert_eq!(table.names(), ["a", "b"]);
    assert_eq!(cells(&table), [["1", "x"], ["2", "y"], ["3", "z"]]);
}

#[test]
fn quotes_hold_delimiters_quotes_and_line_ends() {
    let table = table("a,b\n\"x, y\",\"say \"\"no\"\"\"\n\"two\nlines\",\" z \"\n");
    assert_eq!(cells(&table), [["x, y", "say \"no\""], ["two\nlines", "z"]]);
}

#[test]
fn blanks_around_fields_are_taken_away_before_quotes_too() {
    let table = table("a, b ,\tc\n 1 , \"x, y\" ,  \"z\"\n\"2\", \"\"\"q\"\", r\",s\n");
    assert_eq!(table.names(), ["a", "b", "c"]);
    assert_eq!(cells(&table), [["1", "x, y", "z"], ["2", "\"q\", r", "s"]]);
}

#[test]
fn delimiters_are_found_or_given() {
    for (text, found) in [("a;b\n1,5;x\n", "1,5"), ("a\tb\n1 2\tx\n", "1 2"), ("a|b\n1|x\n", "1")] {
        assert_eq!(cells(&table(text)), [[found, "x"]]);
    }
    let given = ReadOptions { delimiter: Some(b':'), ..ReadOptions::default() };
    assert_eq!(cells(&with("a:b\n1,2:3\n", &given).expect("given")), [["1,2", "3"]]);
}

#[test]
fn a_first_row_with_a_number_or_a_gap_is_data() {
    for (text, header) in [
        ("a,b\n1,2\n", true),
        ("x,1\ny,2\n", false),
        ("x,?\ny,2\n", false),
        ("x,\ny,2\n", false),
        ("1e3\n2\n", false),
        ("\"12\",b\n1,2\n", false),
        // The index column of pandas and R has no name.
        (",b\n0,x\n1,y\n", true),
        ("\"\",\"b\"\n\"0\",\"x\"\n", true),
        // A table of text: a header never comes up again; all the cells of a row of data do.
        ("size,colour\nbig,red\nsmall,blue\n", true),
        ("big,red\nsmall,blue\nsmall,red\nbig,blue\n", false),
        ("p,x,p\ne,y,q\np,x,p\n", false),
        // The same header twice is a fault to be named, not data.
        ("a,b\n1,x\na,b\n", true),
    ] {
        assert_eq!(table(text).had_header(), header, "{text}");
    }
}

#[test]
fn columns_without_names_are_numbered() {
    assert_eq!(table("5,x\n6,y\n").names(), ["c1", "c2"]);
    assert_eq!(table(",b\n0,x\n").names(), ["c1", "b"]);
}

#[test]
fn the_user_overrules_the_first_row() {
    let years = "2019,2020\n1,2\n";
    let present = ReadOptions { header: HeaderRow::Present, ..ReadOptions::default() };
    assert_eq!(with(years, &present).expect("a header").names(), ["2019", "2020"]);
    let absent = ReadOptions { header: HeaderRow::Absent, ..ReadOptions::default() };
    let table = with("a,b\nc,d\n", &absent).expect("no header");
    assert_eq!((table.rows(), table.names()), (2, names(&["c1", "c2"]).as_slice()));
}

#[test]
fn gaps_are_the_usual_texts_and_those_given() {
    let text = "a\nNA\nN/A\nn/a\nNaN\nnan\nnull\nNULL\nNone\n?\n\"\"\nno\n-999\nNa\n0\n";
    let options = ReadOptions { missing_tokens: names(&["-999"]), ..ReadOptions::default() };
    let table = with(&text.replace("\"\"\n", ""), &options).expect("a table");
    let gaps: Vec<bool> = (0..table.rows()).map(|row| table.is_missing(row, 0)).collect();
    assert_eq!(gaps, [true, true, true, true, true, true, true, true, true, false, true, false, false]);
    assert!(common::table("a,b\n,x\n").is_missing(0, 0));
}

#[test]
fn places_are_those_of_a_compiler() {
    let table = table("äöü,b, c\r\n\r\n\"é\",  x,\"y\"\r\n\"two\nlines\",ß,  \"z\"\n1,,2");
    let at = |row, column| table.position(row, column).to_string();
    assert_eq!([at(0, 0), at(0, 1), at(0, 2)], ["data.csv:3:2", "data.csv:3:7", "data.csv:3:10"]);
    assert_eq!([at(1, 0), at(1, 1), at(1, 2)], ["data.csv:4:2", "data.csv:5:8", "data.csv:5:13"]);
    assert_eq!([at(2, 0), at(2, 1), at(2, 2)], ["data.csv:6:1", "data.csv:6:3", "data.csv:6:4"]);
}

#[test]
fn a_position_points_at_its_cell_in_any_text() {
    let text = "k , \"l\"\tm,n\nä,\"b\"\"c\"  ,d\n\n \"e,\nf\" , g ,\"\"\n";
    let table = table(text);
    let lines: Vec<&str> = text.lines().collect();
    for row in 0..table.rows() {
        for column in 0..table.names().len() {
            let place = table.position(row, column);
            let line: Vec<char> = lines[place.line as usize - 1].chars().collect();
            let rest: String = line[place.column as usize - 1..].iter().collect();
            let cell = table.cell(row, column);
            let first = cell.chars().next();
            assert!(first.is_none_or(|first| rest.starts_with(first)), "{row} {column} {place} '{rest}'");
        }
    }
}

#[test]
fn ragged_rows() {
    assert_eq!(
        bad_data(try_table("a,b,c\n1,2,3\n4,ü\n")),
        "data.csv:3:4: a row must have 3 fields as the header has, but this one has 2"
    );
    assert_eq!(
        bad_data(try_table("1,2\n3,4\r\n5,6,7,8\n")),
        "data.csv:3:5: a row must have 2 fields as the first row has, but this one has 4"
    );
    assert_eq!(
        bad_data(try_table("a,b\n1,\"x\n2,y\n\"3\",z\n")),
        "data.csv:2:3: a row must have 2 fields as the header has, but this one has 3 \
         (it runs over 3 lines: is a quote open?)"
    );
}

#[test]
fn open_quotes() {
    let wanted = "data.csv:3:3: a quoted field must end with a quote, but the file ends first";
    assert_eq!(bad_data(try_table("a,b\n1,x\n2,\"y\n3,z\n")), wanted);
    assert_eq!(bad_data(try_table("a,b\n1,x\n2,\"y")), wanted);
    assert_eq!(bad_data(try_table("a,b,c\n1,x,2\n2,\"y\n3,z\n")), wanted);
    assert!(bad_data(try_table("a,b\n1,x\n\"\n")).starts_with("data.csv:3:1: a quoted field"));
    assert_eq!(cells(&table("a,b\n1,\"x\"")), [["1", "x"]]);
}

#[test]
fn files_without_rows() {
    assert_eq!(bad_data(try_table("")), "data.csv: must have rows, but is empty");
    assert_eq!(bad_data(try_table("\n \r\n")), "data.csv: must have rows, but is empty");
    assert_eq!(bad_data(try_table("a,b\n\n")), "data.csv: must have rows, but has only a header");
    let present = ReadOptions { header: HeaderRow::Present, ..ReadOptions::default() };
    assert_eq!(bad_data(with("1,2", &present)), "data.csv: must have rows, but has only a header");
}

#[test]
fn names_must_differ() {
    assert_eq!(
        bad_data(try_table("age, job,\"age\"\n1,x,2\n")),
        "data.csv:1:11: column names must differ, but 'age' is already the name of column 1"
    );
}

#[test]
fn text_must_be_utf8() {
    let parse = |bytes: &[u8]| Table::parse(Path::new("data.csv"), bytes.to_vec(), &ReadOptions::default());
    assert_eq!(
        bad_data(parse(b"a,b\n1,x\n2,\xc3\xa9t\xe9\n")),
        "data.csv:3:5: the file must be UTF-8 text, but holds byte 0xE9 at offset 13 \
         (if it is Latin-1: --encoding latin1)"
    );
    assert!(bad_data(parse(b"\xff\xfea\0,\0")).starts_with("data.csv:1:1: the file must be UTF-8 text"));
}

#[test]
fn unknown_columns_are_the_users_slip() {
    let table = table("age,job,wage\n1,x,2\n");
    assert_eq!(table.column_index("wage").expect("there"), 2);
    let error = table.column_index("Jobs").expect_err("not there");
    assert!(!error.is_bad_data());
    assert_eq!(error.to_string(), "data.csv: has no column 'Jobs' (nearest: 'job'); its columns are age, job, wage");
    assert_eq!(message(table.column_index("zzz")), "data.csv: has no column 'zzz'; its columns are age, job, wage");
}

#[test]
fn long_lists_of_columns_are_cut() {
    let head: Vec<String> = (0..45).map(|i| format!("a{i}")).collect();
    let text = format!("{}\n{}\n", head.join(","), vec!["1"; 45].join(","));
    let text = message(table(&text).column_index("zzzzzz"));
    assert!(text.ends_with("a38, a39 and 5 more"), "{text}");
}

#[test]
fn files_are_read_packed_or_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = b"a,b\n1,x\n2,y\n";
    let plain = folder.path().join("plain.csv");
    fs::write(&plain, text).expect("written");
    // Two members end to end, as `cat a.gz b.gz` makes them; no name says that they are packed.
    let mut packed = Vec::new();
    for part in [&text[..6], &text[6..]] {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(part).expect("packed");
        packed.extend(gzip.finish().expect("packed"));
    }
    let path = folder.path().join("packed");
    fs::write(&path, &packed).expect("written");
    let read = |path: &Path| Table::read(path, &ReadOptions::default());
    assert_eq!(cells(&read(&plain).expect("plain")), cells(&read(&path).expect("packed")));
    fs::write(&path, &packed[..packed.len() - 9]).expect("written");
    let text = bad_data(read(&path));
    assert!(text.contains("packed: a compressed file must unpack, but it is damaged"), "{text}");
    let gone = read(&folder.path().join("gone.csv")).expect_err("no such file");
    assert!(!gone.is_bad_data() && gone.to_string().contains("gone.csv: "), "{gone}");
    assert!(!read(folder.path()).expect_err("a folder").is_bad_data());
}

#[test]
fn any_bytes_give_a_table_or_an_error() {
    let mut random = thalweg::Random::new(1);
    let alphabet = b"a1,;\"\n\r \t|.\xc3\xa9?\"\n,";
    for _ in 0..20_000 {
        let length = random.below(24);
        let bytes = (0..length).map(|_| alphabet[random.below(alphabet.len() as u64) as usize]).collect();
        let delimiter = [None, Some(b'|'), Some(b'"'), Some(b'\n'), Some(0xc3), Some(b' ')][random.below(6) as usize];
        let options = ReadOptions { delimiter, ..ReadOptions::default() };
        if let Ok(table) = Table::parse(Path::new("data.csv"), bytes, &options) {
            for row in 0..table.rows() {
                let look = |column| drop((table.cell(row, column), table.position(row, column)));
                (0..table.names().len()).for_each(look);
            }
        }
    }
}
