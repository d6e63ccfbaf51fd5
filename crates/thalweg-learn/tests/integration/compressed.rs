//! Compressed text, archives, and files of other programs.

use std::fs;
use std::path::Path;

use crate::common::{message, names};
use thalweg_learn::{ErrorKind, ReadOptions, Result, Table};

fn parse(bytes: &[u8]) -> Result<Table<'static>> {
    Table::parse(Path::new("data"), bytes.to_vec(), &ReadOptions::default())
}

/// Returns the bytes of a zip archive without compression: local headers, the directory and its end.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let start = out.len() as u32;
        let mut fields = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        fields.extend(crc32(content).to_le_bytes());
        fields.extend((content.len() as u32).to_le_bytes());
        fields.extend((content.len() as u32).to_le_bytes());
        fields.extend((name.len() as u16).to_le_bytes());
        fields.extend([0, 0]);
        out.extend([&b"PK\x03\x04"[..], &fields, name.as_bytes(), content].concat());
        let rest = [&[0; 10][..], &start.to_le_bytes(), name.as_bytes()].concat();
        directory.extend([&b"PK\x01\x02\x14\0"[..], &fields, &rest].concat());
    }
    let (start, count) = (out.len() as u32, files.len() as u16);
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    out.extend([(directory.len() as u32).to_le_bytes(), start.to_le_bytes()].concat());
    out.extend([0, 0]);
    out
}

/// CRC-32 bit by bit (RFC 1952, 8).
fn crc32(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}

#[test]
fn text_of_every_compression_is_the_same_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/bytes");
    let read = |name: &str| {
        let table = parse(&fs::read(folder.join(name)).expect("the file is in the corpus")).expect(name);
        let row = |row| (0..table.names().len()).map(|column| table.cell(row, column).into_owned()).collect::<Vec<_>>();
        (table.names().to_vec(), (0..table.rows()).map(row).collect::<Vec<_>>())
    };
    let plain = read("t.csv");
    for name in ["t.csv.gz", "t.csv.zst", "t.csv.bz2", "t.csv.xz", "t.zip"] {
        assert_eq!(read(name), plain, "{name}");
    }
    for name in ["t.csv.bz2", "t.csv.xz", "t.zip"] {
        let bytes = fs::read(folder.join(name)).expect("the file is in the corpus");
        for length in [bytes.len() - 1, bytes.len() / 2, 14] {
            let error = parse(&bytes[..length]).err().unwrap_or_else(|| panic!("{name} has {length} bytes"));
            assert_eq!(error.kind(), ErrorKind::Decompress, "{name}: {error}");
        }
    }
}

#[test]
fn a_zip_archive_is_read_if_it_has_one_file() {
    let text: &[u8] = b"a,y\n1,2\n3,4\n";
    let added = [("folder/", &b""[..]), ("folder/t.csv", text), ("__MACOSX/folder/._t.csv", b"x"), (".DS_Store", b"y")];
    assert_eq!(parse(&zip(&added)).expect("the archive has one file").names(), names(&["a", "y"]));
    let found = |files: &[(&str, &[u8])]| {
        let error = parse(&zip(files)).expect_err("the archive is no table");
        assert_eq!((error.kind(), error.expected().as_deref()), (ErrorKind::NotTable, Some("a table")));
        error.found().expect("it says what was found")
    };
    assert_eq!(found(&[]), "a zip archive without files");
    assert_eq!(
        found(&[("a.csv", text), ("b.csv", text)]),
        "a zip archive of 2 files; unpack one of them first: a.csv, b.csv"
    );
    assert!(found(&[("[Content_Types].xml", b""), ("xl/workbook.xml", b"")]).starts_with("an Excel workbook"));
    assert!(found(&[("x.npy", b""), ("y.npy", b"")]).starts_with("a NumPy archive"));
    let mut damaged = zip(&[("t.csv", text)]);
    let place = damaged.windows(3).position(|bytes| bytes == b"3,4").expect("the text is stored");
    damaged[place] = b'5';
    assert!(message(parse(&damaged)).contains("damaged compressed file: the checksum does not match"));
}

#[test]
fn files_of_other_programs_are_named() {
    let pickle = b"\x80\x04\x95\x0f\0\0\0\0\0\0\0\x8c\x05hello\x94.";
    for (bytes, found) in [
        (&b"%PDF-1.7\n"[..], "a PDF document"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\x89HDF\r\n\x1a\n\0", "an HDF5 file"),
        (pickle, "an object pickled by Python"),
        (b"<!DOCTYPE html>\n<html><body>", "an HTML page"),
        (b"[{\"a\": 1}, {\"a\": 2}]", "a JSON document"),
    ] {
        let text = message(parse(bytes));
        assert!(text.starts_with(&format!("data: expected a table, found {found}")), "{text}");
    }
}
