//! Encodings of text that its first bytes tell.

/// Byte-order marks and the labels of their encodings; a longer mark comes before one that it begins with.
const MARKS: [(&[u8], &str); 5] = [
    (b"\xFF\xFE\0\0", "utf-32le"),
    (b"\0\0\xFE\xFF", "utf-32be"),
    (b"\xFF\xFE", "utf-16le"),
    (b"\xFE\xFF", "utf-16be"),
    (b"\x84\x31\x95\x33", "gb18030"),
];

/// Returns the label of the encoding of a text by its byte-order mark, or by the zeros in nearly all of its characters;
/// `None` for UTF-8 and for encodings that the first bytes do not tell.
pub(super) fn detected_encoding(first: &[u8]) -> Option<&'static str> {
    let marked = MARKS.iter().find(|(mark, _)| first.starts_with(mark)).map(|(_, label)| *label);
    marked.or_else(|| utf32_label(first)).or_else(|| utf16_label(first))
}

/// Returns `true` if this holds for nearly all of several units.
fn are_nearly_all<T>(units: &[T], holds: impl Fn(&T) -> bool) -> bool {
    units.len() > 1 && units.iter().filter(|unit| holds(unit)).count() * 10 >= units.len() * 9
}

fn utf32_label(first: &[u8]) -> Option<&'static str> {
    let units = first.as_chunks::<4>().0;
    if are_nearly_all(units, |unit| unit[..2] != [0; 2] && unit[2..] == [0; 2]) {
        Some("utf-32le")
    } else if are_nearly_all(units, |unit| unit[..2] == [0; 2] && unit[2..] != [0; 2]) {
        Some("utf-32be")
    } else {
        None
    }
}

fn utf16_label(first: &[u8]) -> Option<&'static str> {
    let units = first.as_chunks::<2>().0;
    if are_nearly_all(units, |unit| unit[0] != 0 && unit[1] == 0) {
        Some("utf-16le")
    } else if are_nearly_all(units, |unit| unit[0] == 0 && unit[1] != 0) {
        Some("utf-16be")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::data::read_options::ReadOptions;
    use crate::data::table::Table;

    #[test]
    fn utf16_and_utf32_are_read_as_utf8() {
        let texts = ["näme,y\n1,2\nü,3\n", "1 1:0.5 7:1\n-1 2:3\n"];
        for text in texts {
            let read = |bytes: Vec<u8>| {
                let table = Table::parse(Path::new("x"), bytes, &ReadOptions::default()).expect("the text is valid");
                format!("{:?} {}", table.names(), table.original_text(1, 0))
            };
            let expected = read(text.as_bytes().to_vec());
            for marked in [text.to_string(), format!("\u{feff}{text}")] {
                let codes = || marked.chars().map(u32::from);
                for bytes in [
                    marked.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
                    marked.encode_utf16().flat_map(u16::to_be_bytes).collect(),
                    codes().flat_map(u32::to_le_bytes).collect(),
                    codes().flat_map(u32::to_be_bytes).collect(),
                ] {
                    assert_eq!(read(bytes), expected);
                }
            }
        }
        let chinese: Vec<u8> = "\u{feff}名,y\n甲,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(detected_encoding(&chinese), Some("utf-16le"));
        assert_eq!(detected_encoding(b"\x84\x31\x95\x33a,b"), Some("gb18030"));
        for plain in [&b"a,b\n1,2\n"[..], b"1", b"", b"\0\0\0\0\0\0\0\0"] {
            assert_eq!(detected_encoding(plain), None);
        }
    }
}
