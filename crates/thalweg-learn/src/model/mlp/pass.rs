//! One block of rows through the layers, and back; and what the way back says about one block of units.

use ndarray::{ArrayView2, Axis};

use super::batch::block;
use super::dropout::Dropout;
use super::matrix::{matrix, matrix_mut, multiply};
use super::{Activation, Layer, MatrixElement};

/// What is the same for all blocks of a batch.
pub(super) struct LayerPass<'a, F> {
    pub(super) layers: &'a [Layer],
    /// The length of a row of the workspace.
    pub(super) width: usize,
    pub(super) parameters: &'a [F],
    pub(super) activation: Activation,
    pub(super) dropout: Option<Dropout>,
}

/// Some units of a layer, and the gradient by their weights and biases.
pub(super) struct UnitBlock<'g, F> {
    layer: Layer,
    /// The first of them.
    first: usize,
    weights: &'g mut [F],
    bias: &'g mut [F],
}

impl<F: MatrixElement> LayerPass<'_, F> {
    /// a ← D·φ(Wa + b): fills the values of a block, whose first row is `first` of the batch.
    pub(super) fn forward(&self, first: usize, x: &[F], values: &mut [F]) {
        for layer in self.layers {
            let (before, after) = matrix_mut(values, self.width).split_at(Axis(1), layer.column);
            let hidden = before.split_at(Axis(1), layer.sources().start).1;
            let inputs = if layer.index == 0 { matrix(x, layer.inputs) } else { hidden.view() };
            let mut outputs = after.split_at(Axis(1), layer.outputs).0;
            multiply(&inputs, &self.weights(layer).t(), F::ZERO, &mut outputs);
            for (i, row) in values.chunks_mut(self.width).enumerate() {
                let units = &mut row[layer.columns()];
                units.iter_mut().zip(layer.bias(self.parameters)).for_each(|(unit, bias)| *unit = *unit + *bias);
                if !layer.last {
                    self.activation.activate(units);
                    self.apply_dropout(layer.index, first + i, units);
                }
            }
        }
    }

    /// Writes the slopes of the scores of a block; the sum of its losses.
    pub(super) fn loss(
        &self,
        first: usize,
        loss: &impl Fn(usize, &[F], &mut [F]) -> f64,
        values: &[F],
        slopes: &mut [F],
    ) -> f64 {
        let Some(last) = self.layers.last() else { return 0.0 };
        let rows = values.chunks(self.width).zip(slopes.chunks_mut(self.width)).enumerate();
        rows.map(|(i, (values, slopes))| loss(first + i, &values[last.columns()], &mut slopes[last.columns()])).sum()
    }

    /// s ← φ′·D·Wᵀs: fills the slopes of a block from those of its scores.
    pub(super) fn backward(&self, first: usize, values: &[F], slopes: &mut [F]) {
        for layer in self.layers.iter().skip(1).rev() {
            let (before, after) = matrix_mut(slopes, self.width).split_at(Axis(1), layer.column);
            let outputs = after.split_at(Axis(1), layer.outputs).0;
            let mut inputs = before.split_at(Axis(1), layer.sources().start).1;
            multiply(&outputs.view(), &self.weights(layer), F::ZERO, &mut inputs);
            for (i, (values, slopes)) in values.chunks(self.width).zip(slopes.chunks_mut(self.width)).enumerate() {
                let units = &mut slopes[layer.sources()];
                self.apply_dropout(layer.index - 1, first + i, units);
                self.activation.activate_backward(&values[layer.sources()], self.keep_probability(), units);
            }
        }
    }

    /// The gradient, cut into pieces, the largest layers first.
    pub(super) fn unit_blocks<'g>(&self, gradient: &'g mut [F]) -> Vec<UnitBlock<'g, F>> {
        let mut pieces = Vec::new();
        let mut rest = gradient;
        for &layer in self.layers {
            let (weights, after) = std::mem::take(&mut rest).split_at_mut(layer.outputs * layer.inputs);
            let (bias, after) = after.split_at_mut(layer.outputs);
            rest = after;
            let size = block(layer.outputs);
            let parts = weights.chunks_mut(size * layer.inputs).zip(bias.chunks_mut(size)).enumerate();
            pieces.extend(parts.map(|(i, (weights, bias))| UnitBlock { layer, first: i * size, weights, bias }));
        }
        pieces
    }

    /// Adds sᵀa to the gradient by the weights of a piece, and Σ s to that by its biases, over all rows of a chunk.
    pub(super) fn weight_gradients(&self, piece: UnitBlock<'_, F>, x: &[F], values: &[F], slopes: &[F]) {
        let UnitBlock { layer, first, weights, bias } = piece;
        let column = layer.column + first;
        let outputs = matrix(slopes, self.width).split_at(Axis(1), column).1.split_at(Axis(1), bias.len()).0;
        let hidden = matrix(values, self.width).split_at(Axis(1), layer.column).0;
        let inputs =
            if layer.index == 0 { matrix(x, layer.inputs) } else { hidden.split_at(Axis(1), layer.sources().start).1 };
        multiply(&outputs.t(), &inputs, F::ONE, &mut matrix_mut(weights, layer.inputs));
        for slopes in slopes.chunks(self.width) {
            bias.iter_mut().zip(&slopes[column..]).for_each(|(bias, slope)| *bias = *bias + *slope);
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

    /// The share of units that stay.
    fn keep_probability(&self) -> F {
        F::of(self.dropout.map_or(1.0, |dropout| dropout.keep_probability))
    }
}
