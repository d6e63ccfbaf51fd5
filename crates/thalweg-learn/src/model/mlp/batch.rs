//! Loss, gradient and scores of a batch of rows.
//!
//! The work is divided at fixed positions: the rows of a batch into the leaves of a sum, the rows of a leaf into blocks
//! for the forward and backward passes, the units of a layer into blocks for the gradient of its weights. So the
//! results depend neither on the number of threads nor on the number of ranks.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::dropout::Dropout;
use super::matrix::MatrixElement;
use super::network::{Layer, MlpNetwork};
use super::pass::{LayerPass, MAX_BLOCK, block_len};
use super::row_product::multiply_row;
use crate::interrupt::Interrupt;
use crate::model::StepSeed;
use crate::model::parallel_sum::{self, RowChunk};
use crate::pool;

/// Number of leaves that a batch has if they are neither smaller nor larger than these numbers of rows. Each leaf has a
/// gradient of its own, which should cost little next to its rows.
const LEAVES: usize = 8;
const MIN_LEAF_ROWS: usize = 128;
const MAX_LEAF_ROWS: usize = 1024;

/// Multiplications that justify waking a second thread.
const MIN_PARALLEL_WORK: usize = 1 << 18;

/// Scratch memory for the activations and derivatives of a batch; reused from step to step. Its content never affects a
/// result.
#[derive(Debug, Default)]
pub struct Workspace<F> {
    /// That of leaves, which several threads work on.
    leaves: Mutex<Vec<LeafWorkspace<F>>>,
}

/// Scratch memory of a leaf.
#[derive(Debug, Default)]
struct LeafWorkspace<F> {
    /// Inputs of the rows.
    inputs: Vec<F>,
    /// Outputs of all layers, row by row.
    values: Vec<F>,
    /// Derivatives of the loss by the sums in the units, at the same positions.
    derivatives: Vec<F>,
    /// Sum of the losses of each block.
    losses: Vec<f64>,
}

impl<F: MatrixElement> Workspace<F> {
    /// Calls `work` with scratch memory of a leaf.
    fn with_leaf<T>(&self, work: impl FnOnce(&mut LeafWorkspace<F>) -> T) -> T {
        let leaves = || self.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        let mut leaf = leaves().pop().unwrap_or_default();
        let done = work(&mut leaf);
        leaves().push(leaf);
        done
    }
}

impl<F: MatrixElement> LeafWorkspace<F> {
    /// Makes room for `rows` rows.
    fn reserve(&mut self, rows: usize, width: usize) {
        for numbers in [&mut self.values, &mut self.derivatives] {
            numbers.resize(numbers.len().max(rows * width), F::ZERO);
        }
        self.losses.resize(rows.div_ceil(block_len(rows)), 0.0);
    }
}

/// Returns the number of rows in a leaf of the sum over a batch of this many rows.
pub(super) fn leaf_len(rows: usize) -> usize {
    rows.div_ceil(LEAVES).next_multiple_of(MAX_BLOCK).clamp(MIN_LEAF_ROWS, MAX_LEAF_ROWS)
}

/// Conditions of one evaluation of the loss.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evaluation<'a> {
    /// Key of the dropout masks of this batch; `None` evaluates without dropout.
    pub step: Option<StepSeed>,
    /// Request to end the evaluation, whose results are then without meaning.
    pub interrupt: Interrupt<'a>,
}

/// Applies `work` to all tasks, on several threads or on this one; after an interrupt, to none.
fn for_each<T: Send>(parallel: bool, interrupt: Interrupt<'_>, tasks: Vec<T>, work: impl Fn(T) + Sync + Send) {
    let work = |task| {
        if !interrupt.is_requested() {
            work(task);
        }
    };
    if parallel {
        pool::for_each(tasks.into_par_iter().with_max_len(1), work);
    } else {
        tasks.into_iter().for_each(work);
    }
}

impl MlpNetwork {
    /// Returns the scores (`n × outputs`) of the rows of `x` (`n × inputs`).
    ///
    /// # Panics
    ///
    /// If the last row of `x` is not complete, or `parameters` are fewer than [`MlpNetwork::len`].
    pub fn scores<F: MatrixElement>(&self, x: &[F], parameters: &[F]) -> Vec<F> {
        let layers: Vec<Layer> = self.layers().collect();
        let pass = self.pass(&layers, parameters, None, Interrupt::NEVER);
        let mut scores = vec![F::ZERO; x.len() / self.inputs * self.outputs];
        let blocks = scores.par_chunks_mut(2 * MAX_BLOCK * self.outputs).zip(x.par_chunks(2 * MAX_BLOCK * self.inputs));
        pool::for_each_init(blocks, Vec::new, |values, (scores, x)| {
            values.resize(scores.len() / self.outputs * pass.width, F::ZERO);
            pass.forward(0, x, values);
            for (scores, values) in scores.chunks_mut(self.outputs).zip(values.chunks(pass.width)) {
                scores.copy_from_slice(&values[pass.width - self.outputs..]);
            }
        });
        scores
    }

    /// Returns the scores of one row with the bits of [`MlpNetwork::scores`], computed in `values` on this thread.
    pub(super) fn row_scores<'v>(&self, x: &[f32], parameters: &[f32], values: &'v mut Vec<f32>) -> &'v [f32] {
        let width = self.width();
        values.resize(width, 0.0);
        for layer in self.layers() {
            let (before, after) = values.split_at_mut(layer.column);
            let inputs = if layer.index == 0 { x } else { &before[layer.sources()] };
            let units = &mut after[..layer.outputs];
            multiply_row(inputs, layer.weights(parameters), units);
            layer.add_bias(parameters, units);
            if !layer.last {
                self.config.activation.activate(units);
            }
        }
        &values[width - self.outputs..]
    }

    /// Returns the mean loss over the rows of `x` (`n × inputs`), and adds its gradient to `gradient`.
    ///
    /// `loss(row, scores, derivatives)` returns the loss of a row of the batch and writes its derivatives by the
    /// scores.
    ///
    /// # Panics
    ///
    /// If the last row of `x` is not complete, or `parameters` or `gradient` are fewer than [`MlpNetwork::len`].
    pub fn mean_loss<F: MatrixElement>(
        &self,
        x: &[F],
        loss: impl Fn(usize, &[F], &mut [F]) -> f64 + Sync,
        parameters: &[F],
        gradient: &mut [F],
        evaluation: Evaluation<'_>,
        work: &mut Workspace<F>,
    ) -> f64 {
        let write = |rows: Range<usize>, inputs: &mut Vec<F>| {
            inputs.extend_from_slice(&x[rows.start * self.inputs..rows.end * self.inputs]);
        };
        self.mean_loss_of_rows((x.len() / self.inputs, write), loss, parameters, gradient, evaluation, work)
    }

    /// Returns the mean loss of a number of rows, whose inputs a function appends, as [`MlpNetwork::mean_loss`] does.
    pub(super) fn mean_loss_of_rows<F: MatrixElement>(
        &self,
        (rows, write): (usize, impl Fn(Range<usize>, &mut Vec<F>) + Sync),
        loss: impl Fn(usize, &[F], &mut [F]) -> f64 + Sync,
        parameters: &[F],
        gradient: &mut [F],
        Evaluation { step, interrupt }: Evaluation<'_>,
        work: &Workspace<F>,
    ) -> f64 {
        let scale = 1.0 / rows.max(1) as f64;
        let scaled = |row: usize, scores: &[F], derivatives: &mut [F]| {
            let loss = loss(row, scores, derivatives);
            for derivative in derivatives {
                *derivative = *derivative * F::of(scale);
            }
            loss
        };
        let layers: Vec<Layer> = self.layers().collect();
        let dropout = step.filter(|_| self.config.dropout > 0.0).map(|step| Dropout::new(step, self.config.dropout));
        let pass = self.pass(&layers, parameters, dropout, interrupt);
        let positions: Vec<u32> = (0..rows as u32).collect();
        let sum_leaf = |chunk: RowChunk<'_>, gradient: &mut [F]| {
            let Some(&first) = chunk.indices.first() else { return 0.0 };
            let first = first as usize;
            work.with_leaf(|leaf| {
                leaf.inputs.clear();
                write(first..first + chunk.indices.len(), &mut leaf.inputs);
                leaf.reserve(chunk.indices.len(), pass.width);
                self.sum_leaf(&pass, first, &scaled, gradient, leaf)
            })
        };
        let all = RowChunk { indices: &positions, next: &[] };
        parallel_sum::sum(all, leaf_len(rows), gradient, interrupt, &sum_leaf) * scale
    }

    /// Returns the number of numbers that a batch of this many rows needs: inputs, activations and derivatives, and the
    /// gradients of leaves.
    pub(super) fn workspace_len(&self, rows: usize) -> usize {
        let (len, leaves) = (leaf_len(rows), rows.div_ceil(leaf_len(rows)));
        let of_leaf = len.min(rows).saturating_mul(self.inputs.saturating_add(self.width().saturating_mul(2)));
        let gradients = parallel_sum::live_gradients_of(leaves).saturating_mul(self.len());
        leaves.min(pool::thread_count()).saturating_mul(of_leaf).saturating_add(gradients)
    }

    fn pass<'a, F>(
        &self,
        layers: &'a [Layer],
        parameters: &'a [F],
        dropout: Option<Dropout>,
        interrupt: Interrupt<'a>,
    ) -> LayerPass<'a, F> {
        LayerPass { layers, width: self.width(), parameters, activation: self.config.activation, dropout, interrupt }
    }

    /// Returns the sum of the losses of a leaf, the first row of which is row `first` of the batch.
    fn sum_leaf<F: MatrixElement>(
        &self,
        pass: &LayerPass<'_, F>,
        first: usize,
        loss: &(impl Fn(usize, &[F], &mut [F]) -> f64 + Sync),
        gradient: &mut [F],
        leaf: &mut LeafWorkspace<F>,
    ) -> f64 {
        let LeafWorkspace { inputs, values, derivatives, losses } = leaf;
        let (x, rows) = (&inputs[..], inputs.len() / self.inputs);
        let (values, derivatives) = (&mut values[..rows * pass.width], &mut derivatives[..rows * pass.width]);
        let (size, parallel) = (block_len(rows), rows * self.len() > MIN_PARALLEL_WORK);
        let parts = x.chunks(size * self.inputs).zip(values.chunks_mut(size * pass.width));
        let parts = parts.zip(derivatives.chunks_mut(size * pass.width)).zip(&mut *losses).enumerate();
        let blocks =
            parts.map(|(i, (((x, values), derivatives), total))| (first + i * size, x, values, derivatives, total));
        for_each(parallel, pass.interrupt, blocks.collect(), |(first, x, values, derivatives, total)| {
            pass.forward(first, x, values);
            *total = pass.loss(first, loss, values, derivatives);
            pass.backward(first, values, derivatives);
        });
        for_each(parallel, pass.interrupt, pass.unit_blocks(gradient), |block| {
            pass.weight_gradients(block, x, values, derivatives);
        });
        losses[..rows.div_ceil(size)].iter().sum()
    }
}
