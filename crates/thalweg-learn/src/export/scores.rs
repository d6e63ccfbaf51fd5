//! Scores of encoded rows in an ONNX graph.

use super::features::{RowEncoding, Term};
use super::graph::{GraphBuilder, Value, int};
use crate::model::mlp::Activation;
use crate::model::{Architecture, ModelFile};

/// Coefficient by its index and an output.
type Table<'t> = &'t dyn Fn(usize, usize) -> f64;

/// Adds the scores of the rows: rows × outputs.
pub(super) fn add(graph: &mut GraphBuilder, model: &ModelFile, rows: &RowEncoding) -> Value {
    let outputs = model.schema.target.outputs();
    let tensor = |name: &str| model.tensor(name);
    match &model.training_info.architecture {
        Architecture::Linear => {
            let weights = tensor("weights");
            let scores = rows.linear(graph, &|coefficient, output| weights[coefficient * outputs + output], outputs);
            add_bias(graph, &scores, tensor("intercept"))
        }
        Architecture::FactorizationMachine { rank } => {
            let (weights, factors) = (tensor("weights"), tensor("factors"));
            let linear = rows.linear(graph, &|coefficient, _| weights[coefficient], 1);
            let linear = add_bias(graph, &linear, tensor("intercept"));
            if *rank == 0 {
                return linear;
            }
            let factor = |coefficient: usize, f: usize| factors[coefficient * rank + f];
            let sums = rows.linear(graph, &factor, *rank);
            let squares = rows.squared(graph).linear(graph, &|i, f| factor(i, f) * factor(i, f), *rank);
            let square_of_sums = graph.apply("Mul", &[&sums, &sums]);
            let difference = graph.apply("Sub", &[&square_of_sums, &squares]);
            let axis = graph.integers(&[1]);
            let sum = graph.apply_with("ReduceSum", &[&difference, &axis], vec![int("keepdims", 1)]);
            let half = graph.number(0.5);
            let pairs = graph.apply("Mul", &[&sum, &half]);
            graph.apply("Add", &[&linear, &pairs])
        }
        Architecture::Mlp(config) => {
            let widths: Vec<usize> = config.hidden.iter().copied().chain([outputs]).collect();
            let (weights, inputs) = (tensor("layer1.weights"), model.schema.coefficient_count());
            let first = rows.linear(graph, &|coefficient, unit| weights[unit * inputs + coefficient], widths[0]);
            let mut units = add_bias(graph, &first, tensor("layer1.bias"));
            for (layer, pair) in widths.windows(2).enumerate() {
                let activation = match config.activation {
                    Activation::Relu => "Relu",
                    Activation::Tanh => "Tanh",
                };
                let active = graph.apply(activation, &[&units]);
                let weights = tensor(&format!("layer{}.weights", layer + 2));
                let transposed = (0..pair[0]).flat_map(|i| (0..pair[1]).map(move |unit| weights[unit * pair[0] + i]));
                let weights = graph.numbers(&[pair[0], pair[1]], transposed);
                let product = graph.apply("MatMul", &[&active, &weights]);
                units = add_bias(graph, &product, tensor(&format!("layer{}.bias", layer + 2)));
            }
            units
        }
    }
}

fn add_bias(graph: &mut GraphBuilder, scores: &str, bias: &[f64]) -> Value {
    let bias = graph.numbers(&[bias.len()], bias.iter().copied());
    graph.apply("Add", &[scores, &bias])
}

impl RowEncoding {
    /// Adds linear functions of the rows: rows × outputs.
    fn linear(&self, graph: &mut GraphBuilder, table: Table<'_>, outputs: usize) -> Value {
        let parts: Vec<Value> = self.terms.iter().map(|term| term.linear(graph, table, outputs)).collect();
        graph.sum(parts)
    }

    /// Returns the rows with the square of every number.
    fn squared(&self, graph: &mut GraphBuilder) -> RowEncoding {
        let mut square = |value: &Value| graph.apply("Mul", &[value, value]);
        let terms = self.terms.iter().map(|term| match term {
            Term::Numbers { value, coefficients } => {
                Term::Numbers { value: square(value), coefficients: coefficients.clone() }
            }
            Term::Level { position, coefficients, factor } => Term::Level {
                position: position.clone(),
                coefficients: coefficients.clone(),
                factor: factor.as_ref().map(&mut square),
            },
        });
        RowEncoding { terms: terms.collect() }
    }
}

impl Term {
    fn linear(&self, graph: &mut GraphBuilder, table: Table<'_>, outputs: usize) -> Value {
        let rows_of = |coefficients: &[usize]| -> Vec<f64> {
            let row = |&coefficient: &usize| (0..outputs).map(move |output| table(coefficient, output));
            coefficients.iter().flat_map(row).collect()
        };
        match self {
            Self::Numbers { value, coefficients } => {
                let weights = graph.numbers(&[coefficients.len(), outputs], rows_of(coefficients));
                graph.apply("MatMul", &[value, &weights])
            }
            Self::Level { position, coefficients, factor } => {
                // The last row is that of levels that are not known.
                let weights = rows_of(coefficients).into_iter().chain(vec![0.0; outputs]);
                let weights = graph.numbers(&[coefficients.len() + 1, outputs], weights);
                let selected = graph.gather(&weights, position, 0);
                match factor {
                    Some(factor) => graph.apply("Mul", &[&selected, factor]),
                    None => selected,
                }
            }
        }
    }
}
