//! Runs `fuzzing::load_checkpoint` of the tests of `thalweg-learn`.

#![no_main]

#[path = "../../crates/thalweg-learn/tests/fuzzing/mod.rs"]
#[allow(dead_code)] // each target uses one function
mod fuzzing;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzing::load_checkpoint(data));
