//! The loss of a linear model as a finite sum, of which a solver draws single rows.

use std::cell::Cell;

use thalweg::LinearFiniteSum;

use crate::error::Result;
use crate::model::{Batch, Linear, Loss, Model};
use crate::train::config::TrainingConfig;
use crate::train::penalty::Penalty;

/// Mean loss of a linear model over the rows of a batch, which are all rows in their order, with its penalties.
pub(in crate::train) struct LinearSum<'a> {
    model: Linear,
    batch: Batch<'a>,
    penalty: &'a Penalty,
    max_curvature: f64,
    /// Mean loss of the latest evaluation, without penalties.
    train_loss: &'a Cell<f64>,
}

/// Returns the linear model, and the bound of the second derivative of the loss, that a finite sum needs.
pub(in crate::train) fn check_terms(model: &impl Model, loss: Loss, config: &TrainingConfig) -> Result<(Linear, f64)> {
    let method = config.spec.method.name();
    let refuse = |what: &str, expected: String, found: String| {
        Err(thalweg::Error::InvalidValue { what: what.into(), expected, found }.into())
    };
    let Some(linear) = Linear::of(model) else {
        return refuse("the model", format!("linear for {method}"), "another one".into());
    };
    if let Some(bound) = loss.max_curvature() {
        return Ok((linear, bound));
    }
    let expected = format!("squared, huber, logistic or softmax for {method}, which needs a bounded curvature");
    refuse("the loss", expected, loss.to_string())
}

impl<'a> LinearSum<'a> {
    pub(in crate::train) fn new(
        (model, max_curvature): (Linear, f64),
        batch: Batch<'a>,
        penalty: &'a Penalty,
        train_loss: &'a Cell<f64>,
    ) -> Self {
        Self { model, batch, penalty, max_curvature, train_loss }
    }
}

impl LinearFiniteSum for LinearSum<'_> {
    fn terms(&self) -> usize {
        self.batch.rows.len()
    }

    fn features(&self) -> usize {
        self.model.features
    }

    fn outputs(&self) -> usize {
        self.model.outputs
    }

    fn has_intercept(&self) -> bool {
        self.model.intercept
    }

    fn dense_features(&self) -> usize {
        self.batch.rows.width()
    }

    #[inline(always)]
    fn write_dense(&self, term: usize, numbers: &mut [f64]) {
        let row = self.batch.rows.row(term);
        numbers.iter_mut().zip(row.numbers).for_each(|(number, x)| *number = f64::from(*x));
    }

    #[inline(always)]
    fn visit_sparse(&self, term: usize, mut visit: impl FnMut(usize, f64)) {
        self.batch.rows.row(term).each_sparse(|feature, x| {
            // A level unseen in training has no weight.
            if feature < self.model.features {
                visit(feature, x);
            }
        });
    }

    #[inline(always)]
    fn loss(&self, term: usize, scores: &[f64], derivatives: &mut [f64]) -> f64 {
        self.batch.loss.eval_row(scores, self.batch.rows.target[term], derivatives)
    }

    fn max_curvature(&self) -> f64 {
        self.max_curvature
    }

    #[inline(always)]
    fn weight(&self, term: usize) -> f64 {
        self.batch.rows.loss_weight(term)
    }

    fn l1(&self) -> f64 {
        self.penalty.l1()
    }

    fn l2(&self) -> f64 {
        self.penalty.l2()
    }

    fn mean_loss(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let mean = self.model.mean_loss(&self.batch, parameters, gradient);
        if self.batch.interrupt.is_requested() {
            // The sum was cut short; a value that is not finite ends the run.
            return f64::NAN;
        }
        self.train_loss.set(mean);
        mean
    }

    fn is_interrupted(&self) -> bool {
        self.batch.interrupt.is_requested()
    }
}
