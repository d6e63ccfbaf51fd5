//! Damaged and malicious files are refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};

use super::tests::{open, read_columns, row_count, write_files};
use crate::data::testing::corrupt::corrupted;
use crate::data::testing::shared::shared_data;

/// Reads all supported columns; returns `true` if that succeeds.
fn is_readable(path: &Path, bytes: &[u8]) -> bool {
    fs::write(path, bytes).expect("the file is written");
    let Ok(file) = open(path) else { return false };
    let supported: Vec<usize> = (0..file.names().len()).filter(|&column| file.unsupported(column).is_none()).collect();
    // A file of a few bytes can claim any number of rows without a value.
    row_count(&file).is_ok_and(|rows| rows < 1 << 20) && read_columns(path, &supported, 4096).is_ok()
}

#[test]
fn truncated_files_are_refused() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let path = folder.path().join("truncated");
    for file in small_files(&folder) {
        let bytes = fs::read(&file).expect("the file is read");
        assert!(is_readable(&path, &bytes));
        let stream = file.extension().is_some_and(|extension| extension == "arrows");
        for length in (0..bytes.len()).rev().step_by(7) {
            // A stream that ends between messages is a valid shorter stream.
            assert!(!is_readable(&path, &bytes[..length]) || stream, "{} truncated to {length}", file.display());
        }
    }
}

fn small_files(folder: &tempfile::TempDir) -> Vec<PathBuf> {
    let columns: [(&str, ArrayRef); 3] = [
        ("n", Arc::new((0..50).map(|i| (i % 7 != 0).then_some(i * i)).collect::<Int64Array>())),
        ("x", Arc::new(Float64Array::from_iter_values((0..50).map(f64::from)))),
        ("t", Arc::new((0..50).map(|i| (i % 5 != 0).then(|| format!("text {}", i % 9))).collect::<StringArray>())),
    ];
    write_files(folder, &[RecordBatch::try_from_iter(columns).expect("the columns have equal lengths")])
}

#[test]
fn corrupted_files_give_rows_or_an_error() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let path = folder.path().join("corrupted");
    let (mut readable, mut refused) = (0, 0);
    for file in small_files(&folder) {
        let bytes = fs::read(&file).expect("the file is read");
        for round in 0..150 {
            let is_readable = is_readable(&path, &corrupted(&bytes, round));
            readable += usize::from(is_readable);
            refused += usize::from(!is_readable);
        }
    }
    assert!(refused > 100 && readable > 0, "{readable} {refused}");
    for name in
        ["alltypes_plain", "datapage_v2.snappy", "delta_binary_packed", "delta_byte_array", "nonnullable.impala"]
    {
        let Some(file) = shared_data(&format!("parquet-testing/{name}.parquet")) else { continue };
        let bytes = fs::read(&file).expect("the file is read");
        for round in 0..100 {
            is_readable(&path, &corrupted(&bytes, round));
        }
    }
}

/// The first eight bytes of a compressed buffer are changed to claim other sizes than 400 bytes.
#[test]
fn a_buffer_that_claims_to_be_huge_is_refused() {
    let folder = tempfile::tempdir().expect("the folder is created");
    let path = folder.path().join("huge");
    let refusals = |claim: u64| {
        let is_refused = |file: &PathBuf| {
            let bytes = fs::read(file).expect("the file is read");
            // Fifty 64-bit numbers are 400 bytes; the same eight bytes may occur elsewhere by chance.
            (0..bytes.len() - 8).filter(|&at| bytes[at..at + 8] == 400_u64.to_le_bytes()).any(|at| {
                let mut bytes = bytes.clone();
                bytes[at..at + 8].copy_from_slice(&claim.to_le_bytes());
                fs::write(&path, &bytes).expect("the file is written");
                let error = read_columns(&path, &[0, 1], 10).err().map(|error| error.to_string());
                error.is_some_and(|error| error.ends_with(&format!("bytes claims to decompress to {claim} bytes")))
            })
        };
        small_files(&folder).iter().filter(|file| is_refused(file)).count()
    };
    // Two compressions, as a file and as a stream.
    assert_eq!([1 << 40, (1 << 28) + 1].map(refusals), [4, 4]);
    // A byte of LZ4 stands for 255 at most.
    assert_eq!(refusals(1 << 20), 2);
}

#[test]
fn a_column_before_the_beginning_of_the_file_is_refused() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/bytes/negative-place.parquet");
    let error = open(&path).err().map(|error| error.to_string()).expect("the file is damaged");
    assert!(error.contains("expected a place of a column in the file, found "), "{error}");
}
