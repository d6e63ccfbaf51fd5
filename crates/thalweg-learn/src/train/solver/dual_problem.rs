//! Lower bound of the minimum of the objective of a linear model, by its dual problem.

use crate::data::Rows;
use crate::model::{Batch, Linear, Loss};
use crate::train::penalty::Penalty;

/// Dual problem of a linear model: for an objective mean loss(zᵢ) + `l1`·Σ|w| + `l2`/2·Σw² with the scores zᵢ = w·xᵢ +
/// intercept, the maximum over αᵢ of −mean loss*(αᵢ) − Σ max(|u| − `l1`, 0)²/(2·`l2`) with u = mean αᵢxᵢ, where mean αᵢ
/// = 0 if there is an intercept. loss* is the convex conjugate of the loss.
///
/// Every α gives a lower bound of the minimum (Fenchel–Rockafellar duality: Rockafellar, Convex Analysis, 1970, theorem
/// 31.1), and at the optimum the derivatives of the losses give the minimum.
pub(in crate::train) struct DualProblem<'a> {
    pub(in crate::train) model: Linear,
    /// All rows of the objective.
    pub(in crate::train) batch: Batch<'a>,
    pub(in crate::train) penalty: &'a Penalty,
}

/// Value of the dual problem.
#[derive(Clone, Copy, Debug)]
pub(in crate::train) struct DualValue {
    /// Value, up to rounding a lower bound of the minimum of the objective if `violation` is 0.
    pub(in crate::train) value: f64,
    /// Norm of u where no penalty allows that it differs from 0.
    pub(in crate::train) violation: f64,
}

impl DualProblem<'_> {
    /// Returns the value for α near the derivatives of the losses by the scores, which are `outputs` numbers for each
    /// row of the batch: changed so that their mean is 0, and so that u is at most `l1` without an L2 penalty.
    pub(in crate::train) fn value(&self, mut derivatives: Vec<f64>) -> DualValue {
        let Self { model, batch, penalty } = self;
        if model.intercept {
            self.balance(&mut derivatives);
        }
        let mut u = vec![0.0; (model.features + usize::from(model.intercept)) * model.outputs];
        let mut factors = derivatives.clone();
        for (factors, row) in factors.chunks_exact_mut(model.outputs).zip(batch.indices) {
            let weight = batch.rows.loss_weight(*row as usize) * batch.factor();
            for factor in factors {
                *factor *= weight;
            }
        }
        model.add_row_combination(batch.rows, batch.indices, &factors, &mut u, batch.interrupt);
        u.truncate(model.features * model.outputs);
        let (l1, l2) = (penalty.l1(), penalty.l2());
        let largest = u.iter().fold(0.0, |largest: f64, u| largest.max(u.abs()));
        let norm = u.iter().map(|u| u * u).sum::<f64>().sqrt();
        let (of_penalty, violation) = if l2 > 0.0 {
            let excess = |u: &f64| (u.abs() - l1).max(0.0);
            (u.iter().map(|u| excess(u) * excess(u)).sum::<f64>() / (2.0 * l2), 0.0)
        } else if l1 > 0.0 {
            let shrink = (l1 / largest).min(1.0);
            for alpha in &mut derivatives {
                *alpha *= shrink;
            }
            (0.0, 0.0)
        } else {
            (0.0, norm)
        };
        DualValue { value: -self.mean(&derivatives, |alpha, y| batch.loss.conjugate(alpha, y)) - of_penalty, violation }
    }

    /// Returns the weighted mean of a function of the derivatives and the target of a row.
    fn mean(&self, derivatives: &[f64], of_row: impl Fn(&[f64], f64) -> f64) -> f64 {
        let Batch { rows, indices, .. } = self.batch;
        let weighted = |(alpha, row): (&[f64], &u32)| {
            let row = *row as usize;
            rows.loss_weight(row) * of_row(alpha, rows.target[row])
        };
        derivatives.chunks_exact(self.model.outputs).zip(indices).map(weighted).sum::<f64>() * self.batch.factor()
    }

    /// Changes the derivatives so that their weighted mean is 0, by as much as the intercept is from its optimum, and
    /// so that the conjugates remain finite.
    fn balance(&self, derivatives: &mut [f64]) {
        let total = self.mean(derivatives, |_, _| 1.0);
        match self.batch.loss {
            Loss::Squared => {
                let mean = self.mean(derivatives, |alpha, _| alpha[0]) / total;
                for alpha in derivatives {
                    *alpha -= mean;
                }
            }
            Loss::Poisson => {
                let (of_counts, of_means) = (self.mean(derivatives, |_, y| y), self.mean(derivatives, |a, y| a[0] + y));
                let factor = of_counts / of_means;
                self.each_row(derivatives, |alpha, y| alpha[0] = factor * (alpha[0] + y) - y);
            }
            Loss::Huber { .. } | Loss::Quantile { .. } | Loss::Logistic | Loss::Hinge => {
                let positive = self.mean(derivatives, |alpha, _| alpha[0].max(0.0));
                let negative = self.mean(derivatives, |alpha, _| (-alpha[0]).max(0.0));
                let common = positive.min(negative);
                for alpha in derivatives {
                    let sum = if *alpha > 0.0 { positive } else { negative };
                    *alpha *= common / sum.max(f64::MIN_POSITIVE);
                }
            }
            Loss::Softmax => self.mix(derivatives, total),
        }
    }

    /// Moves the probabilities of all rows towards common ones, so that their mean is that of the classes.
    fn mix(&self, derivatives: &mut [f64], total: f64) {
        let outputs = self.model.outputs;
        let of_class = |class: usize, y: f64| f64::from(u8::from(y as usize == class));
        let shares: Vec<f64> =
            (0..outputs).map(|class| self.mean(derivatives, |_, y| of_class(class, y)) / total).collect();
        let excess: Vec<f64> =
            (0..outputs).map(|class| self.mean(derivatives, |alpha, _| alpha[class]) / total).collect();
        let ratios = shares.iter().zip(&excess).map(|(share, excess)| share / (share + excess));
        let kept = ratios.fold(1.0, f64::min);
        let mixed = 1.0 - kept;
        self.each_row(derivatives, |alpha, y| {
            for (class, alpha) in alpha.iter_mut().enumerate() {
                // The common probability of the class, times the part of it that is mixed in.
                let common = shares[class] - kept * (shares[class] + excess[class]);
                *alpha = kept * *alpha - mixed * of_class(class, y) + common;
            }
        });
    }

    fn each_row(&self, derivatives: &mut [f64], change: impl Fn(&mut [f64], f64)) {
        let Rows { target, .. } = self.batch.rows;
        for (alpha, row) in derivatives.chunks_exact_mut(self.model.outputs).zip(self.batch.indices) {
            change(alpha, target[*row as usize]);
        }
    }
}
