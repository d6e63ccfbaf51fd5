//! L-BFGS: published test problems, bounds, states, the end at rounding.

#![allow(clippy::float_cmp, reason = "values that must be equal to the bit")]

use std::ops::ControlFlow::Continue;

use thalweg::method::{Goal, Lbfgs, lbfgs, sgd};
use thalweg::minimize::Outcome;
use thalweg::{
    Layout, Minimize, Objective, Optimizer, OptimizerOptions, OptimizerSpec, StatelessOptimizer, StopReason,
};

/// Extended Rosenbrock function: Moré, Garbow & Hillstrom 1981, problem 21.
fn rosenbrock(x: &[f64], g: &mut [f64]) -> f64 {
    let mut f = 0.0;
    for (x, g) in x.chunks_exact(2).zip(g.chunks_exact_mut(2)) {
        let (a, b) = (10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]);
        f += a * a + b * b;
        (g[0], g[1]) = (-40.0 * a * x[0] - 2.0 * b, 20.0 * a);
    }
    f
}

/// Extended Powell singular function, whose Hessian is singular at the minimum: problem 22.
fn powell(x: &[f64], g: &mut [f64]) -> f64 {
    let (a, b, c, d) = (x[0] + 10.0 * x[1], x[2] - x[3], x[1] - 2.0 * x[2], x[0] - x[3]);
    g[0] = 2.0 * a + 40.0 * d * d * d;
    g[1] = 20.0 * a + 4.0 * c * c * c;
    g[2] = 10.0 * b - 8.0 * c * c * c;
    g[3] = -10.0 * b - 40.0 * d * d * d;
    a * a + 5.0 * b * b + c * c * c * c + 10.0 * d * d * d * d
}

/// A quadratic with curvatures from 1 to `condition`.
fn quadratic(condition: f64) -> impl FnMut(&[f64], &mut [f64]) -> f64 {
    move |x, g| {
        let n = (x.len() - 1) as f64;
        let mut f = 0.0;
        for (i, (x, g)) in x.iter().zip(g).enumerate() {
            let curvature = 1.0 + (condition - 1.0) * (i as f64 / n);
            *g = curvature * (x - 1.0);
            f += *g * (x - 1.0) / 2.0;
        }
        f
    }
}

#[test]
fn published_problems_are_solved_in_few_evaluations() {
    // SciPy's L-BFGS-B takes 49 evaluations for the first, from the standard start.
    let start: Vec<f64> = [-1.2, 1.0].repeat(50);
    let outcome = Minimize::new(lbfgs(1.0)).run(&mut rosenbrock, &start).expect("a run");
    assert_eq!(outcome.reason, StopReason::GradientTolerance);
    assert!(outcome.evaluations <= 60, "{}", outcome.evaluations);
    assert!(outcome.x.iter().all(|x| (x - 1.0).abs() < 1e-8));

    let outcome = Minimize::new(lbfgs(1.0)).run(&mut powell, &[3.0, -1.0, 0.0, 1.0]).expect("a run");
    assert_eq!(outcome.reason, StopReason::GradientTolerance);
    assert!(outcome.evaluations <= 120, "{}", outcome.evaluations);
    assert!(outcome.value < 1e-10);
}

#[test]
fn an_ill_conditioned_quadratic_ends_at_its_minimum_where_gradient_descent_does_not() {
    let start = vec![0.0; 100];
    let run = |outcome: thalweg::Result<Outcome<f64>>| outcome.expect("a run");
    let outcome = run(Minimize::new(lbfgs(1.0)).run(&mut quadratic(1e6), &start));
    assert_eq!(outcome.reason, StopReason::GradientTolerance);
    assert!(outcome.evaluations < 1_500, "{}", outcome.evaluations);
    let by_sgd = run(Minimize::new(sgd(1e-6)).max_steps(1_500).run(&mut quadratic(1e6), &start));
    assert_eq!(by_sgd.reason, StopReason::MaxSteps);
}

#[test]
fn bounds_are_kept_and_the_end_satisfies_the_first_order_conditions() {
    // The minimum of problem 21 with x₁ ≤ 0.8 is at (0.8, 0.64).
    let mut points = Vec::new();
    let mut recorded = |x: &[f64], g: &mut [f64]| {
        points.push(x.to_vec());
        rosenbrock(x, g)
    };
    let mut run = Minimize::new(lbfgs(1.0)).upper_bounds([0.8, 5.0]).lower_bounds(-2.0);
    let outcome = run.run(&mut recorded, &[-1.2, 1.0]).expect("a run");
    assert_eq!(outcome.reason, StopReason::GradientTolerance);
    assert!(outcome.x[0] == 0.8 && (outcome.x[1] - 0.64).abs() < 1e-8, "{:?}", outcome.x);
    assert!(points.iter().all(|x| x[0] <= 0.8 && x.iter().all(|x| (-2.0..=5.0).contains(x))));

    // All coordinates of a quadratic end at their bound or at 1.
    let upper: Vec<f64> = (0..100).map(|i| if i % 3 == 0 { 0.5 } else { 2.0 }).collect();
    let mut run = Minimize::new(lbfgs(1.0)).upper_bounds(upper.clone());
    let outcome = run.run(&mut quadratic(1e4), &[0.0; 100]).expect("a run");
    assert_eq!(outcome.reason, StopReason::GradientTolerance);
    assert!(outcome.x.iter().zip(upper).all(|(x, upper)| (x - upper.min(1.0)).abs() < 1e-8));
}

#[test]
fn a_projection_by_the_objective_is_kept() {
    struct Simplexish;
    impl Objective<f64> for Simplexish {
        fn eval(&mut self, x: &[f64], g: &mut [f64]) -> thalweg::Result<f64> {
            assert!(x[0] + x[1] <= 1.0 + 1e-12);
            (g[0], g[1]) = (x[0] - 2.0, x[1] - 1.0);
            Ok(0.5 * (g[0] * g[0] + g[1] * g[1]))
        }
        fn project(&mut self, x: &mut [f64]) {
            let excess = (x[0] + x[1] - 1.0).max(0.0) / 2.0;
            x.iter_mut().zip([excess; 2]).for_each(|(x, excess)| *x -= excess);
        }
    }
    let outcome = Minimize::new(lbfgs(1.0)).max_steps(200).run(&mut Simplexish, &[0.0, 0.0]).expect("a run");
    assert!((outcome.x[0] - 1.0).abs() < 1e-6 && outcome.x[1].abs() < 1e-6, "{:?}", outcome.x);
}

#[test]
fn maximizing_is_minimizing_the_negative() {
    let options = OptimizerOptions { goal: Goal::Maximize, ..OptimizerOptions::default() };
    let spec = OptimizerSpec { method: lbfgs(1.0).into(), options };
    let mut negative = |x: &[f64], g: &mut [f64]| {
        let f = rosenbrock(x, g);
        for g in g {
            *g = -*g;
        }
        -f
    };
    let up = Minimize::new(spec).run(&mut negative, &[-1.2, 1.0]).expect("a run");
    let down = Minimize::new(lbfgs(1.0)).run(&mut rosenbrock, &[-1.2, 1.0]).expect("a run");
    assert_eq!((up.x, up.steps), (down.x, down.steps));
}

#[test]
fn a_run_continues_from_its_state_to_the_same_bits() {
    let start: Vec<f64> = [-1.2, 1.0].repeat(5);
    let steps = |optimizer: &mut Optimizer<f64>, start: &[f64], n| {
        Minimize::with_optimizer(optimizer).max_steps(n).run(&mut rosenbrock, start).expect("a run")
    };
    let mut optimizer = Optimizer::new(lbfgs(1.0), 10).expect("an optimizer");
    let whole = steps(&mut optimizer, &start, 20);
    let mut first = Optimizer::new(lbfgs(1.0), 10).expect("an optimizer");
    let middle = steps(&mut first, &start, 7);
    let json = serde_json::to_string(&first.state().expect("a state")).expect("JSON");
    let mut second = Optimizer::new(lbfgs(1.0), 10).expect("an optimizer");
    second.load_state(&serde_json::from_str(&json).expect("JSON")).expect("its state");
    assert_eq!(second.steps(), 7);
    let end = steps(&mut second, &middle.x, 13);
    assert_eq!(end.x, whole.x);
    assert_eq!(second.state().expect("a state"), optimizer.state().expect("a state"));
}

#[test]
fn frozen_tensors_do_not_move() {
    let layout =
        || Layout { tensors: vec![thalweg::Tensor::new("a", 1), thalweg::Tensor::new("b", 1)], ..Layout::default() };
    let mut optimizer = Optimizer::new(lbfgs(1.0), layout()).expect("an optimizer");
    optimizer.freeze_tensor("a").expect("a tensor");
    let outcome = Minimize::with_optimizer(&mut optimizer).run(&mut rosenbrock, &[0.5, 2.0]).expect("a run");
    assert!(outcome.x[0] == 0.5 && (outcome.x[1] - 0.25).abs() < 1e-8, "{:?}", outcome.x);
}

#[test]
fn the_end_at_rounding_and_a_wrong_gradient_are_said() {
    // 1e8 + x²: the gradient is exact, the value is not.
    let mut flat = |x: &[f64], g: &mut [f64]| {
        g[0] = 2.0 * x[0];
        1e8 + x[0] * x[0]
    };
    let outcome = Minimize::new(lbfgs(1.0)).run(&mut flat, &[1.0]).expect("a run");
    assert_eq!(outcome.reason, StopReason::GradientTolerance);
    let mut wrong = |x: &[f64], g: &mut [f64]| {
        g[0] = -1.0;
        x[0]
    };
    let outcome = Minimize::new(lbfgs(1.0)).run(&mut wrong, &[1.0]).expect("a run");
    assert_eq!((outcome.reason, outcome.x[0]), (StopReason::LineSearchFailed, 1.0));
    let mut outside = |x: &[f64], g: &mut [f64]| {
        g[0] = 1.0 - 1.0 / x[0];
        x[0] - x[0].ln()
    };
    let outcome = Minimize::new(lbfgs(1.0)).run(&mut outside, &[1e-3]).expect("a run");
    assert!((outcome.x[0] - 1.0).abs() < 1e-7, "{outcome:?}");
    let outcome = Minimize::new(lbfgs(1.0)).run(&mut outside, &[-1.0]).expect("a run");
    assert_eq!(outcome.reason, StopReason::NotFinite);
}

#[test]
fn criteria_and_callbacks_see_each_accepted_point() {
    let mut values = Vec::new();
    let outcome = Minimize::<f64>::new(lbfgs(1.0))
        .max_steps(10)
        .callback(|progress| {
            let mut g = vec![0.0; 2];
            assert_eq!(progress.value, rosenbrock(progress.x, &mut g));
            assert_eq!(progress.gradient, g);
            values.push((progress.step, progress.value));
            Continue(())
        })
        .run(&mut rosenbrock, &[-1.2, 1.0])
        .expect("a run");
    assert_eq!((outcome.reason, outcome.steps, values.len()), (StopReason::MaxSteps, 10, 11));
    assert!(values.windows(2).all(|pair| pair[1].1 < pair[0].1 && pair[1].0 == pair[0].0 + 1), "{values:?}");
    assert!(outcome.evaluations > outcome.steps);
}

#[test]
fn single_steps_and_options_of_steps_are_refused() {
    let mut optimizer = Optimizer::new(lbfgs(1.0), 1).expect("an optimizer");
    let error = optimizer.step(&mut [1.0], &[1.0]).expect_err("no value").to_string();
    assert!(error.contains("lbfgs, which runs by Minimize"), "{error}");
    assert!(StatelessOptimizer::<f64>::new(Lbfgs::default()).is_err());
    for (text, named) in [
        ("lbfgs:clip_norm=1", "clip_norm"),
        ("lbfgs:ema=0.9", "ema"),
        ("lbfgs:accumulate=2", "accumulate"),
        ("lbfgs:state=bf16", "state"),
        ("lbfgs:memory=0", "a whole number from 1 to 1000"),
        ("lbfgs:memory=2.5", "a whole number from 1 to 1000"),
        ("lbfgs:weight_decay=1", "weight_decay"),
    ] {
        let error = text.parse::<OptimizerSpec>().expect_err(text).to_string();
        assert!(error.contains(named), "{text}: {error}");
    }
    assert_eq!(
        "lbfgs:memory=5,goal=maximize".parse::<OptimizerSpec>().expect("a spec").to_string(),
        "lbfgs:lr=1.0,memory=5.0,goal=maximize"
    );
}

#[test]
fn single_precision_ends_at_its_tolerance() {
    let mut f = |x: &[f32], g: &mut [f32]| {
        let mut f = 0.0;
        for (i, (x, g)) in x.iter().zip(g).enumerate() {
            *g = (i + 1) as f32 * (x - 1.0);
            f += *g * (x - 1.0) / 2.0;
        }
        f
    };
    let outcome = Minimize::new(lbfgs(1.0)).run(&mut f, &[0.0_f32; 50]).expect("a run");
    assert_eq!(outcome.reason, StopReason::GradientTolerance);
}
