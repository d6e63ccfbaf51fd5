//! A table of rows as a finite sum.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use thalweg::LinearFiniteSum;

/// Loss of a term.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TermLoss {
    Squared,
    Logistic,
    Softmax,
}

/// Rows with targets, as a finite sum.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Vec<f64>>,
    pub(crate) target: Vec<f64>,
    pub(crate) weight: Vec<f64>,
    pub(crate) loss: TermLoss,
    pub(crate) outputs: usize,
    pub(crate) intercept: bool,
    /// Number of the features that are given as a slice.
    pub(crate) dense: usize,
    pub(crate) l1: f64,
    pub(crate) l2: f64,
    /// Looks at an interrupt before it is requested.
    pub(crate) looks: Arc<AtomicUsize>,
}

impl Table {
    pub(crate) fn features(&self) -> usize {
        self.rows[0].len()
    }

    pub(crate) fn start(&self) -> Vec<f64> {
        vec![0.0; (self.features() + usize::from(self.intercept)) * self.outputs]
    }
}

impl LinearFiniteSum for Table {
    fn terms(&self) -> usize {
        self.rows.len()
    }

    fn features(&self) -> usize {
        self.features()
    }

    fn outputs(&self) -> usize {
        self.outputs
    }

    fn has_intercept(&self) -> bool {
        self.intercept
    }

    fn dense_features(&self) -> usize {
        self.dense
    }

    fn write_dense(&self, term: usize, numbers: &mut [f64]) {
        numbers.copy_from_slice(&self.rows[term][..self.dense]);
    }

    /// A number of at least 1 is given in two entries.
    fn visit_sparse(&self, term: usize, mut visit: impl FnMut(usize, f64)) {
        for (feature, &number) in self.rows[term].iter().enumerate().skip(self.dense) {
            if number >= 1.0 {
                visit(feature, 0.25 * number);
                visit(feature, 0.75 * number);
            } else if number != 0.0 {
                visit(feature, number);
            }
        }
    }

    fn loss(&self, term: usize, scores: &[f64], derivatives: &mut [f64]) -> f64 {
        let y = self.target[term];
        match self.loss {
            TermLoss::Squared => {
                derivatives[0] = scores[0] - y;
                derivatives[0] * derivatives[0] / 2.0
            }
            TermLoss::Logistic => {
                derivatives[0] = 1.0 / (1.0 + libm::exp(-scores[0])) - y;
                libm::log1p(libm::exp(scores[0])) - y * scores[0]
            }
            TermLoss::Softmax => {
                let sum: f64 = scores.iter().map(|z| libm::exp(*z)).sum();
                derivatives.iter_mut().zip(scores).for_each(|(d, z)| *d = libm::exp(*z) / sum);
                derivatives[y as usize] -= 1.0;
                libm::log(sum) - scores[y as usize]
            }
        }
    }

    fn max_curvature(&self) -> f64 {
        match self.loss {
            TermLoss::Squared => 1.0,
            TermLoss::Logistic => 0.25,
            TermLoss::Softmax => 0.5,
        }
    }

    fn weight(&self, term: usize) -> f64 {
        self.weight[term]
    }

    fn l1(&self) -> f64 {
        self.l1
    }

    fn l2(&self) -> f64 {
        self.l2
    }

    fn is_interrupted(&self) -> bool {
        self.looks.fetch_sub(1, Ordering::Relaxed) == 0
    }
}

/// Six rows with zeros.
pub(crate) fn small() -> Table {
    let rows =
        [[1.0, 0.0, 2.0], [0.0, -1.0, 0.0], [0.5, 0.0, 0.0], [0.0, 3.0, -1.0], [-2.0, 0.0, 0.0], [0.0, 0.0, 1.5]];
    Table {
        rows: rows.map(|row| row.to_vec()).to_vec(),
        target: vec![1.0, 0.0, 1.0, 1.0, 0.0, 0.0],
        weight: vec![1.0, 2.0, 0.5, 1.0, 1.0, 0.25],
        loss: TermLoss::Logistic,
        outputs: 1,
        intercept: true,
        dense: 0,
        l1: 0.0,
        l2: 0.0,
        looks: Arc::new(AtomicUsize::new(usize::MAX)),
    }
}

/// Sixty rows of four features, whose target is a line with noise.
pub(crate) fn sines(loss: TermLoss) -> Table {
    let row = |i: i32| (0..4).map(|j| libm::sin(f64::from(1 + 7 * i + 3 * j * j + (i * j) % 5))).collect::<Vec<_>>();
    let noise = |i: i32| libm::sin(11.0 * f64::from(i));
    let target = |i: i32| {
        let x = row(i);
        let score = 1.5 * x[0] - 2.0 * x[1] + 0.7 * x[3] + 0.3;
        let noisy = score + 0.5 * noise(i);
        match loss {
            TermLoss::Squared => noisy,
            TermLoss::Logistic => f64::from(score + 1.2 * noise(i) > 0.0),
            TermLoss::Softmax => f64::from(noisy >= -1.0) + f64::from(noisy >= 1.0),
        }
    };
    let outputs = if loss == TermLoss::Softmax { 3 } else { 1 };
    let (rows, target) = ((0..60).map(row).collect(), (0..60).map(target).collect());
    Table { rows, target, weight: vec![1.0; 60], loss, outputs, dense: 4, ..small() }
}
