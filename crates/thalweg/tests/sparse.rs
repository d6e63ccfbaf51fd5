//! Equality of sparse and dense steps, for every method: x and slots of a run that touches some coordinates at each
//! step, compared with a run that takes the same gradients as dense vectors.

use thalweg::method::Decay;
use thalweg::optimizer::Isa;
use thalweg::{Element, Group, Layout, Method, Optimizer, OptimizerSpec, Real, StepOutcome, Tensor};

/// A number in [0, 1) for each key.
fn random(a: usize, b: usize, c: usize) -> f64 {
    let mut z = (a as u64) << 40 ^ (b as u64) << 8 ^ c as u64;
    for k in [0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB] {
        z = (z ^ (z >> 29)).wrapping_add(0x9E37_79B9_7F4A_7C15).wrapping_mul(k);
    }
    (z >> 11) as f64 / (1_u64 << 53) as f64
}

/// The coordinates that step `t` touches: some at every step, others about every 400 steps.
fn coordinates(n: usize, t: usize) -> Vec<u32> {
    let touched = |i: &usize| random(*i, t, 1) * [1.0, 3.0, 20.0, 100.0, 400.0][i % 5] < 1.0;
    (0..n).filter(touched).map(|i| i as u32).collect()
}

/// Gradients from where ε rules to where it is nothing.
fn gradient<F: Real>(at: &[u32], t: usize) -> Vec<F> {
    let number = |&i: &u32| {
        let i = i as usize;
        F::of((random(i, t, 2) - 0.3) * [1e-8, 1e-6, 1e-3, 1.0, 1e2, 0.0, 1e-1][i % 7])
    };
    at.iter().map(number).collect()
}

fn dense_gradient<F: Real>(n: usize, at: &[u32], g: &[F]) -> Vec<F> {
    let mut all = vec![F::ZERO; n];
    at.iter().zip(g).for_each(|(&i, &g)| all[i as usize] = g);
    all
}

fn start<F: Real>(n: usize) -> Vec<F> {
    (0..n).map(|i| F::of(random(i, 0, 3) - 0.5)).collect()
}

fn spec(text: &str) -> OptimizerSpec {
    text.parse().expect(text)
}

/// Every method, with constants off their defaults.
fn methods() -> Vec<OptimizerSpec> {
    let off =
        [("beta1", "0.8"), ("beta2", "0.97"), ("momentum", "0.7"), ("rho", "0.95"), ("eps", "1e-6"), ("lr", "0.02")];
    let off = Method::all().into_iter().map(|method| {
        off.into_iter().fold(method, |method, (key, value)| method.set_text(key, value).unwrap_or(method))
    });
    let extra = [
        "momentum:rate=inside,dampening=0.3,lr=0.1",
        "momentum:rate=average,momentum=0.99",
        "nag:form=shifted,rate=inside,lr=0.01",
        "nag:form=shifted",
        "rmsprop:momentum=0.5,eps_form=inside",
        "rmsprop:momentum=0.5,variance=centered",
        "rmsprop:variance=centered",
        "adagrad:lr_decay=0.1,initial_accumulator=0.1",
        "adam:eps_form=inside,eps=1e-10",
        "adam:eps_form=hat",
        "adam:eps=0",
        "adam:beta1=0.99,beta2=0.9",
        "adam:beta1=0,beta2=0",
        "adam:clip_global_norm=0.5",
        "adam:clip_norm=0.5,goal=maximize",
        "adam:clip_value=0.01",
        "amsgrad:maximum=corrected,eps_form=hat",
        "adamax:eps_form=outside",
        "nadam:mu=constant",
        "radam:beta2=0.99,eps_form=outside",
        "radam:beta2=0.5",
        "signsgd:momentum=0.9",
        "lion:beta2=0.6",
        "yogi:correction=on,initial_accumulator=1e-3",
        "adabelief:rectify=on",
        "adan:correction=off",
    ];
    let names = Method::NAMES.iter().copied();
    off.map(OptimizerSpec::from).chain(names.chain(extra).map(spec)).filter(|spec| spec.decay() != Decay::Own).collect()
}

/// Each of the methods under schedules and decays.
fn with_modifiers() -> Vec<OptimizerSpec> {
    let schedules = ["constant", "warmup:steps=30,start=0+cosine:steps=300,end=0.1"];
    let decays =
        [(None, "0"), (Some(Decay::Coupled), "0.01"), (Some(Decay::Decoupled), "0.1"), (Some(Decay::Proximal), "0.1")];
    let mut all = Vec::new();
    for spec in methods() {
        for schedule in schedules {
            for (decay, weight) in decays {
                let mut spec = spec.clone();
                spec.method = spec.method.set_text("weight_decay", weight).expect("a decay");
                spec.options.decay = decay;
                spec.options.schedule = schedule.parse().expect("a schedule");
                all.push(spec);
            }
        }
    }
    all
}

/// Difference of two numbers, relative to the size of the second or to `size`.
fn relative_difference<F: Real>(a: F, b: F, size: F) -> f64 {
    let (a, b, size) = (a.to_f64(), b.to_f64(), size.to_f64());
    (a - b).abs() / b.abs().max(size)
}

/// The largest; NaN if there is one.
fn largest(all: impl IntoIterator<Item = f64>) -> f64 {
    all.into_iter().fold(0.0, |largest, v| if v > largest || v.is_nan() { v } else { largest })
}

/// The largest distances of x and of the slots, over the run and at its end.
fn distances<F: Element>(spec: &OptimizerSpec, layout: impl Into<Layout>, steps: usize) -> [f64; 2] {
    let layout = layout.into();
    let mut dense = Optimizer::<F>::new(spec.clone(), layout.clone()).expect("a valid optimizer");
    let mut sparse = Optimizer::<F>::new(spec.clone(), layout).expect("a valid optimizer");
    let n = dense.len();
    let (mut x, mut y) = (start::<F>(n), start::<F>(n));
    let mut far = Vec::new();
    // Rounding goes by the largest that a number has been.
    let mut reach = vec![F::ZERO; n];
    for t in 0..steps {
        let at = coordinates(n, t);
        let wanted = dense.eval_point(&x).expect("all are up to date").to_vec();
        let asked = sparse.eval_point_sparse(&mut y, &at).expect("places in order");
        assert_eq!(asked.len(), at.len());
        reach.iter_mut().zip(&wanted).for_each(|(reach, x)| *reach = reach.max(x.abs()));
        far.extend(
            at.iter().zip(asked).map(|(&i, &asked)| relative_difference(asked, wanted[i as usize], reach[i as usize])),
        );
        let g = gradient(&at, t);
        assert_eq!(sparse.step_sparse(&mut y, &at, &g).expect("valid input"), StepOutcome::Stepped);
        dense.step(&mut x, &dense_gradient(n, &at, &g)).expect("valid input");
    }
    sparse.sync_all(&mut y).expect("valid input");
    far.extend((0..n).map(|i| relative_difference(y[i], x[i], reach[i])));
    let (dense, sparse) = (dense.state().expect("in sync"), sparse.state().expect("in sync"));
    assert_eq!((dense.t, dense.carry), (sparse.t, sparse.carry));
    let slots = dense.slots.iter().zip(&sparse.slots).flat_map(|(dense, sparse)| dense.1.iter().zip(sparse.1));
    [largest(far), largest(slots.map(|(&d, &s)| relative_difference(s, d, F::of(1e-25))))]
}

fn assert_matches_dense<F: Element>(x_tolerance: f64, slots_tolerance: f64) {
    let n = 105;
    let mut wrong = Vec::new();
    for spec in with_modifiers() {
        let [x, slots] = distances::<F>(&spec, n, 600);
        // NaN is wrong too.
        if !(x <= x_tolerance && slots <= slots_tolerance) {
            wrong.push(format!(
                "{spec} {:?} {}: x {x:.1e}, slots {slots:.1e}",
                spec.options.decay, spec.options.schedule
            ));
        }
    }
    assert!(wrong.is_empty(), "{} in {}:\n{}", wrong.len(), F::NAME, wrong.join("\n"));
}

#[test]
fn every_method_steps_sparsely_as_densely_in_f64() {
    assert_matches_dense::<f64>(1e-11, 1e-11);
}

#[test]
fn every_method_steps_sparsely_as_densely_in_f32() {
    assert_matches_dense::<f32>(3e-5, 3e-5);
}

#[test]
fn a_thousand_skipped_steps_are_applied() {
    // This many parameters that the window is as long as it can be.
    let n = 1 << 20;
    let touched = [3, 500, 9_000, 700_000, 1_000_000];
    for text in ["adam:eps=1e-6", "adamw:beta2=0.9,weight_decay=0.1", "nag", "lion", "nadam:eps_form=inside,eps=1e-14"]
    {
        let mut spec = spec(text);
        spec.options.schedule = "warmup:steps=100+cosine:steps=1200,end=0.1".parse().expect("a schedule");
        // The dense run needs the touched coordinates alone.
        let mut dense = Optimizer::<f64>::new(spec.clone(), touched.len()).expect("a valid optimizer");
        let mut sparse = Optimizer::<f64>::new(spec, n).expect("a valid optimizer");
        let (mut x, mut y) = ([0.5; 5], vec![0.5; n]);
        for t in 0..1500 {
            let now: Vec<usize> = (0..5).filter(|k| t % [1, 2, 70, 990, 1400][*k] == 0).collect();
            let at: Vec<u32> = now.iter().map(|&k| touched[k]).collect();
            let (mut whole, g) = ([0.0; 5], gradient::<f64>(&at, t));
            now.iter().zip(&g).for_each(|(&k, &g)| whole[k] = g);
            dense.step(&mut x, &whole).expect("valid input");
            sparse.step_sparse(&mut y, &at, &g).expect("valid input");
        }
        sparse.sync_all(&mut y).expect("valid input");
        let far = (0..5).map(|k| relative_difference(y[touched[k] as usize], x[k], 0.1));
        assert!(largest(far) <= 1e-11, "{text}: {x:?}");
    }
}

#[test]
fn groups_and_dense_steps_between() {
    let layout = Layout {
        tensors: vec![
            Tensor::new("a", 40),
            Tensor::new("b", 3).in_group("bias"),
            Tensor::new("c", 0),
            Tensor::new("d", 62).in_group("slow"),
        ],
        groups: vec![Group::new("bias").with("weight_decay", 0.0), Group::new("slow").with("lr", 1e-4)],
    };
    for text in ["adamw:weight_decay=0.1", "adagrad:weight_decay=0.1", "adam:weight_decay=0.1", "nag:form=shifted"] {
        let [x, slots] = distances::<f64>(&spec(text), layout.clone(), 300);
        assert!(x <= 1e-11 && slots <= 1e-11, "{text}: x {x:.1e}, slots {slots:.1e}");
        // Sparse, dense, sparse again.
        let new = || Optimizer::<f64>::new(spec(text), layout.clone()).expect("a valid optimizer");
        let (mut dense, mut mixed) = (new(), new());
        let (mut x, mut y) = (start::<f64>(105), start::<f64>(105));
        for t in 0..60 {
            let at = coordinates(105, t);
            let g = gradient(&at, t);
            let all = dense_gradient(105, &at, &g);
            dense.step(&mut x, &all).expect("valid input");
            if t % 20 == 13 { mixed.step(&mut y, &all) } else { mixed.step_sparse(&mut y, &at, &g) }
                .expect("valid input");
        }
        mixed.sync_all(&mut y).expect("valid input");
        assert!(largest((0..105).map(|i| relative_difference(y[i], x[i], 0.1))) <= 1e-12, "{text}");
    }
}

#[test]
fn replayed_steps_are_the_dense_ones_to_the_bit() {
    for text in ["adabelief", "adamax", "adan", "adam:weight_decay=0.01", "rmsprop:variance=centered,momentum=0.5"] {
        assert!(distances::<f32>(&spec(text), 105, 300).iter().all(|far| *far == 0.0), "{text}");
    }
}

#[test]
fn same_bits_on_any_threads_and_instruction_set() {
    let n = 200_000;
    for text in ["adagrad", "adamw", "nag:form=shifted", "adamax", "lion", "adam:eps_form=inside"] {
        let on = |threads, isa| {
            let mut optimizer = Optimizer::<f32>::new(spec(text), n).expect("a valid optimizer").with_isa(isa);
            let mut x = start::<f32>(n);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| {
                for t in 0..12 {
                    let at = coordinates(n, t);
                    optimizer.eval_point_sparse(&mut x, &at).expect("valid input");
                    optimizer.step_sparse(&mut x, &at, &gradient(&at, t)).expect("valid input");
                }
                optimizer.sync_all(&mut x).expect("valid input");
            });
            (x.into_iter().map(f32::to_bits).collect::<Vec<_>>(), optimizer.state().expect("in sync"))
        };
        let one = on(1, Isa::best());
        assert!(on(2, Isa::best()) == one && on(5, Isa::best()) == one, "{text} depends on the threads");
        assert!(Isa::all().into_iter().all(|isa| on(2, isa) == one), "{text} depends on the instruction set");
    }
}
