//! Runs `fuzzing::parse_bytes` of the tests of `thalweg-learn`.

#![no_main]

#[path = "../../crates/thalweg-learn/tests/fuzzing/mod.rs"]
#[allow(dead_code)] // each target uses one function
mod fuzzing;

/// Makes panics of decoders no finds, since they become errors.
fn omit_decoders() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !thalweg_learn::data::is_decoding() {
            hook(panic);
        }
    }));
}

libfuzzer_sys::fuzz_target!(init: omit_decoders(), |data: &[u8]| fuzzing::parse_bytes(data));
