//! The model file, a safetensors file.
//!
//! It has tensors of f64 (`weights` and `intercept` for a linear model) and one metadata entry `thalweg`: JSON with the
//! schema, the information on the training, and a checksum. There is only one entry because the order of several is not
//! fixed, and the same model must give the same bytes.

mod check;
pub(crate) mod checksum;
mod coefficients;
pub(crate) mod container;
mod training_info;

pub use coefficients::Coefficient;
pub use training_info::TrainingInfo;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::architecture::{AnyModel, Architecture};
use super::loss::Loss;
use crate::data::{Encoding, Feature, Schema};
use crate::destination::Destination;
use crate::error::{Error, MemoryPart, Result};
use crate::memory;

/// Newest format that can be read. A model is written in the oldest format that can represent it: 1, or 2 with a loss
/// that is not the default, or 3 with classes, interactions, hashed levels, features without names, or an architecture
/// that is not linear; or 4 with words of
/// texts or texts that are missing numbers.
const NEWEST_FORMAT: u64 = 4;

/// Key of the metadata entry.
const METADATA_KEY: &str = "thalweg";

/// Trained model with everything needed to predict rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelFile {
    /// Encoding of the rows.
    pub schema: Schema,
    /// Trained tensors. A linear model has `weights`, one for each class of each coefficient (in the order of
    /// [`Schema::coefficient_names`]), and `intercept`, the score of a row of zeros.
    pub tensors: Vec<NamedTensor>,
    /// Information on the training.
    pub training_info: TrainingInfo,
}

/// Tensor of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Name of the tensor.
    pub name: String,
    /// Dimensions; one or two.
    pub shape: Vec<usize>,
    /// Elements in row-major order.
    pub values: Vec<f64>,
}

/// Content of the metadata entry.
#[derive(Serialize, Deserialize)]
struct ModelDescription {
    format: u64,
    #[serde(rename = "about")]
    training_info: TrainingInfo,
    schema: Schema,
}

/// Format of a metadata entry whose other keys may be unknown.
#[derive(Deserialize)]
struct FormatVersion {
    format: u64,
}

impl ModelFile {
    /// Returns the loss that the model was trained with.
    pub fn loss(&self) -> Loss {
        self.training_info.loss.unwrap_or(Loss::default_for(&self.schema.target))
    }

    /// Returns the model, which computes scores of rows.
    pub fn model(&self) -> AnyModel {
        self.training_info.architecture.model(self.schema.coefficient_count(), self.schema.target.outputs(), true)
    }

    /// Returns the parameters in the order of the model's layout.
    pub fn parameters(&self) -> Vec<f64> {
        self.tensors.iter().flat_map(|tensor| &tensor.values).copied().collect()
    }

    /// Returns the weights of the coefficients of a linear model.
    pub fn weights(&self) -> &[f64] {
        self.tensor("weights")
    }

    /// Returns the elements of a tensor; empty if the model has none of this name.
    pub(crate) fn tensor(&self, name: &str) -> &[f64] {
        self.tensors.iter().find(|tensor| tensor.name == name).map_or(&[], |tensor| &tensor.values)
    }

    /// Returns the prediction (a number, log-odds, or the unnormalized log-probability of each class) for a row of
    /// average numbers and no levels.
    pub fn intercepts(&self) -> Vec<f64> {
        let transform = self.schema.target.inverse_transform();
        let poisson = self.loss() == Loss::Poisson;
        let in_units = |&z: &f64| if poisson { z + libm::log(transform.scale) } else { transform.apply(z) };
        self.tensor("intercept").iter().map(in_units).collect()
    }

    /// Writes the file atomically. The same model always gives the same bytes.
    ///
    /// # Errors
    /// A file that cannot be written; a model that cannot predict, such as one with weights that are not finite.
    pub fn save(&self, path: &Path) -> Result<()> {
        Destination::open(path)?.write(&self.to_bytes(path)?)
    }

    /// Returns the bytes of the file; `path` is used in error messages.
    ///
    /// # Errors
    /// A model that cannot predict, such as one with weights that are not finite.
    pub fn to_bytes(&self, path: &Path) -> Result<Vec<u8>> {
        let refuse = |why: String| not_model(path, why);
        self.check().map_err(refuse)?;
        let is_text = |feature: &Feature| matches!(feature.encoding, Encoding::Text { .. });
        let format = match self.training_info.loss {
            _ if self.schema.features.iter().any(is_text) || !self.schema.text_as_missing.is_empty() => NEWEST_FORMAT,
            _ if self.schema.target.outputs() > 1 || self.schema.indexed_features.is_some() => 3,
            _ if self.schema.hash_bits > 0 || !self.schema.interactions.is_empty() => 3,
            _ if self.training_info.architecture != Architecture::Linear => 3,
            Some(_) => 2,
            None => 1,
        };
        let document =
            ModelDescription { format, training_info: self.training_info.clone(), schema: self.schema.clone() };
        let json = serde_json::to_string(&document).map_err(|error| refuse(error.to_string()))?;
        let json = checksum::append(&json, |hasher| checksum::hash_tensors(&self.tensors, hasher));
        let bytes: Vec<Vec<u8>> = self.tensors.iter().map(|tensor| to_le_bytes(&tensor.values)).collect();
        let views = self.tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
            TensorView::new(Dtype::F64, tensor.shape.clone(), bytes).map(|view| (tensor.name.as_str(), view))
        });
        let tensors: std::result::Result<Vec<_>, _> = views.collect();
        let metadata = HashMap::from([(METADATA_KEY.to_string(), json)]);
        tensors
            .and_then(|tensors| safetensors::serialize(tensors, Some(metadata)))
            .map_err(|error| refuse(error.to_string()))
    }

    /// Reads a file that [`ModelFile::save`] wrote.
    ///
    /// # Errors
    /// A file that cannot be read; any other file, with the reason why it is not a model.
    pub fn load(path: &Path) -> Result<ModelFile> {
        ModelFile::from_bytes(path, &container::read(path)?)
    }

    /// Reads a file as [`ModelFile::load`] unless a memory limit in bytes is too low for it.
    ///
    /// # Errors
    /// See [`ModelFile::load`]; a limit of less than 128 MiB; a need that exceeds the limit.
    pub fn load_within(path: &Path, max_memory: Option<usize>) -> Result<ModelFile> {
        memory::check_limit(max_memory)?;
        let stored = std::fs::metadata(path).map_or(0, |found| usize::try_from(found.len()).unwrap_or(usize::MAX));
        // The bytes and the weights exist at the same time, and later the weights of the predictor.
        memory::check(vec![MemoryPart::new("model", stored.saturating_mul(3))], max_memory)?;
        ModelFile::load(path)
    }

    /// Reads a model from the bytes of its file; `path` is used in error messages.
    ///
    /// # Errors
    /// Bytes that are not a model, with the reason.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<ModelFile> {
        let refuse = |why: String| not_model(path, why);
        let damaged = |error| refuse(format!("it is not a complete safetensors file: {error}"));
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let json = metadata.metadata().as_ref().and_then(|entries| entries.get(METADATA_KEY));
        let Some(json) = json else {
            return Err(refuse("it is a safetensors file without the entry 'thalweg'".to_string()));
        };
        let unread = |error: serde_json::Error| refuse(format!("its description cannot be read: {error}"));
        let FormatVersion { format } = serde_json::from_str(json).map_err(unread)?;
        if format > NEWEST_FORMAT {
            return Err(Error::NewerModel { path: path.to_path_buf(), known: NEWEST_FORMAT, format });
        }
        let ModelDescription { training_info, schema, .. } = serde_json::from_str(json).map_err(unread)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(damaged)?;
        let names = training_info.architecture.model(1, 1, true).tensors().into_iter().map(|tensor| tensor.name);
        let tensors = names.map(|name| read_tensor(&tensors, &name));
        let tensors = tensors.collect::<std::result::Result<Vec<_>, _>>().map_err(refuse)?;
        // A description of an earlier version has no checksum; the schema is its last key.
        if !json.ends_with("}}") {
            checksum::check(json, |hasher| checksum::hash_tensors(&tensors, hasher)).map_err(refuse)?;
        }
        let model = ModelFile { schema, tensors, training_info };
        model.check().map_err(refuse)?;
        Ok(model)
    }
}

fn not_model(path: &Path, why: String) -> Error {
    Error::NotModel { path: PathBuf::from(path), reason: why }
}

fn to_le_bytes(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// Reads a tensor of f64.
fn read_tensor(tensors: &SafeTensors<'_>, name: &str) -> std::result::Result<NamedTensor, String> {
    let tensor = tensors.tensor(name).map_err(|_| format!("it has no tensor '{name}'"))?;
    let shape = tensor.shape().to_vec();
    if tensor.dtype() != Dtype::F64 || !(1..=2).contains(&shape.len()) {
        return Err(format!("tensor '{name}' must be one or two axes of f64, not {:?} {shape:?}", tensor.dtype()));
    }
    let values = tensor.data().as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect();
    Ok(NamedTensor { name: name.to_string(), shape, values })
}
