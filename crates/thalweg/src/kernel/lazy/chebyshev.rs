//! Interpolation by Chebyshev polynomials on [0, 1].

/// Largest number of Chebyshev terms: enough for `f64`.
pub(super) const MAX_TERMS: usize = 8;

/// Interpolation at the Chebyshev nodes of a fixed number of terms.
#[derive(Clone, Debug)]
pub(super) struct Chebyshev {
    terms: usize,
    /// cos(kπ(j + ½)/n) for term k and node j, row by row.
    cos: Vec<f64>,
}

impl Chebyshev {
    /// Interpolation by `terms` ≤ [`MAX_TERMS`] terms.
    pub(super) fn new(terms: usize) -> Self {
        let n = terms;
        let angle = |k: usize, j: usize| std::f64::consts::PI * k as f64 * (j as f64 + 0.5) / n as f64;
        Self { terms, cos: (0..n * n).map(|i| libm::cos(angle(i / n, i % n))).collect() }
    }

    /// Returns the coefficients cₖ of Σ cₖ·Tₖ(2u − 1), the polynomial that equals `function` at the nodes; zeros
    /// follow.
    pub(super) fn terms(&self, function: impl Fn(f64) -> f64) -> [f64; MAX_TERMS] {
        let n = self.terms;
        let mut values = [0.0; MAX_TERMS];
        for (j, value) in values.iter_mut().enumerate().take(n) {
            // T₁ at a node is the node itself.
            *value = function(0.5 + 0.5 * self.cos[n + j]);
        }
        let mut terms = [0.0; MAX_TERMS];
        for (k, term) in terms.iter_mut().enumerate().take(n) {
            let sum: f64 = self.cos[k * n..][..n].iter().zip(&values).map(|(cos, value)| cos * value).sum();
            *term = sum * if k == 0 { 1.0 } else { 2.0 } / n as f64;
        }
        terms
    }
}
