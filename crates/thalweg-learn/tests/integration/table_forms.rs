//! Forms in which one table is stored: each gives the same model.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::common::{excluded_columns, plan, table};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;
use thalweg_learn::{Callbacks, FitConfig, ModelFile, Validation};

const ROWS: usize = 90;

fn cells(row: usize) -> [String; 4] {
    let town = ["Ulm", "Bonn, Rhein", "Kiel"][row * 5 % 7 % 3].to_string();
    [(row * 7 % 11).to_string(), town, (row % 5).to_string(), (row * 7 % 11 + row % 5).to_string()]
}

/// Writes some rows with a delimiter, line ends and quotes around all cells or those that need them.
fn delimited(rows: std::ops::Range<usize>, delimiter: &str, line_end: &str, quote_all: bool) -> String {
    let field = |cell: &String| {
        if quote_all || cell.contains(delimiter) { format!("\"{cell}\"") } else { cell.clone() }
    };
    let line = |cells: [String; 4]| cells.iter().map(field).collect::<Vec<_>>().join(delimiter);
    let names = ["a", "town", "b", "y"].map(String::from);
    let lines: Vec<String> = [names].into_iter().chain(rows.map(cells)).map(line).collect();
    lines.join(line_end) + line_end
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("the text is compressed");
    encoder.finish().expect("the text is compressed")
}

fn write(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("the file is written");
    path
}

fn fit(files: &[PathBuf]) -> ModelFile {
    let config = FitConfig { validation: Validation::None, ..FitConfig::new("y") };
    config.run(files, Callbacks::new()).unwrap_or_else(|error| panic!("{files:?}: {error}")).1
}

fn bytes(model: &ModelFile) -> Vec<u8> {
    model.to_bytes(Path::new("m.model")).expect("the model can be written")
}

#[test]
fn one_table_has_one_model_whatever_its_delimiters_quotes_and_compression() {
    let folder = TempDir::new().expect("the folder is created");
    let plain = delimited(0..ROWS, ",", "\n", false);
    let expected = bytes(&fit(&[write(&folder, "plain.csv", &plain)]));
    let blank = plain.replace('\n', "\n\n");
    let spaced = plain.replace(",\"", " , \"").replace("\",", "\" ,");
    let forms: [(&str, Vec<u8>); 13] = [
        ("mark.csv", format!("\u{feff}{plain}").into_bytes()),
        ("crlf.csv", delimited(0..ROWS, ",", "\r\n", false).into_bytes()),
        ("cr.csv", delimited(0..ROWS, ",", "\r", false).into_bytes()),
        ("no-last-end.csv", plain.trim_end().as_bytes().to_vec()),
        ("blank-lines.csv", blank.into_bytes()),
        ("blanks-around.csv", spaced.into_bytes()),
        ("tab.tsv", delimited(0..ROWS, "\t", "\n", false).into_bytes()),
        ("bar.txt", delimited(0..ROWS, "|", "\n", false).into_bytes()),
        ("semicolon.csv", delimited(0..ROWS, ";", "\n", false).into_bytes()),
        ("all-quoted.csv", delimited(0..ROWS, ",", "\r\n", true).into_bytes()),
        // The names say nothing about the compression.
        ("compressed.csv", gzip(&plain)),
        ("plain.csv.gz", plain.clone().into_bytes()),
        ("two-members.gz", [gzip(&plain[..701]), gzip(&plain[701..])].concat()),
    ];
    for (name, form) in forms {
        assert!(bytes(&fit(&[write(&folder, name, form)])) == expected, "{name}");
    }
}

#[test]
fn files_of_several_formats_with_columns_in_any_order_are_one_table() {
    let folder = TempDir::new().expect("the folder is created");
    let whole = write(&folder, "whole.csv", delimited(0..ROWS, ",", "\n", false));
    let integer = |rows: std::ops::Range<usize>, column: usize| {
        let values = rows.map(|row| cells(row)[column].parse().expect("it is an integer"));
        Arc::new(Int64Array::from_iter_values(values)) as ArrayRef
    };
    let third = 60..ROWS;
    let towns = Arc::new(StringArray::from_iter_values(third.clone().map(|row| cells(row)[1].clone()))) as ArrayRef;
    let columns = [("y", integer(third.clone(), 3)), ("town", towns), ("b", integer(third.clone(), 2))];
    let batch = RecordBatch::try_from_iter(columns.into_iter().chain([("a", integer(third, 0))]));
    let (batch, parquet) = (batch.expect("the columns are equally long"), folder.path().join("c.parquet"));
    let file = File::create(&parquet).expect("the file is created");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("the schema is valid");
    writer.write(&batch).expect("the rows are written");
    writer.close().expect("the file is complete");
    let reversed: String = std::iter::once("y;b;town;a\n".to_string())
        .chain((40..60).map(|row| {
            let [a, town, b, y] = cells(row);
            format!("{y};{b};{town};{a}\n")
        }))
        .collect();
    let parts = [
        write(&folder, "a.csv", delimited(0..25, ",", "\n", false)),
        write(&folder, "a.tsv.gz", gzip(&delimited(25..40, "\t", "\r\n", true))),
        write(&folder, "b.txt", reversed),
        parquet,
    ];
    assert!(bytes(&fit(&parts)) == bytes(&fit(&[whole])));
}

#[test]
fn texts_with_line_ends_are_levels_in_every_form_of_quotes() {
    let rows = |level: &dyn Fn(usize) -> String, line_end: &str| -> String {
        (0..ROWS).map(|row| format!("{},{}{line_end}", level(row), row % 4)).collect()
    };
    let level = |line_end: &'static str| move |row: usize| format!("\"{}{line_end}of\"\"{0}\"\"\"", row % 4);
    for (end, line_end) in [("\n", "\n"), ("\r\n", "\r\n"), ("\n", "\r\n")] {
        let table = table(&format!("\"note\",\"y\"{line_end}{}", rows(&level(end), line_end)));
        assert_eq!((table.rows(), table.cell(2, 0).into_owned()), (ROWS, format!("2{end}of\"2\"")));
        let config = FitConfig { validation: Validation::None, l2: Some(0.0), ..FitConfig::new("y") };
        let (_, model) = config.run(&table, Callbacks::new()).expect("the table is valid");
        assert_eq!(model.coefficients().len(), 4);
    }
}

#[test]
fn tables_of_one_and_two_rows_are_read() {
    for rows in 1..3 {
        let table = table(&delimited(0..rows, ",", "\n", false));
        assert_eq!((table.rows(), table.names().len()), (rows, 4));
    }
    let zero = table("a,b\n1,x\0y\n2,z\n");
    assert_eq!((zero.rows(), zero.cell(0, 1).as_ref()), (2, "x\0y"));
}

#[test]
fn dates_in_every_usual_format_are_left_out_as_dates() {
    let months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October"];
    // Year, month, day, hour and minute of a row.
    let forms: [&dyn Fn(usize, usize, usize, usize, usize) -> String; 14] = [
        &|y, m, d, _, _| format!("{y}-{m:02}-{d:02}"),
        &|y, m, d, _, _| format!("{d:02}/{m:02}/{y}"),
        &|y, m, d, _, _| format!("{m}/{d}/{y}"),
        &|y, m, d, _, _| format!("{d:02}.{m:02}.{y}"),
        &|y, m, d, _, _| format!("{y}/{m:02}/{d:02}"),
        &|y, m, d, _, _| format!("{d:02}-{}-{y}", &months[m - 1][..3]),
        &|y, m, d, _, _| format!("{} {d:02}, {y}", &months[m - 1][..3]),
        &|y, m, d, _, _| format!("{d:02} {} {y}", months[m - 1]),
        &|y, m, d, h, n| format!("{y}-{m:02}-{d:02}T{h:02}:{n:02}:00Z"),
        &|y, m, d, h, n| format!("{y}-{m:02}-{d:02} {h:02}:{n:02}"),
        &|y, m, d, h, n| format!("{m:02}/{d:02}/{y} {:02}:{n:02} {}", h % 12 + 1, ["AM", "PM"][h / 12]),
        &|_, _, _, h, n| format!("{h:02}:{n:02}:07"),
        &|y, m, d, h, n| format!("{y}-{m:02}-{d:02}T{h:02}:{n:02}:05.25+00:00"),
        &|y, m, d, _, _| format!("{d:02}-{m:02}-{y}"),
    ];
    for form in forms {
        let lines: String = (0..ROWS)
            .map(|row| {
                let date = form(2001 + row % 4, 1 + row % 10, 1 + row * 5 % 28, row % 24, row * 7 % 60);
                format!("\"{date}\",{},{}\n", row % 7, row % 9)
            })
            .collect();
        let table = table(&format!("when,x,y\n{lines}"));
        let first = table.cell(0, 0).into_owned();
        assert_eq!(excluded_columns(&plan(&table, "y")), [format!("when: dates or times, such as '{first}'")]);
    }
}
