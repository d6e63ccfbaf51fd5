//! Tests of the limit on the length of a record.

use std::path::Path;

use super::*;

#[test]
fn the_longest_record_has_64_mib() {
    let records = |length: usize, end: &str| {
        let text = [&vec![b'x'; length][..], end.as_bytes()].concat();
        let mut chunker = Chunker::new(Input::from_bytes(Path::new("x"), text)).expect("bytes are read");
        let last_end = |text: &[u8]| memchr::memrchr(b'\n', text).map(|end| end + 1);
        let mut lengths = Vec::new();
        while let Some(chunk) = chunker.chunk(&mut ReadRound::default(), last_end)? {
            lengths.push(chunk.bytes.len());
        }
        Ok::<_, Error>(lengths)
    };
    let limit = 64 << 20;
    for end in ["", "\n", "\r\n", "\ny", "\nyy\n"] {
        let lengths = records(limit, end).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(lengths.iter().sum::<usize>(), limit + end.len());
        let error = records(limit + 1, end).expect_err("the record is too long").to_string();
        assert!(error.starts_with("x:1:1: expected a row of at most 64 MiB"), "{error}");
    }
}
