//! Models, and the file that holds one.

mod any;
mod dense;
mod exp;
mod factor;
mod file;
mod leaves;
mod linear;
mod loss;
mod machine;
pub mod net;
mod perceptron;
mod tensor;
mod touched;

pub use any::{AnyModel, Architecture};
pub use factor::FactorMachine;
pub use file::{About, Coefficient, ModelFile, ModelKind, Weights};
pub use linear::Linear;
pub use loss::{Loss, probabilities, sigmoid};
pub use perceptron::Perceptron;
pub use tensor::{Role, Tensor};
pub(crate) use touched::Finder;
pub use touched::Touched;

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
    fn tensors(&self) -> Vec<Tensor>;

    /// The same for an optimizer; those in a group of their own have no penalty and do not decay.
    fn layout(&self) -> Layout {
        layout_of(&self.tensors())
    }

    /// The parameters before the first step.
    fn start(&self, init: Init, seed: u64) -> Vec<Self::F>;

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
    fn of_features(&self, _features: usize) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// The places of the parameters of these features, and of those that every row has, ascending.
    fn places<'t>(&self, touched: &'t mut Touched) -> &'t [u32] {
        &touched.places
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
fn layout_of(tensors: &[Tensor]) -> Layout {
    const ADDED: &str = "intercept";
    let part = |tensor: &Tensor| {
        let part = thalweg::Tensor::new(tensor.name.as_str(), tensor.len());
        if tensor.role == Role::Bias { part.in_group(ADDED) } else { part }
    };
    let groups = if tensors.iter().any(|tensor| tensor.role == Role::Bias) {
        vec![Group { name: ADDED.into(), lr: None, weight_decay: Some(0.0) }]
    } else {
        Vec::new()
    };
    Layout { tensors: tensors.iter().map(part).collect(), groups }
}

/// Where the parameters lie that a penalty is on.
pub(crate) fn penalized(layout: &Layout) -> Vec<Range<usize>> {
    let mut start = 0;
    let place = |tensor: &thalweg::Tensor| {
        let range = start..start + tensor.len;
        start = range.end;
        tensor.group.is_none().then_some(range)
    };
    layout.tensors.iter().filter_map(place).collect()
}

/// The loss of each row, with its weight.
pub(crate) fn losses(rows: &Rows, scores: &[f64], loss: Loss) -> Vec<f64> {
    const PART: usize = 4096;
    let outputs = (scores.len() / rows.len().max(1)).max(1);
    let part = |(part, (scores, target)): (usize, (&[f64], &[f64]))| {
        let (mut values, mut slopes) = (vec![0.0; target.len()], vec![0.0; scores.len()]);
        Isa::best().run(
            #[inline(always)]
            || loss.of_group(outputs, scores, target, &mut values, &mut slopes),
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
