//! Runs `fuzzing::load_state` of the tests of `thalweg`.

#![no_main]

#[path = "../../crates/thalweg/tests/fuzzing/mod.rs"]
mod fuzzing;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzing::load_state(data));
