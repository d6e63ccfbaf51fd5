//! Title of a model: its kind, target and size.

use thalweg_learn::model::{Architecture, Loss, ModelKind};
use thalweg_learn::{EvaluationReport, FitReport};

use super::format::group_digits;

/// Parts of a report that say what its model is.
struct ModelParts<'r> {
    kind: ModelKind,
    target: &'r str,
    labels: Option<&'r [String]>,
    architecture: &'r Architecture,
    loss: Loss,
    parameters: usize,
}

/// Returns the title of the model of a fit.
pub(super) fn of_fit(report: &FitReport) -> String {
    let FitReport { model, target, labels, architecture, loss, parameters, .. } = report;
    let (kind, labels, loss, parameters) = (*model, labels.as_deref(), *loss, *parameters);
    ModelParts { kind, target, labels, architecture, loss, parameters }.title()
}

/// Returns the title of a model that is evaluated.
pub(super) fn of_evaluation(report: &EvaluationReport) -> String {
    let EvaluationReport { model, target, labels, architecture, loss, parameters, .. } = report;
    let (kind, labels, loss, parameters) = (*model, labels.as_deref(), *loss, *parameters);
    ModelParts { kind, target, labels, architecture, loss, parameters }.title()
}

impl ModelParts<'_> {
    fn title(&self) -> String {
        let model = match (self.kind, self.labels) {
            (ModelKind::Softmax, Some(labels)) => {
                format!("softmax regression of {}, {} classes", self.target, labels.len())
            }
            (ModelKind::Logistic, Some([positive, negative])) => {
                format!("logistic regression of {} ({positive} against {negative})", self.target)
            }
            (ModelKind::Svm, Some([positive, negative])) => {
                format!("linear support vector machine for {} ({positive} against {negative})", self.target)
            }
            (ModelKind::Poisson, _) => format!("Poisson regression of {}", self.target),
            _ => format!("linear regression of {}{}", self.target, loss_suffix(self.loss)),
        };
        match self.architecture {
            Architecture::Linear => model,
            Architecture::FactorizationMachine { rank } => {
                format!("factorization machine of rank {rank} for {}{}", self.target, loss_suffix(self.loss))
            }
            Architecture::Mlp(mlp) => {
                format!(
                    "multilayer perceptron {mlp} for {}, {} parameters",
                    self.target,
                    group_digits(self.parameters as u64)
                )
            }
        }
    }
}

/// Names the loss unless it is the default one.
fn loss_suffix(loss: Loss) -> String {
    if matches!(loss, Loss::Squared | Loss::Logistic) { String::new() } else { format!(", loss {loss}") }
}
