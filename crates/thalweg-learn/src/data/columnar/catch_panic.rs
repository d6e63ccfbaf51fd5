//! Conversion of panics in foreign decoders into errors.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};

use super::format::Decoded;

thread_local! {
    static IS_DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Returns `true` while this thread runs a decoder of another crate, whose panics become errors.
///
/// Such panics call the panic hook, which belongs to the program: one that returns without a message for them keeps
/// the text of a damaged file's error alone.
///
/// ```
/// use std::panic;
///
/// let hook = panic::take_hook();
/// panic::set_hook(Box::new(move |panic| {
///     if !thalweg_learn::data::is_decoding() {
///         hook(panic);
///     }
/// }));
/// ```
pub fn is_decoding() -> bool {
    IS_DECODING.get()
}

/// Runs a decoder; a panic in it is returned as an error. The decoder must not be used again after an error.
///
/// The crates `parquet` and `arrow-ipc` validate most of their input, but some randomly corrupted Parquet files end in
/// an assertion, an `expect` or an integer overflow (`column/reader/decoder.rs` and
/// `arrow/decoder/delta_byte_array.rs` of version 60.1, `util/bit_chunk_iterator.rs` of `arrow-buffer`).
pub(super) fn catch_panic<T>(decode: impl FnOnce() -> Decoded<T>) -> Decoded<T> {
    let before = IS_DECODING.replace(true);
    // The state that a panic may leave inconsistent is not used again.
    let result = panic::catch_unwind(AssertUnwindSafe(decode));
    IS_DECODING.set(before);
    result.unwrap_or_else(|_| Err("the file is damaged: its parts do not fit together".to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        let numbers: Vec<u8> = Vec::new();
        assert!(catch_panic(|| Ok(numbers[numbers.len()])).is_err());
        assert!(!is_decoding());
        assert_eq!(catch_panic(|| Ok(is_decoding())), Ok(true));
    }
}
