//! State of an optimizer and the interplay of its parts: resuming, copying, lookahead, groups, averages.

#![allow(clippy::float_cmp)] // the same bits are promised

use thalweg::algebra::{
    Adaptive, BiasCorrection, EpsForm, HeavyBall, Identity, MomentumForm, NesterovEma, NesterovForm, Plain, RootEma,
};
use thalweg::method::{Decay, Nag};
use thalweg::optimizer::CustomRule;
use thalweg::{
    Group, Layout, Method, Minimize, Optimizer, OptimizerOptions, OptimizerSpec, Real, State, StopCriteria, StopReason,
    Tensor,
};

fn spec(text: &str) -> OptimizerSpec {
    text.parse().expect(text)
}

fn optimizer(text: &str, n: usize) -> Optimizer<f64> {
    Optimizer::new(spec(text), n).expect(text)
}

fn gradient<F: Real>(n: usize, t: usize) -> Vec<F> {
    (0..n).map(|i| F::of(((i * 37 + t * 101) % 19) as f64 - 9.0)).collect()
}

#[test]
fn halves_of_a_long_vector_get_their_own_gradients() {
    // Longer than one thread's share: every coordinate as if it were alone.
    let n = (1 << 16) + 999;
    for method in Method::all().into_iter().filter(|method| method.decay() != Decay::Own) {
        let mut together = Optimizer::<f32>::new(method, n).expect("a valid optimizer");
        let mut x = vec![1.0_f32; n];
        let mut alone: Vec<_> = [0, 1, n / 2 - 1, n / 2, n / 2 + 64, n - 1]
            .map(|i| (i, [1.0_f32], Optimizer::<f32>::new(method, 1).expect("a valid optimizer")))
            .into();
        for t in 0..4 {
            let g: Vec<f32> = gradient(n, t);
            together.step(&mut x, &g).expect("valid input");
            for (i, x, optimizer) in &mut alone {
                optimizer.step(x, &[g[*i]]).expect("valid input");
            }
        }
        for (i, one, _) in alone {
            assert_eq!(x[i].to_bits(), one[0].to_bits(), "{method} at {i} of {n}");
        }
    }
}

#[test]
fn a_copy_and_a_resumed_run_continue_the_average() {
    let mut first = optimizer("adam:lr=0.1,ema=0.8", 3);
    first.observe(1.0);
    let mut x = [1.0, 2.0, 3.0];
    for t in 0..5 {
        first.step(&mut x, &gradient(3, t)).expect("valid input");
    }
    let mut copy = first.clone();
    let mut resumed = optimizer("adam:lr=0.1,ema=0.8", 3);
    resumed.load_state(&first.state().expect("in sync")).expect("its own state");
    for other in [&mut copy, &mut resumed] {
        let (mut a, mut b) = (x, x);
        let mut first = first.clone();
        for t in 5..9 {
            first.step(&mut a, &gradient(3, t)).expect("valid input");
            other.step(&mut b, &gradient(3, t)).expect("valid input");
        }
        assert_eq!((a, first.average()), (b, other.average()));
        assert!(first.average().is_some());
    }
}

#[test]
fn a_plateau_acts_on_the_step_and_survives_a_resume() {
    let with_plateau = |schedule: &str| {
        let mut spec = spec("sgd:lr=1");
        spec.options.schedule = schedule.parse().expect(schedule);
        Optimizer::<f64>::new(spec, 1).expect("a valid optimizer")
    };
    for schedule in ["plateau:factor=0.5,patience=0", "warmup:steps=1,start=1+plateau:factor=0.5,patience=0"] {
        let mut first = with_plateau(schedule);
        for loss in [3.0, 3.0, 3.0] {
            first.observe(loss);
        }
        assert_eq!((first.lr_factor(), first.lr()), (0.25, 0.25), "{schedule}");
        let mut resumed = with_plateau(schedule);
        resumed.load_state(&first.state().expect("in sync")).expect("its own state");
        let mut x = [1.0];
        resumed.step(&mut x, &[1.0]).expect("valid input");
        assert_eq!(x, [0.75], "{schedule}");
        // A loss that is not finite says nothing of progress, and what comes after it is judged as ever.
        let mut first = with_plateau(schedule);
        for loss in [f64::INFINITY, 3.0, 2.0, 1.0] {
            first.observe(loss);
        }
        assert_eq!(first.lr_factor(), 0.5, "{schedule}: only the infinite loss was no progress");
    }
}

#[test]
fn lookahead_uses_the_learning_rate_of_each_tensor_and_step() {
    let layout = Layout {
        tensors: vec![Tensor::new("a", 1), Tensor::new("b", 2).in_group("slow")],
        groups: vec![Group::new("slow").with("lr", 0.01)],
    };
    let mut nag =
        OptimizerSpec::from(Nag { lr: 0.1, momentum: 0.5, nesterov: NesterovForm::Lookahead, ..Nag::default() });
    nag.options.schedule = "piecewise:1=0.5".parse().expect("a schedule");
    let mut nag = Optimizer::<f64>::new(nag, layout).expect("a valid optimizer");
    let mut x = [1.0, 2.0, 3.0];
    assert_eq!(nag.eval_point(&x).expect("three"), [1.0, 2.0, 3.0]);
    nag.step(&mut x, &[1.0, 10.0, 20.0]).expect("valid input");
    assert_eq!(x, [1.0 - 0.1, 2.0 - 0.01 * 10.0, 3.0 - 0.01 * 20.0]);
    let ahead = nag.eval_point(&x).expect("three").to_vec();
    // v = g, and the second step has half the rate.
    let by_hand = [x[0] - 0.05 * 0.5, x[1] - 0.005 * 0.5 * 10.0, x[2] - 0.005 * 0.5 * 20.0];
    assert!(ahead.iter().zip(by_hand).all(|(a, b)| (a - b).abs() < 1e-15), "{ahead:?}");
}

#[test]
fn methods_with_norms_have_groups_too() {
    for name in ["lars", "lamb"] {
        let method = spec(&format!("{name}:lr=0.1,weight_decay=0.3")).method;
        let layout = Layout {
            tensors: vec![
                Tensor::new("w", 3),
                Tensor::new("b", 2).in_group("free"),
                Tensor::new("v", 2).in_group("fast"),
            ],
            groups: vec![Group::new("free").with("weight_decay", 0.0), Group::new("fast").with("lr", 0.5)],
        };
        let alone = [method, method.set("weight_decay", 0.0).expect("valid input"), method.with_lr(0.5)];
        let mut scheduled = OptimizerSpec::from(method);
        scheduled.options.schedule = "exponential:rate=0.5".parse().expect("a schedule");
        let schedule = scheduled.options.schedule.clone();
        let mut together = Optimizer::<f64>::new(scheduled, layout).expect("a valid optimizer");
        let mut x = [1.0, -2.0, 3.0, 0.5, 0.7, -1.5, 2.5];
        let ranges = [0..3, 3..5, 5..7];
        let mut parts: Vec<_> = alone
            .into_iter()
            .zip(&ranges)
            .map(|(method, range)| {
                let mut spec = OptimizerSpec::from(method);
                spec.options.schedule = schedule.clone();
                (x[range.clone()].to_vec(), Optimizer::<f64>::new(spec, range.len()).expect("a valid optimizer"))
            })
            .collect();
        for t in 0..4 {
            let g: Vec<f64> = gradient(7, t);
            together.step(&mut x, &g).expect("valid input");
            for ((x, optimizer), range) in parts.iter_mut().zip(&ranges) {
                optimizer.step(x, &g[range.clone()]).expect("valid input");
            }
        }
        for ((part, _), range) in parts.iter().zip(&ranges) {
            assert_eq!(&x[range.clone()], part.as_slice(), "{name} {range:?}");
        }
        // A tensor at 0 has no norm to take a share of: it moves all the same.
        let mut zero = [0.0, 0.0];
        Optimizer::<f64>::new(method, 2)
            .expect("valid input")
            .step(&mut zero, &[1.0, -1.0])
            .expect("a valid optimizer");
        assert!(zero[0] < 0.0 && zero[1] > 0.0, "{name} {zero:?}");
    }
}

#[test]
fn sums_do_not_depend_on_threads_in_f64() {
    let n = 3 * (1 << 16) + 77;
    for text in ["lars:weight_decay=0.1", "lamb:weight_decay=0.1", "sgd:clip_global_norm=1", "adam:clip_norm=1"] {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| {
                let (mut optimizer, mut x) = (optimizer(text, n), vec![0.3; n]);
                for t in 0..3 {
                    optimizer.step(&mut x, &gradient(n, t)).expect("valid input");
                }
                x.iter().map(|v| v.to_bits()).collect::<Vec<_>>()
            })
        };
        assert!([2, 3, 8].into_iter().all(|threads| on(threads) == on(1)), "{text}");
    }
}

#[test]
fn a_state_that_no_run_can_have_is_refused() {
    let clean = || {
        let mut adam = optimizer("adam:accumulate=3", 2);
        adam.step(&mut [1.0, 2.0], &[1.0, 1.0]).expect("valid input");
        adam.state().expect("in sync")
    };
    let refuses = |change: fn(&mut State<f64>), message: &str| {
        let mut state = clean();
        change(&mut state);
        let mut adam = optimizer("adam:accumulate=3", 2);
        let error = adam.load_state(&state).expect_err(message).to_string();
        assert!(error.contains(message), "{error} has no {message}");
        assert_eq!(adam.steps(), 0);
        adam.step(&mut [1.0, 2.0], &[1.0, 1.0]).expect("it is as it was");
    };
    refuses(|state| state.t = u64::MAX, "step counters must be at most 2^53");
    refuses(|state| state.carry = f64::NAN, "carry must be finite");
    refuses(|state| state.plateau.factor = -1.0, "plateau factor must be in [0, 1]");
    refuses(|state| state.accumulated.0 = 3, "fewer than accumulate");
    refuses(|state| state.accumulated.0 = 0, "accumulated gradients must have 0 numbers, but has 2");
    refuses(|state| state.accumulated.1.clear(), "accumulated gradients must have 2 numbers, but has 0");
    refuses(|state| state.average = vec![1.0], "average must have 0 or 2 numbers, but has 1");
    refuses(
        |state| state.slots.get_mut("x.v").expect("a slot")[1] = f64::NAN,
        "'x.v' must be finite, but contains NaN",
    );
    refuses(|state| drop(state.slots.insert("x.w".into(), vec![])), "expected 2 slots, found 3");
    optimizer("adam:accumulate=3", 2).load_state(&clean()).expect("a clean state");
}

#[test]
fn the_loop_counts_steps() {
    let mut bowl = |x: &[f64], g: &mut [f64]| {
        g[0] = x[0];
        x[0] * x[0] / 2.0
    };
    let mut run = |text: &str, stop: StopCriteria| {
        let mut optimizer = optimizer(text, 1);
        Minimize::with_optimizer(&mut optimizer).criteria(stop).run(&mut bowl, &[4.0]).expect("a run")
    };
    let end = run("sgd:lr=0.5,accumulate=4", StopCriteria { max_steps: Some(3), ..StopCriteria::default() });
    assert_eq!((end.steps, end.x[0], end.evaluations), (3, 0.5, 13));
    let end = run(
        "sgd:lr=0.5,accumulate=8",
        StopCriteria { patience: Some(5), max_steps: Some(20), ..StopCriteria::default() },
    );
    assert!(end.steps > 5, "gathering is no lack of progress");
    // A shifted run's best point is where it was evaluated.
    let end = run("nag:lr=0.3,form=shifted", StopCriteria { max_steps: Some(7), ..StopCriteria::default() });
    assert_eq!(end.best.value, end.best.x[0] * end.best.x[0] / 2.0);
    // Stopping at a small step, the value is that of the last point.
    let end = run("sgd:lr=0.5", StopCriteria { step_tolerance: Some(1.0), ..StopCriteria::default() });
    assert_eq!((end.reason, end.value), (StopReason::StepTolerance, end.x[0] * end.x[0] / 2.0));

    let mut warm = spec("sgd:lr=0.5");
    warm.options.schedule = "warmup:steps=10".parse().expect("a schedule");
    let mut warm = Optimizer::<f64>::new(warm, 1).expect("a valid optimizer");
    let stop = StopCriteria { step_tolerance: Some(1e-3), ..StopCriteria::default() };
    let end = Minimize::with_optimizer(&mut warm).criteria(stop).run(&mut bowl, &[4.0]).expect("a run");
    assert!(end.steps > 5 && end.x[0] < 0.01, "a rate of 0 is no small step: {end:?}");
}

#[test]
fn wrappers_forward_the_needs_of_the_inner_rule() {
    let root = RootEma { beta: 0.999, eps: 1e-8, eps_form: EpsForm::Outside, correction: BiasCorrection::On };
    let nadam = Adaptive(NesterovEma { beta: 0.9, momentum_decay: Some(0.004) }, root);
    let form = MomentumForm::LrOutside;
    let heavy_ball = |nesterov| HeavyBall { inner: nadam, momentum: 0.5, dampening: 0.0, form, nesterov };
    let custom = CustomRule { name: "heavy nadam", rule: heavy_ball(NesterovForm::Off), lr: 0.1, weight_decay: 0.0 };
    let mut heavy = Optimizer::from_rule(custom, OptimizerOptions::default(), 1).expect("valid input");
    let mut x = [1.0_f64];
    for _ in 0..3 {
        heavy.step(&mut x, &[1.0]).expect("valid input");
    }
    assert!(x[0].is_finite() && x[0] < 1.0, "{x:?}");

    let twice = HeavyBall {
        inner: heavy_ball(NesterovForm::Off),
        momentum: 0.5,
        dampening: 0.0,
        form,
        nesterov: NesterovForm::Off,
    };
    let custom = CustomRule { name: "twice", rule: twice, lr: 0.1, weight_decay: 0.0 };
    let error =
        Optimizer::<f64>::from_rule(custom, OptimizerOptions::default(), 1).expect_err("one name for two slots");
    assert_eq!(error.to_string(), "duplicate name 'velocity' in the slots of twice");

    let custom = CustomRule { name: "plain", rule: Plain(Identity), lr: 0.1, weight_decay: 0.5 };
    let mut plain = Optimizer::from_rule(custom, OptimizerOptions::default(), 1).expect("valid input");
    let mut x = [1.0_f64];
    plain.step(&mut x, &[0.0]).expect("valid input");
    assert_eq!(x, [1.0 - 0.1 * 0.5], "weight decay acts around a rule of one's own");
}
