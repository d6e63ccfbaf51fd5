//! Short fuzzing of saved states: those of the corpus, truncated and with random changes. See `fuzz/` for long runs.

mod fuzzing;
#[path = "../../thalweg-learn/tests/fuzzing/mutation.rs"]
mod mutation;

use std::path::Path;

#[test]
fn states_never_panic() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/state");
    mutation::for_each_mutation(&corpus, fuzzing::load_state);
}
