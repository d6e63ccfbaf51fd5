//! The interface between a model and its training.

use std::ops::Range;

use thalweg::{Element, Group, Layout, Seed, Tensor};

use super::loss::Loss;
use super::parallel_sum::{self, RowChunk, Summand};
use super::tensor_spec::{TensorRole, TensorSpec};
use crate::data::Rows;
use crate::interrupt::Interrupt;

/// Name of the optimizer group of the biases, which have neither a penalty nor weight decay.
const BIAS_GROUP: &str = "intercept";

/// Model that scores rows and has the gradient of its loss. Models of other crates are trained as the built-in ones.
///
/// The parameters are one vector: the elements of the [tensors](Model::tensors), one after another, each in row-major
/// order. A model reads rows by [`Rows::row`] and [`Row::features`](crate::data::Row::features), computes losses of
/// scores by [`Loss::eval_row`], and sums over a batch by [`Batch::mean`]. [`train`](crate::train::train) trains it.
///
/// A linear model without an intercept:
///
/// ```
/// use thalweg::Seed;
/// use thalweg_learn::model::{Batch, Init, Model, TensorRole, TensorSpec};
/// use thalweg_learn::Interrupt;
/// use thalweg_learn::data::{Row, RowMatrix, Rows};
///
/// struct Slopes {
///     features: usize,
/// }
///
/// fn score(row: &Row<'_>, weights: &[f64]) -> f64 {
///     // A level unseen in training has no weight.
///     row.features().filter_map(|(feature, x)| weights.get(feature as usize).map(|w| w * x)).sum()
/// }
///
/// impl Model for Slopes {
///     type F = f64;
///
///     fn outputs(&self) -> usize {
///         1
///     }
///
///     fn tensors(&self) -> Vec<TensorSpec> {
///         vec![TensorSpec::new("weights", TensorRole::Weights, &[self.features])]
///     }
///
///     fn init_parameters(&self, _init: Init, _seed: Seed) -> Vec<f64> {
///         vec![0.0; self.features]
///     }
///
///     fn scores(&self, rows: &Rows, weights: &[f64]) -> Vec<f64> {
///         (0..rows.len()).map(|row| score(&rows.row(row), weights)).collect()
///     }
///
///     fn mean_loss(&self, batch: &Batch<'_>, weights: &[f64], gradient: &mut [f64]) -> f64 {
///         batch.mean(1, gradient, |indices, gradient| {
///             let row_loss = |&i: &u32| {
///                 let (row, weight) = (batch.rows.row(i as usize), batch.rows.loss_weight(i as usize));
///                 let (loss, derivative) = batch.loss.eval(score(&row, weights), batch.rows.target[i as usize]);
///                 for (feature, x) in row.features() {
///                     if let Some(g) = gradient.get_mut(feature as usize) {
///                         *g += batch.factor() * weight * derivative * x;
///                     }
///                 }
///                 weight * loss
///             };
///             indices.iter().map(row_loss).sum()
///         })
///     }
///
///     // A weight has a gradient only in rows with its feature: sparse steps are possible.
///     fn restrict(&self, features: &[u32], indices: &mut Vec<u32>) -> Option<Self> {
///         indices.clear();
///         indices.extend(features);
///         Some(Slopes { features: features.len() })
///     }
/// }
///
/// let rows = Rows { numbers: RowMatrix::new(1, &[1.0, 2.0]), features: 1, target: vec![2.0, 4.0], ..Rows::default() };
/// let interrupt = Interrupt::NEVER;
/// let batch = Batch { rows: &rows, indices: &[0, 1], loss: "squared".parse()?, step: None, interrupt };
/// let mut gradient = [0.0];
/// assert_eq!(Slopes { features: 1 }.mean_loss(&batch, &[1.0], &mut gradient), (0.5 + 2.0) / 2.0);
/// assert_eq!(gradient, [(-1.0 - 4.0) / 2.0]);
/// # Ok::<(), thalweg::Error>(())
/// ```
pub trait Model: Sync {
    /// Element type of the parameters: `f32` or `f64`.
    type F: Element + Summand;

    /// Returns the number of scores of a row: one, or one for each class.
    fn outputs(&self) -> usize;

    /// Returns the tensors of the parameter vector in their order.
    fn tensors(&self) -> Vec<TensorSpec>;

    /// Returns the layout of the parameters for an optimizer. Biases are in a group without weight decay.
    fn layout(&self) -> Layout {
        layout_of(&self.tensors())
    }

    /// Returns the parameters before the first step, as many as the tensors have elements.
    fn init_parameters(&self, init: Init, seed: Seed) -> Vec<Self::F>;

    /// Returns the scores of all rows, row by row: `rows × outputs` numbers. The scores of a row must not depend on the
    /// other rows.
    fn scores(&self, rows: &Rows, parameters: &[Self::F]) -> Vec<f64>;

    /// Returns the mean weighted loss of a batch and adds its gradient by the parameters to `gradient`. A long
    /// evaluation ends early if the batch's `interrupt` is requested; [`Batch::mean`] does so.
    ///
    /// The weighted loss of a row is [`Rows::loss_weight`] times the loss of its scores; the mean divides the sum by
    /// the number of rows. Features with an index of at least [`Rows::features`] are levels unseen in training.
    fn mean_loss(&self, batch: &Batch<'_>, parameters: &[Self::F], gradient: &mut [Self::F]) -> f64;

    /// Returns the number of rows in a leaf of the sum of [`Model::mean_loss`] over a batch of `batch_rows` of these
    /// rows; `None`, the default, if the sum looks at rows in any other way, or if the gradient is not this sum itself.
    /// Where the leaves are known, ranks that divide the rows of a training send each other the rows of their leaves
    /// alone, and else those of each batch; and in a large model each rank sums a part of the gradient alone, and has
    /// the optimizer states of these parameters.
    fn leaf_rows(&self, _rows: &Rows, _batch_rows: usize) -> Option<usize> {
        None
    }

    /// Returns this model restricted to `features`, and writes the indices of its parameters among those of `self` to
    /// `indices`, ascending. Returns `None` if rows without a feature may have a gradient by its parameters; the steps
    /// then update all parameters.
    ///
    /// The features ascend. In the rows that the restricted model computes the loss of, feature `features[k]` has the
    /// number k, and its parameters are those with these indices, in this order. Parameters of no feature, such as an
    /// intercept, belong to every restriction.
    fn restrict(&self, _features: &[u32], _indices: &mut Vec<u32>) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// Returns `true` if the parameters and scores are those of [`Linear`](super::Linear): some solvers need the rows
    /// of a linear model. By default `false`.
    fn is_linear(&self) -> bool {
        false
    }

    /// Returns the indices of the parameters that are factors of features, feature by feature, the same number for
    /// each; `None` by default.
    fn factors(&self) -> Option<Range<usize>> {
        None
    }

    /// Returns the memory in bytes that [`Model::mean_loss`] takes for a batch besides the parameters and the gradient:
    /// by default that of [`Batch::mean`].
    fn workspace_bytes(&self, rows: &Rows, batch_rows: usize) -> usize {
        let parameters = self.tensors().iter().map(TensorSpec::len).fold(0_usize, usize::saturating_add);
        let row_work = parameters / rows.features.max(1);
        parallel_sum::live_gradients(rows, row_work, parameters, batch_rows)
            .saturating_mul(parameters.saturating_mul(size_of::<Self::F>()))
    }
}

/// Rows of one evaluation of the loss.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Rows that the batch is taken from.
    pub rows: &'a Rows,
    /// Indices of the rows of the batch.
    pub indices: &'a [u32],
    /// Loss of a row.
    pub loss: Loss,
    /// Random numbers of the training step; `None` evaluates without dropout.
    pub step: Option<StepSeed>,
    /// Request to end the evaluation, whose loss and gradient are then without meaning.
    pub interrupt: Interrupt<'a>,
}

impl Batch<'_> {
    /// Returns the factor of the weighted loss of a row in the mean: 1/n for n rows.
    pub fn factor(&self) -> f64 {
        1.0 / self.indices.len().max(1) as f64
    }

    /// Returns the sum of a loss over the rows of the batch, times [`Batch::factor`], computed in parallel.
    ///
    /// `sum_rows` is called with the indices of some of the rows and a gradient; it returns the sum of their weighted
    /// losses, and adds its derivatives, times the factor, to the gradient. The batch is divided into the same parts
    /// for any number of threads, and the sums are added in a fixed order, so that the result has the same bits.
    /// `row_work` is the number of multiplications for each feature of a row, at least 1; it decides the division, with
    /// the length of the gradient, which should cost no more than the rows of a part.
    pub fn mean<F, S>(&self, row_work: usize, gradient: &mut [F], sum_rows: S) -> f64
    where
        F: Summand,
        S: Fn(&[u32], &mut [F]) -> f64 + Sync,
    {
        let len = parallel_sum::leaf_len(self.rows, row_work, gradient.len(), self.indices.len());
        let sum_leaf = |chunk: RowChunk<'_>, gradient: &mut [F]| sum_rows(chunk.indices, gradient);
        parallel_sum::sum(RowChunk { indices: self.indices, next: &[] }, len, gradient, self.interrupt, &sum_leaf)
            * self.factor()
    }
}

/// Key of the random numbers of one training step: dropout masks are a pure function of (seed, step, layer, row, unit).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepSeed {
    /// Seed of the training.
    pub seed: Seed,
    /// Index of the batch in the training, from 0.
    pub step: u64,
}

/// Initialization of the weights. Biases start at 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// The default of the model: zeros, or small random numbers where zeros would have no gradient.
    Zero,
    /// Normal distribution with mean 0 and this standard deviation.
    Normal(f64),
}

fn layout_of(tensors: &[TensorSpec]) -> Layout {
    let tensor = |spec: &TensorSpec| {
        let tensor = Tensor::new(spec.name.as_str(), spec.len());
        if spec.role == TensorRole::Bias { tensor.in_group(BIAS_GROUP) } else { tensor }
    };
    let groups = if tensors.iter().any(|spec| spec.role == TensorRole::Bias) {
        vec![Group::new(BIAS_GROUP).with("weight_decay", 0.0)]
    } else {
        Vec::new()
    };
    Layout { tensors: tensors.iter().map(tensor).collect(), groups }
}

/// Returns the ranges of the parameters that penalties apply to.
pub(crate) fn penalized_ranges(layout: &Layout) -> Vec<Range<usize>> {
    let mut start = 0;
    let range = |tensor: &Tensor| {
        let range = start..start + tensor.len;
        start = range.end;
        tensor.group.is_none().then_some(range)
    };
    layout.tensors.iter().filter_map(range).collect()
}
