//! Reading of delimited text: cells, headers, delimiters, and the positions of errors.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::common::{self, bad_data, message, names, table, try_table};
use flate2::Compression;
use flate2::write::GzEncoder;
use thalweg_learn::data::{Delimiter, HeaderRow};
use thalweg_learn::{ReadOptions, Result, Table};

fn cells<'a>(table: &'a Table<'a>) -> Vec<Vec<std::borrow::Cow<'a, str>>> {
    (0..table.rows()).map(|row| (0..table.names().len()).map(|column| table.cell(row, column)).collect()).collect()
}

fn with(text: &str, options: &ReadOptions) -> Result<Table<'static>> {
    Table::parse(Path::new("data.csv"), text.as_bytes().to_vec(), options)
}

#[test]
fn plain_text_is_parsed() {
    let table = table("a,b\n1,x\n2,y\n");
    assert!(table.has_header());
    assert_eq!(table.names(), ["a", "b"]);
    assert_eq!(cells(&table), [["1", "x"], ["2", "y"]]);
}

#[test]
fn byte_order_marks_line_ends_and_blank_lines_are_skipped() {
    let table = table("\u{feff}\r\na,b\r\n\r\n1,x\r\n   \r\n2,y\r\n\r\n3,z");
    assert_eq!(table.names(), ["a", "b"]);
    assert_eq!(cells(&table), [["1", "x"], ["2", "y"], ["3", "z"]]);
}

#[test]
fn quoted_fields_may_contain_delimiters_quotes_and_line_ends() {
    let table = table("a,b\n\"x, y\",\"say \"\"no\"\"\"\n\"two\nlines\",\" z \"\n");
    assert_eq!(cells(&table), [["x, y", "say \"no\""], ["two\nlines", "z"]]);
}

#[test]
fn blanks_around_fields_and_before_quotes_are_removed() {
    let table = table("a, b ,\tc\n 1 , \"x, y\" ,  \"z\"\n\"2\", \"\"\"q\"\", r\",s\n");
    assert_eq!(table.names(), ["a", "b", "c"]);
    assert_eq!(cells(&table), [["1", "x, y", "z"], ["2", "\"q\", r", "s"]]);
}

#[test]
fn delimiters_are_detected_or_given() {
    for (text, found) in [("a;b\n1,5;x\n", "1,5"), ("a\tb\n1 2\tx\n", "1 2"), ("a|b\n1|x\n", "1")] {
        assert_eq!(cells(&table(text)), [[found, "x"]]);
    }
    let given = ReadOptions { delimiter: Some(Delimiter::Character(b':')), ..ReadOptions::default() };
    assert_eq!(cells(&with("a:b\n1,2:3\n", &given).expect("the text is valid")), [["1,2", "3"]]);
}

#[test]
fn a_first_row_with_a_number_or_a_missing_value_is_data() {
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
        // In a table of texts, the cells of a header do not occur again, those of a data row do.
        ("size,colour\nbig,red\nsmall,blue\n", true),
        ("big,red\nsmall,blue\nsmall,red\nbig,blue\n", false),
        ("p,x,p\ne,y,q\np,x,p\n", false),
        // A repeated header is an error to report, not data.
        ("a,b\n1,x\na,b\n", true),
    ] {
        assert_eq!(table(text).has_header(), header, "{text}");
    }
}

#[test]
fn columns_without_names_are_numbered() {
    assert_eq!(table("5,x\n6,y\n").names(), ["c1", "c2"]);
    assert_eq!(table(",b\n0,x\n").names(), ["c1", "b"]);
}

#[test]
fn the_header_option_overrides_detection() {
    let years = "2019,2020\n1,2\n";
    let present = ReadOptions { header: HeaderRow::Present, ..ReadOptions::default() };
    assert_eq!(with(years, &present).expect("the text is valid").names(), ["2019", "2020"]);
    let absent = ReadOptions { header: HeaderRow::Absent, ..ReadOptions::default() };
    let table = with("a,b\nc,d\n", &absent).expect("the text is valid");
    assert_eq!((table.rows(), table.names()), (2, names(&["c1", "c2"]).as_slice()));
}

#[test]
fn missing_values_are_the_default_tokens_and_the_given_ones() {
    let text = "a\nNA\nN/A\nn/a\nNaN\nnan\nnull\nNULL\nNone\n?\n\"\"\nno\n-999\nNa\n0\n";
    let options = ReadOptions { missing_tokens: names(&["-999"]), ..ReadOptions::default() };
    let table = with(&text.replace("\"\"\n", ""), &options).expect("the text is valid");
    let missing: Vec<bool> = (0..table.rows()).map(|row| table.is_missing(row, 0)).collect();
    assert_eq!(missing, [true, true, true, true, true, true, true, true, true, false, true, false, false]);
    assert!(common::table("a,b\n,x\n").is_missing(0, 0));
}

#[test]
fn positions_are_lines_and_columns() {
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
            let position = table.position(row, column);
            let line: Vec<char> = lines[position.line as usize - 1].chars().collect();
            let rest: String = line[position.column as usize - 1..].iter().collect();
            let cell = table.cell(row, column);
            let first = cell.chars().next();
            assert!(first.is_none_or(|first| rest.starts_with(first)), "{row} {column} {position} '{rest}'");
        }
    }
}

#[test]
fn rows_of_another_width_are_refused() {
    assert_eq!(bad_data(try_table("a,b,c\n1,2,3\n4,ü\n")), "data.csv:3:4: expected 3 fields as in the header, found 2");
    assert_eq!(
        bad_data(try_table("1,2\n3,4\r\n5,6,7,8\n")),
        "data.csv:3:5: expected 2 fields as in the first row, found 4"
    );
    assert_eq!(
        bad_data(try_table("a,b\n1,\"x\n2,y\n\"3\",z\n")),
        "data.csv:2:3: expected 2 fields as in the header, found 3 (the row continues over 3 lines: is a closing quote \
         missing?)"
    );
}

#[test]
fn unterminated_quotes_are_refused() {
    let wanted = "data.csv:3:3: unterminated quoted field";
    assert_eq!(bad_data(try_table("a,b\n1,x\n2,\"y\n3,z\n")), wanted);
    assert_eq!(bad_data(try_table("a,b\n1,x\n2,\"y")), wanted);
    assert_eq!(bad_data(try_table("a,b,c\n1,x,2\n2,\"y\n3,z\n")), wanted);
    assert!(bad_data(try_table("a,b\n1,x\n\"\n")).starts_with("data.csv:3:1: unterminated quoted field"));
    assert_eq!(cells(&table("a,b\n1,\"x\"")), [["1", "x"]]);
}

#[test]
fn files_without_rows_are_refused() {
    assert_eq!(bad_data(try_table("")), "data.csv: expected rows, found an empty file");
    assert_eq!(bad_data(try_table("\n \r\n")), "data.csv: expected rows, found an empty file");
    assert_eq!(bad_data(try_table("a,b\n\n")), "data.csv: expected rows, found only a header");
    let present = ReadOptions { header: HeaderRow::Present, ..ReadOptions::default() };
    assert_eq!(bad_data(with("1,2", &present)), "data.csv: expected rows, found only a header");
}

#[test]
fn column_names_become_distinct() {
    assert_eq!(table("age, job,\"age\"\n1,x,2\n").names(), names(&["age", "job", "age.1"]));
}

#[test]
fn text_must_be_utf8() {
    let parse = |bytes: &[u8]| Table::parse(Path::new("data.csv"), bytes.to_vec(), &ReadOptions::default());
    assert_eq!(
        bad_data(parse(b"a,b\n1,x\n2,\xc3\xa9t\xe9\n")),
        "data.csv:3:5: expected UTF-8 text, found byte 0xE9 at offset 13"
    );
    // The byte order mark of UTF-16 tells the encoding.
    let utf_16: Vec<u8> = "\u{feff}a,é\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let table = parse(&utf_16).expect("UTF-16 is decoded");
    assert_eq!((table.names().to_vec(), table.rows()), (vec!["a".to_string(), "é".to_string()], 1));
}

#[test]
fn unknown_columns_are_a_usage_error() {
    let table = table("age,job,wage\n1,x,2\n");
    assert_eq!(table.column_index("wage").expect("the column exists"), 2);
    let error = table.column_index("Jobs").expect_err("there is no such column");
    assert!(!error.is_bad_data());
    assert_eq!(
        error.to_string(),
        "data.csv: unknown column 'Jobs' (did you mean 'job'?); known columns: age, job, wage"
    );
    assert_eq!(message(table.column_index("zzz")), "data.csv: unknown column 'zzz'; known columns: age, job, wage");
}

#[test]
fn long_lists_of_columns_are_shortened() {
    let head: Vec<String> = (0..45).map(|i| format!("a{i}")).collect();
    let text = format!("{}\n{}\n", head.join(","), vec!["1"; 45].join(","));
    let text = message(table(&text).column_index("zzzzzz"));
    assert!(text.ends_with("a38, a39 and 5 more"), "{text}");
}

#[test]
fn compressed_files_are_read() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let text = b"a,b\n1,x\n2,y\n";
    let plain = folder.path().join("plain.csv");
    fs::write(&plain, text).expect("the file is written");
    // Two concatenated members, as by `cat a.gz b.gz`; the name has no extension.
    let mut packed = Vec::new();
    for part in [&text[..6], &text[6..]] {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(part).expect("the data are compressed");
        packed.extend(gzip.finish().expect("the data are compressed"));
    }
    let path = folder.path().join("packed");
    fs::write(&path, &packed).expect("the file is written");
    let read = |path: &Path| Table::read(path, &ReadOptions::default());
    assert_eq!(cells(&read(&plain).expect("the file is valid")), cells(&read(&path).expect("the data are compressed")));
    fs::write(&path, &packed[..packed.len() - 9]).expect("the file is written");
    let text = bad_data(read(&path));
    assert!(text.contains("packed: damaged compressed file"), "{text}");
    let gone = read(&folder.path().join("gone.csv")).expect_err("there is no such file");
    assert!(!gone.is_bad_data() && gone.to_string().contains("gone.csv: "), "{gone}");
    assert!(!read(folder.path()).expect_err("a folder is no file").is_bad_data());
}

#[test]
fn any_bytes_give_a_table_or_an_error() {
    let mut random = thalweg::random::Random::new(1);
    let alphabet = b"a1,;\"\n\r \t|.\xc3\xa9?\"\n,";
    for _ in 0..20_000 {
        let length = random.below(24);
        let bytes = (0..length).map(|_| alphabet[random.below(alphabet.len() as u64) as usize]).collect();
        let delimiter = [None, Some(b'|'), Some(b'"'), Some(b'\n'), Some(0xc3), Some(b' ')][random.below(6) as usize];
        let options = ReadOptions { delimiter: delimiter.map(Delimiter::Character), ..ReadOptions::default() };
        if let Ok(table) = Table::parse(Path::new("data.csv"), bytes, &options) {
            for row in 0..table.rows() {
                let inspect = |column| drop((table.cell(row, column), table.position(row, column)));
                (0..table.names().len()).for_each(inspect);
            }
        }
    }
}
