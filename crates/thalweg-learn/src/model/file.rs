//! The file of a model: one safetensors file, which Python opens too.
//!
//! Tensors `weights` and `intercept`, both f64, and one entry of metadata, `thalweg`: JSON with the schema and what is
//! known of the training. One entry, because the order of several is not fixed, and the same model is to be the same
//! bytes.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::loss::Loss;
use crate::data::{Encoding, Schema, Target};
use crate::destination::Destination;
use crate::error::{Error, Result};

/// The newest format that can be read. Models are written in the oldest that holds them: 1, or 2 with a loss of their own.
const FORMAT: u64 = 2;

/// The key of the metadata.
const KEY: &str = "thalweg";

/// A trained model with all that is needed to predict raw rows.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelFile {
    /// How rows are encoded.
    pub schema: Schema,
    /// One weight per coefficient, in the order of [`Schema::coefficient_names`].
    pub weights: Vec<f64>,
    /// The prediction where all coefficients are off.
    pub intercept: f64,
    /// How it was trained.
    pub about: About,
}

/// How a model was trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The version of this program.
    pub version: String,
    /// The kind of model.
    pub model: ModelKind,
    /// The loss, where it is not the usual one of the target: squared, or logistic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Loss>,
    /// The method with its parameters.
    pub method: String,
    /// The schedule of its rate.
    pub schedule: String,
    /// Rows in a batch.
    pub batch_size: u64,
    /// Rows trained on.
    pub rows: u64,
    /// Passes over them.
    pub epochs: u64,
    /// Steps of the method.
    pub steps: u64,
    /// The seed of everything random.
    pub seed: u64,
    /// Weight of the sum of absolute weights.
    pub l1: f64,
    /// Weight of the sum of squared weights.
    pub l2: f64,
}

/// The kind of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    /// Predicts a number.
    Linear,
    /// Predicts the probability of a label.
    Logistic,
    /// Predicts the mean of a count.
    Poisson,
    /// Predicts a label: a linear support vector machine.
    Svm,
}

/// The JSON inside.
#[derive(Serialize, Deserialize)]
struct Document {
    format: u64,
    about: About,
    schema: Schema,
}

/// Of a document that may be of any format: the format alone.
#[derive(Deserialize)]
struct Format {
    format: u64,
}

/// A coefficient by name: what the prediction gains by one standard deviation of a number, or by a level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Coefficient {
    /// The column, or `column=level`.
    pub name: String,
    /// In the target's units, or in log-odds of the positive label.
    pub weight: f64,
}

impl ModelFile {
    /// The loss that it was trained with.
    pub fn loss(&self) -> Loss {
        let usual = match self.schema.target {
            Target::Number { .. } => Loss::Squared,
            Target::Label { .. } => Loss::Logistic,
        };
        self.about.loss.unwrap_or(usual)
    }

    /// The coefficients in the units of the prediction (of its logarithm, for counts), in the order of the weights.
    pub fn coefficients(&self) -> Vec<Coefficient> {
        let scale = if self.loss() == Loss::Poisson { 1.0 } else { self.schema.target.units().0 };
        let names = self.schema.coefficient_names().into_iter();
        names.zip(&self.weights).map(|(name, weight)| Coefficient { name, weight: weight * scale }).collect()
    }

    /// The prediction (a number, or log-odds) for a row of average numbers and no levels.
    pub fn intercept_in_units(&self) -> f64 {
        let (scale, shift) = self.schema.target.units();
        if self.loss() == Loss::Poisson { self.intercept + libm::log(scale) } else { self.intercept * scale + shift }
    }
}

impl ModelFile {
    /// Writes the file, whole or not at all; the same model is always the same bytes.
    pub fn save(&self, path: &Path) -> Result<()> {
        Destination::open(path)?.write(&self.to_bytes(path)?)
    }

    /// The bytes of the file; `path` is for messages.
    pub fn to_bytes(&self, path: &Path) -> Result<Vec<u8>> {
        let refuse = |why: String| not_model(path, why);
        self.check().map_err(refuse)?;
        let format = if self.about.loss.is_some() { FORMAT } else { 1 };
        let document = Document { format, about: self.about.clone(), schema: self.schema.clone() };
        let json = serde_json::to_string(&document).map_err(|error| refuse(error.to_string()))?;
        let (weights, intercept) = (to_le_bytes(&self.weights), to_le_bytes(&[self.intercept]));
        let view = |shape: usize, bytes| TensorView::new(Dtype::F64, vec![shape], bytes);
        let tensors = [("weights", view(self.weights.len(), &weights)), ("intercept", view(1, &intercept))];
        let tensors: std::result::Result<Vec<_>, _> =
            tensors.into_iter().map(|(name, tensor)| tensor.map(|tensor| (name, tensor))).collect();
        let metadata = HashMap::from([(KEY.to_string(), json)]);
        tensors
            .and_then(|tensors| safetensors::serialize(tensors, Some(metadata)))
            .map_err(|error| refuse(error.to_string()))
    }

    /// Reads a file that [`ModelFile::save`] wrote; anything else is refused with the reason.
    pub fn load(path: &Path) -> Result<ModelFile> {
        let bytes = fs::read(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
        ModelFile::from_bytes(path, &bytes)
    }

    /// As [`ModelFile::load`], from the bytes of the file; `path` is for messages.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<ModelFile> {
        let refuse = |why: String| not_model(path, why);
        let damaged = |error| refuse(format!("is not a whole safetensors file: {error}"));
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let json = metadata.metadata().as_ref().and_then(|entries| entries.get(KEY));
        let Some(json) = json else {
            return Err(refuse("is a safetensors file of something else (it has no entry 'thalweg')".to_string()));
        };
        let unread = |error: serde_json::Error| refuse(format!("its description cannot be read: {error}"));
        let Format { format } = serde_json::from_str(json).map_err(unread)?;
        if format > FORMAT {
            return Err(Error::NewerModel { path: path.to_path_buf(), known: FORMAT, format });
        }
        let Document { about, schema, .. } = serde_json::from_str(json).map_err(unread)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(damaged)?;
        let weights = numbers(&tensors, "weights").map_err(refuse)?;
        let intercept = match numbers(&tensors, "intercept").map_err(refuse)?[..] {
            [intercept] => intercept,
            ref other => return Err(refuse(format!("tensor 'intercept' must hold one number, not {}", other.len()))),
        };
        let model = ModelFile { schema, weights, intercept, about };
        model.check().map_err(refuse)?;
        Ok(model)
    }

    /// Says what keeps this from being a model that can predict.
    fn check(&self) -> std::result::Result<(), String> {
        let names = self.schema.coefficient_names();
        if names.len() != self.weights.len() {
            return Err(format!("it has {} weights for {} coefficients", self.weights.len(), names.len()));
        }
        if let Some((name, weight)) = names.iter().zip(&self.weights).find(|(_, weight)| !weight.is_finite()) {
            return Err(format!("the weight of '{name}' is {weight}"));
        }
        if !self.intercept.is_finite() {
            return Err(format!("its intercept is {}", self.intercept));
        }
        for feature in &self.schema.features {
            let sound = match &feature.encoding {
                Encoding::Number { mean, deviation, .. } => is_scale(*mean, *deviation),
                Encoding::Category { levels } => levels.is_sorted_by(|a, b| a < b),
            };
            if !sound {
                return Err(format!("its description of column '{}' contradicts itself", feature.name));
            }
        }
        match &self.schema.target {
            Target::Number { mean, deviation, .. } if !is_scale(*mean, *deviation) => {
                Err("its description of the target contradicts itself".to_string())
            }
            _ => Ok(()),
        }
    }
}

/// Whether numbers can be scaled by these, and back.
fn is_scale(mean: f64, deviation: f64) -> bool {
    mean.is_finite() && deviation.is_finite() && deviation > 0.0
}

fn not_model(path: &Path, why: String) -> Error {
    Error::NotModel { path: PathBuf::from(path), why }
}

fn to_le_bytes(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// The numbers of a tensor of one axis.
fn numbers(tensors: &SafeTensors<'_>, name: &str) -> std::result::Result<Vec<f64>, String> {
    let tensor = tensors.tensor(name).map_err(|_| format!("it has no tensor '{name}'"))?;
    if tensor.dtype() != Dtype::F64 || tensor.shape().len() != 1 {
        return Err(format!("tensor '{name}' must be one axis of f64, not {:?} {:?}", tensor.dtype(), tensor.shape()));
    }
    Ok(tensor.data().as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect())
}
