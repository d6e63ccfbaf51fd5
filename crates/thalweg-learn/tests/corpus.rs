//! The short form of fuzzing (`fuzz/`): the files of the corpus, cut anywhere and with bytes changed.

mod fed;

use std::fs;
use std::path::Path;

use thalweg::Random;

/// Feeds each file of a folder, whole, cut, and changed.
fn feed(folder: &str, to: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder);
    let mut files: Vec<_> =
        fs::read_dir(&folder).expect("the corpus").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    assert!(files.len() >= 4, "{}", folder.display());
    let mut random = Random::new(1);
    for file in files {
        let whole = fs::read(&file).expect("a file");
        to(&whole);
        let cuts = (0..whole.len()).step_by((whole.len() / 100).max(1));
        cuts.for_each(|end| to(&whole[..end]));
        for _ in 0..150 {
            let mut changed = whole.clone();
            for _ in 0..=random.below(4) {
                let place = random.below(whole.len() as u64) as usize;
                changed[place] = match random.below(4) {
                    0 => 0,
                    1 => 0xff,
                    2 => changed[place] ^ 1 << random.below(8),
                    _ => random.below(256) as u8,
                };
            }
            to(&changed);
        }
    }
}

#[test]
fn text_never_panics() {
    feed("text", fed::text);
}

#[test]
fn binary_files_never_panic() {
    feed("bytes", fed::bytes);
}

#[test]
fn model_files_never_panic() {
    feed("model", fed::model);
}
