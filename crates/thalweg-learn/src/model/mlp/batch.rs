//! Loss, gradient and scores of a batch of rows.
//!
//! The work is divided at fixed positions: the rows into blocks for the forward and backward passes, the units of a
//! layer into blocks for the gradient of its weights. Each block belongs to one thread, so the results do not depend
//! on the number of threads.

use rayon::prelude::*;

use super::dropout::Dropout;
use super::matrix::MatrixElement;
use super::network::{Layer, MlpNetwork};
use super::pass::{LayerPass, MAX_BLOCK, block_len};
use super::row_product::multiply_row;
use crate::interrupt::Interrupt;
use crate::model::StepSeed;
use crate::pool;

/// Maximum number of rows that pass through the layers together.
const CHUNK_ROWS: usize = 4096;

/// Multiplications that justify waking a second thread.
const MIN_PARALLEL_WORK: usize = 1 << 18;

/// Scratch memory for the activations and derivatives of a batch; reused from step to step.
#[derive(Clone, Debug, Default)]
pub struct Workspace<F> {
    /// Outputs of all layers, row by row.
    values: Vec<F>,
    /// Derivatives of the loss by the sums in the units, at the same positions.
    derivatives: Vec<F>,
    /// Sum of the losses of each block.
    losses: Vec<f64>,
}

impl<F: MatrixElement> Workspace<F> {
    /// Makes room for `rows` rows.
    fn reserve(&mut self, rows: usize, width: usize) {
        for numbers in [&mut self.values, &mut self.derivatives] {
            numbers.resize(numbers.len().max(rows * width), F::ZERO);
        }
        self.losses.resize(rows.div_ceil(block_len(rows)), 0.0);
    }
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
        Evaluation { step, interrupt }: Evaluation<'_>,
        work: &mut Workspace<F>,
    ) -> f64 {
        let rows = x.len() / self.inputs;
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
        work.reserve(rows.min(CHUNK_ROWS), pass.width);
        let chunks = x.chunks(CHUNK_ROWS * self.inputs).enumerate();
        let sum_chunk = |(i, x)| self.chunk(&pass, i * CHUNK_ROWS, x, &scaled, gradient, work);
        chunks.take_while(|_| !interrupt.is_requested()).map(sum_chunk).sum::<f64>() * scale
    }

    /// Returns the number of activations and derivatives that a batch of this many rows needs.
    pub(super) fn workspace_len(&self, rows: usize) -> usize {
        rows.min(CHUNK_ROWS).saturating_mul(self.width()).saturating_mul(2)
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

    /// Returns the sum of the losses of a chunk, the first row of which is row `first` of the batch.
    fn chunk<F: MatrixElement>(
        &self,
        pass: &LayerPass<'_, F>,
        first: usize,
        x: &[F],
        loss: &(impl Fn(usize, &[F], &mut [F]) -> f64 + Sync),
        gradient: &mut [F],
        work: &mut Workspace<F>,
    ) -> f64 {
        let rows = x.len() / self.inputs;
        let Workspace { values, derivatives, losses } = work;
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
