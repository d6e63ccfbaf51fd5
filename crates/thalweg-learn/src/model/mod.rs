//! Models, and the file that holds one.

mod active_features;
mod architecture;
mod dense;
mod exp;
mod factorization_machine;
mod file;
mod linear;
mod loss;
pub mod mlp;
mod parallel_sum;
mod tensor_spec;

pub use active_features::ActiveFeatures;
pub(crate) use active_features::FeatureIndexer;
pub use architecture::{AnyModel, Architecture};
pub use factorization_machine::FactorizationMachine;
pub use file::{Coefficient, ModelFile, ModelKind, NamedTensor, TrainingInfo};
pub use linear::Linear;
pub use loss::{Loss, sigmoid, softmax};
pub use tensor_spec::{TensorRole, TensorSpec};

use std::ops::Range;

use rayon::prelude::*;
use thalweg::{Element, Group, Isa, Layout, Random};

use crate::data::Rows;

/// What makes scores of a row, and can be trained: it knows the gradient of its loss.
pub trait Model: Sync {
    /// What its parameters are held in.
    type F: Element;

    /// Scores of a row: one, or one for each class.
    fn outputs(&self) -> usize;

    /// Its parameters, tensor by tensor.
    fn tensors(&self) -> Vec<TensorSpec>;

    /// The same for an optimizer; those in a group of their own have no penalty and do not decay.
    fn layout(&self) -> Layout {
        layout_of(&self.tensors())
    }

    /// The parameters before the first step.
    fn init_parameters(&self, init: Init, seed: u64) -> Vec<Self::F>;

    /// The scores of all rows, row by row.
    fn scores(&self, rows: &Rows, parameters: &[Self::F]) -> Vec<f64>;

    /// Mean weighted loss over the rows listed, and its gradient by the parameters added to `gradient`.
    fn mean_loss(
        &self,
        rows: &Rows,
        listed: &[u32],
        loss: Loss,
        parameters: &[Self::F],
        gradient: &mut [Self::F],
    ) -> f64;

    /// The same model of so many features, if its gradient by the parameters of a feature is 0 wherever no row has it.
    fn with_features(&self, _features: usize) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// The places of the parameters of these features, and of those that every row has, ascending.
    fn parameter_indices<'t>(&self, active: &'t mut ActiveFeatures) -> &'t [u32] {
        &active.places
    }
}

/// How the weights start. Intercepts start at 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// At 0.
    Zero,
    /// Normal with this deviation.
    Normal(f64),
}

/// What an optimizer keeps apart: weights, and in a group of their own what is added, which does not decay.
fn layout_of(tensors: &[TensorSpec]) -> Layout {
    const ADDED: &str = "intercept";
    let part = |tensor: &TensorSpec| {
        let part = thalweg::Tensor::new(tensor.name.as_str(), tensor.len());
        if tensor.role == TensorRole::Bias { part.in_group(ADDED) } else { part }
    };
    let groups = if tensors.iter().any(|tensor| tensor.role == TensorRole::Bias) {
        vec![Group { name: ADDED.into(), lr: None, weight_decay: Some(0.0) }]
    } else {
        Vec::new()
    };
    Layout { tensors: tensors.iter().map(part).collect(), groups }
}

/// Where the parameters lie that a penalty is on.
pub(crate) fn penalized_ranges(layout: &Layout) -> Vec<Range<usize>> {
    let mut start = 0;
    let place = |tensor: &thalweg::Tensor| {
        let range = start..start + tensor.len;
        start = range.end;
        tensor.group.is_none().then_some(range)
    };
    layout.tensors.iter().filter_map(place).collect()
}

/// The loss of each row, with its weight.
pub(crate) fn row_losses(rows: &Rows, scores: &[f64], loss: Loss) -> Vec<f64> {
    const PART: usize = 4096;
    let outputs = (scores.len() / rows.len().max(1)).max(1);
    let part = |(part, (scores, target)): (usize, (&[f64], &[f64]))| {
        let (mut values, mut slopes) = (vec![0.0; target.len()], vec![0.0; scores.len()]);
        Isa::best().run(
            #[inline(always)]
            || loss.eval_rows(outputs, scores, target, &mut values, &mut slopes),
        );
        values.iter_mut().enumerate().for_each(|(i, value)| *value *= rows.loss_weight(part * PART + i));
        values
    };
    scores.par_chunks(PART * outputs).zip(rows.target.par_chunks(PART)).enumerate().flat_map_iter(part).collect()
}

/// Fills `weights` from a normal distribution.
fn normal<F: Element>(weights: &mut [F], deviation: f64, seed: u64) {
    // Another stream than the shuffling's.
    let mut random = Random::new(!seed);
    for w in weights {
        *w = F::of(deviation * random.normal());
    }
}
