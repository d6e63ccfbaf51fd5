//! Files written by other programs, compared with pyarrow and with published contents. Skipped if the files are absent.

use std::path::Path;

use super::tests::{open, read_columns, row_count};
use crate::data::cell::ColumnData;
use crate::data::murmur::murmur3;
use crate::data::testing::shared::{decompressed_bytes, shared_data};

/// Returns the columns of supported types.
fn supported(path: &Path) -> Vec<usize> {
    let file = open(path).unwrap_or_else(|error| panic!("{error}"));
    (0..file.names().len()).filter(|&column| file.unsupported(column).is_none()).collect()
}

/// Hash of all cells: the cells of each column, joined by line ends, numbers as their 64 bits, are hashed with the hash
/// of the columns before as seed.
fn hash(path: &Path, rows: usize) -> u32 {
    let wanted = supported(path);
    let read = read_columns(path, &wanted, rows).unwrap_or_else(|error| panic!("{error}"));
    let first = open(path).and_then(|file| file.blocks(&wanted, 1)).expect("the columns are supported").next();
    let kinds = first.expect("the file has rows").expect("the rows are valid").columns;
    read.iter().zip(kinds).fold(0, |hash, (column, kind)| {
        let number = matches!(kind, ColumnData::Numbers(_));
        let cells = column.iter().map(|cell| match cell.as_str() {
            "·" => "null".to_string(),
            cell if number => cell.parse::<f64>().expect("the cell is a number").to_bits().to_string(),
            cell => cell.to_string(),
        });
        murmur3(cells.collect::<Vec<_>>().join("\n").as_bytes(), hash)
    })
}

/// Rows, columns, and the hash of the supported ones, by pyarrow 26; numbers of single precision are those of their
/// texts by numpy, and texts have no blanks around them.
#[test]
fn cells_are_those_of_pyarrow() {
    for (file, rows, width, wanted) in [
        ("parquet-testing/alltypes_dictionary.parquet", 2, 11, 1_592_647_833),
        ("parquet-testing/alltypes_plain.parquet", 8, 11, 416_909_099),
        ("parquet-testing/alltypes_plain.snappy.parquet", 2, 11, 2_725_127_960),
        ("parquet-testing/alltypes_tiny_pages_plain.parquet", 7_300, 13, 2_109_872_428),
        ("parquet-testing/binary.parquet", 12, 1, 1_049_610_899),
        ("parquet-testing/byte_stream_split.zstd.parquet", 300, 2, 2_149_565_890),
        ("parquet-testing/concatenated_gzip_members.parquet", 513, 1, 1_754_370_969),
        ("parquet-testing/datapage_v2.snappy.parquet", 5, 5, 247_032_711),
        ("parquet-testing/delta_binary_packed.parquet", 200, 66, 146_940_030),
        ("parquet-testing/delta_byte_array.parquet", 1_000, 9, 112_858_554),
        ("parquet-testing/delta_encoding_optional_column.parquet", 100, 17, 4_294_373_523),
        ("parquet-testing/int32_decimal.parquet", 24, 1, 606_266_609),
        ("parquet-testing/lz4_raw_compressed.parquet", 4, 3, 1_426_756_421),
        ("parquet-testing/nonnullable.impala.parquet", 1, 6, 1_814_679_134),
        ("parquet-testing/rle_boolean_encoding.parquet", 68, 1, 1_699_981_656),
        ("userdata-parquet/userdata1.parquet", 1_000, 13, 730_048_586),
        ("bank-marketing/bank-additional-full.parquet", 41_188, 21, 3_227_539_893),
        ("flights-200k-arrow/flights-200k.arrow", 200_000, 3, 589_945_952),
    ] {
        let Some(path) = shared_data(file) else { continue };
        let opened = open(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            (row_count(&opened).expect("the metadata are valid"), opened.names().len()),
            (rows, width),
            "{file}"
        );
        for rows in [7, 1 << 16] {
            assert_eq!(hash(&path, rows), wanted, "{file}");
        }
    }
}

#[test]
fn nested_columns_are_unsupported() {
    let Some(path) = shared_data("parquet-testing/nonnullable.impala.parquet") else { return };
    let file = open(&path).expect("the file is valid");
    let described: Vec<_> = (0..6)
        .map(|column| {
            file.unsupported(column)
                .map_or("", |holds| holds.split(' ').nth(1).expect("a description has several words"))
        })
        .collect();
    assert_eq!(described, ["", "list", "list", "map", "list", "struct"]);
    let Some(path) = shared_data("parquet-testing/nulls.snappy.parquet") else { return };
    assert!(supported(&path).is_empty());
}

/// Reads the cells of a text file next to a Parquet file, column by column; empty if missing.
fn expected(path: &Path, delimiter: u8) -> Vec<Vec<String>> {
    let bytes = decompressed_bytes(path);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes.as_slice());
    let mut columns = vec![Vec::new(); reader.headers().expect("the file has a header").len()];
    for record in reader.records() {
        for (column, cell) in columns.iter_mut().zip(&record.expect("the row is valid")) {
            column.push(cell.to_string());
        }
    }
    columns
}

#[test]
fn cells_are_those_of_the_published_text() {
    for (file, text, delimiter) in [
        ("parquet-testing/delta_binary_packed.parquet", "parquet-testing/delta_binary_packed_expect.csv", b','),
        ("parquet-testing/delta_byte_array.parquet", "parquet-testing/delta_byte_array_expect.csv", b','),
        (
            "parquet-testing/delta_encoding_optional_column.parquet",
            "parquet-testing/delta_encoding_optional_column_expect.csv",
            b',',
        ),
        ("bank-marketing/bank-additional-full.parquet", "bank-marketing/bank-additional-full.csv.gz", b';'),
    ] {
        let (Some(path), Some(text)) = (shared_data(file), shared_data(text)) else { continue };
        let wanted = expected(&text, delimiter);
        let found =
            read_columns(&path, &(0..wanted.len()).collect::<Vec<_>>(), 1000).unwrap_or_else(|error| panic!("{error}"));
        for (column, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
            assert_eq!(found.len(), wanted.len());
            for (found, wanted) in found.iter().zip(wanted) {
                let number = found.parse::<f64>().ok().filter(|number| wanted.parse() == Ok(*number));
                let none = found == "·" && wanted.is_empty();
                assert!(found == wanted || none || number.is_some(), "{file} {column}: {found} for {wanted}");
            }
        }
    }
}
