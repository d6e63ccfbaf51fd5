//! Test problems: derivatives against finite differences, minima against neighbouring points and published values, and
//! convergence of three methods.

#![allow(clippy::float_cmp)] // the same bits are promised

use std::ops::ControlFlow::{Break, Continue};

use thalweg::random::Random;
use thalweg::{Minimize, Objective, Optimizer, OptimizerSpec, Schedule, StopCriteria};
use thalweg_problems::{CriticalPoint, CriticalPointKind, Dimension, Problem, ProblemInstance};

/// Returns every problem, also with its parameter off the default and with more variables than the minimum.
fn all_instances() -> Vec<ProblemInstance> {
    let mut all = Vec::new();
    for problem in Problem::ALL {
        let dims = match problem.dimension {
            Dimension::Fixed(_) => vec![None],
            Dimension::AtLeast(n) => vec![None, Some(n + 3)],
        };
        for n in dims {
            let named = |text: &str| ProblemInstance::named(text, n).expect(text);
            all.push(named(problem.name));
            if let Some(parameter) = problem.parameter {
                let off = if problem.name == "recurrence" { 3.0 } else { 1.7 * parameter.default };
                all.push(named(&format!("{}:{}={off}", problem.name, parameter.name)));
            }
        }
    }
    all
}

/// Returns points around the start and around a minimum, away from kinks.
fn points_near_start_and_minimum(instance: &ProblemInstance, random: &mut Random) -> Vec<Vec<f64>> {
    let centres = std::iter::once(&instance.start).chain(instance.minima.first());
    let near = |x: &f64, random: &mut Random| x + 0.3 * (1.0 + 0.2 * x.abs()) * (2.0 * random.uniform() - 1.0);
    centres
        .flat_map(|x| (0..4).map(|_| x.clone()).collect::<Vec<_>>())
        .map(|x| {
            let point = x.iter().map(|x| near(x, random));
            point.map(|x| if x.abs() < 1e-2 { 1e-2 } else { x }).collect()
        })
        .collect()
}

/// Returns the derivative of `f` by the five-point stencil, and a bound of its rounding error.
fn five_point_derivative(f: &mut dyn FnMut(f64) -> f64) -> (f64, f64) {
    let h = 2e-4;
    let [a, b, c, d] = [-2.0, -1.0, 1.0, 2.0].map(|k| f(k * h));
    let size = [a, b, c, d].iter().fold(0.0_f64, |most, v| most.max(v.abs()));
    ((8.0 * (c - b) - (d - a)) / (12.0 * h), 20.0 * f64::EPSILON * size / h)
}

#[test]
fn gradients_and_hessians_are_those_of_finite_differences() {
    let mut random = Random::new(5);
    for mut instance in all_instances() {
        let n = instance.start.len();
        for x in points_near_start_and_minimum(&instance, &mut random) {
            let mut g = vec![0.0; n];
            instance.formula.eval(&x, &mut g).expect("x of the right length");
            let hessian = instance.formula.hessian(&x).expect("x of the right length");
            for i in 0..n {
                let at = |h: f64| {
                    let mut y = x.clone();
                    y[i] += h;
                    y
                };
                let (derivative, rounding) =
                    five_point_derivative(&mut |h| instance.formula.value(&at(h)).expect("x of the right length"));
                let off = (derivative - g[i]).abs();
                assert!(
                    off <= rounding + 1e-7 * (1.0 + g[i].abs()),
                    "{} ∂{i} at {x:?}: {derivative} {}",
                    instance.name,
                    g[i]
                );
                for j in 0..n {
                    let mut gradient = vec![0.0; n];
                    let (derivative, rounding) = five_point_derivative(&mut |h| {
                        instance.formula.eval(&at(h), &mut gradient).expect("x of the right length");
                        gradient[j]
                    });
                    let exact = hessian[i * n + j];
                    let off = (derivative - exact).abs();
                    let bound = rounding + 1e-6 * (1.0 + exact.abs());
                    assert!(off <= bound, "{} ∂{i}∂{j} at {x:?}: {derivative} {exact}", instance.name);
                }
            }
        }
    }
}

#[test]
fn derivatives_are_those_derived_by_hand() {
    let mut rosenbrock = ProblemInstance::named("rosenbrock", Some(3)).expect("a known problem");
    let (x, mut g) = ([0.5, -0.3, 1.1], [0.0; 3]);
    rosenbrock.formula.eval(&x, &mut g).expect("x of the right length");
    let first = |a: f64, b: f64| -400.0 * a * (b - a * a) - 2.0 * (1.0 - a);
    let second = |a: f64, b: f64| 200.0 * (b - a * a);
    let by_hand = [first(0.5, -0.3), second(0.5, -0.3) + first(-0.3, 1.1), second(-0.3, 1.1)];
    assert!(g.iter().zip(by_hand).all(|(a, b): (&f64, f64)| (a - b).abs() < 1e-12 * b.abs()), "{g:?} {by_hand:?}");
    let mut cliff = ProblemInstance::named("cliff:steepness=3", None).expect("a known problem");
    let (x, mut g) = ([0.2, 0.7], [0.0; 2]);
    cliff.formula.eval(&x, &mut g).expect("x of the right length");
    let by_hand = 15.0 / 0.6_f64.cosh().powi(2) + 1.2 + 1.2_f64.powi(3);
    assert!((g[0] - by_hand).abs() < 1e-13 * by_hand && (g[1] - 0.7).abs() < 1e-15, "{g:?} {by_hand}");
}

/// Global minimum values as published (Jamil & Yang 2013; Moré, Garbow & Hillstrom 1981), for two variables where the
/// number of variables can be chosen.
const MIN_VALUES: &[(&str, f64)] = &[
    ("rosenbrock", 0.0),
    ("beale", 0.0),
    ("booth", 0.0),
    ("himmelblau", 0.0),
    ("matyas", 0.0),
    ("ackley", 0.0),
    ("rastrigin", 0.0),
    ("styblinski_tang", -78.332_331_407_542_83),
    ("mccormick", -1.913_222_954_981_037),
    ("easom", -1.0),
    ("goldstein_price", 3.0),
    ("levi13", 0.0),
    ("three_hump_camel", 0.0),
    ("powell", 0.0),
    ("wood", 0.0),
    ("zakharov", 0.0),
    ("dixon_price", 0.0),
];

#[test]
fn known_minima_are_minima() {
    let mut random = Random::new(9);
    for mut instance in all_instances() {
        assert_eq!(instance.minima.is_empty(), instance.name.ends_with("saddle"), "{}", instance.name);
        for x in instance.minima.clone() {
            let f = instance.formula.value(&x).expect("x of the right length");
            let around =
                |random: &mut Random, size: f64| x.iter().map(|x| x + size * random.normal()).collect::<Vec<_>>();
            for size in [1e-4, 1e-3, 1e-2] {
                let y = around(&mut random, size);
                let above = instance.formula.value(&y).expect("x of the right length");
                assert!(above >= f - 1e-13 * (1.0 + f.abs()), "{} is {above} at {y:?} and {f} at {x:?}", instance.name);
            }
            let mut g = vec![0.0; x.len()];
            instance.formula.eval(&x, &mut g).expect("x of the right length");
            let point = CriticalPoint::classify(&x, &g, &instance.formula.hessian(&x).expect("x of the right length"))
                .expect("lengths that fit together");
            let kinked = ["ackley", "corner"].contains(&instance.name.as_str());
            let kind = matches!(point.kind, CriticalPointKind::Minimum | CriticalPointKind::Degenerate);
            assert!(kind || kinked, "{} at {x:?}: {point:?}, gradient {g:?}", instance.name);
        }
    }
}

#[test]
fn minimum_values_are_the_published_ones() {
    for &(name, lowest) in MIN_VALUES {
        let mut instance = ProblemInstance::named(name, None).expect(name);
        let minima = instance.minima.clone();
        let values = minima.iter().map(|x| instance.formula.value(x).expect("x of the right length"));
        let found = values.fold(f64::INFINITY, f64::min);
        assert!((found - lowest).abs() <= 1e-12 * (1.0 + lowest.abs()), "{name}: {found} for {lowest}");
    }
}

/// Returns `true` if the method converges to a known minimum, or descends far below a saddle, with one of a few
/// learning rates that decay to 0.
fn converges(name: &str, method: &str) -> bool {
    const STEPS: u64 = 100_000;
    [1e-3, 1e-2, 1e-1, 1.0, 1e-4].into_iter().any(|lr| {
        let mut instance = ProblemInstance::named(name, None).expect(name);
        let mut spec: OptimizerSpec = format!("{method}:lr={lr}").parse().expect(method);
        spec.options.schedule = Schedule::Cosine { steps: Some(STEPS), end: 0.0 };
        let start = instance.start.clone();
        let mut optimizer = Optimizer::new(spec, start.len()).expect(method);
        let stop = StopCriteria { max_steps: Some(STEPS), ..StopCriteria::default() };
        let minima = instance.minima.clone();
        let mut run = Minimize::with_optimizer(&mut optimizer)
            .criteria(stop)
            .callback(|progress| if minima.is_empty() && progress.value < -1.0 { Break(()) } else { Continue(()) });
        let best = run.run(&mut instance, &start).expect(name).best;
        let near = |x: &Vec<f64>| {
            let lowest = instance.formula.clone().value(x).expect("x of the right length");
            let first = instance.formula.clone().value(&start).expect("x of the right length");
            let norm = |v: &mut dyn Iterator<Item = f64>| v.map(|v| v * v).sum::<f64>().sqrt();
            let apart = norm(&mut best.x.iter().zip(x).map(|(a, b)| a - b));
            best.value - lowest <= 1e-6 * (first - lowest) && apart <= 0.02 * (1.0 + norm(&mut x.iter().copied()))
        };
        if minima.is_empty() { best.value < -1.0 } else { minima.iter().any(near) }
    })
}

#[test]
fn three_methods_converge_to_a_minimum_of_each_problem() {
    for problem in Problem::ALL {
        let methods = ["adam", "momentum", "rmsprop", "nadam", "nag", "sgd", "adagrad", "amsgrad", "yogi"];
        let converged: Vec<_> = methods.iter().filter(|method| converges(problem.name, method)).take(3).collect();
        assert!(converged.len() == 3, "{}: only {converged:?}", problem.name);
    }
}

#[test]
fn an_invalid_problem_is_refused() {
    let refused = |text: &str, n: Option<usize>| ProblemInstance::named(text, n).expect_err(text).to_string();
    for (text, n, said) in [
        ("rosenbrok", None, "unknown problem 'rosenbrok'; known problems: "),
        ("beale", Some(3), "dimension of beale must be 2, but is '3'"),
        ("rosenbrock", Some(1), "must be from 2 to 100000, but is '1'"),
        ("rosenbrock", Some(1_000_000), "from 2 to 100000"),
        ("rosenbrock:a=2", None, "unknown parameter of rosenbrock 'a'"),
        ("quadratic:condition=0.5", None, "condition of quadratic must be a number from 1 to 1e16, but is '0.5'"),
        ("quadratic:condition=nan", None, "must be a number from 1"),
        ("recurrence:length=2.5", None, "a whole number"),
    ] {
        let message = refused(text, n);
        assert!(message.contains(said), "{text}: {message}");
    }
    let beale = || ProblemInstance::named("beale", None).expect("a known problem");
    let outside = beale().with_start(vec![1.0, 5.0]).expect_err("outside").to_string();
    assert_eq!(outside, "y of the start must be from -4.5 to 4.5, but is '5.0'");
    assert!(beale().with_start(vec![1.0]).is_err());
}

#[test]
fn seeds_move_the_start_and_the_noise() {
    let instance = || ProblemInstance::named("noisy:noise=0.5", Some(3)).expect("a known problem");
    let x = [0.3, -0.2, 0.1];
    let draw = |seed: u64| {
        let mut instance = instance().with_seed(seed);
        let mut sum = [0.0; 3];
        let mut squares = 0.0;
        for _ in 0..4_000 {
            let mut g = [0.0; 3];
            let f: f64 = instance.eval(&x, &mut g).expect("x of the right length");
            assert!(
                (f - instance.formula.value(&x).expect("x of the right length")).abs() < 1e-15,
                "f itself has no noise"
            );
            let exact = [0.3, -0.1, 0.1 / 3.0];
            g.iter().zip(exact).zip(&mut sum).for_each(|((g, exact), sum)| *sum += g - exact);
            squares += (g[0] - exact[0]) * (g[0] - exact[0]);
        }
        (sum, squares, instance.start)
    };
    let (sum, squares, start) = draw(0);
    // Five standard errors: 0.5/√4000 ≈ 0.0079; of the variance 0.25·√(2/4000) ≈ 0.0056.
    assert!(sum.iter().all(|sum| (sum / 4_000.0).abs() < 0.04), "{sum:?}");
    assert!((squares / 4_000.0 - 0.25).abs() < 0.028, "{squares}");
    assert_eq!(start, [1.0; 3]);
    let (other, _, moved) = draw(1);
    assert!(other != sum && moved.iter().all(|x| *x != 1.0 && (x - 1.0).abs() < 0.5), "{moved:?}");
    assert_eq!(draw(1).0, other);
}
