//! Errors of exports, and the checks before one.

use thiserror::Error;

use crate::data::{Encoding, InteractionEncoding};
use crate::model::{Architecture, ModelFile};

/// Largest file of this format in bytes: that of a protocol buffer.
const MAX_BYTES: usize = (1 << 31) - 1;

/// Reason why a model cannot be exported.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportError {
    /// A column or an interaction has an encoding that the format cannot express.
    #[error("'{feature}' cannot be exported: {encoding}, for which ONNX has no operator")]
    Feature {
        /// Name of the column or the interaction.
        feature: String,
        /// Encoding of the column in words.
        encoding: String,
    },
    /// The model predicts from no column.
    #[error("expected a model with features, found none")]
    NoFeatures,
    /// The file would be too large.
    #[error("expected a model of at most {limit} bytes, found {found}")]
    Size {
        /// Size of the parameters in bytes.
        found: usize,
        /// Largest size of a file of the format.
        limit: usize,
    },
}

/// Checks that a model can be exported.
///
/// # Errors
/// The first obstacle: a feature, the lack of features, or the size.
pub(super) fn check(model: &ModelFile) -> Result<(), ExportError> {
    let schema = &model.schema;
    let refused = |feature: &str, encoding: &str| {
        Err(ExportError::Feature { feature: feature.to_owned(), encoding: encoding.to_owned() })
    };
    for feature in &schema.features {
        match feature.encoding {
            Encoding::Hashed { .. } => return refused(&feature.name, "its levels are hashed"),
            Encoding::Text { .. } => return refused(&feature.name, "its words are hashed"),
            Encoding::Number { .. } | Encoding::Category { .. } => {}
        }
    }
    let is_hashed = |encoding: &InteractionEncoding| matches!(encoding, InteractionEncoding::Hashed);
    if let Some(hashed) = schema.interactions.iter().find(|interaction| is_hashed(&interaction.encoding)) {
        return refused(&hashed.name(), "its levels are hashed");
    }
    if schema.features.is_empty() && schema.indexed_features.is_none() {
        return Err(ExportError::NoFeatures);
    }
    // Factors are stored twice, the second time squared.
    let copies =
        if matches!(model.training_info.architecture, Architecture::FactorizationMachine { .. }) { 2 } else { 1 };
    let numbers: usize = model.tensors.iter().map(|tensor| tensor.values.len()).sum();
    let levels = schema.size_of_levels().1;
    let found = numbers.saturating_mul(copies * size_of::<f64>()).saturating_add(2 * levels);
    if found > MAX_BYTES { Err(ExportError::Size { found, limit: MAX_BYTES }) } else { Ok(()) }
}
