//! Where pages go: the terminal, and the folder `docs`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

use crate::page::Page;

/// The folder `docs` of the workspace.
pub fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// Prints a page and writes its pictures; the exit code is 1 where a claim failed.
pub fn show(page: &Page) -> crate::Result<ExitCode> {
    write!(std::io::stdout().lock(), "{page}")?;
    let folder = docs().join("experiments");
    fs::create_dir_all(&folder).with_context(|| format!("the folder {}", folder.display()))?;
    for (file, picture) in page.pictures() {
        let path = folder.join(file);
        fs::write(&path, picture.bytes()?).with_context(|| format!("the picture {}", path.display()))?;
    }
    Ok(ExitCode::from(u8::from(page.claims().any(|claim| !claim.holds))))
}
