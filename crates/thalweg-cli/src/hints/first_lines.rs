//! Hints on columns that are not found since the delimiter or the line of the header is another.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use thalweg_learn::data::open_input;

use super::FIRST_LINES;
use crate::report::shell::quote_for_shell;

/// Bytes of a file in which the header is looked for.
const HEADER_BYTES: u64 = 1 << 16;

/// Returns the option by which a file may have the column `name`, as a sentence without a final stop.
pub(super) fn column_hint(path: Option<&Path>, name: &str, columns: &[String]) -> Option<String> {
    if let [header] = columns
        && let Some(delimiter) = delimiter(header, name)
    {
        let option = quote_for_shell(delimiter.to_string());
        return Some(format!("the header has one field; if {delimiter:?} separates its fields, --delimiter {option}"));
    }
    let lines = lines_before(path?, name)?;
    let option = format!("--skip-lines {lines}");
    Some(format!("if line {} is the header, {option} skips what is before it", lines + 1))
}

/// Returns the character that separates `name` from the rest of a header.
fn delimiter(header: &str, name: &str) -> Option<char> {
    let mut characters: Vec<char> = header.chars().filter(|character| is_delimiter(*character)).collect();
    characters.dedup();
    characters.into_iter().find(|character| has_field(header, *character, name))
}

/// Number of lines of a file before the one that has a field `name`; `None` if it is the first or none has it.
fn lines_before(path: &Path, name: &str) -> Option<usize> {
    let reader = BufReader::new(open_input(path).ok()?.take(HEADER_BYTES));
    let lines = reader.split(b'\n').take(FIRST_LINES as usize).map_while(Result::ok);
    let has_name = |line: Vec<u8>| delimiter(&String::from_utf8_lossy(&line), name).is_some();
    lines.map(has_name).position(|found| found).filter(|before| *before > 0)
}

fn has_field(line: &str, delimiter: char, name: &str) -> bool {
    let mut fields = line.split(delimiter).map(|field| field.trim().trim_matches('"'));
    fields.any(|field| field == name.trim())
}

/// Returns `true` for an ASCII character that may be given as delimiter and is rare in names.
fn is_delimiter(character: char) -> bool {
    character.is_ascii() && !character.is_alphanumeric() && !['"', '\'', '_', '\n', '\r'].contains(&character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_one_field_have_their_delimiter() {
        let hint = |header: &str| column_hint(None, "y", &[header.to_string()]).unwrap_or_default();
        assert!(hint("x^g^y").ends_with("--delimiter '^'"), "{}", hint("x^g^y"));
        assert!(hint("x: g: y").ends_with("--delimiter :"), "{}", hint("x: g: y"));
        assert!(hint("\"x\"~\"y\"").ends_with("--delimiter '~'"), "{}", hint("x~y"));
        assert_eq!(hint("money"), "");
        assert_eq!(column_hint(None, "y", &["x^y".into(), "g".into()]), None, "of several columns");
    }

    #[test]
    fn headers_below_lines_as_wide_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("data.csv");
        let columns = ["Sales report".to_string(), "Q1".to_string()];
        for (text, said) in [
            ("Sales report,Q1\nx,y\n1,2\n", "if line 2 is the header, --skip-lines 1 skips what is before it"),
            ("Sales report,Q1\n\nx;\"y\"\r\n1;2\n", "if line 3 is the header, --skip-lines 2 skips what is before it"),
            ("y,Q1\nx,z\n1,2\n", ""),
            ("Sales report,Q1\nx,z\n1,2\n", ""),
        ] {
            std::fs::write(&path, text).expect("a file");
            assert_eq!(column_hint(Some(&path), "y", &columns).unwrap_or_default(), said, "{text}");
        }
    }
}
