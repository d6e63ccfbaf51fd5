//! The multilayer perceptron: layers of units, each a weighted sum and a bend, and the way back through them.

mod batch;
mod config;
mod dropout;
mod matrix;
mod model;
mod pass;
#[cfg(test)]
mod tests;

pub use batch::Workspace;
pub use config::{Activation, MlpConfig};
pub use matrix::MatrixElement;
pub use model::MlpModel;

use std::ops::Range;

use thalweg::{Purpose, Seed};

use super::tensor_spec::{TensorRole, TensorSpec};

/// A multilayer perceptron of known size.
///
/// ```text
/// a₀ = x
/// aₗ = D·φ(Wₗaₗ₋₁ + bₗ)    for every hidden layer l, φ the activation, D dropout (in training only)
/// z  = Wₗaₗ₋₁ + bₗ         for the last: its outputs are the scores
/// ```
///
/// Parameters lie in one flat vector, layer by layer: Wₗ, `outputs × inputs`, row by row as `PyTorch` has it, then bₗ.
/// The gradient is found by going back through the layers (Rumelhart, Hinton & Williams 1986).
#[derive(Clone, Debug, PartialEq)]
pub struct MlpNetwork {
    /// Numbers in a row, at least 1.
    pub inputs: usize,
    /// Scores of a row, at least 1.
    pub outputs: usize,
    /// What is between them.
    pub mlp: MlpConfig,
}

/// Where a layer lies.
#[derive(Clone, Copy, Debug)]
struct Layer {
    /// From 0.
    index: usize,
    inputs: usize,
    outputs: usize,
    /// Where its weights begin among the parameters.
    start: usize,
    /// Where its outputs begin in a row of the workspace.
    column: usize,
    /// Whether its outputs are the scores.
    last: bool,
}

impl Layer {
    fn weights<'p, F>(&self, parameters: &'p [F]) -> &'p [F] {
        &parameters[self.start..][..self.outputs * self.inputs]
    }

    fn bias<'p, F>(&self, parameters: &'p [F]) -> &'p [F] {
        &parameters[self.start + self.outputs * self.inputs..][..self.outputs]
    }

    /// Where its outputs are in a row of the workspace.
    fn columns(&self) -> Range<usize> {
        self.column..self.column + self.outputs
    }

    /// Where its inputs are in such a row: nowhere, for the first layer.
    fn sources(&self) -> Range<usize> {
        self.column.saturating_sub(self.inputs)..self.column
    }
}

#[allow(clippy::len_without_is_empty)] // none is
impl MlpNetwork {
    /// `layer1.weights`, `outputs × inputs`, `layer1.bias`, `layer2.weights`, …, as they lie in the parameters.
    pub fn tensors(&self) -> Vec<TensorSpec> {
        let of = |layer: Layer| {
            let name = |what: &str| format!("layer{}.{what}", layer.index + 1);
            [
                TensorSpec::new(name("weights"), TensorRole::Weights, &[layer.outputs, layer.inputs]),
                TensorSpec::new(name("bias"), TensorRole::Bias, &[layer.outputs]),
            ]
        };
        self.layers().into_iter().flat_map(of).collect()
    }

    /// How many parameters there are.
    pub fn len(&self) -> usize {
        self.layers().iter().map(|layer| layer.outputs * (layer.inputs + 1)).sum()
    }

    /// Parameters to start from, drawn for `seed`: weights uniform in ±√(6/n), biases 0.
    ///
    /// Before `ReLU` n is the number of inputs (He et al. 2015; Keras's `he_uniform`, `PyTorch`'s `kaiming_uniform_`), else it
    /// is inputs + outputs (Glorot & Bengio 2010; `glorot_uniform`, `xavier_uniform_`): scores and slopes of a row
    /// keep their size from layer to layer.
    pub fn init_parameters<F: MatrixElement>(&self, seed: Seed) -> Vec<F> {
        let stream = seed.stream(Purpose::Init);
        let mut parameters = Vec::with_capacity(self.len());
        for layer in self.layers() {
            let mut random = stream.at([layer.index as u64]);
            let outputs = if self.mlp.activation == Activation::Relu && !layer.last { 0 } else { layer.outputs };
            let limit = (6.0 / (layer.inputs + outputs).max(1) as f64).sqrt();
            let weights = layer.outputs * layer.inputs;
            parameters.extend((0..weights).map(|_| F::of(limit * (2.0 * random.uniform() - 1.0))));
            parameters.extend((0..layer.outputs).map(|_| F::ZERO));
        }
        parameters
    }

    fn layers(&self) -> Vec<Layer> {
        let (mut inputs, mut start, mut column) = (self.inputs, 0, 0);
        let widths = self.mlp.hidden.iter().chain([&self.outputs]);
        let place = |(index, &outputs): (usize, &usize)| {
            let layer = Layer { index, inputs, outputs, start, column, last: index == self.mlp.hidden.len() };
            start += outputs * (inputs + 1);
            column += outputs;
            inputs = outputs;
            layer
        };
        widths.enumerate().map(place).collect()
    }

    /// Outputs of all layers: the length of a row of the workspace.
    fn width(&self) -> usize {
        self.mlp.hidden.iter().sum::<usize>() + self.outputs
    }
}
