//! Named coefficients of a linear model.

use serde::Serialize;

use super::ModelFile;
use crate::data::Target;
use crate::error::Result;
use crate::interrupt::{Interrupt, ROWS_PER_LOOK};
use crate::model::{Architecture, Loss};
use crate::sort::sort_until;

/// Named coefficient: the change of the prediction by one standard deviation of a number, or by a level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Coefficient {
    /// Name: the column, or `column=level`.
    pub name: String,
    /// Class whose score it belongs to; `None` unless there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Value, in the units of the target or in log-odds of the positive label.
    pub weight: f64,
}

impl ModelFile {
    /// Returns the coefficients of a linear model in the units of the prediction (of its logarithm for counts), in the
    /// order of the weights; empty for other architectures.
    pub fn coefficients(&self) -> Vec<Coefficient> {
        if self.training_info.architecture != Architecture::Linear {
            return Vec::new();
        }
        let (scale, classes) = (self.coefficient_scale(), self.classes());
        let names = self.schema.lazy_coefficient_names();
        let coefficient = |(index, weight): (usize, &f64)| Coefficient {
            name: names.name(index / classes.len()),
            class: classes[index % classes.len()].clone(),
            weight: weight * scale,
        };
        self.weights().iter().enumerate().map(coefficient).collect()
    }

    /// Returns the largest coefficients, at most `most`, in descending order of magnitude, the first of equal ones
    /// first. Those of hashed levels have no meaning of their own, since several levels share each, and are omitted.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
    pub(crate) fn largest_coefficients(&self, most: usize, interrupt: Interrupt<'_>) -> Result<Vec<Coefficient>> {
        if self.training_info.architecture != Architecture::Linear {
            return Ok(Vec::new());
        }
        let (scale, classes) = (self.coefficient_scale(), self.classes());
        // The coefficients of hashed levels come last.
        let named = self.schema.coefficient_count() - self.schema.hashed_count();
        let weights = &self.weights()[..named * classes.len()];
        let size = |&index: &usize| (weights[index] * scale).abs();
        let order = |a: &usize, b: &usize| size(b).total_cmp(&size(a)).then(a.cmp(b));
        let mut largest = Vec::new();
        // Of millions of weights, few are kept at a time.
        for start in (0..weights.len()).step_by(ROWS_PER_LOOK) {
            interrupt.check()?;
            largest.extend(start..weights.len().min(start + ROWS_PER_LOOK));
            if largest.len() > most {
                largest.select_nth_unstable_by(most, order);
                largest.truncate(most);
            }
        }
        let largest = sort_until(largest, order, interrupt)?;
        let names = self.schema.lazy_coefficient_names();
        let coefficient = |index: usize| Coefficient {
            name: names.name(index / classes.len()),
            class: classes[index % classes.len()].clone(),
            weight: weights[index] * scale,
        };
        Ok(largest.into_iter().map(coefficient).collect())
    }

    /// Factor from the weights to the units of the prediction.
    fn coefficient_scale(&self) -> f64 {
        if self.loss() == Loss::Poisson { 1.0 } else { self.schema.target.inverse_transform().scale }
    }

    /// Returns the class of each weight of a coefficient: `None` for the single weight of a number or two labels.
    fn classes(&self) -> Vec<Option<String>> {
        match &self.schema.target {
            Target::Classes { labels, .. } => labels.iter().cloned().map(Some).collect(),
            Target::Number { .. } | Target::Label { .. } => vec![None],
        }
    }
}
