//! Stopping criteria and the best point of sparse runs, against dense runs of the same objective.

#![allow(clippy::float_cmp)] // the same values are expected

use thalweg::minimize::TrackBest;
use thalweg::{
    Minimize, Objective, Optimizer, OptimizerSpec, Outcome, Result, SparseObjective, StopCriteria, StopReason,
};

const LEN: usize = 6;

/// (x − 1)²·curvature/2 of a few coordinates at each evaluation: `touched` of them, in turn.
struct InTurn {
    touched: usize,
    evaluations: usize,
    indices: Vec<u32>,
}

impl InTurn {
    fn new(touched: usize) -> Self {
        Self { touched, evaluations: 0, indices: Vec::new() }
    }

    fn curvature(index: u32) -> f64 {
        0.5 + 0.1 * f64::from(index)
    }
}

impl SparseObjective<f64> for InTurn {
    fn next_indices(&mut self) -> Result<&[u32]> {
        let first = self.evaluations * self.touched;
        self.indices = (first..first + self.touched).map(|i| (i % LEN) as u32).collect();
        self.indices.sort_unstable();
        self.evaluations += 1;
        Ok(&self.indices)
    }

    fn eval_sparse(&mut self, x: &[f64], g: &mut [f64]) -> Result<f64> {
        let mut value = 0.0;
        for ((&index, x), g) in self.indices.iter().zip(x).zip(g) {
            *g = Self::curvature(index) * (x - 1.0);
            value += *g * (x - 1.0) / 2.0;
        }
        Ok(value)
    }

    fn needs_dense(&self) -> bool {
        false
    }
}

impl Objective<f64> for InTurn {
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

fn optimizer(spec: &str) -> Optimizer<f64> {
    Optimizer::new(spec.parse::<OptimizerSpec>().expect(spec), LEN).expect(spec)
}

fn sparse_run(spec: &str, touched: usize, stop: &StopCriteria) -> Outcome<f64> {
    let start = [3.0, -2.0, 0.5, 4.0, 2.0, -1.0];
    Minimize::with_optimizer(&mut optimizer(spec))
        .criteria(*stop)
        .run_sparse(&mut InTurn::new(touched), &start)
        .expect(spec)
}

fn dense_run(spec: &str, touched: usize, stop: &StopCriteria) -> Outcome<f64> {
    let start = [3.0, -2.0, 0.5, 4.0, 2.0, -1.0];
    Minimize::with_optimizer(&mut optimizer(spec)).criteria(*stop).run(&mut InTurn::new(touched), &start).expect(spec)
}

#[test]
fn no_progress_counts_from_the_best_value() {
    let stop = StopCriteria { patience: Some(5), max_steps: Some(50), ..StopCriteria::default() };
    let falling = sparse_run("sgd:lr=0.1", LEN, &stop);
    assert_eq!((falling.reason, falling.steps), (StopReason::MaxSteps, 50));
    // With lr = 10 the value grows from the first step on.
    let growing = sparse_run("sgd:lr=10", LEN, &stop);
    assert_eq!((growing.reason, growing.steps, growing.best.step), (StopReason::NoProgress, 5, 0));
    let untracked = StopCriteria { track_best: TrackBest::Off, ..stop };
    assert_eq!(sparse_run("sgd:lr=0.1", LEN, &untracked).reason, StopReason::MaxSteps);
}

#[test]
fn every_criterion_ends_a_sparse_run_where_it_ends_a_dense_one() {
    let none = StopCriteria { max_steps: Some(2_000), ..StopCriteria::default() };
    let rows = [
        (StopCriteria { gradient_tolerance: Some(1e-3), ..none }, StopReason::GradientTolerance),
        (StopCriteria { step_tolerance: Some(1e-4), ..none }, StopReason::StepTolerance),
        (StopCriteria { target: Some(1e-4), ..none }, StopReason::TargetReached),
        (StopCriteria { patience: Some(20), ..none }, StopReason::NoProgress),
        (StopCriteria { max_evaluations: Some(77), ..none }, StopReason::MaxEvaluations),
    ];
    // Momentum and weight decay move coordinates whose gradient is zero: ‖Δx‖ includes them.
    for spec in ["sgd:lr=0.2", "momentum:lr=0.05", "nag:lr=0.05", "adam:lr=0.05", "sgd:lr=0.2,weight_decay=0.01"] {
        for touched in [2, 4, LEN] {
            for (stop, reason) in rows {
                let (sparse, dense) = (sparse_run(spec, touched, &stop), dense_run(spec, touched, &stop));
                if stop.gradient_tolerance.is_none() && stop.patience.is_none() {
                    assert!(dense.reason == reason || dense.reason == StopReason::MaxSteps, "{spec}: {}", dense.reason);
                }
                assert_eq!((sparse.reason, sparse.steps), (dense.reason, dense.steps), "{spec} {touched} {reason}");
                assert_eq!(sparse.evaluations, dense.evaluations, "{spec} {touched} {reason}");
            }
        }
    }
    let short = sparse_run("momentum:lr=0.05", 2, &rows[1].0);
    assert_eq!(short.reason, StopReason::StepTolerance);
}

#[test]
fn the_best_point_is_that_of_a_dense_run() {
    let stop = StopCriteria { max_steps: Some(41), ..StopCriteria::default() };
    let mut earlier = 0;
    for spec in
        ["momentum:lr=0.1", "nag:lr=0.1,momentum=0.9,form=shifted", "adam:lr=0.3", "adamw:lr=0.3,weight_decay=0.1"]
    {
        for touched in [1, 4] {
            let (sparse, dense) = (sparse_run(spec, touched, &stop), dense_run(spec, touched, &stop));
            assert_eq!(sparse.best.step, dense.best.step, "{spec} {touched}");
            earlier += u32::from(sparse.best.step < 41);
            for (a, b) in sparse.best.x.iter().zip(&dense.best.x).chain(sparse.x.iter().zip(&dense.x)) {
                assert!((a - b).abs() < 1e-12, "{spec} {touched}: {a} {b}");
            }
        }
    }
    assert!(earlier > 4, "the best point must differ from the last one in most runs, but does in {earlier}");
    let untracked = sparse_run("momentum:lr=0.1", 2, &StopCriteria { track_best: TrackBest::Off, ..stop });
    assert_eq!((&untracked.best.x, untracked.best.step), (&untracked.x, 41));
}
