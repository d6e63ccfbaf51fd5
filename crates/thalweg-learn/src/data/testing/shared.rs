//! Data files that are not part of the repository.

use std::env;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::data::input::{MAX_WINDOW_LOG, decompressed};

/// Returns the path of a data file below `THALWEG_DATA`, or `../shared/data` next to the workspace.
///
/// Returns `None` if the file does not exist, and says so on the standard error, past the capture of the test harness.
pub(in crate::data) fn shared_data(name: &str) -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = env::var_os("THALWEG_DATA").map_or_else(|| PathBuf::from(default), PathBuf::from);
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    writeln!(std::io::stderr(), "skipped: no data file {} (set THALWEG_DATA)", path.display()).expect("stderr is open");
    None
}

/// Returns all bytes of a file, decompressed.
pub(in crate::data) fn decompressed_bytes(path: &Path) -> Vec<u8> {
    let (mut bytes, file) = (Vec::new(), File::open(path).expect("the file exists"));
    decompressed(file, MAX_WINDOW_LOG).and_then(|mut file| file.read_to_end(&mut bytes)).expect("the file is whole");
    bytes
}
