//! The file of a model: one safetensors file, which Python opens too.
//!
//! Tensors of f64 (of a linear model `weights` and `intercept`), and one entry of metadata, `thalweg`: JSON with the schema
//! and what is known of the training. One entry, because the order of several is not fixed, and the same model is to be the same
//! bytes.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::architecture::{AnyModel, Architecture};
use super::loss::Loss;
use crate::data::{Encoding, InteractionEncoding, MAX_HASH_BITS, Schema, Target};
use crate::destination::Destination;
use crate::error::{Error, Result};

/// The newest format that can be read. Models are written in the oldest that holds them: 1, or 2 with a loss of their own,
/// or 3 with classes, crosses, hashed levels, features without names, or an architecture of its own.
const NEWEST_FORMAT: u64 = 3;

/// The key of the metadata.
const METADATA_KEY: &str = "thalweg";

/// A trained model with all that is needed to predict raw rows.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelFile {
    /// How rows are encoded.
    pub schema: Schema,
    /// What was trained: of a linear model `weights`, for each coefficient (in the order of [`Schema::coefficient_names`])
    /// one for each class, and `intercept`, the prediction where all coefficients are off.
    pub tensors: Vec<NamedTensor>,
    /// How it was trained.
    pub training_info: TrainingInfo,
}

/// A tensor of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Its name.
    pub name: String,
    /// Its axes; a single one, or features × classes.
    pub shape: Vec<usize>,
    /// Its numbers, the last axis running fastest.
    pub values: Vec<f64>,
}

/// How a model was trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingInfo {
    /// The version of this program.
    pub version: String,
    /// The kind of model.
    pub model: ModelKind,
    /// How scores come about.
    #[serde(default, skip_serializing_if = "is_linear")]
    pub architecture: Architecture,
    /// The loss, where it is not the usual one of the target: squared, logistic, or softmax.
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
    /// Predicts the probabilities of several classes.
    Softmax,
}

/// The JSON inside.
#[derive(Serialize, Deserialize)]
struct ModelDescription {
    format: u64,
    #[serde(rename = "about")]
    training_info: TrainingInfo,
    schema: Schema,
}

/// Of a document that may be of any format: the format alone.
#[derive(Deserialize)]
struct FormatVersion {
    format: u64,
}

/// A coefficient by name: what the prediction gains by one standard deviation of a number, or by a level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Coefficient {
    /// The column, or `column=level`.
    pub name: String,
    /// The class that it speaks for, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// In the target's units, or in log-odds of the positive label.
    pub weight: f64,
}

impl ModelFile {
    /// The loss that it was trained with.
    pub fn loss(&self) -> Loss {
        self.training_info.loss.unwrap_or(Loss::default_for(&self.schema.target))
    }

    /// The model, ready to make scores of rows.
    pub fn model(&self) -> AnyModel {
        self.training_info.architecture.model(self.schema.coefficient_count(), self.schema.target.outputs(), true)
    }

    /// Its parameters, in the order of the model's layout.
    pub fn parameters(&self) -> Vec<f64> {
        self.tensors.iter().flat_map(|tensor| &tensor.values).copied().collect()
    }

    /// The weights of the coefficients.
    pub fn weights(&self) -> &[f64] {
        self.tensor("weights")
    }

    /// The numbers of a tensor; none if there is no such.
    fn tensor(&self, name: &str) -> &[f64] {
        self.tensors.iter().find(|tensor| tensor.name == name).map_or(&[], |tensor| &tensor.values)
    }

    /// Of a linear model: the coefficients in the units of the prediction (of its logarithm, for counts), in the order of the weights.
    pub fn coefficients(&self) -> Vec<Coefficient> {
        if self.training_info.architecture != Architecture::Linear {
            return Vec::new();
        }
        let scale = if self.loss() == Loss::Poisson { 1.0 } else { self.schema.target.inverse_transform().scale };
        let classes = self.classes();
        let names = self.schema.coefficient_names();
        let names = names.iter().flat_map(|name| classes.iter().map(move |class| (name.clone(), class.clone())));
        let coefficient = |((name, class), weight): (_, &f64)| Coefficient { name, class, weight: weight * scale };
        names.zip(self.weights()).map(coefficient).collect()
    }

    /// The prediction (a number, or log-odds, or for each class the logarithm of what its probability is in proportion to)
    /// for a row of average numbers and no levels.
    pub fn intercepts(&self) -> Vec<f64> {
        let transform = self.schema.target.inverse_transform();
        let poisson = self.loss() == Loss::Poisson;
        let in_units = |&z: &f64| if poisson { z + libm::log(transform.scale) } else { transform.apply(z) };
        self.tensor("intercept").iter().map(in_units).collect()
    }

    /// The classes that a coefficient has a weight for each of; a single nameless one for a number or two labels.
    fn classes(&self) -> Vec<Option<String>> {
        match &self.schema.target {
            Target::Classes { labels, .. } => labels.iter().cloned().map(Some).collect(),
            Target::Number { .. } | Target::Label { .. } => vec![None],
        }
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
        let format = match self.training_info.loss {
            _ if self.schema.target.outputs() > 1 || self.schema.indexed_features.is_some() => NEWEST_FORMAT,
            _ if self.schema.hash_bits > 0 || !self.schema.interactions.is_empty() => NEWEST_FORMAT,
            _ if self.training_info.architecture != Architecture::Linear => NEWEST_FORMAT,
            Some(_) => 2,
            None => 1,
        };
        let document =
            ModelDescription { format, training_info: self.training_info.clone(), schema: self.schema.clone() };
        let json = serde_json::to_string(&document).map_err(|error| refuse(error.to_string()))?;
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

    /// Reads a file that [`ModelFile::save`] wrote; anything else is refused with the reason.
    pub fn load(path: &Path) -> Result<ModelFile> {
        let bytes = fs::read(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
        ModelFile::from_bytes(path, &bytes)
    }

    /// As [`ModelFile::load`], from the bytes of the file; `path` is for messages.
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
        let tensors = names.map(|name| numbers(&tensors, &name));
        let tensors = tensors.collect::<std::result::Result<_, _>>().map_err(refuse)?;
        let model = ModelFile { schema, tensors, training_info };
        model.check().map_err(refuse)?;
        Ok(model)
    }

    /// Says what keeps this from being a model that can predict.
    fn check(&self) -> std::result::Result<(), String> {
        self.check_tensors()?;
        for feature in &self.schema.features {
            let sound = match &feature.encoding {
                Encoding::Number { mean, deviation, .. } => is_scale(*mean, *deviation),
                Encoding::Category { levels } => levels.is_sorted_by(|a, b| a < b),
                Encoding::Hashed { .. } => self.schema.hash_bits > 0,
            };
            if !sound {
                return Err(format!("its description of column '{}' contradicts itself", feature.name));
            }
        }
        self.check_crosses()?;
        match &self.schema.target {
            Target::Number { mean, deviation, .. } if !is_scale(*mean, *deviation) => {
                Err("its description of the target contradicts itself".to_string())
            }
            _ => Ok(()),
        }
    }
}

impl ModelFile {
    fn check_crosses(&self) -> std::result::Result<(), String> {
        let bits = self.schema.hash_bits;
        if bits > MAX_HASH_BITS {
            return Err(format!("it has 2^{bits} coefficients for hashed levels, more than 2^{MAX_HASH_BITS}"));
        }
        let is_feature = |name: &String| self.schema.features.iter().any(|feature| feature.name == *name);
        for cross in &self.schema.interactions {
            let known = cross.columns.iter().all(|column| is_feature(&column.name));
            let sound = match &cross.encoding {
                InteractionEncoding::Number { mean, deviation } => is_scale(*mean, *deviation),
                InteractionEncoding::Levels(levels) => levels.is_sorted_by(|a, b| a < b),
                InteractionEncoding::Hashed => bits > 0,
            };
            if !known || !sound {
                return Err(format!("its description of '{}' contradicts itself", cross.name()));
            }
        }
        Ok(())
    }

    /// Says what keeps the tensors from being those of the model.
    fn check_tensors(&self) -> std::result::Result<(), String> {
        let (count, classes) = (self.schema.coefficient_count(), self.schema.target.outputs());
        if self.training_info.architecture != Architecture::Linear {
            return self.check_others(count, classes);
        }
        let weights = self.weights();
        if count * classes != weights.len() {
            let classes = if classes > 1 { format!(" of {classes} classes") } else { String::new() };
            return Err(format!("it has {} weights for {count} coefficients{classes}", weights.len()));
        }
        if let Some((place, weight)) = weights.iter().enumerate().find(|(_, weight)| !weight.is_finite()) {
            return Err(format!("the weight of '{}' is {weight}", self.schema.coefficient_names()[place / classes]));
        }
        let intercept = self.tensor("intercept");
        if intercept.len() != classes {
            let expected = if classes == 1 { "one number".into() } else { format!("{classes} numbers") };
            return Err(format!("tensor 'intercept' must hold {expected}, not {}", intercept.len()));
        }
        if let Some(intercept) = intercept.iter().find(|intercept| !intercept.is_finite()) {
            return Err(format!("its intercept is {intercept}"));
        }
        Ok(())
    }

    /// The same where it is not linear.
    fn check_others(&self, features: usize, outputs: usize) -> std::result::Result<(), String> {
        let wanted = self.training_info.architecture.model(features, outputs, true).tensors();
        for (wanted, found) in wanted.iter().zip(&self.tensors) {
            let (name, shape) = (&wanted.name, &wanted.shape);
            if wanted.name != found.name || wanted.shape != found.shape {
                return Err(format!("tensor '{name}' must be {shape:?}, but is '{}' {:?}", found.name, found.shape));
            }
            if let Some(weight) = found.values.iter().find(|weight| !weight.is_finite()) {
                return Err(format!("tensor '{name}' holds {weight}"));
            }
        }
        let (wanted, found) = (wanted.len(), self.tensors.len());
        if wanted == found { Ok(()) } else { Err(format!("it must have {wanted} tensors, but has {found}")) }
    }
}

fn is_linear(architecture: &Architecture) -> bool {
    *architecture == Architecture::Linear
}

/// Whether numbers can be scaled by these, and back.
fn is_scale(mean: f64, deviation: f64) -> bool {
    mean.is_finite() && deviation.is_finite() && deviation > 0.0
}

fn not_model(path: &Path, why: String) -> Error {
    Error::NotModel { path: PathBuf::from(path), reason: why }
}

fn to_le_bytes(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// A tensor of f64.
fn numbers(tensors: &SafeTensors<'_>, name: &str) -> std::result::Result<NamedTensor, String> {
    let tensor = tensors.tensor(name).map_err(|_| format!("it has no tensor '{name}'"))?;
    let shape = tensor.shape().to_vec();
    if tensor.dtype() != Dtype::F64 || !(1..=2).contains(&shape.len()) {
        return Err(format!("tensor '{name}' must be one or two axes of f64, not {:?} {shape:?}", tensor.dtype()));
    }
    let values = tensor.data().as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect();
    Ok(NamedTensor { name: name.to_string(), shape, values })
}
