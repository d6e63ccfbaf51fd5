//! Invariants of every method in the table: a new method inherits these tests.

#![allow(clippy::float_cmp)] // the invariants are exact

use std::fmt::Debug;

use thalweg::method::{Clip, Decay, Goal, NonFinite, Sgd};
use thalweg::{Element, Error, Group, Layout, Method, Optimizer, OptimizerSpec, Real, State, StepOutcome, Tensor};

/// A fixed sequence of gradients at scales from 1e-8 to 1e4, with zeros.
fn gradient<F: Real>(n: usize, step: u64) -> Vec<F> {
    let number = |i: usize| {
        let key = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ step.wrapping_mul(0xD1B5_4A32_D192_ED03);
        let unit = (key >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
        let scale = [1e-8, 1e-3, 1.0, 1e4][i % 4];
        F::of(if key.is_multiple_of(7) { 0.0 } else { unit * scale })
    };
    (0..n).map(number).collect()
}

fn start<F: Real>(n: usize) -> Vec<F> {
    (0..n).map(|i| F::of(0.3 + 0.01 * (i % 97) as f64)).collect()
}

/// Settings off their defaults, so that every part of a method is at work.
fn all() -> Vec<OptimizerSpec> {
    let busy = |method: Method| {
        let method = method.set("weight_decay", 0.01).expect("a decay");
        let mut spec = OptimizerSpec::from(method);
        spec.options.clip = Clip::Norm(50.0);
        spec.options.average = thalweg::method::Average::Ema(0.9);
        spec
    };
    let extra = [
        "rmsprop:momentum=0.5,variance=centered",
        "momentum:dampening=0.3,rate=inside",
        "nag:form=shifted",
        "signsgd:momentum=0.9",
        "adabelief:rectify=on",
        "amsgrad:maximum=corrected",
        "lars:norm=joint",
        "adam:accumulate=3",
    ];
    let extra = extra.map(|text| text.parse().expect(text));
    Method::all().into_iter().flat_map(|method| [method.into(), busy(method)]).chain(extra).collect()
}

fn run<F: Element>(spec: &OptimizerSpec, n: usize, steps: u64) -> (Vec<F>, State<F>) {
    let mut optimizer = Optimizer::new(spec.clone(), n).expect("a valid spec");
    let mut x = start(n);
    for t in 0..steps {
        optimizer.step(&mut x, &gradient(n, t)).expect("a valid gradient");
    }
    (x, optimizer.state().expect("in sync"))
}

fn bits<F: Real>(v: &[F]) -> Vec<u64> {
    v.iter().map(|v| v.to_f64().to_bits()).collect()
}

#[test]
fn descends() {
    for method in Method::all() {
        let ends = [0.003, 0.03, 0.3, 3.0, 30.0].map(|lr| {
            let mut optimizer = Optimizer::new(method.with_lr(lr), 2).expect("a valid method");
            let mut x = [-7.0, 2.0];
            for _ in 0..3000 {
                let at = optimizer.eval_point(&x).expect("two numbers");
                let g = [at[0] / 10.0, 2.0 * at[1]];
                if optimizer.step(&mut x, &g).is_err() {
                    return f64::INFINITY;
                }
            }
            x[0] * x[0] / 20.0 + x[1] * x[1]
        });
        let best = ends.into_iter().fold(f64::INFINITY, f64::min);
        assert!(best < 6.45 / 1000.0, "{method} ends at {ends:?} on the ravine");
    }
}

fn check_zero_gradient<F: Element>() {
    for method in Method::all() {
        let mut optimizer =
            Optimizer::<F>::new(method.set("weight_decay", 0.0).expect("no decay"), 5).expect("a valid optimizer");
        let mut x = start::<F>(5);
        for _ in 0..10 {
            optimizer.step(&mut x, &[F::ZERO; 5]).expect("a valid gradient");
        }
        assert_eq!(bits(&x), bits(&start::<F>(5)), "{method} moves without a gradient");
    }
}

#[test]
fn a_zero_gradient_changes_no_parameter() {
    check_zero_gradient::<f32>();
    check_zero_gradient::<f64>();
}

#[test]
fn a_zero_gradient_changes_nothing_even_without_epsilon() {
    for method in Method::all().into_iter().filter_map(|method| method.set("eps", 0.0).ok()) {
        let method = method.set("weight_decay", 0.0).expect("no decay");
        let mut optimizer = Optimizer::<f32>::new(method, 1).expect("a valid optimizer");
        let mut x = [1.0];
        optimizer.step(&mut x, &[0.0]).expect("a valid gradient");
        assert_eq!(x, [1.0], "{method}: 0/0 is not 0");
    }
}

fn check_resume_from_json<F: Element + Debug>() {
    for spec in all() {
        let n = 37;
        let mut optimizer = Optimizer::<F>::new(spec.clone(), n).expect("a valid optimizer");
        let mut x = start::<F>(n);
        for t in 0..20 {
            if t % 7 == 4 {
                let text = serde_json::to_string(&optimizer.state().expect("in sync")).expect("plain data");
                optimizer = Optimizer::new(spec.clone(), n).expect("a valid optimizer");
                optimizer.load_state(&serde_json::from_str(&text).expect("the same data")).expect("its own state");
            }
            optimizer.step(&mut x, &gradient(n, t)).expect("a valid gradient");
        }
        let (uninterrupted, state) = run::<F>(&spec, n, 20);
        assert_eq!(bits(&x), bits(&uninterrupted), "{spec} in {} does not resume to the bit", F::NAME);
        assert_eq!(optimizer.state().expect("in sync"), state, "{spec} in {}", F::NAME);
    }
}

#[test]
fn a_resumed_run_has_the_same_bits() {
    check_resume_from_json::<f32>();
    check_resume_from_json::<f64>();
}

#[test]
fn same_bits_on_any_threads() {
    // Above the length that is worked in parallel, and no multiple of anything.
    let n = 3 * (1 << 16) + 12_345;
    for spec in all() {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let (x, state) = pool.install(|| run::<f32>(&spec, n, 3));
            (bits(&x), state)
        };
        let one = on(1);
        assert!([2, 5].into_iter().all(|threads| on(threads) == one), "{spec} depends on the threads");
    }
}

#[test]
fn a_long_vector_is_many_short_ones() {
    // The naive oracle: every coordinate alone, for all lengths around the vector widths.
    for spec in all().into_iter().filter(|spec| spec.options.clip == Clip::Off && spec.decay() != Decay::Own) {
        for n in [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 131] {
            let (together, _) = run::<f32>(&spec, n, 5);
            let alone = (0..n).map(|i| {
                let mut optimizer = Optimizer::new(spec.clone(), 1).expect("a valid optimizer");
                let mut x = [start::<f32>(n)[i]];
                (0..5).for_each(|t| {
                    optimizer.step(&mut x, &[gradient::<f32>(n, t)[i]]).expect("a valid gradient");
                });
                x[0]
            });
            assert_eq!(bits(&together), bits(&alone.collect::<Vec<_>>()), "{spec}, n = {n}");
        }
    }
}

#[test]
fn wrong_lengths_and_nonfinite_gradients_are_refused() {
    for method in Method::all() {
        let mut optimizer = Optimizer::<f64>::new(method, 3).expect("a valid optimizer");
        let mut x = [1.0; 3];
        let before = optimizer.state().expect("in sync");
        let error = optimizer.step(&mut x, &[1.0; 2]).expect_err("too short");
        assert_eq!(error.to_string(), "the gradient must have 3 numbers, but has 2");
        let error = optimizer.step(&mut x[..2], &[1.0; 3]).expect_err("too short");
        assert_eq!(error.to_string(), "x must have 3 numbers, but has 2");
        let error = optimizer.step(&mut x, &[1.0, f64::NAN, 1.0]).expect_err("not a number");
        assert_eq!(error.to_string(), "the gradient must be finite, but x[1] is NaN");
        assert_eq!(
            (x, optimizer.state().expect("in sync")),
            ([1.0; 3], before),
            "{method} changed something all the same"
        );
    }
}

#[test]
fn nonfinite_gradients_are_skipped_on_request() {
    let spec: OptimizerSpec = "adam:nonfinite=skip".parse().expect("valid input");
    assert_eq!(spec.options.nonfinite, NonFinite::Skip);
    let mut optimizer = Optimizer::<f64>::new(spec, 1).expect("a valid optimizer");
    let mut x = [1.0];
    assert_eq!(optimizer.step(&mut x, &[f64::INFINITY]).expect("skipped"), StepOutcome::Skipped);
    assert_eq!((x, optimizer.steps(), optimizer.skipped()), ([1.0], 0, 1));
}

#[test]
fn accumulation_equals_the_big_batch() {
    for method in Method::all() {
        let mut small = OptimizerSpec::from(method);
        small.options.accumulate = 4;
        let (mut small, mut big) =
            (Optimizer::new(small, 9).expect("valid input"), Optimizer::new(method, 9).expect("a valid optimizer"));
        let (mut x_small, mut x_big) = (start::<f64>(9), start::<f64>(9));
        for t in 0..5 {
            let parts: Vec<Vec<f64>> = (0..4).map(|k| gradient(9, 4 * t + k)).collect();
            let mean: Vec<f64> = (0..9).map(|i| parts.iter().map(|g| g[i]).sum::<f64>() / 4.0).collect();
            let outcome: Vec<StepOutcome> =
                parts.iter().map(|g| small.step(&mut x_small, g).expect("valid input")).collect();
            assert_eq!(
                outcome,
                [StepOutcome::Accumulated, StepOutcome::Accumulated, StepOutcome::Accumulated, StepOutcome::Stepped]
            );
            big.step(&mut x_big, &mean).expect("valid input");
        }
        assert_eq!((bits(&x_small), small.steps()), (bits(&x_big), 5), "{method}");
    }
}

#[test]
fn ascent_is_descent_of_the_negative() {
    for method in Method::all() {
        let mut up = OptimizerSpec::from(method);
        up.options.goal = Goal::Maximize;
        let (mut up, mut down) =
            (Optimizer::new(up, 9).expect("valid input"), Optimizer::new(method, 9).expect("a valid optimizer"));
        let (mut x_up, mut x_down) = (start::<f64>(9), start::<f64>(9));
        for t in 0..5 {
            let g: Vec<f64> = gradient(9, t);
            up.step(&mut x_up, &g).expect("valid input");
            down.step(&mut x_down, &g.iter().map(|g| -g).collect::<Vec<_>>()).expect("valid input");
        }
        assert_eq!(bits(&x_up), bits(&x_down), "{method}");
    }
}

#[test]
fn groups_have_their_own_rate_and_decay() {
    for method in Method::all().into_iter().filter(|method| method.decay() != Decay::Own) {
        let method = method.set("weight_decay", 0.1).expect("a decay");
        let layout = Layout {
            tensors: vec![Tensor::new("w", 4), Tensor::new("b", 3).in_group("bias"), Tensor::new("v", 2)],
            groups: vec![Group::new("bias").with("lr", 0.5).with("weight_decay", 0.0)],
        };
        let alone = method.set("lr", 0.5).and_then(|method| method.set("weight_decay", 0.0)).expect("valid input");
        let (mut both, mut w, mut b) = (
            Optimizer::new(method, layout).expect("a valid optimizer"),
            Optimizer::new(method, 4).expect("a valid optimizer"),
            Optimizer::new(alone, 3).expect("a valid optimizer"),
        );
        let mut x = start::<f64>(9);
        let (mut x_w, mut x_b) = (x[..4].to_vec(), x[4..7].to_vec());
        for t in 0..5 {
            let g: Vec<f64> = gradient(9, t);
            both.step(&mut x, &g).expect("valid input");
            w.step(&mut x_w, &g[..4]).expect("valid input");
            b.step(&mut x_b, &g[4..7]).expect("valid input");
        }
        assert_eq!((bits(&x[..4]), bits(&x[4..7])), (bits(&x_w), bits(&x_b)), "{method}");
    }
    let layout = Layout { tensors: vec![Tensor::new("b", 3).in_group("bais")], groups: vec![] };
    assert!(matches!(Optimizer::<f64>::new(Sgd::default(), layout), Err(Error::Unknown { .. })));
}
