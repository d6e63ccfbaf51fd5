//! Penalty on the factors of the features in each row.

use std::ops::Range;

use thalweg::Element;

use crate::data::Rows;
use crate::model::Model;

/// Penalty `coefficient`/2·Σ xᵢ²|vᵢ|² of a row, where vᵢ are the factors of feature i, as a mean over the rows:
/// `coefficient`/2·Σ qᵢ|vᵢ|² with the mean square qᵢ of a feature.
///
/// A feature that every row has is penalized by as much as all levels of a column together. With an equal penalty on
/// all factors its factors would grow and those of the levels shrink, which leaves the slope of each level
/// unpenalized.
#[derive(Clone, Debug)]
pub(super) struct FactorPenalty {
    coefficient: f64,
    /// Indices of the factors, feature by feature.
    factors: Range<usize>,
    /// qᵢ of each feature.
    mean_squares: Vec<f64>,
}

impl FactorPenalty {
    /// Creates the penalty for the features of `rows`; `None` if there is none.
    pub(super) fn new<M: Model>(coefficient: f64, model: &M, rows: &Rows) -> Option<Self> {
        let factors = model.factors().filter(|factors| coefficient > 0.0 && !factors.is_empty())?;
        let mut mean_squares = vec![0.0; rows.features];
        for row in 0..rows.len() {
            let weight = rows.loss_weight(row);
            for (feature, x) in rows.row(row).features() {
                if let Some(sum) = mean_squares.get_mut(feature as usize) {
                    *sum += weight * x * x;
                }
            }
        }
        for sum in &mut mean_squares {
            *sum /= rows.len().max(1) as f64;
        }
        Some(Self { coefficient, factors, mean_squares })
    }

    /// Returns the penalty of the factors.
    pub(super) fn value<F: Element>(&self, parameters: &[F]) -> f64 {
        let squares = |factors: &[F]| factors.iter().map(|v| v.to_f64() * v.to_f64()).sum::<f64>();
        let of_features = parameters[self.factors.clone()].chunks(self.rank()).zip(&self.mean_squares);
        0.5 * self.coefficient * of_features.map(|(factors, q)| q * squares(factors)).sum::<f64>()
    }

    /// Returns the penalty and adds its gradient to `gradient`.
    pub(super) fn add_gradient<F: Element>(&self, parameters: &[F], gradient: &mut [F]) -> f64 {
        let (rank, range) = (self.rank(), self.factors.clone());
        let of_features = gradient[range.clone()].chunks_mut(rank).zip(parameters[range].chunks(rank));
        for ((gradient, factors), q) in of_features.zip(&self.mean_squares) {
            let coefficient = self.coefficient * q;
            for (g, v) in gradient.iter_mut().zip(factors) {
                *g = F::of(g.to_f64() + coefficient * v.to_f64());
            }
        }
        self.value(parameters)
    }

    fn rank(&self) -> usize {
        self.factors.len() / self.mean_squares.len()
    }
}
