//! Predictions from scores in an ONNX graph.

use super::graph::{GraphBuilder, Value, int, ints, strings};
use super::onnx_format::ElementType;
use crate::data::Target;
use crate::model::{Loss, ModelFile};

/// Adds the outputs: the prediction, or the label with probabilities or the score.
pub(super) fn add(graph: &mut GraphBuilder, model: &ModelFile, scores: &str) {
    match &model.schema.target {
        target @ Target::Number { .. } => {
            let transform = target.inverse_transform();
            let scale = graph.number(transform.scale);
            let prediction = if model.loss() == Loss::Poisson {
                let mean = graph.apply("Exp", &[scores]);
                graph.apply("Mul", &[&mean, &scale])
            } else {
                let scaled = graph.apply("Mul", &[scores, &scale]);
                let shift = graph.number(transform.shift);
                graph.apply("Add", &[&scaled, &shift])
            };
            graph.output("prediction", &prediction, ElementType::Double, Some(1));
        }
        Target::Label { negative, positive, .. } => {
            let zero = graph.number(0.0);
            let is_positive = graph.apply("GreaterOrEqual", &[scores, &zero]);
            let class = graph.cast(&is_positive, ElementType::Int64);
            let axis = graph.integers(&[1]);
            let class = graph.apply("Squeeze", &[&class, &axis]);
            add_label(graph, &class, [negative, positive]);
            if model.loss() == Loss::Logistic {
                let of_positive = graph.apply("Sigmoid", &[scores]);
                let opposite = graph.apply("Neg", &[scores]);
                let of_negative = graph.apply("Sigmoid", &[&opposite]);
                let both = graph.apply_with("Concat", &[&of_negative, &of_positive], vec![int("axis", 1)]);
                graph.output("probabilities", &both, ElementType::Double, Some(2));
            } else {
                graph.output("score", scores, ElementType::Double, Some(1));
            }
        }
        Target::Classes { labels, .. } => {
            let class: Value = graph.apply_with("ArgMax", &[scores], vec![int("axis", 1), int("keepdims", 0)]);
            add_label(graph, &class, labels);
            let probabilities = graph.apply_with("Softmax", &[scores], vec![int("axis", 1)]);
            graph.output("probabilities", &probabilities, ElementType::Double, Some(labels.len()));
        }
    }
}

/// Adds the output of the label of each row's class.
fn add_label<'l>(graph: &mut GraphBuilder, class: &str, labels: impl IntoIterator<Item = &'l String>) {
    let labels: Vec<&str> = labels.into_iter().map(String::as_str).collect();
    let keys = ints("keys_int64s", 0..labels.len() as i64);
    let label = graph.look_up(class, keys, strings("values_strings", labels), None);
    graph.output("label", &label, ElementType::String, None);
}
