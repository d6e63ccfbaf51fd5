//! Every method against trajectories that other libraries made (`golden/make.py`), in f64 and f32, and
//! proof that these trajectories can tell a right formula from a wrong one.

mod cases;
mod eyes;

use cases::{Case, GRADIENTS, read};
use thalweg::{Method, Optimizer, PlateauState, Real, Schedule};

/// The project's law: relative to how large the coordinate has been on the way, since that is what it was
/// rounded at. (Relative to its last value alone, a coordinate that passes near 0 would ask for digits that
/// no order of operations has.)
const F64: f64 = 1e-12;
/// As much for f32 against the f64 numbers.
const F32: f64 = 1e-5;

/// The largest error of a case's run, in units of each coordinate's size so far.
fn error<F: Real>(case: &Case, optimizer: &mut Optimizer<F>) -> f64 {
    let golden = &*GRADIENTS;
    let mut x: Vec<F> = golden.x0.iter().map(|&v| F::of(v)).collect();
    let mut size: Vec<f64> = golden.x0.iter().map(|v| v.abs()).collect();
    let mut worst = 0.0_f64;
    let mut rows = case.steps.iter().zip(&case.x).zip(case.average.iter().map(Some).chain(std::iter::repeat(None)));
    let mut next = rows.next();
    for (t, gradient) in (1..).zip(&golden.gradients) {
        let gradient: Vec<F> = gradient.iter().map(|&v| F::of(v)).collect();
        optimizer.step(&mut x, &gradient).expect("a golden gradient is finite");
        let Some(((_, expected), average)) = next.filter(|((step, _), _)| **step == t) else { continue };
        size.iter_mut().zip(expected).for_each(|(size, v)| *size = size.max(v.abs()));
        let mut compare = |found: &[F], expected: &[f64]| {
            for ((found, expected), size) in found.iter().zip(expected).zip(&size) {
                let error = (found.to_f64() - expected).abs() / size;
                worst = if error.is_nan() { f64::INFINITY } else { worst.max(error) };
            }
        };
        compare(&x, expected);
        if let Some(average) = average {
            compare(optimizer.average().expect("an average"), average);
        }
        next = rows.next();
    }
    assert!(next.is_none(), "the golden has rows that no step reached");
    worst
}

fn holds(name: &str) {
    let cases = read(name);
    assert!(cases.len() >= 4, "{name}: a method has at least four goldens, but this has {}", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let error64 = error(case, &mut case.optimizer::<f64>());
        let error32 = error(case, &mut case.optimizer::<f32>());
        if error64 > F64 || error32 > F32 {
            wrong.push(format!("{}\n  is not {}\n  by {error64:.1e}, in f32 by {error32:.1e}", case.spec, case.source));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_method_is_what_others_made() {
    for name in Method::NAMES {
        holds(name);
    }
}

#[test]
fn what_is_around_a_method_is_what_others_made() {
    holds("around");
}

#[test]
fn under_a_schedule_methods_are_what_others_made() {
    holds("scheduled");
}

#[test]
fn schedules_are_what_others_made() {
    for case in cases::schedules() {
        let schedule: Schedule = case.spec.parse().expect(&case.spec);
        schedule.check().expect(&case.spec);
        assert_eq!(schedule.to_string().parse::<Schedule>().expect("its own text"), schedule);
        let mut seen = PlateauState::default();
        for (t, &expected) in case.factors.iter().enumerate() {
            let found = match (schedule.plateau(), case.losses.get(t)) {
                (Some(plateau), Some(&loss)) => {
                    seen = plateau.observe(seen, loss);
                    seen.factor
                }
                _ => schedule.factor_at(t as u64),
            };
            let error = (found - expected).abs();
            assert!(error <= 1e-14, "{} at step {t}: {found}, but {} gives {expected}", case.spec, case.source);
        }
    }
}
