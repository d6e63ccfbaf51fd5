//! Minimization against closed forms and published numbers of steps.

#![allow(clippy::float_cmp)]

use std::cell::Cell;
use std::ops::ControlFlow::{Break, Continue};

use thalweg::method::Sgd;
use thalweg::minimize::TrackBest;
use thalweg::{Error, Minimize, Objective, Optimizer, OptimizerSpec, Outcome, Result, StopCriteria, StopReason};

fn optimizer(spec: &str, n: usize) -> Optimizer<f64> {
    Optimizer::new(spec.parse::<OptimizerSpec>().expect(spec), n).expect(spec)
}

fn bowl(x: &[f64], g: &mut [f64]) -> f64 {
    g.copy_from_slice(x);
    x.iter().map(|v| v * v).sum::<f64>() / 2.0
}

fn saddle(x: &[f64], g: &mut [f64]) -> f64 {
    (g[0], g[1]) = (x[0], -x[1]);
    (x[0] * x[0] - x[1] * x[1]) / 2.0
}

fn run(f: &mut impl Objective<f64>, spec: &str, start: &[f64], stop: &StopCriteria) -> Result<Outcome<f64>> {
    Minimize::with_optimizer(&mut optimizer(spec, start.len())).criteria(*stop).run(f, start)
}

#[test]
fn descent_on_the_bowl_is_a_power() {
    let stop = StopCriteria { max_steps: Some(100), ..StopCriteria::default() };
    let end = run(&mut bowl, "sgd:lr=0.1", &[3.0, -4.0], &stop).expect("a valid start");
    let factor = thalweg::algebra::power(0.9, 100);
    assert!((end.x[0] / (3.0 * factor) - 1.0).abs() < 1e-13 && (end.x[1] / (-4.0 * factor) - 1.0).abs() < 1e-13);
    assert_eq!((end.reason, end.steps, end.evaluations), (StopReason::MaxSteps, 100, 101));
    let up = run(&mut bowl, "sgd:lr=0.1,goal=maximize", &[3.0, -4.0], &stop).expect("a valid start");
    assert!((up.x[0] / (3.0 * thalweg::algebra::power(1.1, 100)) - 1.0).abs() < 1e-13);
    assert_eq!(up.best.x, up.x, "the best of an ascent is the highest");
}

/// Steps on x²/2 − y²/2 from (1, 10⁻¹¹) until |y| > 1, as published for some and computed directly for all.
#[test]
fn steps_off_the_nudged_saddle() {
    let rows = [
        ("sgd:lr=0.01", 2546),
        ("adagrad:lr=0.01,eps=1e-7", 1264),
        ("rmsprop:lr=0.01,rho=0,eps=1e-6,eps_form=inside", 108),
        ("momentum:lr=0.01,momentum=0.9", 409),
        ("nag:lr=0.01,momentum=0.9,form=shifted", 394),
        ("nag:lr=0.01,momentum=0.9,form=shifted,rate=inside", 394),
        ("adam:lr=0.01", 78),
        ("adam:lr=0.001", 626),
        ("adadelta:rho=0.95", 56),
    ];
    for (spec, steps) in rows {
        let start = [1.0, 1e-11];
        let has_left = |progress: &mut thalweg::minimize::Progress<'_, f64>| {
            if progress.x[1].abs() > 1.0 { Break(()) } else { Continue(()) }
        };
        let mut optimizer = optimizer(spec, 2);
        let mut run = Minimize::with_optimizer(&mut optimizer).criteria(StopCriteria::default()).callback(has_left);
        let end = run.run(&mut saddle, &start).expect("a valid start");
        assert_eq!((end.reason, end.steps), (StopReason::Callback, steps), "{spec}");
    }
}

#[test]
fn from_the_ridge_every_method_converges_to_the_saddle() {
    for spec in ["sgd:lr=0.1", "momentum:lr=0.1", "adagrad:lr=0.1", "rmsprop", "adam:lr=0.01", "nadam:lr=0.01"] {
        let stop = StopCriteria { max_steps: Some(20_000), ..StopCriteria::default() };
        let end = run(&mut saddle, spec, &[1.0, 0.0], &stop).expect("a valid start");
        assert!(end.x[0].abs() < 0.02 && end.x[1] == 0.0, "{spec} ends at {:?}", end.x);
    }
}

#[test]
fn every_criterion_can_end_a_run() {
    let none = StopCriteria { max_steps: None, ..StopCriteria::default() };
    let rows = [
        (StopCriteria { gradient_tolerance: Some(1e-3), ..none }, StopReason::GradientTolerance),
        (StopCriteria { step_tolerance: Some(1e-4), ..none }, StopReason::StepTolerance),
        (StopCriteria { target: Some(1e-2), ..none }, StopReason::TargetReached),
        (StopCriteria { max_steps: Some(7), ..none }, StopReason::MaxSteps),
        (StopCriteria { max_evaluations: Some(7), ..none }, StopReason::MaxEvaluations),
    ];
    for (stop, reason) in rows {
        let end = run(&mut bowl, "sgd:lr=0.1", &[3.0, -4.0], &stop).expect("a valid start");
        assert_eq!(end.reason, reason);
        match reason {
            StopReason::GradientTolerance => assert!(end.gradient_norm <= 1e-3 && end.gradient_norm > 0.8e-3),
            StopReason::StepTolerance => assert!(0.1 * end.gradient_norm <= 1.2e-4, "{}", end.gradient_norm),
            StopReason::TargetReached => assert!(end.value <= 1e-2 && end.value > 0.8e-2),
            StopReason::MaxSteps => assert_eq!((end.steps, end.evaluations), (7, 8)),
            _ => assert_eq!((end.steps, end.evaluations), (6, 7)),
        }
    }
    // With lr = 2 the run alternates between 3 and −3.
    let stop = StopCriteria { patience: Some(5), ..none };
    let end = run(&mut bowl, "sgd:lr=2", &[3.0], &stop).expect("a valid start");
    assert_eq!((end.reason, end.steps, end.best.step), (StopReason::NoProgress, 5, 0));
}

#[test]
fn the_best_point_is_returned() {
    // Momentum overshoots, so that the last point is not the best one.
    let stop = StopCriteria { max_steps: Some(25), ..StopCriteria::default() };
    let values = Cell::new(f64::INFINITY);
    let mut f = |x: &[f64], g: &mut [f64]| {
        let value = bowl(x, g);
        values.set(values.get().min(value));
        value
    };
    let end = run(&mut f, "momentum:lr=0.1", &[3.0], &stop).expect("a valid start");
    assert!(end.best.value < end.value);
    assert_eq!(end.best.value, values.get());
    assert_eq!(end.best.value, end.best.x[0] * end.best.x[0] / 2.0);
    let untracked = StopCriteria { track_best: TrackBest::Off, ..stop };
    let end = run(&mut bowl, "momentum:lr=0.1", &[3.0], &untracked).expect("a valid start");
    assert_eq!((&end.best.x, end.best.step), (&end.x, 25));
}

#[test]
fn divergence_and_leaving_the_domain_are_outcomes() {
    let end = run(&mut bowl, "sgd:lr=3", &[1.0], &StopCriteria::default()).expect("an outcome, not an error");
    assert_eq!(end.reason, StopReason::NotFinite);
    assert_eq!(end.best.x, [1.0], "the start was the best finite point");
    let mut logarithm = |x: &[f64], g: &mut [f64]| {
        g[0] = 1.0 / x[0];
        x[0].ln()
    };
    let end = run(&mut logarithm, "sgd:lr=0.4", &[1.0], &StopCriteria::default()).expect("an outcome, not an error");
    assert_eq!(end.reason, StopReason::NotFinite);
    assert!(end.best.value.is_finite() && end.best.x[0] > 0.0);
    let mut broken_gradient = |_: &[f64], g: &mut [f64]| {
        g[0] = f64::NAN;
        1.0
    };
    let end = run(&mut broken_gradient, "sgd", &[1.0], &StopCriteria::default()).expect("an outcome, not an error");
    assert_eq!((end.reason, end.steps), (StopReason::NotFinite, 0));
    let three_steps = StopCriteria { max_steps: Some(3), ..StopCriteria::default() };
    let end = run(&mut broken_gradient, "sgd:nonfinite=skip", &[1.0], &three_steps).expect("an outcome, not an error");
    assert_eq!((end.reason, end.x), (StopReason::MaxSteps, vec![1.0]));
}

#[test]
fn invalid_input_is_refused_with_the_valid_range() {
    let error = |start: &[f64], stop: &StopCriteria| {
        Minimize::with_optimizer(&mut optimizer("sgd", 2))
            .criteria(*stop)
            .run(&mut bowl, start)
            .expect_err("invalid input")
            .to_string()
    };
    assert_eq!(error(&[1.0], &StopCriteria::default()), "the start must have 2 numbers, but has 1");
    assert_eq!(error(&[1.0, f64::NAN], &StopCriteria::default()), "the start must be finite, but x[1] is NaN");
    let stop = StopCriteria { gradient_tolerance: Some(-1.0), ..StopCriteria::default() };
    assert_eq!(error(&[1.0, 1.0], &stop), "gradient_tolerance must be at least 0, but is -1");
    let open_length: OptimizerSpec = {
        let mut spec = OptimizerSpec::from(thalweg::Method::from(Sgd::default()));
        spec.options.schedule = "cosine".parse().expect("a valid schedule");
        spec
    };
    let error = Optimizer::<f64>::new(open_length, 1).expect_err("an open length").to_string();
    assert_eq!(error, "the schedule cosine needs a length: cosine:steps=N");
}

#[test]
fn an_error_of_the_objective_is_returned() {
    struct Failing;
    impl Objective<f64> for Failing {
        fn eval(&mut self, _: &[f64], _: &mut [f64]) -> Result<f64> {
            Err(Error::Objective("the file ended".into()))
        }
    }
    let error = run(&mut Failing, "sgd", &[1.0], &StopCriteria::default()).expect_err("the error of the objective");
    assert_eq!(error.to_string(), "the file ended");
}

#[test]
fn invalid_schedules_are_refused() {
    let error = |text: &str| {
        let schedule = text.parse::<thalweg::Schedule>();
        schedule.and_then(|schedule| schedule.with_total_steps(100).check()).expect_err(text).to_string()
    };
    assert!(error("cosin").starts_with("unknown schedule 'cosin'; known schedules: constant,"));
    assert_eq!(error("cosine:stops=3"), "unknown parameter of cosine 'stops'; known parameters of cosine: steps, end");
    assert_eq!(error("step"), "the schedule step needs a number: step:every=N");
    assert_eq!(error("constant+cosine"), "constant, which is followed by another schedule, needs a length: for=N");
    assert_eq!(error("step:every=0"), "every must be positive and finite, but is 0");
    assert_eq!(error("warmup:steps=many"), "steps must be a whole number, but is 'many'");
    assert_eq!(error("piecewise:20=0.1,10=0.01"), "the steps of piecewise must be increasing, but is '[20, 10]'");
    assert_eq!(error("plateau:factor=2"), "factor must be in (0, 1), but is 2");
    assert_eq!(error("onecycle:warmup=1"), "warmup must be in (0, 1), but is 1");
    assert_eq!(error("exponential:rate=-1"), "rate must be positive and finite, but is -1");
}
