//! Files that are damaged, or mean harm.

use std::fs;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};

use super::tests::{columns, written};
use super::*;
use crate::data::source::testing::{garbled, shared};

/// Reads all columns that can be used; whether it went well.
fn reads(path: &Path, bytes: &[u8]) -> bool {
    fs::write(path, bytes).expect("a file");
    let Ok(file) = Columnar::open(path) else { return false };
    let usable: Vec<usize> = (0..file.names().len()).filter(|&column| file.unusable(column).is_none()).collect();
    // A file of a few bytes can claim any number of rows without a value.
    file.rows().is_ok_and(|rows| rows < 1 << 20) && columns(path, &usable, 4096).is_ok()
}

#[test]
fn a_file_that_is_cut_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cut");
    for file in small(&folder) {
        let bytes = fs::read(&file).expect("a file");
        assert!(reads(&path, &bytes));
        let stream = file.extension().is_some_and(|extension| extension == "arrows");
        for length in (0..bytes.len()).rev().step_by(7) {
            // A stream may end between messages, and is then a shorter one.
            assert!(!reads(&path, &bytes[..length]) || stream, "{} cut to {length}", file.display());
        }
    }
}

fn small(folder: &tempfile::TempDir) -> Vec<PathBuf> {
    let columns: [(&str, ArrayRef); 3] = [
        ("n", Arc::new((0..50).map(|i| (i % 7 != 0).then_some(i * i)).collect::<Int64Array>())),
        ("x", Arc::new(Float64Array::from_iter_values((0..50).map(f64::from)))),
        ("t", Arc::new((0..50).map(|i| (i % 5 != 0).then(|| format!("text {}", i % 9))).collect::<StringArray>())),
    ];
    written(folder, &[RecordBatch::try_from_iter(columns).expect("a batch")])
}

#[test]
fn garbled_files_end_in_an_error_or_in_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("garbled");
    let (mut good, mut wrong) = (0, 0);
    for file in small(&folder) {
        let bytes = fs::read(&file).expect("a file");
        for round in 0..150 {
            let well = reads(&path, &garbled(&bytes, round));
            good += usize::from(well);
            wrong += usize::from(!well);
        }
    }
    assert!(wrong > 100 && good > 0, "{good} {wrong}");
    for name in
        ["alltypes_plain", "datapage_v2.snappy", "delta_binary_packed", "delta_byte_array", "nonnullable.impala"]
    {
        let Some(file) = shared(&format!("parquet-testing/{name}.parquet")) else { continue };
        let bytes = fs::read(&file).expect("a file");
        for round in 0..100 {
            reads(&path, &garbled(&bytes, round));
        }
    }
}

/// A batch of one compressed buffer whose first eight bytes claim that it unpacks into 2⁴⁰ bytes.
#[test]
fn a_buffer_that_claims_to_be_huge_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("huge");
    let mut refused = 0;
    for file in small(&folder) {
        let bytes = fs::read(&file).expect("a file");
        // Fifty numbers of 64 bits; the same eight bytes may stand elsewhere by chance.
        let said = (0..bytes.len() - 8).filter(|&at| bytes[at..at + 8] == 400_u64.to_le_bytes()).any(|at| {
            let mut bytes = bytes.clone();
            bytes[at..at + 8].copy_from_slice(&(1_u64 << 40).to_le_bytes());
            fs::write(&path, &bytes).expect("a file");
            let error = columns(&path, &[0, 1], 10).err().map(|error| error.to_string());
            error.is_some_and(|error| error.ends_with("a buffer claims to unpack into 1099511627776 bytes"))
        });
        refused += usize::from(said);
    }
    // Two compressions, as a file and as a stream.
    assert_eq!(refused, 4);
}
