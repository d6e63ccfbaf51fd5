//! Files of other programs, which are no tables of a format that is read.

/// First bytes of files, and what they are, with advice.
const SIGNATURES: [(&[u8], &str); 28] = [
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old Office document such as an Excel workbook; save its sheet as CSV"),
    (b"SQLite format 3\0", "an SQLite database; export a table of it as CSV"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file; write its table as CSV or Parquet"),
    (b"\x93NUMPY", "a NumPy array; write it as CSV or Parquet"),
    (b"\x80\x02", PICKLE),
    (b"\x80\x03", PICKLE),
    (b"\x80\x04\x95", PICKLE),
    (b"\x80\x05\x95", PICKLE),
    (b"%PDF-", "a PDF document"),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive; unpack it first"),
    (b"Rar!\x1A\x07", "a RAR archive; unpack it first"),
    (b"\x04\x22\x4D\x18", "a file compressed by lz4; unpack it first"),
    (b"\xff\x06\0\0sNaPpY", "a file compressed by Snappy; unpack it first"),
    (b"\x1F\x9D", "a file compressed by compress; unpack it first"),
    (b"LZIP\x01", "a file compressed by lzip; unpack it first"),
    (b"Obj\x01", "an Avro file; write its table as CSV or Parquet"),
    (b"FEA1", "a Feather file of version 1; write it as Feather of version 2 or as Parquet"),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file; write its table as CSV"),
    (b"$FL2@(#)", "an SPSS file; save its table as CSV"),
    (b"<stata_dta>", "a Stata file; save its table as CSV"),
    (b"RDX2\n", R_DATA),
    (b"RDX3\n", R_DATA),
    (b"X\n\0\0\0", R_DATA),
    (b"\x89PNG\r\n\x1a\n", "a picture"),
    (b"\xFF\xD8\xFF", "a picture"),
    (b"GIF87a", "a picture"),
    (b"GIF89a", "a picture"),
    (b"\x7FELF", "a program"),
];

const PICKLE: &str = "an object pickled by Python; write its table as CSV or Parquet";
const R_DATA: &str = "an object saved by R; write its table as CSV";

/// Place of the signature of a tar archive, and the signature (POSIX 1003.1, pax).
const TAR: (usize, &[u8]) = (257, b"ustar");

/// Returns what a file is that is no table, by its first bytes; `None` if it may be one.
pub(super) fn foreign_format(first: &[u8]) -> Option<&'static str> {
    let found = SIGNATURES.iter().find(|(signature, _)| first.starts_with(signature)).map(|(_, what)| *what);
    let is_tar = || first.get(TAR.0..).is_some_and(|rest| rest.starts_with(TAR.1));
    // A column may have a name that begins with the same letters.
    let is_orc = || first.starts_with(b"ORC") && first.iter().any(|byte| *byte < b'\t');
    let found = found.or_else(|| is_orc().then_some("an ORC file; write its table as CSV or Parquet"));
    let found = found.or_else(|| is_tar().then_some("a tar archive; unpack it first"));
    found.or_else(|| foreign_text(first))
}

/// Returns what a text is that is no delimited text.
fn foreign_text(first: &[u8]) -> Option<&'static str> {
    let text = first.trim_ascii_start();
    let begins = |word: &str| text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word.as_bytes()));
    let after = |bracket: u8| text.strip_prefix(&[bracket]).and_then(|rest| rest.trim_ascii_start().first().copied());
    if begins("<!doctype html") || begins("<html") || begins("<table") {
        Some("an HTML page; save its table as CSV, or download the file itself")
    } else if begins("<?xml") {
        Some("an XML document; write its table as CSV")
    } else if matches!(after(b'{'), Some(b'"' | b'}')) || matches!(after(b'['), Some(b'{' | b'[')) {
        Some("a JSON document; write its table as CSV or Parquet")
    } else if begins("@relation") {
        Some("an ARFF file; write its table as CSV")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_programs_are_told_from_delimited_text() {
        let tar = [&b"a.csv"[..], &[0; 252], b"ustar"].concat();
        for first in [
            &b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"[..],
            b"\x80\x04\x95\x01",
            b"ORC\x0a\x03",
            b"\n<!DOCTYPE html>\n<html>",
            b"{\"a\": 1}",
            b"[\n  {\"a\": 1}]",
            b"@RELATION iris",
            &tar,
        ] {
            assert!(foreign_format(first).is_some(), "{}", String::from_utf8_lossy(first));
        }
        for text in ["", "ORCID,y\n", "{x},y\n", "[1],2\n", "@user,y\n", "RDX2,y\n", "<5,y\n", "PDF,y\n"] {
            assert_eq!(foreign_format(text.as_bytes()), None, "{text}");
        }
    }
}
