//! A sparse step is the dense step, for every method: x and slots of a run that touches some coordinates at each step, held to the
//! run that takes the same gradients whole.

use thalweg::{Decay, Element, Layout, Method, Optimizer, Real, Spec, Told};

/// A number in [0, 1) for each key.
fn random(a: usize, b: usize, c: usize) -> f64 {
    let mut z = (a as u64) << 40 ^ (b as u64) << 8 ^ c as u64;
    for k in [0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB] {
        z = (z ^ (z >> 29)).wrapping_add(0x9E37_79B9_7F4A_7C15).wrapping_mul(k);
    }
    (z >> 11) as f64 / (1_u64 << 53) as f64
}

/// What step `t` touches: some coordinates at every step, others every 400 steps or so.
fn places(n: usize, t: usize) -> Vec<u32> {
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

fn whole<F: Real>(n: usize, at: &[u32], g: &[F]) -> Vec<F> {
    let mut all = vec![F::ZERO; n];
    at.iter().zip(g).for_each(|(&i, &g)| all[i as usize] = g);
    all
}

fn start<F: Real>(n: usize) -> Vec<F> {
    (0..n).map(|i| F::of(random(i, 0, 3) - 0.5)).collect()
}

fn spec(text: &str) -> Spec {
    text.parse().expect(text)
}

/// Every method, with constants off their defaults.
fn methods() -> Vec<Spec> {
    let off =
        [("beta1", "0.8"), ("beta2", "0.97"), ("momentum", "0.7"), ("rho", "0.95"), ("eps", "1e-6"), ("lr", "0.02")];
    let off = Method::all()
        .into_iter()
        .map(|method| off.into_iter().fold(method, |method, (key, value)| method.set(key, value).unwrap_or(method)));
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
    off.map(Spec::from).chain(names.chain(extra).map(spec)).filter(|spec| spec.decay() != Decay::Own).collect()
}

/// Each of the methods under schedules and decays.
fn dressed() -> Vec<Spec> {
    let schedules = ["constant", "warmup:steps=30,start=0+cosine:steps=300,end=0.1"];
    let decays =
        [(None, "0"), (Some(Decay::Coupled), "0.01"), (Some(Decay::Decoupled), "0.1"), (Some(Decay::Proximal), "0.1")];
    let mut all = Vec::new();
    for spec in methods() {
        for schedule in schedules {
            for (decay, weight) in decays {
                let mut spec = spec.clone();
                spec.method = spec.method.set("weight_decay", weight).expect("a decay");
                spec.around.decay = decay;
                spec.around.schedule = schedule.parse().expect("a schedule");
                all.push(spec);
            }
        }
    }
    all
}

/// How far two numbers are apart, by the size of the second or by `size`.
fn apart<F: Real>(a: F, b: F, size: F) -> f64 {
    let (a, b, size) = (a.to_f64(), b.to_f64(), size.to_f64());
    (a - b).abs() / b.abs().max(size)
}

/// The largest; NaN if there is one.
fn largest(all: impl IntoIterator<Item = f64>) -> f64 {
    all.into_iter().fold(0.0, |largest, v| if v > largest || v.is_nan() { v } else { largest })
}

/// The largest distances of x and of the slots, over the run and at its end.
fn distances<F: Element>(spec: &Spec, layout: impl Into<Layout>, steps: usize) -> [f64; 2] {
    let layout = layout.into();
    let mut dense = Optimizer::<F>::new(spec.clone(), layout.clone()).expect("good");
    let mut sparse = Optimizer::<F>::new(spec.clone(), layout).expect("good");
    let n = dense.len();
    let (mut x, mut y) = (start::<F>(n), start::<F>(n));
    let mut far = Vec::new();
    // Rounding goes by the largest that a number has been.
    let mut reach = vec![F::ZERO; n];
    for t in 0..steps {
        let at = places(n, t);
        let wanted = dense.ask(&x).expect("all are up to date").to_vec();
        let asked = sparse.ask_at(&mut y, &at).expect("places in order");
        assert_eq!(asked.len(), at.len());
        reach.iter_mut().zip(&wanted).for_each(|(reach, x)| *reach = reach.max(x.abs()));
        far.extend(at.iter().zip(asked).map(|(&i, &asked)| apart(asked, wanted[i as usize], reach[i as usize])));
        let g = gradient(&at, t);
        assert_eq!(sparse.tell_at(&mut y, &at, &g).expect("good"), Told::Stepped);
        dense.tell(&mut x, &whole(n, &at, &g)).expect("good");
    }
    sparse.catch_up_all(&mut y).expect("good");
    far.extend((0..n).map(|i| apart(y[i], x[i], reach[i])));
    let (dense, sparse) = (dense.state(), sparse.state());
    assert_eq!((dense.t, dense.carry), (sparse.t, sparse.carry));
    let slots = dense.slots.iter().zip(&sparse.slots).flat_map(|(dense, sparse)| dense.1.iter().zip(sparse.1));
    [largest(far), largest(slots.map(|(&d, &s)| apart(s, d, F::of(1e-25))))]
}

fn hold<F: Element>(x_most: f64, slots_most: f64) {
    let n = 105;
    let mut wrong = Vec::new();
    for spec in dressed() {
        let [x, slots] = distances::<F>(&spec, n, 600);
        // NaN is wrong too.
        if !(x <= x_most && slots <= slots_most) {
            wrong
                .push(format!("{spec} {:?} {}: x {x:.1e}, slots {slots:.1e}", spec.around.decay, spec.around.schedule));
        }
    }
    assert!(wrong.is_empty(), "{} in {}:\n{}", wrong.len(), F::NAME, wrong.join("\n"));
}

#[test]
fn every_method_steps_sparsely_as_densely_in_f64() {
    hold::<f64>(1e-11, 1e-11);
}

#[test]
fn every_method_steps_sparsely_as_densely_in_f32() {
    hold::<f32>(3e-5, 3e-5);
}
