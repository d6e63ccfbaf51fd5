//! A step of one tensor alone, which is built without lists, has the bits of the same step in a list of tensors.

#![allow(clippy::float_cmp)] // the same bits are promised

use thalweg::method::{Average, Clip, Decay, Goal, StateType};
use thalweg::optimizer::Rounding;
use thalweg::{
    Element, Group, Layout, Method, Optimizer, OptimizerOptions, OptimizerSpec, ParamGrad, State, Tensor, bf16,
};

/// Number of parameters of the frozen tensor, which is the last.
const FROZEN: usize = 70;
const STEPS: u64 = 4;

fn gradient(n: usize, t: u64) -> impl Iterator<Item = f64> {
    (0..n).map(move |i| (i as f64 * 0.37 + t as f64 * 1.3).sin() * [1e-3, 0.1, 0.0, 10.0, 1.0][i % 5])
}

fn start(n: usize) -> impl Iterator<Item = f64> {
    (0..n).map(|i| 0.3 + 0.01 * (i % 97) as f64)
}

/// Options of every kind, alone and together.
fn options() -> Vec<OptimizerOptions> {
    let plain = OptimizerOptions { seed: Some(5), ..OptimizerOptions::default() };
    vec![
        plain.clone(),
        OptimizerOptions { clip: Clip::Value(0.5), goal: Goal::Maximize, ..plain.clone() },
        OptimizerOptions { clip: Clip::Norm(2.0), decay: Some(Decay::Coupled), ..plain.clone() },
        OptimizerOptions { clip: Clip::GlobalNorm(2.0), average: Average::Polyak, ..plain.clone() },
        OptimizerOptions { accumulate: 2, decay: Some(Decay::Proximal), ..plain.clone() },
        OptimizerOptions {
            clip: Clip::Norm(2.0),
            accumulate: 2,
            decay: Some(Decay::Decoupled),
            average: Average::Ema(0.9),
            schedule: "warmup:steps=3".parse().expect("a schedule"),
            ..plain
        },
    ]
}

/// Layouts of a tensor `w` of `n` numbers: in no group, and in one with its own learning rate.
fn layouts(n: usize) -> [Layout; 2] {
    let tensor = Tensor::new("w", n);
    [
        Layout { tensors: vec![tensor.clone()], groups: Vec::new() },
        Layout { tensors: vec![tensor.in_group("own")], groups: vec![Group::new("own").with("lr", 0.03)] },
    ]
}

/// The same layout with a second tensor.
fn with_second(mut layout: Layout) -> Layout {
    layout.tensors.push(Tensor::new("frozen", FROZEN));
    layout
}

/// Parts of a state that concern the tensor `w` of `n` numbers.
fn of_first<F: Element>(state: State<F>, n: usize) -> State<F> {
    let first = |mut v: Vec<F>| {
        v.truncate(n);
        v
    };
    State {
        slots: state.slots.into_iter().filter(|(name, _)| name.starts_with("w.")).collect(),
        accumulated: (state.accumulated.0, first(state.accumulated.1)),
        average: first(state.average),
        counters: state.counters.into_iter().filter(|(name, _)| name == "w").collect(),
        frozen: std::collections::BTreeSet::new(),
        ..state
    }
}

/// Checks flat steps of `n` parameters of type `F`, and what they leave in the state.
fn check_flat<F: Element>(spec: &OptimizerSpec, n: usize) {
    for layout in layouts(n) {
        let mut alone = Optimizer::<F>::new(spec.clone(), layout.clone()).expect("a valid optimizer");
        let mut listed = Optimizer::<F>::new(spec.clone(), with_second(layout)).expect("a valid optimizer");
        listed.freeze_tensor("frozen").expect("a tensor of the layout");
        let mut x: Vec<F> = start(n).map(F::of).collect();
        let mut y: Vec<F> = x.iter().copied().chain((0..FROZEN).map(|_| F::ONE)).collect();
        for t in 0..STEPS {
            let g: Vec<F> = gradient(n, t).map(F::of).collect();
            alone.step(&mut x, &g).expect("a finite gradient");
            listed.step(&mut y, &[g, vec![F::ONE; FROZEN]].concat()).expect("a finite gradient");
        }
        let what = format!("{spec}, {n} of {}", F::NAME);
        assert!(x == y[..n], "{what}: parameters differ");
        assert!(y[n..].iter().all(|y| *y == F::ONE), "{what}: a frozen tensor moved");
        let [alone, listed] = [alone, listed].map(|optimizer| of_first(optimizer.state().expect("in sync"), n));
        assert!(alone == listed, "{what}: states differ");
    }
}

/// Checks steps of `n` parameters in bf16.
fn check_bf16(spec: &OptimizerSpec, n: usize, rounding: Rounding) {
    let layout = Layout { tensors: vec![Tensor::new("w", n).bf16(rounding)], groups: Vec::new() };
    let mut alone = Optimizer::<f32>::new(spec.clone(), layout.clone()).expect("a valid optimizer");
    let mut listed = Optimizer::<f32>::new(spec.clone(), with_second(layout)).expect("a valid optimizer");
    listed.freeze_tensor("frozen").expect("a tensor of the layout");
    let mut x: Vec<bf16> = start(n).map(bf16::from_f64).collect();
    let mut y = x.clone();
    for t in 0..STEPS {
        let g: Vec<bf16> = gradient(n, t).map(bf16::from_f64).collect();
        for (optimizer, x) in [(&mut alone, &mut x), (&mut listed, &mut y)] {
            optimizer.step_tensors(&mut [ParamGrad::new("w", &mut x[..], &g[..])]).expect("a finite gradient");
        }
    }
    assert!(x == y, "{spec}, {n} of bf16: parameters differ");
    let [alone, listed] = [alone, listed].map(|optimizer| of_first(optimizer.state().expect("in sync"), n));
    assert!(alone == listed, "{spec}, {n} of bf16: states differ");
}

/// Calls `check` with every method with weight decay, all options and types of state.
fn for_each_spec(check: impl Fn(&OptimizerSpec)) {
    for method in Method::all() {
        let method = method.set("weight_decay", 0.01).expect("a decay");
        for options in options() {
            for &(_, state) in StateType::ALL {
                check(&OptimizerSpec { method, options: OptimizerOptions { state, ..options.clone() } });
            }
        }
    }
}

#[test]
fn one_tensor_has_the_bits_of_several() {
    for_each_spec(|spec| {
        for n in [2, 4_200] {
            check_flat::<f32>(spec, n);
            check_flat::<f64>(spec, n);
        }
        check_bf16(spec, 130, Rounding::Stochastic);
        check_bf16(spec, 130, Rounding::Compensated);
    });
}

#[test]
fn one_long_tensor_has_the_bits_of_several_on_threads() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("a pool");
    pool.install(|| {
        for_each_spec(|spec| {
            if spec.options.clip == Clip::Norm(2.0) {
                check_flat::<f32>(spec, 40_000);
            }
        });
    });
}
