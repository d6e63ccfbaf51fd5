//! Validation of a model.

use super::ModelFile;
use crate::data::{Encoding, InteractionEncoding, MAX_HASH_BITS, Target, TextWeighting};
use crate::model::Architecture;

impl ModelFile {
    /// Checks that the schema and the tensors are those of a model that can predict.
    ///
    /// # Errors
    /// The reason in words.
    pub(super) fn check(&self) -> std::result::Result<(), String> {
        self.check_tensors()?;
        for feature in &self.schema.features {
            let sound = match &feature.encoding {
                Encoding::Number { mean, deviation, .. } => is_scale(*mean, *deviation),
                Encoding::Category { levels } => levels.is_sorted_by(|a, b| a < b),
                Encoding::Hashed { .. } => self.schema.hash_bits > 0,
                Encoding::Text { weighting, document_frequencies } => match document_frequencies {
                    None => self.schema.hash_bits > 0 && *weighting != TextWeighting::Tfidf,
                    Some(counts) => *weighting == TextWeighting::Tfidf && counts.are_consistent(self.schema.hash_bits),
                },
            };
            if !sound {
                return Err(format!("its description of column '{}' contradicts itself", feature.name));
            }
        }
        self.check_interactions()?;
        match &self.schema.target {
            Target::Number { mean, deviation, residual_scale, .. }
                if !is_scale(*mean, *deviation) || !is_scale(0.0, residual_scale.unwrap_or(1.0)) =>
            {
                Err("its description of the target contradicts itself".to_string())
            }
            _ => Ok(()),
        }
    }

    /// Checks that the interactions are consistent with the features.
    fn check_interactions(&self) -> std::result::Result<(), String> {
        let bits = self.schema.hash_bits;
        if bits > MAX_HASH_BITS {
            return Err(format!("it has 2^{bits} coefficients for hashed levels, more than 2^{MAX_HASH_BITS}"));
        }
        let is_feature = |name: &String| self.schema.features.iter().any(|feature| feature.name == *name);
        for interaction in &self.schema.interactions {
            let known = interaction.columns.iter().all(|column| is_feature(&column.name));
            let sound = match &interaction.encoding {
                InteractionEncoding::Number { mean, deviation } => is_scale(*mean, *deviation),
                InteractionEncoding::Levels(levels) => levels.is_sorted_by(|a, b| a < b),
                InteractionEncoding::Hashed => bits > 0,
            };
            if !known || !sound {
                return Err(format!("its description of '{}' contradicts itself", interaction.name()));
            }
        }
        Ok(())
    }

    /// Checks that the tensors are those of the model.
    fn check_tensors(&self) -> std::result::Result<(), String> {
        let (count, classes) = (self.schema.coefficient_count(), self.schema.target.outputs());
        if self.training_info.architecture != Architecture::Linear {
            return self.check_other_tensors(count, classes);
        }
        let weights = self.weights();
        if count * classes != weights.len() {
            let classes = if classes > 1 { format!(" of {classes} classes") } else { String::new() };
            return Err(format!("it has {} weights for {count} coefficients{classes}", weights.len()));
        }
        if let Some((place, weight)) = weights.iter().enumerate().find(|(_, weight)| !weight.is_finite()) {
            return Err(format!(
                "the weight of '{}' is {weight}",
                self.schema.lazy_coefficient_names().name(place / classes)
            ));
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

    /// Checks the tensors of a model that is not linear.
    fn check_other_tensors(&self, features: usize, outputs: usize) -> std::result::Result<(), String> {
        let expected = self.training_info.architecture.model(features, outputs, true).tensors();
        for (expected, found) in expected.iter().zip(&self.tensors) {
            let (name, shape) = (&expected.name, &expected.shape);
            if expected.name != found.name || expected.shape != found.shape {
                return Err(format!("tensor '{name}' must be {shape:?}, but is '{}' {:?}", found.name, found.shape));
            }
            if let Some(weight) = found.values.iter().find(|weight| !weight.is_finite()) {
                return Err(format!("tensor '{name}' holds {weight}"));
            }
        }
        let (expected, found) = (expected.len(), self.tensors.len());
        if expected == found { Ok(()) } else { Err(format!("it must have {expected} tensors, but has {found}")) }
    }
}

/// Returns `true` if numbers can be standardized by these and back.
fn is_scale(mean: f64, deviation: f64) -> bool {
    mean.is_finite() && deviation.is_finite() && deviation > 0.0
}
