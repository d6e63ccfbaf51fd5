//! Means of losses of linear scores.

/// A mean of losses of linear scores, with penalties: f = 1/n·Σᵢ wᵢφᵢ(zᵢ) + `l1`·Σ|W| + `l2`/2·ΣW².
///
/// Term i has a row aᵢ of numbers, one for each feature, and the scores zᵢ = Waᵢ + b: one, or several such as one for
/// each class. The parameters are the weights W, `outputs` for each feature, then the intercepts b, one for each output
/// if there are any; the penalties apply to the weights only. See [`Saga`](crate::method::Saga) for an example.
///
/// A row is given in two parts: the first [`dense_features`](Self::dense_features) as a slice, the others by their
/// entries. Both are empty by default.
pub trait LinearFiniteSum {
    /// Number n of terms.
    fn terms(&self) -> usize;

    /// Number of features of a row.
    fn features(&self) -> usize;

    /// Number of scores of a term.
    fn outputs(&self) -> usize {
        1
    }

    /// Returns `true` if each output has an intercept.
    fn has_intercept(&self) -> bool {
        false
    }

    /// Number of the first features that every row has.
    fn dense_features(&self) -> usize {
        0
    }

    /// Writes the numbers of the first [`dense_features`](Self::dense_features) of a row.
    fn write_dense(&self, term: usize, numbers: &mut [f64]) {
        let _ = (term, numbers);
    }

    /// Calls `visit` with the feature and the number of each other entry of a row. A feature that comes several times
    /// has the sum of its numbers.
    fn visit_sparse(&self, term: usize, visit: impl FnMut(usize, f64)) {
        let _ = (term, visit);
    }

    /// Returns the loss φᵢ of a term without its weight, and writes its derivatives by the scores.
    fn loss(&self, term: usize, scores: &[f64], derivatives: &mut [f64]) -> f64;

    /// Upper bound of the second derivative φᵢ″ in any direction of the scores, for all terms: 1 for half the squared
    /// error, 1/4 for the logistic loss, 1/2 for softmax.
    fn max_curvature(&self) -> f64;

    /// Weight wᵢ of a term, at least 0.
    fn weight(&self, term: usize) -> f64 {
        let _ = term;
        1.0
    }

    /// Coefficient of the penalty Σ|W|, at least 0.
    fn l1(&self) -> f64 {
        0.0
    }

    /// Coefficient of the penalty ΣW²/2, at least 0.
    fn l2(&self) -> f64 {
        0.0
    }

    /// Returns the mean loss without penalties, and writes its gradient to `gradient`, which is 0 before. By default
    /// the terms are added one after another.
    fn mean_loss(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let (outputs, dense) = (self.outputs(), self.dense_features());
        let (weights, intercepts) = parameters.split_at(self.features() * outputs);
        let (weight_gradient, intercept_gradient) = gradient.split_at_mut(weights.len());
        let (mut numbers, mut scores, mut derivatives) = (vec![0.0; dense], vec![0.0; outputs], vec![0.0; outputs]);
        let (mut sum, n) = (0.0, self.terms() as f64);
        for term in 0..self.terms() {
            scores.fill(0.0);
            scores.iter_mut().zip(intercepts).for_each(|(z, b)| *z = *b);
            let mut add_score = |feature: usize, number: f64| {
                let weights = &weights[feature * outputs..(feature + 1) * outputs];
                scores.iter_mut().zip(weights).for_each(|(z, w)| *z += number * w);
            };
            self.write_dense(term, &mut numbers);
            numbers.iter().enumerate().for_each(|(feature, number)| add_score(feature, *number));
            self.visit_sparse(term, &mut add_score);
            let weight = self.weight(term);
            sum += weight * self.loss(term, &scores, &mut derivatives);
            for derivative in &mut derivatives {
                *derivative *= weight / n;
            }
            let mut add_gradient = |feature: usize, number: f64| {
                let gradient = &mut weight_gradient[feature * outputs..(feature + 1) * outputs];
                gradient.iter_mut().zip(&derivatives).for_each(|(g, derivative)| *g += number * derivative);
            };
            numbers.iter().enumerate().for_each(|(feature, number)| add_gradient(feature, *number));
            self.visit_sparse(term, &mut add_gradient);
            intercept_gradient.iter_mut().zip(&derivatives).for_each(|(g, derivative)| *g += derivative);
        }
        sum / n.max(1.0)
    }

    /// Returns `true` to end the run at once, within an epoch.
    fn is_interrupted(&self) -> bool {
        false
    }
}
