//! Small generated files: every type, nulls, dictionaries, several row groups, selected columns, and refused files.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, UInt8Builder};
use arrow_array::types::*;
use arrow_array::*;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;

use super::file::ColumnarFile;
use crate::data::cell::{Cell, ColumnData, StringColumn};
use crate::data::input::{Input, StreamBuffer};
use crate::error::{Error, Result};

/// Opens a file by its path.
pub(super) fn open(path: &Path) -> Result<ColumnarFile> {
    ColumnarFile::open(&Input::new(path, StreamBuffer::Memory)?)
}

/// Returns the number of rows that the metadata of a file claim.
pub(super) fn row_count(file: &ColumnarFile) -> Result<u64> {
    Ok(file.group_rows()?.into_iter().fold(0, u64::saturating_add))
}

/// Writes batches in every format and compression; returns the files.
pub(super) fn write_files(folder: &TempDir, batches: &[RecordBatch]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let schema = batches[0].schema();
    let mut create = |name: String| {
        files.push(folder.path().join(name));
        File::create(files.last().expect("a path was just pushed")).expect("the file is created")
    };
    for (i, compression) in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4_RAW,
    ]
    .into_iter()
    .enumerate()
    {
        // Row groups of three rows end within batches.
        let properties = WriterProperties::builder()
            .set_compression(compression)
            .set_max_row_group_row_count(Some(3))
            .set_dictionary_enabled(i % 2 == 0);
        let file = create(format!("{i}.parquet"));
        let mut writer =
            ArrowWriter::try_new(file, schema.clone(), Some(properties.build())).expect("the schema is supported");
        batches.iter().try_for_each(|batch| writer.write(batch)).expect("the batch is written");
        writer.close().expect("the file is closed");
    }
    for (i, compression) in
        [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)].into_iter().enumerate()
    {
        let options =
            || IpcWriteOptions::default().try_with_compression(compression).expect("the compression is supported");
        let file = create(format!("{i}.arrow"));
        let mut writer = FileWriter::try_new_with_options(file, &schema, options()).expect("the schema is supported");
        batches.iter().try_for_each(|batch| writer.write(batch)).expect("the batch is written");
        writer.finish().expect("the file is closed");
        let file = create(format!("{i}.arrows"));
        let mut writer = StreamWriter::try_new_with_options(file, &schema, options()).expect("the schema is supported");
        batches.iter().try_for_each(|batch| writer.write(batch)).expect("the batch is written");
        writer.finish().expect("the file is closed");
    }
    files
}

pub(super) fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    // Columns without nulls are nullable too.
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
        .expect("the columns have equal lengths")
}

/// Returns the cells of a column as text, `·` for a missing value.
pub(super) fn to_texts(values: &ColumnData) -> Vec<String> {
    let rows = match values {
        ColumnData::Numbers(numbers) => numbers.values.len(),
        ColumnData::Strings(texts) => texts.codes.len(),
        ColumnData::Bytes(bytes) => bytes.len(),
    };
    let text = |row: usize| match values.cell(row) {
        Cell::Missing => "·".into(),
        Cell::Number(number) => number.to_string(),
        Cell::Text(text) => text.to_string(),
    };
    (0..rows).map(text).collect()
}

/// Reads all rows of some columns as text.
pub(super) fn read_columns(path: &Path, wanted: &[usize], rows: usize) -> Result<Vec<Vec<String>>> {
    let mut columns = vec![Vec::new(); wanted.len()];
    for block in open(path)?.blocks(wanted, rows)? {
        let block = block?;
        assert!(block.rows <= rows);
        for (column, values) in columns.iter_mut().zip(&block.columns) {
            column.extend(to_texts(values));
        }
    }
    Ok(columns)
}

/// Columns of every type, each with two values and a null, and the texts of the values.
fn every_type() -> Vec<(&'static str, ArrayRef, [&'static str; 2])> {
    fn made<T: ArrowPrimitiveType>(first: T::Native, second: T::Native) -> ArrayRef {
        Arc::new(PrimitiveArray::<T>::from_iter([Some(first), None, Some(second)]))
    }
    fn texts<A: Array + FromIterator<Option<&'static str>> + 'static>() -> ArrayRef {
        Arc::new(A::from_iter([Some("größe"), None, Some("")]))
    }
    let bytes = || vec![Some(&b"ab"[..]), None, Some(&b"cd"[..])];
    let half = |number: f32| <Float16Type as ArrowPrimitiveType>::Native::from_f32(number);
    let zoned = PrimitiveArray::<TimestampSecondType>::from_iter([Some(981_173_106), None, Some(0)]);
    let tens = PrimitiveArray::<Decimal128Type>::from_iter([Some(12_345), None, Some(-1)]);
    let exact = Decimal128Array::from_iter([Some(123_456_789_012_345_678_901_234_567_890), None, Some(1)]);
    vec![
        ("i8", made::<Int8Type>(-128, 127), ["-128", "127"]),
        ("i16", made::<Int16Type>(-32_768, 1), ["-32768", "1"]),
        ("i32", made::<Int32Type>(i32::MIN, 1), ["-2147483648", "1"]),
        ("i64", made::<Int64Type>(-(1 << 53), 1), ["-9007199254740992", "1"]),
        ("u8", made::<UInt8Type>(255, 0), ["255", "0"]),
        ("u16", made::<UInt16Type>(65_535, 0), ["65535", "0"]),
        ("u32", made::<UInt32Type>(u32::MAX, 0), ["4294967295", "0"]),
        ("u64", made::<UInt64Type>(u64::MAX, 0), ["18446744073709551615", "0"]),
        ("f16", made::<Float16Type>(half(1.5), half(f32::NAN)), ["1.5", "·"]),
        ("f32", made::<Float32Type>(0.1, -1e30), ["0.1", "-1000000000000000000000000000000"]),
        ("f64", made::<Float64Type>(0.1, f64::NAN), ["0.1", "·"]),
        ("tens", Arc::new(tens.with_precision_and_scale(9, 2).expect("fits")), ["123.45", "-0.01"]),
        (
            "exact",
            Arc::new(exact.with_precision_and_scale(38, 30).expect("fits")),
            ["0.12345678901234568", "0.000000000000000000000000000001"],
        ),
        ("bool", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])), ["true", "false"]),
        ("text", texts::<StringArray>(), ["größe", ""]),
        ("large", texts::<LargeStringArray>(), ["größe", ""]),
        ("view", texts::<StringViewArray>(), ["größe", ""]),
        ("word", texts::<DictionaryArray<Int8Type>>(), ["größe", ""]),
        ("bytes", Arc::new(BinaryArray::from_iter(bytes())), ["ab", "cd"]),
        ("bytes_view", Arc::new(BinaryViewArray::from_iter(bytes())), ["ab", "cd"]),
        (
            "fixed",
            Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(bytes().into_iter(), 2).expect("fits")),
            ["ab", "cd"],
        ),
        ("date", made::<Date32Type>(11_356, -1), ["2001-02-03", "1969-12-31"]),
        ("time", made::<Time32MillisecondType>(45_296_500, 0), ["12:34:56.5", "00:00:00"]),
        ("micro", made::<Time64MicrosecondType>(45_296_000_001, 0), ["12:34:56.000001", "00:00:00"]),
        ("nano", made::<Time64NanosecondType>(1, 0), ["00:00:00.000000001", "00:00:00"]),
        (
            "at",
            made::<TimestampMillisecondType>(981_173_106_007, 0),
            ["2001-02-03T04:05:06.007", "1970-01-01T00:00:00"],
        ),
        ("at_us", made::<TimestampMicrosecondType>(-1, 0), ["1969-12-31T23:59:59.999999", "1970-01-01T00:00:00"]),
        ("at_ns", made::<TimestampNanosecondType>(1, 0), ["1970-01-01T00:00:00.000000001", "1970-01-01T00:00:00"]),
        ("zoned", Arc::new(zoned.with_timezone("+01:00")), ["2001-02-03T04:05:06Z", "1970-01-01T00:00:00Z"]),
        ("long", made::<DurationSecondType>(90, 0), ["90", "0"]),
        ("none", Arc::new(NullArray::new(3)), ["·", "·"]),
    ]
}

#[test]
fn every_type_is_read_in_every_format() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let types = every_type();
    let batch = batch(types.iter().map(|(name, column, _)| (*name, column.clone())).collect());
    for path in write_files(&folder, &[batch.clone(), batch]) {
        let file = open(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(file.names(), types.iter().map(|(name, ..)| *name).collect::<Vec<_>>());
        assert_eq!(row_count(&file).expect("the metadata are valid"), 6);
        let all: Vec<usize> = (0..types.len()).collect();
        let columns = read_columns(&path, &all, 4).unwrap_or_else(|error| panic!("{error}"));
        for ((name, _, [first, second]), column) in types.iter().zip(columns) {
            assert_eq!(column, [first, "·", second, first, "·", second], "{name} of {}", path.display());
        }
    }
}

#[test]
fn selected_columns_are_read_in_blocks_of_the_requested_size() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let rows = |from: i32, to: i32| {
        let numbers = Int32Array::from_iter_values(from..to);
        let texts = StringArray::from_iter_values((from..to).map(|i| format!("t{}", i % 3)));
        let values = Arc::new(StringArray::from(vec!["x", "unused", "y", "z"]));
        let keys = UInt8Array::from_iter_values((from..to).map(|i| [0, 2, 3][(i % 3) as usize]));
        let words = DictionaryArray::new(keys, values);
        batch(vec![("n", Arc::new(numbers)), ("t", Arc::new(texts)), ("w", Arc::new(words))])
    };
    for path in write_files(&folder, &[rows(0, 4), rows(4, 11)]) {
        let of = |wanted: &[usize], rows| read_columns(&path, wanted, rows).unwrap_or_else(|error| panic!("{error}"));
        let numbers: Vec<String> = (0..11).map(|i| i.to_string()).collect();
        let texts: Vec<String> = (0..11).map(|i| format!("t{}", i % 3)).collect();
        for rows in [1, 2, 3, 5, 100] {
            let found = of(&[2, 0, 2, 1], rows);
            assert_eq!((&found[1], &found[3], &found[0]), (&numbers, &texts, &found[2]));
            assert_eq!(found[2][..4], ["x", "y", "z", "x"]);
        }
        assert_eq!(of(&[1], usize::MAX), [texts]);
        let blocks = open(&path).and_then(|file| file.blocks(&[], 5)).expect("no column is unsupported");
        assert!(blocks.into_iter().all(|block| block.is_ok_and(|block| block.columns.is_empty())));
        // Names are in order of first occurrence in each block.
        let mut blocks = open(&path).and_then(|file| file.blocks(&[2], 2)).expect("the column is supported");
        let second = blocks.nth(1).and_then(Result::ok).expect("there is a second block");
        let wanted: StringColumn = [Some("z"), Some("x")].into_iter().collect();
        assert_eq!(second.columns, [ColumnData::Strings(wanted)], "{}", path.display());
    }
}

#[test]
fn unsupported_columns_are_described_and_refused() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let mut lists = ListBuilder::new(UInt8Builder::new());
    lists.append_value([Some(1)]);
    let inner = batch(vec![("a", Arc::new(Int8Array::from(vec![1])))]);
    let batch = batch(vec![
        ("n", Arc::new(Int8Array::from(vec![7]))),
        ("list", Arc::new(lists.finish())),
        ("struct", Arc::new(StructArray::from(inner))),
        ("raw", Arc::new(BinaryArray::from(vec![&b"\xff"[..]]))),
    ]);
    for path in write_files(&folder, &[batch]) {
        let file = open(&path).expect("the file is valid");
        let unsupported: Vec<_> = (0..4).map(|column| file.unsupported(column)).collect();
        assert_eq!(unsupported, [None, Some("a list in each row"), Some("a struct in each row"), None]);
        let error = file.blocks(&[0, 1], 10).err().expect("the column is unsupported").to_string();
        let name = path.display();
        assert_eq!(error, format!("{name}: column 'list': expected numbers, texts or dates, found a list in each row"));
        let mut blocks = file.blocks(&[0, 3], 10).expect("binary columns may be text");
        let error =
            blocks.next().expect("the first block is an error").expect_err("the bytes are not UTF-8").to_string();
        assert!(error.ends_with("column 'raw': expected numbers, texts or dates, found bytes that are not UTF-8 text"));
        assert!(blocks.next().is_none());
        assert_eq!(read_columns(&path, &[0], 10).expect("other columns are read"), [["7"]]);
    }
}

#[test]
fn other_files_are_refused() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(b"PAR1....PAR1").expect("writing to memory succeeds");
    let packed = encoder.finish().expect("writing to memory succeeds");
    for (bytes, reason) in [
        (&b""[..], "invalid Parquet or Arrow file: unknown first bytes"),
        (b"a,b\n1,2\n", "invalid Parquet or Arrow file: unknown first bytes"),
        (&packed, "invalid Parquet or Arrow file: the whole file is compressed; unpack it first"),
        (
            b"FEA1....FEA1",
            "invalid Arrow file: Feather version 1 is not supported: rewrite the file with a recent pandas",
        ),
        (b"PARE....PARE", "invalid Parquet file: encrypted files are not supported"),
        (b"PAR1", "invalid Parquet file: "),
        (b"ARROW1\0\0", "invalid Arrow file: the file ends before its footer does"),
        (b"\xff\xff\xff\xff\0\0\0\0", "invalid Arrow file: the file has no schema"),
    ] {
        let path = folder.path().join("x");
        std::fs::write(&path, bytes).expect("the file is written");
        let error = open(&path).expect_err("the file is invalid").to_string();
        assert!(error.contains(&format!("x: {reason}")), "{error}");
    }
    assert!(matches!(open(Path::new("no/such.parquet")), Err(Error::Io { .. })));
}
