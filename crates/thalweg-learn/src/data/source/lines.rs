//! Lines of text, whatever ends them.

/// How many line ends there are.
pub(super) fn count(text: &[u8]) -> u64 {
    let plain = memchr::memchr_iter(b'\n', text).count();
    let alone = |&at: &usize| text.get(at + 1).is_some_and(|&next| next != b'\n');
    let returns = memchr::memchr_iter(b'\r', text).filter(alone).count();
    (plain + returns) as u64
}

/// Line and character of byte `at` of the text, both counted from 1.
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
    let before = text.get(start..at).unwrap_or_default();
    (line, before.chars().count() as u64 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters_for_every_line_end() {
        let text = "ä,b\r\nc\rdé,x\ny";
        let of = |what| locate(text, text.find(what).expect("in the text"));
        assert_eq!([of("b"), of("c"), of("d"), of("x"), of("y")], [(1, 3), (2, 1), (3, 1), (3, 4), (4, 1)]);
    }
}
