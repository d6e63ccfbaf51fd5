//! Minimization with bounds: against closed forms, and against projected gradient descent written here.

#![allow(clippy::float_cmp)] // the same bits are expected

use thalweg::prelude::*;
use thalweg::{OptimizerSpec, Result, SparseObjective};

/// Σ aᵢ(xᵢ − cᵢ)²/2, whose minimum in a box is the projection of c.
const CURVATURE: [f64; 4] = [1.0, 2.0, 0.5, 3.0];
const CENTER: [f64; 4] = [2.0, -3.0, 0.25, 0.5];
const LOWER: [f64; 4] = [-1.0, -1.0, 0.0, f64::NEG_INFINITY];
const UPPER: [f64; 4] = [1.0, f64::INFINITY, 1.0, 0.0];
const MINIMUM: [f64; 4] = [1.0, -1.0, 0.25, 0.0];

fn separable(x: &[f64], g: &mut [f64]) -> f64 {
    for i in 0..4 {
        assert!((LOWER[i]..=UPPER[i]).contains(&x[i]), "evaluated outside of the box: {x:?}");
        g[i] = CURVATURE[i] * (x[i] - CENTER[i]);
    }
    (0..4).map(|i| g[i] * (x[i] - CENTER[i]) / 2.0).sum()
}

fn spec(text: &str) -> OptimizerSpec {
    text.parse().expect(text)
}

#[test]
fn methods_end_at_the_minimum_in_the_box_and_evaluate_inside() {
    for text in [
        "sgd:lr=0.3",
        "momentum:lr=0.05",
        "nag:lr=0.05,nesterov=lookahead",
        "nag:lr=0.05",
        "adagrad:lr=0.5",
        "adam:lr=0.05",
        "amsgrad:lr=0.05",
        "yogi:lr=0.05",
        "adabelief:lr=0.05",
        "sgd:lr=0.3,clip_norm=1",
    ] {
        let mut run = Minimize::new(spec(text)).lower_bounds(LOWER).upper_bounds(UPPER);
        let end = run.run(&mut separable, &[9.0, 9.0, 9.0, 9.0]).expect(text);
        assert_eq!(end.reason, StopReason::GradientTolerance, "{text} ends at {:?}", end.x);
        assert!(end.gradient_norm <= 1e-8, "{text}");
        // Coordinates at an active bound are exact; the free one is as exact as its gradient, at the evaluation point.
        assert_eq!([end.x[0], end.x[1], end.x[3]], [MINIMUM[0], MINIMUM[1], MINIMUM[3]], "{text}");
        assert!(
            (end.x[2] - MINIMUM[2]).abs() <= if text.contains("lookahead") { 1e-7 } else { 2e-8 },
            "{text}: {}",
            end.x[2]
        );
        assert!((LOWER[2]..=UPPER[2]).contains(&end.best.x[2]), "{text}");
    }
}

#[test]
fn gradient_descent_is_that_of_a_reference_to_the_bit() {
    // A quadratic form with coupled coordinates.
    let gradient = |x: &[f64]| [4.0 * x[0] + x[1] - 1.0, x[0] + 2.0 * x[1] + x[2] + 3.0, x[1] + 3.0 * x[2] - 2.0];
    let mut coupled = |x: &[f64], g: &mut [f64]| {
        g.copy_from_slice(&gradient(x));
        x.iter().zip(&*g).zip([-1.0, 3.0, -2.0]).map(|((x, g), b)| x * (g + b) / 2.0).sum()
    };
    let (lower, upper) = (-0.5, 0.75);
    let end = Minimize::new(sgd(0.1))
        .gradient_tolerance(None)
        .max_steps(200)
        .lower_bounds(lower)
        .upper_bounds(upper)
        .run(&mut coupled, &[1.0, 0.0, -1.0])
        .expect("a run");
    let mut x = [upper, 0.0, lower];
    for _ in 0..200 {
        let g = gradient(&x);
        for i in 0..3 {
            x[i] = (x[i] - 0.1 * g[i]).clamp(lower, upper);
        }
    }
    assert_eq!(end.x, x);
    // The conditions of Karush, Kuhn and Tucker.
    for (x, g) in x.iter().zip(gradient(&x)) {
        assert!(g.abs() < 1e-12 || (*x == lower && g > 0.0) || (*x == upper && g < 0.0), "{x} {g}");
    }
    assert!(x.contains(&lower) && x.iter().any(|x| *x > lower && *x < upper), "{x:?}");
}

#[test]
fn maximization_ends_at_the_bound_that_is_uphill() {
    let mut slope = |x: &[f64], g: &mut [f64]| {
        (g[0], g[1]) = (1.0, -2.0);
        x[0] - 2.0 * x[1]
    };
    let mut run = Minimize::new(spec("adam:lr=0.1,goal=maximize")).lower_bounds([-1.0, -2.0]).upper_bounds(3.0);
    let end = run.run(&mut slope, &[0.0, 0.0]).expect("a run");
    assert_eq!((end.reason, end.x, end.best.value), (StopReason::GradientTolerance, vec![3.0, -2.0], 7.0));
    assert_eq!(end.gradient_norm, 0.0);
}

#[test]
fn bounds_hold_in_single_precision_and_where_they_are_equal() {
    let mut bowl = |x: &[f32], g: &mut [f32]| {
        g.copy_from_slice(x);
        x.iter().map(|x| x * x).sum::<f32>() / 2.0
    };
    let mut run = Minimize::new(adam(0.1)).lower_bounds(vec![0.5, -1.0]).upper_bounds([0.5, 1.0]);
    let end = run.run(&mut bowl, &[0.75, 0.75]).expect("a run");
    assert_eq!((end.reason, end.x[0]), (StopReason::GradientTolerance, 0.5));
    assert!(end.x[1].abs() <= 1e-4);
}

#[test]
fn invalid_bounds_are_refused() {
    let error = |run: Minimize<f64>| {
        let mut run = run;
        run.run(&mut separable, &[0.0; 4]).expect_err("invalid bounds").to_string()
    };
    let run = || Minimize::<f64>::new(sgd(0.1));
    assert_eq!(error(run().lower_bounds([0.0; 3])), "the lower bounds must have 4 numbers, but has 3");
    assert_eq!(
        error(run().lower_bounds(f64::NAN)),
        "the bounds of coordinate 0 must have a finite number between them, but are NaN and inf"
    );
    assert_eq!(
        error(run().lower_bounds([0.0, 0.0, 2.0, 0.0]).upper_bounds(1.0)),
        "the bounds of coordinate 2 must have a finite number between them, but are 2 and 1"
    );
}

/// The separable objective, two coordinates at a time.
struct Pairs {
    evaluations: u32,
    indices: Vec<u32>,
}

impl SparseObjective<f64> for Pairs {
    fn next_indices(&mut self) -> Result<&[u32]> {
        self.indices = if self.evaluations.is_multiple_of(2) { vec![0, 3] } else { vec![1, 2] };
        self.evaluations += 1;
        Ok(&self.indices)
    }

    fn eval_sparse(&mut self, x: &[f64], g: &mut [f64]) -> Result<f64> {
        for (k, &i) in self.indices.iter().enumerate() {
            let i = i as usize;
            assert!((LOWER[i]..=UPPER[i]).contains(&x[k]), "evaluated outside of the box: {x:?}");
            g[k] = CURVATURE[i] * (x[k] - CENTER[i]);
        }
        Ok(self.indices.iter().zip(x).zip(&*g).map(|((&i, x), g)| g * (x - CENTER[i as usize]) / 2.0).sum())
    }

    fn needs_dense(&self) -> bool {
        false
    }
}

impl Objective<f64> for Pairs {
    fn eval(&mut self, x: &[f64], g: &mut [f64]) -> Result<f64> {
        let indices = self.next_indices()?.to_vec();
        let few: Vec<f64> = indices.iter().map(|&i| x[i as usize]).collect();
        let mut gradient = vec![0.0; few.len()];
        let value = self.eval_sparse(&few, &mut gradient)?;
        g.fill(0.0);
        indices.iter().zip(gradient).for_each(|(&i, gradient)| g[i as usize] = gradient);
        Ok(value)
    }
}

#[test]
fn sparse_runs_with_bounds_are_dense_runs() {
    let pairs = || Pairs { evaluations: 0, indices: Vec::new() };
    let start = [0.5, 4.0, 0.5, -2.0];
    for text in ["sgd:lr=0.3", "adagrad:lr=0.5", "momentum:lr=0.05", "adam:lr=0.05,weight_decay=0.1,decay=decoupled"] {
        let run = || {
            let run = Minimize::new(spec(text)).gradient_tolerance(None).max_steps(101);
            run.lower_bounds(LOWER).upper_bounds(UPPER)
        };
        let sparse = run().run_sparse(&mut pairs(), &start).expect(text);
        let dense = run().run(&mut pairs(), &start).expect(text);
        assert_eq!((sparse.reason, sparse.steps, sparse.best.step), (dense.reason, dense.steps, dense.best.step));
        for (sparse, dense) in sparse.x.iter().zip(&dense.x).chain(sparse.best.x.iter().zip(&dense.best.x)) {
            assert!((sparse - dense).abs() <= 1e-12, "{text}: {sparse} {dense}");
        }
        assert!(sparse.x.iter().zip(LOWER).zip(UPPER).all(|((x, lower), upper)| lower <= *x && *x <= upper));
        if text.starts_with("sgd") {
            assert_eq!(sparse, dense);
        }
    }
}
