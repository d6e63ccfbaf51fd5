//! A batch: its rows pass through the layers, and what they cost comes back as a gradient.
//!
//! Work is cut at fixed places: the rows into blocks for the way there and back, the units of a layer into blocks for the
//! gradient of its weights. A block is one thread's, so results are the same on any number of threads.

use rayon::prelude::*;

use super::dropout::Dropout;
use super::pass::LayerPass;
use super::{Layer, MatrixElement, MlpNetwork};
use crate::model::StepSeed;

/// Rows that pass through the layers together, at most.
const CHUNK: usize = 4096;
/// Rows, or units, of a block, at most: enough for a product to run at full speed.
const BLOCK: usize = 64;
/// Multiplications that are worth the waking of a second thread.
const SERIAL: usize = 1 << 18;

/// The length of the blocks that `n` rows or units are cut into: two blocks at least, for two threads.
pub(super) fn block(n: usize) -> usize {
    n.div_ceil(2).next_multiple_of(8).clamp(8, BLOCK)
}

/// Room for what is known of every unit for every row of a batch: kept from step to step, it is allocated once.
#[derive(Clone, Debug, Default)]
pub struct Workspace<F> {
    /// Row by row: the outputs of all layers, one after another.
    values: Vec<F>,
    /// Derivatives of the loss by what the units add up, in the same places.
    slopes: Vec<F>,
    /// The loss of each block.
    losses: Vec<f64>,
}

impl<F: MatrixElement> Workspace<F> {
    fn reserve(&mut self, rows: usize, width: usize) {
        for numbers in [&mut self.values, &mut self.slopes] {
            numbers.resize(numbers.len().max(rows * width), F::ZERO);
        }
        self.losses.resize(rows.div_ceil(block(rows)), 0.0);
    }
}

/// Does all of the work, on several threads or on this one.
fn each<T: Send>(parallel: bool, work: Vec<T>, does: impl Fn(T) + Sync + Send) {
    if parallel {
        work.into_par_iter().with_max_len(1).for_each(does);
    } else {
        work.into_iter().for_each(does);
    }
}

impl MlpNetwork {
    /// The scores of every row of `x`, `n × inputs`: `n × outputs` numbers.
    ///
    /// # Panics
    ///
    /// If `x` has no whole rows, or `parameters` are fewer than [`MlpNetwork::len`].
    pub fn scores<F: MatrixElement>(&self, x: &[F], parameters: &[F]) -> Vec<F> {
        let layers = self.layers();
        let pass = self.pass(&layers, parameters, None);
        let mut scores = vec![F::ZERO; x.len() / self.inputs * self.outputs];
        let blocks = scores.par_chunks_mut(2 * BLOCK * self.outputs).zip(x.par_chunks(2 * BLOCK * self.inputs));
        blocks.for_each_init(Vec::new, |values, (scores, x)| {
            values.resize(scores.len() / self.outputs * pass.width, F::ZERO);
            pass.forward(0, x, values);
            for (scores, values) in scores.chunks_mut(self.outputs).zip(values.chunks(pass.width)) {
                scores.copy_from_slice(&values[pass.width - self.outputs..]);
            }
        });
        scores
    }

    /// The mean of the loss over the rows of `x`, `n × inputs`; its gradient is added to `gradient`.
    ///
    /// `loss(row, scores, slopes)` gives the loss of a row of the batch and writes its derivatives by the scores.
    /// `step` is the key of the dropout masks of this batch; `None` evaluates without dropout.
    ///
    /// # Panics
    ///
    /// If `x` has no whole rows, or `parameters` or `gradient` are fewer than [`MlpNetwork::len`].
    pub fn mean_loss<F: MatrixElement>(
        &self,
        x: &[F],
        loss: impl Fn(usize, &[F], &mut [F]) -> f64 + Sync,
        parameters: &[F],
        gradient: &mut [F],
        step: Option<StepSeed>,
        work: &mut Workspace<F>,
    ) -> f64 {
        let rows = x.len() / self.inputs;
        let share = 1.0 / rows.max(1) as f64;
        let scaled = |row: usize, scores: &[F], slopes: &mut [F]| {
            let loss = loss(row, scores, slopes);
            for slope in slopes {
                *slope = *slope * F::of(share);
            }
            loss
        };
        let layers = self.layers();
        let dropout = step.filter(|_| self.mlp.dropout > 0.0).map(|step| Dropout::new(step, self.mlp.dropout));
        let pass = self.pass(&layers, parameters, dropout);
        work.reserve(rows.min(CHUNK), pass.width);
        let chunks = x.chunks(CHUNK * self.inputs).enumerate();
        chunks.map(|(i, x)| self.chunk(&pass, i * CHUNK, x, &scaled, gradient, work)).sum::<f64>() * share
    }

    fn pass<'a, F>(&self, layers: &'a [Layer], parameters: &'a [F], dropout: Option<Dropout>) -> LayerPass<'a, F> {
        LayerPass { layers, width: self.width(), parameters, activation: self.mlp.activation, dropout }
    }

    /// The sum of the loss over one chunk, whose first row is `first` of the batch.
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
        let Workspace { values, slopes, losses } = work;
        let (values, slopes) = (&mut values[..rows * pass.width], &mut slopes[..rows * pass.width]);
        let (size, parallel) = (block(rows), rows * self.len() > SERIAL);
        let parts = x.chunks(size * self.inputs).zip(values.chunks_mut(size * pass.width));
        let parts = parts.zip(slopes.chunks_mut(size * pass.width)).zip(&mut *losses).enumerate();
        let blocks = parts.map(|(i, (((x, values), slopes), total))| (first + i * size, x, values, slopes, total));
        each(parallel, blocks.collect(), |(first, x, values, slopes, total)| {
            pass.forward(first, x, values);
            *total = pass.loss(first, loss, values, slopes);
            pass.backward(first, values, slopes);
        });
        each(parallel, pass.unit_blocks(gradient), |piece| pass.weight_gradients(piece, x, values, slopes));
        losses[..rows.div_ceil(size)].iter().sum()
    }
}
