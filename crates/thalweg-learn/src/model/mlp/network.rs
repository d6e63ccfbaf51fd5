//! Multilayer perceptron of given size: its parameters and layers.

use std::ops::Range;

use thalweg::Seed;
use thalweg::random::Purpose;

use super::config::{Activation, MlpConfig};
use super::matrix::MatrixElement;
use crate::model::{TensorRole, TensorSpec};

/// Multilayer perceptron of given size.
///
/// ```text
/// a₀ = x
/// aₗ = D·φ(Wₗaₗ₋₁ + bₗ)    for every hidden layer l; φ is the activation, D dropout (in training only)
/// z  = Wₗaₗ₋₁ + bₗ         for the last layer, whose outputs are the scores
/// ```
///
/// The parameters of a layer are Wₗ (`outputs × inputs` in row-major order, as in `PyTorch`), then bₗ. The gradient is
/// computed by backpropagation (Rumelhart, Hinton & Williams 1986).
#[derive(Clone, Debug, PartialEq)]
pub struct MlpNetwork {
    /// Number of inputs, at least 1.
    pub inputs: usize,
    /// Number of outputs, the scores of a row, at least 1.
    pub outputs: usize,
    /// Hidden layers, their activation and dropout.
    pub config: MlpConfig,
}

/// Position of a layer among the parameters and in the workspace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layer {
    /// Index of the layer, from 0.
    pub(super) index: usize,
    /// Number of inputs of each unit.
    pub(super) inputs: usize,
    /// Number of outputs, one for each unit.
    pub(super) outputs: usize,
    /// Index of its first weight among the parameters.
    start: usize,
    /// Index of its first output in a row of the workspace.
    pub(super) column: usize,
    /// True for the layer whose outputs are the scores.
    pub(super) last: bool,
}

impl Layer {
    /// Returns the weights of the layer.
    pub(super) fn weights<'p, F>(&self, parameters: &'p [F]) -> &'p [F] {
        &parameters[self.start..][..self.outputs * self.inputs]
    }

    /// Adds the biases of the layer to its units.
    pub(super) fn add_bias<F: MatrixElement>(&self, parameters: &[F], units: &mut [F]) {
        let bias = &parameters[self.start + self.outputs * self.inputs..][..self.outputs];
        units.iter_mut().zip(bias).for_each(|(unit, bias)| *unit = *unit + *bias);
    }

    /// Returns the range of its outputs in a row of the workspace.
    pub(super) fn columns(&self) -> Range<usize> {
        self.column..self.column + self.outputs
    }

    /// Returns the range of its inputs in a row of the workspace, for layers after the first.
    pub(super) fn sources(&self) -> Range<usize> {
        // The inputs of the first layer are not in the workspace: the range is empty.
        self.column.saturating_sub(self.inputs)..self.column
    }
}

impl MlpConfig {
    /// Returns the network with these hidden layers for rows of `inputs` numbers and `outputs` scores.
    pub fn network(self, inputs: usize, outputs: usize) -> MlpNetwork {
        MlpNetwork { inputs, outputs, config: self }
    }
}

#[allow(clippy::len_without_is_empty, reason = "no network is empty")]
impl MlpNetwork {
    /// Returns the tensors in their order: `layer1.weights` (`outputs × inputs`), `layer1.bias`, `layer2.weights`, ….
    pub fn tensors(&self) -> Vec<TensorSpec> {
        let tensors = |layer: Layer| {
            let name = |what: &str| format!("layer{}.{what}", layer.index + 1);
            [
                TensorSpec::new(name("weights"), TensorRole::Weights, &[layer.outputs, layer.inputs]),
                TensorSpec::new(name("bias"), TensorRole::Bias, &[layer.outputs]),
            ]
        };
        self.layers().flat_map(tensors).collect()
    }

    /// Returns the number of parameters.
    pub fn len(&self) -> usize {
        self.layers().map(|layer| layer.outputs * (layer.inputs + 1)).sum()
    }

    /// Returns initial parameters: weights uniform in ±√(6/n), biases 0.
    ///
    /// Before `ReLU`, n is the number of inputs (He et al. 2015; Keras's `he_uniform`, `PyTorch`'s
    /// `kaiming_uniform_`), otherwise inputs + outputs (Glorot & Bengio 2010; `glorot_uniform`, `xavier_uniform_`), so
    /// that activations and gradients keep their magnitude from layer to layer.
    pub fn init_parameters<F: MatrixElement>(&self, seed: Seed) -> Vec<F> {
        let stream = seed.stream(Purpose::Init);
        let mut parameters = Vec::with_capacity(self.len());
        for layer in self.layers() {
            let mut random = stream.at([layer.index as u64]);
            let outputs = if self.config.activation == Activation::Relu && !layer.last { 0 } else { layer.outputs };
            let limit = (6.0 / (layer.inputs + outputs).max(1) as f64).sqrt();
            let weights = layer.outputs * layer.inputs;
            parameters.extend((0..weights).map(|_| F::of(limit * (2.0 * random.uniform() - 1.0))));
            parameters.extend((0..layer.outputs).map(|_| F::ZERO));
        }
        parameters
    }

    /// Returns the layers in their order.
    pub(super) fn layers(&self) -> impl Iterator<Item = Layer> {
        let (mut inputs, mut start, mut column) = (self.inputs, 0, 0);
        let widths = self.config.hidden.iter().chain([&self.outputs]);
        let layer = move |(index, &outputs): (usize, &usize)| {
            let layer = Layer { index, inputs, outputs, start, column, last: index == self.config.hidden.len() };
            start += outputs * (inputs + 1);
            column += outputs;
            inputs = outputs;
            layer
        };
        widths.enumerate().map(layer)
    }

    /// Returns the number of outputs of all layers, the length of a row of the workspace.
    pub(super) fn width(&self) -> usize {
        self.config.hidden.iter().sum::<usize>() + self.outputs
    }
}
