//! Decoders of other people, kept from ending the program.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use super::Decoded;

thread_local! {
    /// Whether this thread is decoding, so that a panic is to be an error and not a message.
    static CALM: Cell<bool> = const { Cell::new(false) };
}

/// Runs a decoder; should it panic, that is an error like others. Nothing of it may be used again after an error.
///
/// The crates `parquet` and `arrow-ipc` check what they read, but not everywhere: of Parquet files garbled at random some
/// end in an assertion, an `expect` or a sum that overflows (`file/metadata/mod.rs`, `column/reader/decoder.rs`,
/// `arrow/decoder/delta_byte_array.rs` of version 60.1).
pub(super) fn calmly<T>(decode: impl FnOnce() -> Decoded<T>) -> Decoded<T> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !CALM.get() {
                before(info);
            }
        }));
    });
    let outside = CALM.replace(true);
    let done = panic::catch_unwind(AssertUnwindSafe(decode));
    CALM.set(outside);
    done.unwrap_or_else(|_| Err("it is damaged: its parts do not fit together".to_string()))
}

#[cfg(test)]
mod tests {
    use super::calmly;

    #[test]
    fn a_panic_is_an_error() {
        let numbers: Vec<u8> = Vec::new();
        assert!(calmly(|| Ok(numbers[numbers.len()])).is_err());
        assert_eq!(calmly(|| Ok(1)), Ok(1));
    }
}
