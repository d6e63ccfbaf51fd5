//! Checks before a run that no output is a file that is read, or the file of another output.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use thalweg_learn::FileIdentity;

use crate::exit::UsageError;

/// Links that are followed before they are taken for a loop.
const MAX_LINKS: usize = 40;

/// Identity of a regular file, whatever its name, or of a file that an output creates.
#[derive(Debug, PartialEq, Eq)]
enum FileId {
    Existing(FileIdentity),
    /// Folder and name.
    New(FileIdentity, PathBuf),
}

/// Checks that no output is an input, and that no two outputs are the same file. `outputs` are options with their
/// files; standard output is one more. Devices such as `/dev/null` are no files in this sense.
pub(crate) fn check(inputs: &[PathBuf], outputs: &[(&str, Option<&Path>)]) -> Result<(), UsageError> {
    let read: Vec<_> = inputs.iter().filter_map(|path| Some((path, input_id(path)?))).collect();
    let given = outputs.iter().filter_map(|(option, path)| Some((*option, path_id(path.as_ref()?)?)));
    let written: Vec<_> = given.chain(standard_output_id().map(|id| ("standard output", id))).collect();
    for (i, (option, id)) in written.iter().enumerate() {
        if let Some((input, _)) = read.iter().find(|(_, read)| read == id) {
            return Err(UsageError(format!("{option}: the input file {} would be overwritten", input.display())));
        }
        if let Some((other, _)) = written[..i].iter().find(|(_, other)| other == id) {
            let path = outputs.iter().find(|(option, _)| option == other).and_then(|(_, path)| *path);
            let path = path.unwrap_or(Path::new("-")).display();
            return Err(UsageError(format!("{other} and {option} must be different files, found {path} for both")));
        }
    }
    Ok(())
}

/// Returns the file that is read; `-` is standard input.
fn input_id(path: &Path) -> Option<FileId> {
    if path != Path::new("-") {
        return path_id(path);
    }
    #[cfg(unix)]
    return stream_id(&std::io::stdin());
    #[cfg(not(unix))]
    return None;
}

/// Returns the file to which standard output goes, if it is one.
fn standard_output_id() -> Option<FileId> {
    #[cfg(unix)]
    return stream_id(&std::io::stdout());
    #[cfg(not(unix))]
    return None;
}

#[cfg(unix)]
fn stream_id(stream: &impl std::os::fd::AsFd) -> Option<FileId> {
    let file = fs::File::from(stream.as_fd().try_clone_to_owned().ok()?);
    let found = file.metadata().ok().filter(Metadata::is_file)?;
    Some(FileId::Existing(FileIdentity::new(Path::new("-"), &found)))
}

fn path_id(path: &Path) -> Option<FileId> {
    if let Ok(found) = fs::metadata(path) {
        return found.is_file().then(|| FileId::Existing(FileIdentity::new(path, &found)));
    }
    // A link may lead to a file that does not exist yet.
    let mut path = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        let Ok(target) = fs::read_link(&path) else { break };
        path = folder_of(&path).join(target);
    }
    let folder = folder_of(&path);
    Some(FileId::New(FileIdentity::new(folder, &fs::metadata(folder).ok()?), path.file_name()?.into()))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
