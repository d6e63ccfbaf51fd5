//! Output of pages to the terminal and to the folder `docs`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

use crate::error::Result;
use crate::page::Page;

/// Returns the folder `docs` of the workspace.
pub fn docs_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// Prints a page and writes its pictures. Returns exit code 1 if a claim does not hold.
///
/// # Errors
/// A picture that cannot be drawn or written.
pub fn print_and_write(page: &Page) -> Result<ExitCode> {
    write!(std::io::stdout().lock(), "{page}")?;
    let folder = docs_folder().join("experiments");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    for (file, image) in page.images() {
        let path = folder.join(file);
        fs::write(&path, image.bytes()?).with_context(|| format!("cannot write the picture {}", path.display()))?;
    }
    Ok(ExitCode::from(u8::from(page.claims().any(|claim| !claim.holds))))
}
