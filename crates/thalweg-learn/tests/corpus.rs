//! Short fuzzing: the files of the corpus, truncated and with random changes. See `fuzz/` for long runs.

mod fuzzing;

use std::path::Path;

use fuzzing::mutation::for_each_mutation;

/// Calls `parse` with the mutations of each file of a folder of the corpus.
fn fuzz(folder: &str, parse: fn(&[u8])) {
    for_each_mutation(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder), parse);
}

#[test]
fn text_never_panics() {
    fuzz("text", fuzzing::parse_text);
}

#[test]
fn binary_files_never_panic() {
    fuzz("bytes", fuzzing::parse_bytes);
}

#[test]
fn model_files_never_panic() {
    fuzz("model", fuzzing::load_model);
}

#[test]
fn checkpoints_never_panic() {
    fuzz("checkpoint", fuzzing::load_checkpoint);
}

#[test]
fn caches_never_panic_and_never_change_the_model() {
    fuzz("cache", fuzzing::read_cache);
}

#[test]
fn states_of_trainings_never_panic() {
    fuzz("training", fuzzing::continue_training);
}
