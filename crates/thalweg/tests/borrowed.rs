//! Steps of tensors whose slots belong to the caller: the bits of the optimizer that owns them.

#![allow(clippy::float_cmp)] // the same bits are promised

use thalweg::method::{Adam, AdamW, Clip, Sgd, StateType};
use thalweg::optimizer::{BorrowedTensor, Dtype, MethodKernel, Rounding, SlotBuffer, SlotMut, StepCounter};
use thalweg::{
    Element, Error, Layout, Method, Optimizer, OptimizerSpec, ParamGrad, Schedule, StatelessOptimizer, StepOutcome,
    Tensor, bf16,
};

const LENGTHS: [usize; 3] = [5_000, 130, 7];

fn gradient(n: usize, t: u64) -> Vec<f32> {
    (0..n).map(|i| ((i as f64 * 0.37 + t as f64 * 1.3).sin() * [1e-3, 1e-2, 0.1, 1.0, 10.0][i % 5]) as f32).collect()
}

fn start(n: usize) -> Vec<f32> {
    (0..n).map(|i| 0.3 + 0.01 * (i % 97) as f32).collect()
}

/// The parameters of three tensors after 12 steps of an optimizer, and of the same steps with borrowed slots.
fn owned_and_borrowed(spec: &OptimizerSpec) -> [Vec<Vec<f32>>; 2] {
    let layout = Layout::from(LENGTHS.map(|n| Tensor::new(n.to_string(), n)).to_vec());
    let mut owned = Optimizer::<f32>::new(spec.clone(), layout).expect("a valid optimizer");
    let stateless = StatelessOptimizer::<f32>::new(spec.clone()).expect("no option with a state");
    let mut slots = LENGTHS.map(|n| stateless.method().new_slots(n, spec.options.state));
    let (mut x, mut y) = (LENGTHS.map(start), LENGTHS.map(start));
    let mut counters = [StepCounter::default(); 3];
    for t in 0..12 {
        let g = LENGTHS.map(|n| gradient(n, t));
        let names = LENGTHS.map(|n| n.to_string());
        let tensors = names.iter().zip(&mut x).zip(&g);
        let mut tensors: Vec<_> = tensors.map(|((name, x), g)| ParamGrad::new(name, &mut x[..], &g[..])).collect();
        owned.step_tensors(&mut tensors).expect("a finite gradient");

        let mut views: Vec<Vec<_>> =
            slots.iter_mut().map(|slots| slots.iter_mut().map(SlotBuffer::as_mut).collect()).collect();
        let parts = y.iter_mut().zip(&g).zip(&mut views).zip(&mut counters);
        let mut tensors: Vec<_> =
            parts.map(|(((x, g), slots), counter)| BorrowedTensor::new(&mut x[..], &g[..], slots, counter)).collect();
        tensors[1].index = LENGTHS[0] as u64;
        tensors[2].index = (LENGTHS[0] + LENGTHS[1]) as u64;
        stateless.step_tensors(&mut tensors).expect("a finite gradient");
    }
    [x.to_vec(), y.to_vec()]
}

#[test]
fn every_method_steps_borrowed_slots_of_every_type_to_the_same_bits() {
    for method in Method::all() {
        for (_, state) in StateType::ALL {
            let mut spec = OptimizerSpec::from(method);
            spec.options.state = *state;
            spec.options.seed = Some(3);
            spec.options.clip = Clip::GlobalNorm(2.0);
            spec.options.schedule = "warmup:steps=5".parse().expect("a schedule");
            let [owned, borrowed] = owned_and_borrowed(&spec);
            assert_eq!(owned, borrowed, "{} in {}", method.name(), state.name());
        }
    }
}

#[test]
fn plain_vectors_of_the_caller_are_slots() {
    let adam = StatelessOptimizer::<f64>::new(Adam { lr: 0.1, ..Adam::default() }).expect("a valid method");
    let (mut x, mut m, mut v, mut counter) = (vec![1.0], vec![0.0], vec![0.0], StepCounter::default());
    let mut slots = [SlotMut::from(&mut m), SlotMut::from(&mut v)];
    adam.step(&mut x, &[4.0], &mut slots, &mut counter).expect("a finite gradient");
    // By hand: m = 0.1·4, v = 0.001·16, m̂ = 4, v̂ = 16, so x moves by lr.
    assert!((m[0] - 0.4).abs() < 1e-15 && (v[0] - 0.016).abs() < 1e-15 && (x[0] - 0.9).abs() < 1e-9);
    assert_eq!(counter, StepCounter { t: 1, carry: 1.0 });
}

#[test]
fn each_tensor_may_have_its_own_hyperparameters_and_clock() {
    let stateless = StatelessOptimizer::<f64>::new(AdamW { lr: 0.1, ..AdamW::default() }).expect("a valid method");
    let other = MethodKernel::<f64>::new(AdamW { lr: 0.01, beta1: 0.5, ..AdamW::default() }).expect("a valid method");
    let mut slots = [[0.0; 2]; 6];
    let mut slots: Vec<_> = slots.iter_mut().map(|slot| SlotMut::Full(&mut slot[..])).collect();
    let [a, b, c] = slots.chunks_mut(2).collect::<Vec<_>>().try_into().expect("three tensors");
    let (mut x, mut counters) =
        ([[1.0, -2.0]; 3], [StepCounter::default(), StepCounter::default(), StepCounter { t: 9, carry: 1.0 }]);
    let g = [0.5, 3.0];
    {
        let [xa, xb, xc] = &mut x;
        let [ca, cb, cc] = &mut counters;
        let mut tensors = [
            BorrowedTensor {
                lr: Some(0.02),
                weight_decay: Some(0.0),
                ..BorrowedTensor::new(&mut xa[..], &g[..], a, ca)
            },
            BorrowedTensor { method: Some(&other), ..BorrowedTensor::new(&mut xb[..], &g[..], b, cb) },
            BorrowedTensor::new(&mut xc[..], &g[..], c, cc),
        ];
        stateless.step_tensors(&mut tensors).expect("a finite gradient");
    }
    let alone = |method: AdamW, counter: u64| {
        let mut optimizer = Optimizer::<f64>::new(method, 2).expect("a valid method");
        let state = optimizer.state().expect("in sync");
        optimizer.load_state(&thalweg::State { t: counter, ..state }).expect("the state of this optimizer");
        let mut x = [1.0, -2.0];
        optimizer.step(&mut x, &g).expect("a finite gradient");
        x
    };
    assert_eq!(x[0], alone(AdamW { lr: 0.02, weight_decay: 0.0, ..AdamW::default() }, 0));
    assert_eq!(x[1], alone(AdamW { lr: 0.01, beta1: 0.5, ..AdamW::default() }, 0));
    assert_eq!(x[2], alone(AdamW { lr: 0.1, ..AdamW::default() }, 9));
    assert_eq!(counters.map(|counter| counter.t), [1, 1, 10]);
}

#[test]
fn bf16_parameters_with_a_borrowed_residual_have_the_bits_of_owned_ones() {
    let n = 300;
    let spec = OptimizerSpec::from(Adam::default());
    let layout = Layout::from(Tensor::new("w", n).bf16(Rounding::Compensated));
    assert_eq!(layout.tensors[0].dtype, Dtype::Bf16(Rounding::Compensated));
    let mut owned = Optimizer::<f32>::new(spec.clone(), layout).expect("a valid optimizer");
    let stateless = StatelessOptimizer::<f32>::new(spec).expect("no option with a state");
    let begin: Vec<bf16> = start(n).into_iter().map(bf16::from_f32).collect();
    let (mut x, mut y, mut residual) = (begin.clone(), begin, vec![bf16::ZERO; n]);
    let (mut slots, mut counter) = (stateless.method().new_slots(n, StateType::Full), StepCounter::default());
    for t in 0..20 {
        let g = gradient(n, t);
        owned.step_tensors(&mut [ParamGrad::new("w", &mut x[..], &g[..])]).expect("a finite gradient");
        let mut slots: Vec<_> = slots.iter_mut().map(SlotBuffer::as_mut).collect();
        let tensor = BorrowedTensor::new(&mut y[..], &g[..], &mut slots, &mut counter);
        let mut tensor = BorrowedTensor { residual: Some(&mut residual), ..tensor };
        stateless.step_tensors(std::slice::from_mut(&mut tensor)).expect("a finite gradient");
    }
    assert_eq!(x, y);
    assert!(residual.iter().any(|v| v.to_f32() != 0.0));
}

#[test]
fn a_lookahead_reads_borrowed_slots() {
    let spec: OptimizerSpec = "nag:lr=0.1,momentum=0.5,nesterov=lookahead".parse().expect("a specification");
    let mut owned = Optimizer::<f64>::new(spec.clone(), 2).expect("a valid optimizer");
    let stateless = StatelessOptimizer::<f64>::new(spec).expect("no option with a state");
    let (mut x, mut y, mut velocity, mut counter) = ([1.0, 2.0], [1.0, 2.0], [0.0; 2], StepCounter::default());
    for t in 0..5 {
        let point = owned.eval_point(&x).expect("two numbers").to_vec();
        let mut slots = [SlotMut::Full(&mut velocity[..])];
        let mut borrowed_point = [0.0; 2];
        stateless.eval_point(&y, &mut slots, counter, &mut borrowed_point).expect("two numbers");
        assert_eq!(point, borrowed_point, "step {t}");
        assert_eq!(point == x, t == 0);
        let g = [point[0], 3.0 * point[1]];
        owned.step(&mut x, &g).expect("a finite gradient");
        stateless.step(&mut y, &g, &mut slots, &mut counter).expect("a finite gradient");
        assert_eq!(x, y);
    }
}

#[test]
fn a_step_that_is_refused_changes_nothing() {
    let stateless = StatelessOptimizer::<f32>::new(Adam::default()).expect("a valid method");
    let (mut x, mut m, mut v, mut counter) = ([1.0, 2.0], [0.0; 2], [0.0; 2], StepCounter::default());
    let text = |error: Error| error.to_string();
    {
        let mut step = |g: &[f32], m: &mut [f32], v: &mut [f32]| {
            let mut slots = [SlotMut::Full(m), SlotMut::Full(v)];
            stateless.step(&mut x, g, &mut slots, &mut counter).map_err(text)
        };
        let expected = "the gradient must be finite, but tensors[0][1] is NaN";
        assert_eq!(step(&[1.0, f32::NAN], &mut m, &mut v), Err(expected.into()));
        let expected = "the gradient of tensors[0] must have 2 numbers, but has 3";
        assert_eq!(step(&[1.0; 3], &mut m, &mut v), Err(expected.into()));
        let expected = "slot v of tensors[0] must have 2 numbers, but has 1";
        assert_eq!(step(&[1.0; 2], &mut m, &mut v[..1]), Err(expected.into()));
    }
    let one = stateless.step(&mut x, &[1.0; 2], &mut [SlotMut::Full(&mut m[..])], &mut counter).map_err(text);
    assert_eq!(one, Err("the list of slots (m, v) of tensors[0] must have 2 numbers, but has 1".into()));
    let mut slots = [SlotMut::Full(&mut m[..]), SlotMut::Full(&mut v[..])];
    let mut tensor = BorrowedTensor::new(&mut x[..], &[1.0; 2][..], &mut slots, &mut counter);
    tensor.lr = Some(-1.0);
    let negative = stateless.step_tensors(std::slice::from_mut(&mut tensor)).map_err(text);
    assert_eq!(negative, Err("lr must be at least 0 and finite, but is -1".into()));
    assert_eq!((x, m, v, counter), ([1.0, 2.0], [0.0; 2], [0.0; 2], StepCounter::default()));

    let mut skipping = OptimizerSpec::from(Sgd::default());
    skipping.options.nonfinite = thalweg::method::NonFinite::Skip;
    let skipping = StatelessOptimizer::<f32>::new(skipping).expect("a valid method");
    assert_eq!(skipping.step(&mut x, &[1.0, f32::NAN], &mut [], &mut counter).expect("skipped"), StepOutcome::Skipped);
    assert_eq!((x, counter.t), ([1.0, 2.0], 0));
}

#[test]
fn options_that_keep_a_state_are_refused() {
    fn refusal<F: Element>(spec: &str, schedule: Schedule) -> String {
        let mut spec: OptimizerSpec = spec.parse().expect("a specification");
        spec.options.schedule = schedule;
        StatelessOptimizer::<F>::new(spec).expect_err("an option with a state").to_string()
    }
    let constant = Schedule::Constant;
    assert_eq!(
        refusal::<f32>("adam:accumulate=4", constant.clone()),
        "accumulate must be 1 without a state, but is '4'"
    );
    assert!(refusal::<f64>("adam:ema=0.9", constant).starts_with("average must be off without a state"));
    let plateau = refusal::<f32>("adam", "plateau".parse().expect("a schedule"));
    assert!(plateau.starts_with("schedule must be a function of the step without a state"), "{plateau}");
}

#[test]
fn values_of_a_borrowed_slot_are_read_and_restored_to_the_bit() {
    let adam = MethodKernel::<f32>::new(Adam::default()).expect("a valid method");
    for (_, state) in StateType::ALL {
        let mut slots = adam.new_slots(5_000, *state);
        let mut slot = slots[1].as_mut();
        let values: Vec<f32> = gradient(5_000, 1).iter().map(|v| v * v).collect();
        slot.set(&values).expect("as many numbers");
        let stored = slot.values(5_000).expect("as many numbers");
        slot.set(&stored).expect("as many numbers");
        assert_eq!(slot.values(5_000).expect("as many numbers"), stored, "{}", state.name());
        assert!(slot.set(&values[..4_000]).is_err());
    }
}
