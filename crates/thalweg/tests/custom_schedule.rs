//! Schedules that the caller computes: the bits of named ones, and errors where their factors are invalid.

#![allow(clippy::float_cmp)] // the same bits are promised

use thalweg::method::{adam, nag};
use thalweg::optimizer::{SlotMut, StepCounter};
use thalweg::schedule::SchedulePart;
use thalweg::{Optimizer, OptimizerSpec, Schedule, StatelessOptimizer};

fn with_schedule(schedule: Schedule) -> OptimizerSpec {
    let mut spec = OptimizerSpec::from(adam(0.1));
    spec.options.schedule = schedule;
    spec
}

#[test]
fn a_custom_schedule_has_the_bits_of_the_named_one_with_its_factors() {
    let named: Schedule = "cosine:steps=50,end=0.1".parse().expect("a schedule");
    let copy = named.clone();
    let custom = Schedule::custom(move |t| copy.factor_at(t));
    let sequence = |second: Schedule| {
        let warmup = "warmup:steps=5".parse().expect("a schedule");
        let first = SchedulePart { schedule: warmup, steps: Some(5) };
        Schedule::Sequence(vec![first, SchedulePart { schedule: second, steps: None }])
    };
    for (named, custom) in [(named.clone(), custom.clone()), (sequence(named), sequence(custom))] {
        let mut optimizers = [named, custom]
            .map(|schedule| Optimizer::<f64>::new(with_schedule(schedule), 3).expect("a valid optimizer"));
        let mut xs = [[1.0, -2.0, 3.0]; 2];
        for t in 0..60_u32 {
            for (optimizer, x) in optimizers.iter_mut().zip(&mut xs) {
                if t % 2 == 0 {
                    optimizer.step(x, &[0.5, 1.0, f64::from(t)]).expect("a finite gradient");
                } else {
                    optimizer.step_sparse(x, &[t % 3], &[0.25]).expect("a coordinate");
                    optimizer.sync_all(x).expect("three numbers");
                }
            }
            assert_eq!(xs[0], xs[1], "step {t}");
        }
    }
}

#[test]
fn a_factor_that_is_invalid_is_an_error_and_changes_nothing() {
    let expected = "the factor of the custom schedule at step 2 must be at least 0 and finite, but is NaN";
    let schedule = || Schedule::custom(|t| if t == 2 { f64::NAN } else { 1.0 });
    let mut optimizer = Optimizer::<f64>::new(with_schedule(schedule()), 1).expect("a valid optimizer");
    let mut x = [1.0];
    optimizer.step(&mut x, &[1.0]).expect("a valid factor");
    optimizer.step_sparse(&mut x, &[0], &[1.0]).expect("a valid factor");
    optimizer.sync_all(&mut x).expect("one number");
    let before = (x, optimizer.state().expect("in sync"));
    assert_eq!(optimizer.step(&mut x, &[1.0]).expect_err("NaN").to_string(), expected);
    assert_eq!(optimizer.step_sparse(&mut x, &[0], &[1.0]).expect_err("NaN").to_string(), expected);
    assert_eq!(optimizer.eval_point(&x).expect_err("NaN").to_string(), expected);
    assert_eq!((x, optimizer.state().expect("in sync")), before);

    let mut spec = OptimizerSpec::from(nag(0.1));
    spec.options.schedule = schedule();
    let stateless = StatelessOptimizer::<f64>::new(spec).expect("no option with a state");
    let (mut velocity, mut counter) = ([0.0], StepCounter { t: 2, carry: 1.0 });
    let mut slots = [SlotMut::Full(&mut velocity[..])];
    assert_eq!(stateless.step(&mut x, &[1.0], &mut slots, &mut counter).expect_err("NaN").to_string(), expected);
    assert_eq!(counter.t, 2);
    let negative = Optimizer::<f64>::new(with_schedule(Schedule::custom(|_| -1.0)), 1);
    let negative = negative.expect("factors are checked at their steps").step(&mut x, &[1.0]);
    assert!(negative.expect_err("a negative factor").to_string().ends_with("but is -1"));
}

#[test]
fn a_custom_schedule_is_never_lost_in_silence() {
    let custom = Schedule::custom(|_| 1.0);
    assert!(
        serde_json::to_string(&custom).expect_err("a function has no serialized form").to_string().contains("Custom")
    );
    assert_eq!(custom.to_string(), "custom");
    assert!("custom".parse::<Schedule>().is_err());
    assert_eq!(custom, custom.clone());
    assert_ne!(custom, Schedule::custom(|_| 1.0));
}
