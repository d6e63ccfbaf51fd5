//! See the function of this name in `fed`.

#![no_main]

#[path = "../../crates/thalweg-learn/tests/fed/mod.rs"]
#[allow(dead_code)] // one target, one of its functions
mod fed;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fed::text(data));
