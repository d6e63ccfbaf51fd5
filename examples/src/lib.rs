//! Short programs that use the libraries of thalweg, at most 25 lines each. `cargo run -p thalweg-examples --example
//! minimize` runs one of them; the tests run all and compare their output with `expected/`.

/// Tests the Rust examples of the README of the repository.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct ReadmeExamples;
