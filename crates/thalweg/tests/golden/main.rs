//! Every method against trajectories of other libraries (`golden/make.py`), in f64 and f32, with proof that these
//! trajectories detect a wrong formula.

mod cases;
mod mutations;

use cases::{Case, GRADIENTS, read};
use thalweg::schedule::PlateauState;
use thalweg::{Method, Optimizer, Real, Schedule};

/// Tolerance in f64, relative to the largest absolute value that the coordinate has had, since its rounding errors are
/// relative to that. (Relative to the last value, a coordinate close to 0 would need more digits than it has.)
const F64_TOLERANCE: f64 = 1e-12;
/// Tolerance in f32, against the references in f64.
const F32_TOLERANCE: f64 = 1e-5;

/// Returns the largest error of a case's run, relative to the largest absolute value of each coordinate so far.
fn max_error<F: Real>(case: &Case, optimizer: &mut Optimizer<F>) -> f64 {
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
    assert!(next.is_none(), "the reference has rows after the last step");
    worst
}

fn assert_matches_references(name: &str) {
    let cases = read(name);
    assert!(cases.len() >= 4, "expected at least four references of {name}, found {}", cases.len());
    let mut failures = Vec::new();
    for case in &cases {
        let error64 = max_error(case, &mut case.optimizer::<f64>());
        let error32 = max_error(case, &mut case.optimizer::<f32>());
        if error64 > F64_TOLERANCE || error32 > F32_TOLERANCE {
            failures.push(format!(
                "{}\n  differs from {}\n  by {error64:.1e}, in f32 by {error32:.1e}",
                case.spec, case.source
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_method_matches_other_libraries() {
    for name in Method::NAMES {
        assert_matches_references(name);
    }
}

#[test]
fn the_options_of_every_method_match_other_libraries() {
    assert_matches_references("around");
}

#[test]
fn scheduled_methods_match_other_libraries() {
    assert_matches_references("scheduled");
}

#[test]
fn schedules_match_other_libraries() {
    for case in cases::schedules() {
        let schedule: Schedule = case.spec.parse().expect(&case.spec);
        schedule.check().expect(&case.spec);
        assert_eq!(schedule.to_string().parse::<Schedule>().expect("its own text"), schedule);
        let mut state = PlateauState::default();
        for (t, &expected) in case.factors.iter().enumerate() {
            let found = match (schedule.plateau(), case.losses.get(t)) {
                (Some(plateau), Some(&loss)) => {
                    state = plateau.observe(state, loss);
                    state.factor
                }
                _ => schedule.factor_at(t as u64),
            };
            let error = (found - expected).abs();
            assert!(error <= 1e-14, "{} at step {t}: {found}, but {} gives {expected}", case.spec, case.source);
        }
    }
}
