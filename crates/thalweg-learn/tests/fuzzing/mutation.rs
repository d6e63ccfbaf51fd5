//! Truncated and randomly changed files of a corpus.

use std::fs;
use std::path::Path;

use thalweg::random::Random;

/// Calls `parse` with each file of a folder: unchanged, truncated, and randomly changed.
pub(crate) fn for_each_mutation(folder: &Path, parse: fn(&[u8])) {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the corpus exists")
        .map(|entry| entry.expect("the folder is readable").path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{}", folder.display());
    let mut random = Random::new(1);
    for file in files {
        let whole = fs::read(&file).expect("the file is readable");
        parse(&whole);
        let cuts = (0..whole.len()).step_by((whole.len() / 100).max(1));
        cuts.for_each(|end| parse(&whole[..end]));
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
            parse(&changed);
        }
    }
}
