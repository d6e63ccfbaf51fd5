//! Defaults, settings and forms of a minimization.

#![allow(clippy::float_cmp)] // the same bits are expected

use std::ops::ControlFlow::{Break, Continue};

use thalweg::minimize::Progress;
use thalweg::prelude::*;
use thalweg::{OptimizerSpec, StopCriteria};

fn bowl(x: &[f64], g: &mut [f64]) -> f64 {
    g.copy_from_slice(x);
    x.iter().map(|x| x * x).sum::<f64>() / 2.0
}

#[test]
fn by_default_a_run_ends_at_a_small_gradient_or_after_ten_thousand_steps() {
    let end = Minimize::new(sgd(0.1)).run(&mut bowl, &[3.0]).expect("a run");
    assert_eq!(end.reason, StopReason::GradientTolerance);
    assert!(end.gradient_norm <= 1e-8 && end.gradient_norm > 0.8e-8);
    let end = Minimize::new(sgd(1e-9)).run(&mut bowl, &[3.0]).expect("a run");
    assert_eq!((end.reason, end.steps, end.evaluations), (StopReason::MaxSteps, 10_000, 10_001));
    let mut single = |x: &[f32], g: &mut [f32]| {
        g[0] = x[0];
        x[0] * x[0] / 2.0
    };
    let end = Minimize::new(sgd(0.1)).run(&mut single, &[3.0_f32]).expect("a run");
    assert!(end.gradient_norm <= 1e-4 && end.gradient_norm > 0.8e-4);
}

#[test]
fn a_step_tolerance_ends_the_run_at_the_first_step_that_is_as_short() {
    // With this rate, x is halved by each step, and step k has the length 2⁻ᵏ.
    let run = |tolerance: f64| {
        let mut run = Minimize::new(sgd(0.5)).gradient_tolerance(None).step_tolerance(tolerance);
        run.run(&mut bowl, &[1.0]).expect("a run")
    };
    for k in [3, 10] {
        let length = 0.5_f64.powi(k);
        let (end, before) = (run(length), run(length * (1.0 - f64::EPSILON)));
        assert_eq!((end.reason, end.steps), (StopReason::StepTolerance, k as u64));
        assert_eq!((before.reason, before.steps), (StopReason::StepTolerance, k as u64 + 1));
    }
}

#[test]
fn each_setting_ends_a_run_and_none_switches_it_off() {
    let run = || Minimize::<f64>::new(sgd(0.1)).gradient_tolerance(None);
    let reason = |mut run: Minimize<f64>| run.run(&mut bowl, &[3.0, -4.0]).expect("a run").reason;
    assert_eq!(reason(run().step_tolerance(1e-4)), StopReason::StepTolerance);
    assert_eq!(reason(run().target(1e-2)), StopReason::TargetReached);
    assert_eq!(reason(run().max_steps(7)), StopReason::MaxSteps);
    assert_eq!(reason(run().max_steps(None).max_evaluations(7)), StopReason::MaxEvaluations);
    assert_eq!(reason(Minimize::new(sgd(2.0)).patience(5)), StopReason::NoProgress);
    let criteria = StopCriteria { max_steps: Some(3), ..StopCriteria::default() };
    assert_eq!(reason(run().criteria(criteria)), StopReason::MaxSteps);
    let end = Minimize::<f64>::new(sgd(0.1)).gradient_tolerance(-1.0).run(&mut bowl, &[1.0]);
    let error = end.expect_err("a negative tolerance").to_string();
    assert_eq!(error, "gradient_tolerance must be at least 0, but is -1");
}

#[test]
fn the_callback_sees_every_step_and_can_stop_the_run() {
    let mut steps = Vec::new();
    let mut run = Minimize::new(adam(0.1)).callback(|progress: &mut Progress<'_, f64>| {
        steps.push(progress.step);
        if progress.step < 4 { Continue(()) } else { Break(()) }
    });
    let end = run.run(&mut bowl, &[1.0]).expect("a run");
    assert_eq!((end.reason, end.steps), (StopReason::Callback, 4));
    assert_eq!(steps, [0, 1, 2, 3, 4]);
}

#[test]
fn every_run_of_a_method_starts_afresh() {
    let mut run = Minimize::new(momentum(0.01)).max_steps(20);
    let first = run.run(&mut bowl, &[1.0, 2.0]).expect("a run");
    assert_eq!(first, run.run(&mut bowl, &[1.0, 2.0]).expect("a run"));
    let mut optimizer = Optimizer::new(momentum(0.01), 2).expect("a valid optimizer");
    let mut run = Minimize::with_optimizer(&mut optimizer).max_steps(20);
    assert_eq!(first, run.run(&mut bowl, &[1.0, 2.0]).expect("a run"));
    assert_ne!(first, run.run(&mut bowl, &[1.0, 2.0]).expect("a run"), "an existing optimizer keeps its velocity");
}

#[test]
fn a_schedule_without_a_length_lasts_as_long_as_the_run() {
    let open: Schedule = "cosine".parse().expect("a schedule");
    let closed: Schedule = "cosine:steps=30".parse().expect("a schedule");
    let run = |schedule: Schedule| {
        Minimize::new(sgd(0.1)).schedule(schedule).max_steps(30).run(&mut bowl, &[1.0]).expect("a run")
    };
    assert_eq!(run(open.clone()).x, run(closed).x);
    let error = Minimize::new(sgd(0.1)).schedule(open).max_steps(None).run(&mut bowl, &[1.0]).expect_err("no length");
    assert_eq!(error.to_string(), "the schedule cosine needs a length: cosine:steps=N");
}

#[test]
fn a_plateau_schedule_sees_the_values_of_the_run() {
    // At a rate of 2 the run alternates between 1 and −1 until the plateau halves the rate, which reaches 0.
    let schedule: Schedule = "plateau:patience=3,factor=0.5".parse().expect("a schedule");
    let mut run = Minimize::new(sgd(2.0)).schedule(schedule);
    assert_eq!(run.run(&mut bowl, &[1.0]).expect("a run").reason, StopReason::GradientTolerance);
}

#[test]
fn groups_of_a_layout_have_rates_of_their_own() {
    let spec: OptimizerSpec = "sgd:lr=0.5".parse().expect("a specification");
    let layout = Layout {
        tensors: vec![Tensor::new("moving", 1), Tensor::new("fixed", 2).in_group("fixed")],
        groups: vec![Group::new("fixed").with("lr", 0.0)],
    };
    let mut run = Minimize::new(spec).layout(layout).max_steps(1);
    assert_eq!(run.run(&mut bowl, &[4.0, 4.0, 4.0]).expect("a run").x, [2.0, 4.0, 4.0]);
    let error = run.run(&mut bowl, &[4.0]).expect_err("a start of another length").to_string();
    assert_eq!(error, "the start must have 3 numbers, but has 1");
}
