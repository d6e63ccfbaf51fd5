//! The file of a checkpoint, a safetensors file.
//!
//! It has a tensor for each array of the state (`parameters`, `slots.weights.m`, `best.parameters`, …) and one metadata
//! entry `thalweg-checkpoint`: JSON with all the rest, and a checksum of it and the tensors.

use std::collections::HashMap;
use std::path::Path;

use crc32fast::Hasher;
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use super::arrays::{ArrayBytes, fill};
use super::{FitCheckpoint, FitProgress, SavedFit};
use crate::error::{CheckpointError, Error, Result};
use crate::model::{ModelFile, checksum, container};
use crate::train::{AnyTrainingState, StateArray};

/// Format of the files that this version reads and writes.
const FORMAT: u64 = 1;

/// Key of the metadata entry.
const METADATA_KEY: &str = "thalweg-checkpoint";

/// Name of the tensor with the parameters of the first fit, where the state is that of the last one.
const FIRST_PARAMETERS: &str = "first_fit.parameters";

/// Content of the metadata entry.
#[derive(Serialize, Deserialize)]
struct CheckpointDescription {
    format: u64,
    #[serde(flatten)]
    progress: FitProgress,
    state: AnyTrainingState,
}

/// Format of a metadata entry whose other keys may be unknown.
#[derive(Deserialize)]
struct FormatVersion {
    format: u64,
}

impl FitCheckpoint {
    /// Returns the bytes of the file; `path` is used in error messages.
    ///
    /// # Errors
    /// A description that has no text form: a number that is not finite.
    pub fn into_bytes(self, path: &Path) -> Result<Vec<u8>> {
        let refuse = |reason: String| invalid(path, reason);
        let Self { progress, state } = self;
        let mut description = CheckpointDescription { format: FORMAT, progress, state };
        let arrays: Vec<ArrayBytes> = arrays_mut(&mut description)
            .into_iter()
            .map(|(name, array)| ArrayBytes::take(name, array))
            .filter(|array| !array.bytes.is_empty())
            .collect();
        let json = serde_json::to_string(&description).map_err(|error| refuse(error.to_string()))?;
        let json = checksum::append(&json, |hasher| {
            for array in &arrays {
                hash(hasher, &array.name, &array.bytes);
            }
        });
        let metadata = HashMap::from([(METADATA_KEY.to_owned(), json)]);
        let views = arrays.iter().map(ArrayBytes::view).collect::<std::result::Result<Vec<_>, _>>();
        views.and_then(|views| safetensors::serialize(views, Some(metadata))).map_err(|error| refuse(error.to_string()))
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// A file that cannot be read; [`CheckpointError::Invalid`] for any other file, with the reason why it is none.
    pub fn load(path: &Path) -> Result<Self> {
        Self::from_bytes(path, &container::read(path)?)
    }

    /// Reads a checkpoint from the bytes of its file; `path` is used in error messages.
    ///
    /// # Errors
    /// [`CheckpointError::Invalid`] with the reason why the bytes are no checkpoint.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self> {
        let refuse = |reason: String| invalid(path, reason);
        let damaged = |error| refuse(format!("it is not a complete safetensors file: {error}"));
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let json = metadata.metadata().as_ref().and_then(|entries| entries.get(METADATA_KEY));
        let json =
            json.ok_or_else(|| refuse(format!("it is a safetensors file without the entry '{METADATA_KEY}'")))?;
        let unread = |error: serde_json::Error| refuse(format!("its description cannot be read: {error}"));
        let FormatVersion { format } = serde_json::from_str(json).map_err(unread)?;
        if format != FORMAT {
            return Err(refuse(format!("expected format {FORMAT}, found {format}, of another version of thalweg")));
        }
        let tensors = SafeTensors::deserialize(bytes).map_err(damaged)?;
        let mut description: CheckpointDescription = serde_json::from_str(json).map_err(unread)?;
        let (mut names, mut found) = (Vec::new(), 0);
        for (name, array) in arrays_mut(&mut description) {
            found += fill(&name, array, &tensors).map_err(refuse)?;
            names.push(name);
        }
        if found != tensors.len() {
            return Err(refuse(format!("expected {found} tensors, found {}", tensors.len())));
        }
        checksum::check(json, |hasher| {
            for name in &names {
                if let Ok(tensor) = tensors.tensor(name) {
                    hash(hasher, name, tensor.data());
                }
            }
        })
        .map_err(refuse)?;
        let CheckpointDescription { progress, state, .. } = description;
        Ok(Self { progress, state })
    }
}

impl SavedFit {
    /// Reads a file, once.
    ///
    /// # Errors
    /// A file that cannot be read, or that is neither.
    pub fn load(path: &Path) -> Result<Self> {
        let bytes = container::read(path)?;
        let metadata = SafeTensors::read_metadata(&bytes).ok();
        let has_entry = |entries: &HashMap<String, String>| entries.contains_key(METADATA_KEY);
        if metadata.is_some_and(|(_, metadata)| metadata.metadata().as_ref().is_some_and(has_entry)) {
            return Ok(Self::Checkpoint(Box::new(FitCheckpoint::from_bytes(path, &bytes)?)));
        }
        Ok(Self::Model(Box::new(ModelFile::from_bytes(path, &bytes)?)))
    }
}

/// Returns all arrays with their names.
fn arrays_mut(description: &mut CheckpointDescription) -> Vec<(String, StateArray<'_>)> {
    let CheckpointDescription { progress, state, .. } = description;
    let mut arrays = state.arrays_mut();
    if let Some(first) = &mut progress.first {
        arrays.push((FIRST_PARAMETERS.to_owned(), StateArray::F64(&mut first.parameters)));
    }
    arrays
}

fn hash(hasher: &mut Hasher, name: &str, bytes: &[u8]) {
    hasher.update(name.as_bytes());
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

fn invalid(path: &Path, reason: String) -> Error {
    CheckpointError::Invalid { path: path.to_path_buf(), reason }.into()
}
