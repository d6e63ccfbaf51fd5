//! Forward and backward pass of a block of rows, and the gradient of a block of units.

use ndarray::{ArrayView2, Axis};

use super::config::Activation;
use super::dropout::Dropout;
use super::matrix::{MatrixElement, matrix, matrix_mut, multiply};
use super::network::Layer;
use crate::interrupt::Interrupt;

/// Maximum number of rows or units in a block: enough for a matrix product at full speed.
pub(super) const MAX_BLOCK: usize = 64;

/// Returns the length of the blocks that `n` rows or units are divided into: at least two blocks, for two threads.
pub(super) fn block_len(n: usize) -> usize {
    n.div_ceil(2).next_multiple_of(8).clamp(8, MAX_BLOCK)
}

/// Data shared by all blocks of a batch.
pub(super) struct LayerPass<'a, F> {
    pub(super) layers: &'a [Layer],
    /// Length of a row of the workspace.
    pub(super) width: usize,
    pub(super) parameters: &'a [F],
    pub(super) activation: Activation,
    pub(super) dropout: Option<Dropout>,
    pub(super) interrupt: Interrupt<'a>,
}

/// Block of units of a layer, with the gradient by their weights and biases.
pub(super) struct UnitBlock<'g, F> {
    layer: Layer,
    /// Index of the first unit in the layer.
    first: usize,
    weights: &'g mut [F],
    bias: &'g mut [F],
}

impl<F: MatrixElement> LayerPass<'_, F> {
    /// Computes a ← D·φ(Wa + b) for a block of rows, the first of which is row `first` of the batch.
    pub(super) fn forward(&self, first: usize, x: &[F], values: &mut [F]) {
        for layer in self.layers {
            let (before, after) = matrix_mut(values, self.width).split_at(Axis(1), layer.column);
            let hidden = before.split_at(Axis(1), layer.sources().start).1;
            let inputs = if layer.index == 0 { matrix(x, layer.inputs) } else { hidden.view() };
            let mut outputs = after.split_at(Axis(1), layer.outputs).0;
            multiply(&inputs, &self.weights(layer).t(), F::ZERO, &mut outputs);
            for (i, row) in values.chunks_mut(self.width).enumerate() {
                let units = &mut row[layer.columns()];
                layer.add_bias(self.parameters, units);
                if !layer.last {
                    self.activation.activate(units);
                    self.apply_dropout(layer.index, first + i, units);
                }
            }
        }
    }

    /// Returns the sum of the losses of a block, and writes their derivatives by the scores.
    pub(super) fn loss(
        &self,
        first: usize,
        loss: &impl Fn(usize, &[F], &mut [F]) -> f64,
        values: &[F],
        derivatives: &mut [F],
    ) -> f64 {
        let last = self.layers.last().expect("a network has at least one layer");
        let rows = values.chunks(self.width).zip(derivatives.chunks_mut(self.width)).enumerate();
        rows.map(|(i, (values, derivatives))| {
            loss(first + i, &values[last.columns()], &mut derivatives[last.columns()])
        })
        .sum()
    }

    /// Computes s ← φ′·D·Wᵀs for a block of rows from the derivatives by the scores.
    pub(super) fn backward(&self, first: usize, values: &[F], derivatives: &mut [F]) {
        for layer in self.layers.iter().skip(1).rev() {
            let (before, after) = matrix_mut(derivatives, self.width).split_at(Axis(1), layer.column);
            let outputs = after.split_at(Axis(1), layer.outputs).0;
            let mut inputs = before.split_at(Axis(1), layer.sources().start).1;
            multiply(&outputs.view(), &self.weights(layer), F::ZERO, &mut inputs);
            for (i, (values, derivatives)) in
                values.chunks(self.width).zip(derivatives.chunks_mut(self.width)).enumerate()
            {
                let units = &mut derivatives[layer.sources()];
                self.apply_dropout(layer.index - 1, first + i, units);
                self.activation.activate_backward(&values[layer.sources()], self.keep_probability(), units);
            }
        }
    }

    /// Divides the gradient into blocks of units.
    pub(super) fn unit_blocks<'g>(&self, gradient: &'g mut [F]) -> Vec<UnitBlock<'g, F>> {
        let mut blocks = Vec::new();
        let mut remaining = gradient;
        for &layer in self.layers {
            let (weights, after) = std::mem::take(&mut remaining).split_at_mut(layer.outputs * layer.inputs);
            let (bias, after) = after.split_at_mut(layer.outputs);
            remaining = after;
            let size = block_len(layer.outputs);
            let parts = weights.chunks_mut(size * layer.inputs).zip(bias.chunks_mut(size)).enumerate();
            blocks.extend(parts.map(|(i, (weights, bias))| UnitBlock { layer, first: i * size, weights, bias }));
        }
        blocks
    }

    /// Adds sᵀa to the gradient by the weights of a block of units and Σ s to that by the biases, over all rows of a
    /// chunk.
    pub(super) fn weight_gradients(&self, block: UnitBlock<'_, F>, x: &[F], values: &[F], derivatives: &[F]) {
        let UnitBlock { layer, first, weights, bias } = block;
        let column = layer.column + first;
        let outputs = matrix(derivatives, self.width).split_at(Axis(1), column).1.split_at(Axis(1), bias.len()).0;
        let hidden = matrix(values, self.width).split_at(Axis(1), layer.column).0;
        let inputs =
            if layer.index == 0 { matrix(x, layer.inputs) } else { hidden.split_at(Axis(1), layer.sources().start).1 };
        multiply(&outputs.t(), &inputs, F::ONE, &mut matrix_mut(weights, layer.inputs));
        for derivatives in derivatives.chunks(self.width) {
            bias.iter_mut().zip(&derivatives[column..]).for_each(|(bias, derivative)| *bias = *bias + *derivative);
        }
    }

    fn weights(&self, layer: &Layer) -> ArrayView2<'_, F> {
        matrix(layer.weights(self.parameters), layer.inputs)
    }

    fn apply_dropout(&self, layer: usize, row: usize, units: &mut [F]) {
        if let Some(dropout) = self.dropout {
            dropout.apply(layer, row, units);
        }
    }

    /// Probability of keeping a unit in dropout.
    fn keep_probability(&self) -> F {
        F::of(self.dropout.map_or(1.0, |dropout| dropout.keep_probability))
    }
}
