//! Line counting for the line ends LF, CR LF and CR.

/// Returns the number of line ends in `text`.
pub(super) fn count(text: &[u8]) -> u64 {
    let newlines = memchr::memchr_iter(b'\n', text).count();
    let alone = |&at: &usize| text.get(at + 1).is_some_and(|&next| next != b'\n');
    let returns = memchr::memchr_iter(b'\r', text).filter(alone).count();
    (newlines + returns) as u64
}

/// Returns the number of line ends in the first `end` bytes of `text`; a CR LF ends with its second byte.
pub(in crate::data) fn count_lines(text: &[u8], end: usize) -> u64 {
    let newlines = memchr::memchr_iter(b'\n', &text[..end]).count();
    let returns = memchr::memchr_iter(b'\r', &text[..end]).filter(|&at| text.get(at + 1) != Some(&b'\n')).count();
    (newlines + returns) as u64
}

/// Returns the end of the first line with its line end; `None` if it has none.
pub(super) fn first_end(text: &[u8]) -> Option<usize> {
    let end = memchr::memchr2(b'\n', b'\r', text)?;
    Some(end + if text[end..].starts_with(b"\r\n") { 2 } else { 1 })
}

/// Returns the line and the column (in characters) of byte `at`, both counted from 1.
pub(super) fn locate(text: &str, at: usize) -> (u64, u64) {
    let bytes = text.as_bytes();
    let (mut line, mut start) = (1, 0);
    for (i, &byte) in bytes[..at.min(bytes.len())].iter().enumerate() {
        let ends = byte == b'\n' || (byte == b'\r' && bytes.get(i + 1) != Some(&b'\n'));
        if ends {
            line += 1;
            start = i + 1;
        }
    }
    // Within a character, its own column is returned.
    let end = (start..=at.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(start);
    (line, text[start..end].chars().count() as u64 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_counted_in_characters_for_every_line_end() {
        let text = "ä,b\r\nc\rdé,x\ny";
        let position = |word| locate(text, text.find(word).expect("the word is in the text"));
        let found = [position("b"), position("c"), position("d"), position("x"), position("y")];
        assert_eq!(found, [(1, 3), (2, 1), (3, 1), (3, 4), (4, 1)]);
    }
}
