//! Conversion of panics in foreign decoders into errors.

use std::panic::{self, AssertUnwindSafe};

use super::format::Decoded;

/// Runs a decoder; a panic in it is returned as an error. The decoder must not be used again after an error.
///
/// The crates `parquet` and `arrow-ipc` validate most of their input, but some randomly corrupted Parquet files end in
/// an assertion, an `expect` or an integer overflow (`file/metadata/mod.rs`, `column/reader/decoder.rs` and
/// `arrow/decoder/delta_byte_array.rs` of version 60.1). The panic hook belongs to the program and is left alone, so
/// that such a panic may print its message before the error is returned.
pub(super) fn catch_panic<T>(decode: impl FnOnce() -> Decoded<T>) -> Decoded<T> {
    // The state that a panic may leave inconsistent is not used again.
    let result = panic::catch_unwind(AssertUnwindSafe(decode));
    result.unwrap_or_else(|_| Err("the file is damaged: its parts do not fit together".to_string()))
}

#[cfg(test)]
mod tests {
    use super::catch_panic;

    #[test]
    fn a_panic_is_an_error() {
        let numbers: Vec<u8> = Vec::new();
        assert!(catch_panic(|| Ok(numbers[numbers.len()])).is_err());
        assert_eq!(catch_panic(|| Ok(1)), Ok(1));
    }
}
