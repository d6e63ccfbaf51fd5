//! Independence of the result from threads, instruction sets, the division into tensors and resuming; properties of
//! slots and parameters in fewer bits.

#![allow(clippy::float_cmp)] // the same bits are promised

use thalweg::method::{Adam, Decay, NonFinite, Sgd, StateType};
use thalweg::optimizer::{Isa, Rounding, TensorRef};
use thalweg::{
    Group, Layout, Method, Optimizer, OptimizerOptions, OptimizerSpec, ParamGrad, Real, StepOutcome, Tensor, bf16,
};

fn spec(text: &str) -> OptimizerSpec {
    text.parse().expect(text)
}

/// Gradients of many scales, with zeros.
fn gradient<F: Real>(n: usize, t: u64) -> Vec<F> {
    let number = |i: usize| {
        let key = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ t.wrapping_mul(0xD1B5_4A32_D192_ED03);
        let unit = (key >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
        F::of(if key.is_multiple_of(7) { 0.0 } else { unit * [1e-4, 1.0, 30.0][i % 3] })
    };
    (0..n).map(number).collect()
}

fn start<F: Real>(n: usize) -> Vec<F> {
    (0..n).map(|i| F::of(0.3 + 0.01 * (i % 97) as f64)).collect()
}

/// Every method, plain and with all that can be around it, in every type of state.
fn all() -> Vec<OptimizerSpec> {
    let states = [StateType::Full, StateType::F32, StateType::Bf16, StateType::Q8];
    let each = |method: Method, state: StateType| {
        let mut plain = OptimizerSpec::from(method);
        plain.options.state = state;
        plain.options.seed = Some(7);
        let mut busy = plain.clone();
        busy.method = method.set("weight_decay", 0.01).expect("a decay");
        busy.options.clip = thalweg::method::Clip::Norm(50.0);
        busy.options.average = thalweg::method::Average::Ema(0.9);
        [plain, busy]
    };
    Method::all().into_iter().flat_map(|method| states.map(|state| each(method, state))).flatten().collect()
}

/// Small tensors, one of no number, one that ends within a block, one longer than a thread's share.
const SIZES: [usize; 6] = [1, 0, 63, 4096, 70_001, 300];

fn layout() -> Layout {
    let tensors = SIZES.iter().enumerate().map(|(i, &n)| Tensor::new(format!("w{i}"), n));
    let mut tensors: Vec<_> = tensors.collect();
    tensors[3].group = Some("slow".into());
    Layout { tensors, groups: vec![Group::new("slow").with("lr", 1e-4)] }
}

/// x and the state after some steps, as bits and text.
fn run<F: Real>(mut optimizer: Optimizer<F>, steps: u64) -> (Vec<u64>, thalweg::State<F>) {
    let n = optimizer.len();
    let mut x = start::<F>(n);
    for t in 0..steps {
        optimizer.step(&mut x, &gradient(n, t)).expect("a valid gradient");
    }
    (x.into_iter().map(|v| v.to_f64().to_bits()).collect(), optimizer.state().expect("in sync"))
}

#[test]
fn same_bits_on_any_threads_and_instruction_set() {
    for spec in all() {
        let build = || Optimizer::<f32>::new(spec.clone(), layout()).expect("a valid optimizer");
        let plainest = run(build().with_isa(Isa::all()[0]), 3);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            for isa in Isa::all() {
                let found = pool.install(|| run(build().with_isa(isa), 3));
                assert!(found == plainest, "{spec} differs with {threads} threads on {}", isa.name());
            }
        }
    }
}

#[test]
fn a_list_of_tensors_equals_the_flat_vector() {
    for spec in all() {
        let mut flat = Optimizer::<f32>::new(spec.clone(), layout()).expect("a valid optimizer");
        let mut apart = flat.clone();
        let n = flat.len();
        let mut x = start::<f32>(n);
        let mut y = x.clone();
        for t in 0..3 {
            let g = gradient(n, t);
            flat.step(&mut x, &g).expect("valid input");
            let (mut x_rest, mut g_rest) = (&mut y[..], &g[..]);
            let mut parts = Vec::new();
            let names: Vec<_> = (0..SIZES.len()).map(|i| format!("w{i}")).collect();
            for (name, size) in names.iter().zip(SIZES) {
                let ((x, x_after), (g, g_after)) = (x_rest.split_at_mut(size), g_rest.split_at(size));
                (x_rest, g_rest) = (x_after, g_after);
                parts.push(ParamGrad::new(name, x, g));
            }
            apart.step_tensors(&mut parts).expect("valid input");
        }
        assert!(x == y && flat.state().expect("in sync") == apart.state().expect("in sync"), "{spec}");
    }
}

#[test]
fn narrow_states_resume_to_the_bit() {
    for spec in all().into_iter().filter(|spec| spec.options.state != StateType::Full) {
        let build = || Optimizer::<f32>::new(spec.clone(), 4500).expect("a valid optimizer");
        let whole = run(build(), 12);
        let (mut optimizer, mut x) = (build(), start::<f32>(4500));
        for t in 0..12 {
            let text = serde_json::to_string(&optimizer.state().expect("in sync")).expect("plain data");
            optimizer = build();
            optimizer.load_state(&serde_json::from_str(&text).expect("the same data")).expect("its own state");
            optimizer.step(&mut x, &gradient(4500, t)).expect("valid input");
        }
        let found = (x.iter().map(|v| v.to_f64().to_bits()).collect::<Vec<_>>(), optimizer.state().expect("in sync"));
        assert!(found == whole, "{spec} does not resume to the bit");
    }
}

#[test]
fn the_seed_and_nothing_else_decides_how_numbers_are_rounded() {
    for state in ["bf16", "8bit"] {
        let run = |seed: u64| {
            run(
                Optimizer::<f32>::new(spec(&format!("adam:state={state},seed={seed}")), 5000)
                    .expect("a valid optimizer"),
                4,
            )
        };
        assert!(run(1) == run(1) && run(1) != run(2), "{state}");
    }
}

#[test]
fn narrow_states_have_the_documented_size() {
    let bytes = |text: &str| {
        Optimizer::<f32>::new(spec(text), 1 << 16).expect("a valid optimizer").state_bytes() as f64 / 65_536.0
    };
    assert_eq!(bytes("adam"), 8.0);
    assert_eq!(bytes("adam:state=bf16"), 4.0);
    assert_eq!(bytes("adam:state=8bit"), 2.0 + 2.0 / 64.0);
    // Small tensors stay whole.
    assert_eq!(Optimizer::<f32>::new(spec("adam:state=8bit"), 100).expect("a valid optimizer").state_bytes(), 800);
    let wide = Optimizer::<f64>::new(spec("adam:state=f32"), 64).expect("a valid optimizer");
    assert_eq!(wide.state_bytes(), 64 * 8);
}

#[test]
fn a_slow_average_decays_in_narrow_states() {
    // After one gradient there are none: v must go down as β₂ᵗ, which rounding to nearest would stop at once.
    for state in ["bf16", "8bit"] {
        let n = 1 << 14;
        let mut adam =
            Optimizer::<f32>::new(spec(&format!("adam:beta2=0.999,state={state}")), n).expect("a valid optimizer");
        let mut x = vec![0.0; n];
        adam.step(&mut x, &vec![1.0; n]).expect("valid input");
        for _ in 0..1000 {
            adam.step(&mut x, &vec![0.0; n]).expect("valid input");
        }
        let v = &adam.state().expect("in sync").slots["x.v"];
        let mean = v.iter().map(|v| f64::from(*v)).sum::<f64>() / n as f64;
        let expected = 0.001 * 0.999_f64.powi(1000);
        assert!((mean / expected - 1.0).abs() < 0.02, "{state}: v is {mean} on average, and must be {expected}");
    }
}

#[test]
fn parameters_in_bf16_move_by_steps_that_are_too_small_for_them() {
    // 1 − 10,000 steps of 1e-5: each is less than a hundredth of the distance between bf16 numbers near 1.
    for rounding in [Rounding::Stochastic, Rounding::Compensated] {
        let n = 1000;
        let layout = Layout { tensors: vec![Tensor::new("w", n).bf16(rounding)], groups: Vec::new() };
        let mut sgd = Optimizer::<f32>::new(Sgd { lr: 1e-5, ..Sgd::default() }, layout).expect("a valid optimizer");
        let (mut x, g) = (vec![bf16::ONE; n], vec![bf16::ONE; n]);
        for _ in 0..10_000 {
            sgd.step_tensors(&mut [ParamGrad::new("w", &mut x[..], &g[..])]).expect("valid input");
        }
        let mean = x.iter().map(|x| x.to_f64()).sum::<f64>() / n as f64;
        assert!((mean - 0.9).abs() < 2e-3, "{rounding:?}: {mean}");
        let spread = x.iter().map(|x| (x.to_f64() - mean).abs()).fold(0.0, f64::max);
        if rounding == Rounding::Compensated {
            assert!(spread <= 1.0 / 256.0, "{rounding:?}: {spread} from the mean");
        }
    }
}

#[test]
fn parameters_in_bf16_follow_those_in_f32() {
    for (rounding, off) in [(Rounding::Stochastic, 1e-2), (Rounding::Compensated, 1e-4)] {
        let n = 1500;
        let layout = Layout { tensors: vec![Tensor::new("w", n).bf16(rounding)], groups: Vec::new() };
        let adam = Adam { lr: 1e-3, weight_decay: 0.01, ..Adam::default() };
        let (mut narrow, mut full) = (
            Optimizer::<f32>::new(adam, layout).expect("valid input"),
            Optimizer::<f32>::new(adam, n).expect("a valid optimizer"),
        );
        let mut x: Vec<bf16> = start::<f32>(n).into_iter().map(bf16::from_f32).collect();
        let mut y: Vec<f32> = x.iter().map(|x| x.to_f32()).collect();
        for t in 0..100 {
            let g = gradient::<f32>(n, t);
            if t == 50 {
                let state = narrow.state().expect("in sync");
                narrow.load_state(&state).expect("its own state");
            }
            narrow.step_tensors(&mut [ParamGrad::new("w", &mut x[..], &g[..])]).expect("valid input");
            full.step(&mut y, &g).expect("valid input");
        }
        // What is compensated is x and what it leaves over together.
        let state = narrow.state().expect("in sync");
        let rest = state.slots.get("w.rest");
        let errors =
            x.iter().zip(&y).enumerate().map(|(i, (x, y))| (x.to_f32() + rest.map_or(0.0, |rest| rest[i]) - y).abs());
        let mean = errors.sum::<f32>() / n as f32;
        assert!(mean < off, "{rounding:?}: {mean} on average");
        assert_eq!(rest.is_some(), rounding == Rounding::Compensated);
    }
}

#[test]
fn lookahead_works_with_narrow_slots() {
    let n = 5000;
    let mut spec = spec("nag:form=shifted,lr=0.1,momentum=0.5");
    let mut ahead = |state: StateType| {
        spec.options.state = state;
        let mut nag = Optimizer::<f32>::new(spec.clone(), n).expect("a valid optimizer");
        let mut x = start::<f32>(n);
        nag.step(&mut x, &gradient(n, 1)).expect("valid input");
        let flat = nag.eval_point(&x).expect("n numbers").to_vec();
        let apart = nag.eval_point_tensors(&[("x", TensorRef::Full(&x))]).expect("one tensor");
        assert!(flat.iter().enumerate().all(|(i, v)| apart[0].get(i) == Some(*v)));
        flat
    };
    let (full, narrow) = (ahead(StateType::Full), ahead(StateType::Q8));
    assert!(full.iter().zip(&narrow).all(|(a, b)| (a - b).abs() < 0.15 * 0.05 * 15.0 + 1e-6), "too far from f32");
    assert_ne!(full, narrow);
}

#[test]
fn unchecked_gradients_enter_the_step() {
    let mut adam = Optimizer::<f32>::new(spec("adam:nonfinite=ignore,state=8bit"), 5000).expect("a valid optimizer");
    assert_eq!(adam.options().nonfinite, NonFinite::Ignore);
    let (mut x, mut g) = (vec![1.0; 5000], vec![1.0; 5000]);
    g[70] = f32::NAN;
    assert_eq!(adam.step(&mut x, &g).expect("goes in"), StepOutcome::Stepped);
    assert!(x[70].is_nan() && x[0].is_finite() && x[200].is_finite());
    // A block of narrow numbers has one exponent: all of it is lost, and says so.
    assert!(adam.state().expect("in sync").slots["x.m"][64..128].iter().all(|m| m.is_nan()));
}

#[test]
fn tensors_that_are_not_those_of_the_layout_are_refused() {
    let layout = Layout {
        tensors: vec![Tensor::new("a", 2), Tensor::new("b", 1).bf16(Rounding::Stochastic)],
        groups: Vec::new(),
    };
    let mut adam = Optimizer::<f32>::new(Adam::default(), layout).expect("a valid optimizer");
    let (mut a, mut b, g) = ([1.0_f32; 2], [bf16::ONE], [1.0_f32; 2]);
    let mut wrong = |parts: &mut [ParamGrad<'_, f32>]| adam.step_tensors(parts).expect_err("wrong").to_string();
    assert_eq!(wrong(&mut []), "the list of tensors must have 2 numbers, but has 0");
    let swapped = wrong(&mut [ParamGrad::new("b", &mut b[..], &g[..1]), ParamGrad::new("a", &mut a[..], &g[..])]);
    assert_eq!(swapped, "expected tensor 'a' at position 0, found 'b'");
    let short = wrong(&mut [ParamGrad::new("a", &mut a[..1], &g[..1]), ParamGrad::new("b", &mut b[..], &g[..1])]);
    assert_eq!(short, "x of a must have 2 numbers, but has 1");
    let gradient = wrong(&mut [ParamGrad::new("a", &mut a[..], &g[..]), ParamGrad::new("b", &mut b[..], &g[..])]);
    assert_eq!(gradient, "the gradient of b must have 1 numbers, but has 2");
    let mut wide = [1.0_f32];
    let typed = wrong(&mut [ParamGrad::new("a", &mut a[..], &g[..]), ParamGrad::new("b", &mut wide[..], &g[..1])]);
    assert_eq!(typed, "expected bf16 for tensor 'b', found f32");
    let nan = wrong(&mut [ParamGrad::new("a", &mut a[..], &g[..]), ParamGrad::new("b", &mut b[..], &[bf16::NAN][..])]);
    assert_eq!(nan, "the gradient must be finite, but b[0] is NaN");
    assert_eq!(
        adam.step(&mut [1.0; 3], &[1.0; 3]).expect_err("b is in bf16").to_string(),
        "expected bf16 for tensor 'b', found f32"
    );
    assert_eq!((a, b, adam.steps()), ([1.0; 2], [bf16::ONE], 0), "something changed all the same");
}

#[test]
fn accumulation_works_with_tensors() {
    let mut spec = spec("sgd:lr=1,accumulate=2");
    spec.options = OptimizerOptions { decay: Some(Decay::Coupled), ..spec.options };
    let layout = Layout { tensors: vec![Tensor::new("a", 1), Tensor::new("b", 2)], groups: Vec::new() };
    let mut sgd = Optimizer::<f32>::new(spec, layout).expect("a valid optimizer");
    let (mut a, mut b) = ([0.0_f32], [0.0_f32; 2]);
    for (g, outcome) in [([1.0_f32, 2.0, 3.0], StepOutcome::Accumulated), ([3.0, 4.0, 5.0], StepOutcome::Stepped)] {
        let mut parts = [ParamGrad::new("a", &mut a[..], &g[..1]), ParamGrad::new("b", &mut b[..], &g[1..])];
        assert_eq!(sgd.step_tensors(&mut parts).expect("valid input"), outcome);
    }
    assert_eq!((a, b), ([-2.0], [-3.0, -4.0]));
}
