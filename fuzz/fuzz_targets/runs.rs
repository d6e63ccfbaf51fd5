//! Runs `fuzzing::read_runs` of the tests of `thalweg-compare`.

#![no_main]

#[path = "../../crates/thalweg-compare/tests/fuzzing/mod.rs"]
mod fuzzing;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzing::read_runs(data));
