//! The factor of every schedule at every step, against values by hand.

use thalweg::Schedule;

/// Returns the factors of the first steps.
fn factors(text: &str, steps: u64) -> Vec<f64> {
    let schedule: Schedule = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    let schedule = schedule.with_total_steps(steps);
    schedule.check().unwrap_or_else(|error| panic!("{text}: {error}"));
    (0..steps).map(|step| schedule.factor_at(step)).collect()
}

#[test]
fn every_step_has_the_factor_of_its_formula() {
    let third = 1.0_f64 / 3.0;
    let root = 0.5_f64.sqrt();
    let cases: [(&str, &[f64]); 13] = [
        ("constant", &[1.0, 1.0, 1.0]),
        // The factor changes at the step of its breakpoint, not after it.
        ("piecewise:2=0.5,4=0.1", &[1.0, 1.0, 0.5, 0.5, 0.1, 0.1]),
        ("step:every=2,factor=0.5", &[1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.125]),
        ("step:every=1", &[1.0, 0.1, 0.01, 0.001]),
        ("exponential:rate=0.5", &[1.0, 0.5, 0.25, 0.125]),
        ("exponential:rate=0.5,every=2", &[1.0, root, 0.5, 0.5 * root, 0.25]),
        ("inverse", &[1.0, 0.5, third, 0.25]),
        ("inverse:rate=3,power=0.5", &[1.0, 0.5, 1.0 / 7.0_f64.sqrt(), 1.0 / 10.0_f64.sqrt()]),
        // The end is reached at step N, one after the last of a run of N steps.
        ("polynomial:steps=4,end=0.2", &[1.0, 0.8, 0.6, 0.4, 0.2, 0.2]),
        ("polynomial:power=2", &[1.0, 0.5625, 0.25, 0.0625]),
        ("cosine:steps=4,end=0.2", &[1.0, 0.6 + 0.4 * root, 0.6, 0.6 - 0.4 * root, 0.2, 0.2]),
        // The first step of a warm-up has the rate 0.
        ("warmup:steps=4", &[0.0, 0.25, 0.5, 0.75, 1.0, 1.0]),
        ("warmup:steps=2,start=0.5+polynomial", &[0.5, 0.75, 1.0, 0.75, 0.5, 0.25]),
    ];
    for (text, expected) in cases {
        let found = factors(text, expected.len() as u64);
        let is_close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15);
        assert!(is_close, "{text}: {found:?}, not {expected:?}");
    }
}

/// `OneCycleLR(optimizer, max_lr=1, total_steps=10, pct_start=0.4, div_factor=4, final_div_factor=10,
/// anneal_strategy="cos")` of PyTorch 2.9.1 has its top at step 0.4·10 − 1 = 3 and its end at step 9.
#[test]
fn one_cycle_has_its_top_and_its_end_where_pytorch_has_them() {
    let wave = |from: f64, to: f64, part: f64| to + (from - to) * 0.5 * (1.0 + (std::f64::consts::PI * part).cos());
    let rise = (0..3).map(|t| wave(0.25, 1.0, f64::from(t) / 3.0));
    let fall = (0..=6).map(|t| wave(1.0, 0.025, f64::from(t) / 6.0));
    let expected: Vec<f64> = rise.chain(fall).collect();
    let found = factors("onecycle:warmup=0.4,start=0.25,end=0.025", 10);
    assert!((found[3] - 1.0).abs() < 1e-15 && (found[9] - 0.025).abs() < 1e-15, "{found:?}");
    assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-14), "{found:?}, not {expected:?}");
    let after: Schedule = "onecycle:steps=10,end=0.025".parse().expect("the schedule is valid");
    assert!((after.factor_at(50) - 0.025).abs() < 1e-15);
}
