//! Optimizers of shards against one optimizer of all parameters: the same bits.

#![allow(clippy::float_cmp)] // the same bits are promised

use std::ops::Range;

use thalweg::method::{Average, Clip, Decay, StateType};
use thalweg::{
    Element, ErrorKind, Group, Layout, Method, Optimizer, OptimizerOptions, OptimizerSpec, State, StepOutcome, Tensor,
};

/// Layout of a large tensor, whose slots may be in 8 bits, and small ones, one of them in a group.
fn layout() -> Layout {
    let tensor = |name, len| Tensor::new(name, len);
    let tensors = vec![tensor("a", 77), tensor("a.b", 4_500), tensor("bias", 3).in_group("bias"), tensor("c", 700)];
    Layout { tensors, groups: vec![Group::new("bias").with("lr", 0.03)] }
}

fn start<F: Element>(n: usize) -> Vec<F> {
    (0..n).map(|i| F::of(0.3 + 0.01 * (i % 97) as f64)).collect()
}

fn gradient<F: Element>(n: usize, t: u64) -> Vec<F> {
    let size = |i: usize| [1e-3, 0.1, 0.0, 10.0, 1.0][i % 5];
    (0..n).map(|i| F::of((i as f64 * 0.37 + t as f64 * 1.3).sin() * size(i))).collect()
}

fn options() -> Vec<OptimizerOptions> {
    let plain = OptimizerOptions { seed: Some(5), ..OptimizerOptions::default() };
    let states = [StateType::Full, StateType::F32, StateType::Bf16, StateType::Q8];
    let mut all: Vec<_> = states.map(|state| OptimizerOptions { state, ..plain.clone() }).into();
    all.push(OptimizerOptions { clip: Clip::Value(0.5), average: Average::Polyak, ..plain.clone() });
    all.push(OptimizerOptions {
        accumulate: 2,
        decay: Some(Decay::Decoupled),
        average: Average::Ema(0.9),
        schedule: "warmup:steps=3".parse().expect("a schedule"),
        ..plain
    });
    all
}

/// One optimizer of all parameters, and those of shards.
struct Both<F: Element> {
    one: Optimizer<F>,
    shards: Vec<(Range<usize>, Optimizer<F>)>,
    x: Vec<F>,
    x_of_shards: Vec<F>,
}

impl<F: Element> Both<F> {
    fn new(spec: &OptimizerSpec, shards: &[Range<usize>]) -> Self {
        let layout = layout();
        let one = Optimizer::new(spec.clone(), layout.clone()).expect("a valid optimizer");
        let of_shard = |shard: &Range<usize>| {
            let optimizer = Optimizer::for_shard(spec.clone(), layout.clone(), shard.clone());
            (shard.clone(), optimizer.expect("a valid optimizer"))
        };
        let x = start(one.len());
        Self { one, shards: shards.iter().map(of_shard).collect(), x_of_shards: x.clone(), x }
    }

    /// Takes a step and compares the parameters and the states.
    fn step(&mut self, t: u64, what: &str) {
        let n = self.x.len();
        let point = self.one.eval_point(&self.x).expect("a point").to_vec();
        let g: Vec<F> = gradient::<F>(n, t).iter().zip(&point).map(|(g, x)| *g + *x * F::of(0.1)).collect();
        let outcome = self.one.step(&mut self.x, &g).expect("a step");
        for (shard, optimizer) in &mut self.shards {
            let x = &mut self.x_of_shards[shard.clone()];
            assert_eq!(optimizer.eval_point(x).expect("a point"), &point[shard.clone()], "{what}: points");
            assert_eq!(optimizer.step(x, &g[shard.clone()]).expect("a step"), outcome);
            assert_eq!((optimizer.steps(), optimizer.lr()), (self.one.steps(), self.one.lr()));
        }
        assert!(self.x == self.x_of_shards, "{what}: parameters after step {t}");
        assert!(self.state_of_shards() == self.one.state().expect("a state"), "{what}: states after step {t}");
    }

    fn state_of_shards(&self) -> State<F> {
        let mut states = self.shards.iter().map(|(_, optimizer)| optimizer.state().expect("a state"));
        let mut all = states.next().expect("a shard");
        states.for_each(|next| all.append(next));
        all
    }
}

fn check<F: Element>(spec: &OptimizerSpec, what: &str) {
    for count in [1, 2, 3, 7] {
        let shards = layout().shards(count);
        let mut both = Both::<F>::new(spec, &shards);
        (0..3).for_each(|t| both.step(t, &format!("{what}, {count} shards")));
        // Other shards continue from the state.
        let state = both.one.state().expect("a state");
        let shards = layout().shards(count % 3 + 2);
        let mut again = Both::<F>::new(spec, &shards);
        again.one.load_state(&state).expect("a state of this optimizer");
        for (shard, optimizer) in &mut again.shards {
            let part = state.shard(&layout(), shard.clone()).expect("a state of this layout");
            optimizer.load_state(&part).expect("a state of this shard");
        }
        (again.x, again.x_of_shards) = (both.x.clone(), both.x);
        (3..6).for_each(|t| again.step(t, &format!("{what}, {} shards after {count}", shards.len())));
    }
}

#[test]
fn shards_step_as_one_optimizer_does() {
    for name in Method::NAMES {
        for options in options() {
            let spec = OptimizerSpec { options, ..name.parse().expect("a method") };
            if Optimizer::<f64>::new(spec.clone(), 1).expect("a valid optimizer").shard_unsupported().is_some() {
                assert!(["lars", "lamb"].contains(name), "{name}");
                continue;
            }
            check::<f64>(&spec, &spec.to_string());
            check::<f32>(&spec, &spec.to_string());
        }
    }
}

#[test]
fn the_state_of_a_shard_is_its_part_of_all() {
    for state in ["full", "f32", "bf16", "8bit"] {
        let spec: OptimizerSpec = format!("adam:state={state},ema=0.9").parse().expect("a method");
        let layout = Layout::from(64 * 4_000);
        let bytes = |shard: Range<usize>| {
            let mut optimizer = Optimizer::<f64>::for_shard(spec.clone(), layout.clone(), shard.clone()).expect("one");
            optimizer.step(&mut vec![0.0; shard.len()], &vec![0.5; shard.len()]).expect("a step");
            optimizer.state_bytes()
        };
        let all = bytes(0..64 * 4_000);
        for count in [2, 4, 5] {
            for shard in layout.shards(count) {
                assert_eq!(bytes(shard) * count, all, "{count} shards of slots in {state}");
            }
        }
    }
}

#[test]
fn shards_divide_the_parameters_at_blocks() {
    for count in [1, 2, 3, 4, 7, 100, 1_000] {
        let shards = layout().shards(count);
        assert_eq!((shards.len(), shards[0].start, shards[count - 1].end), (count, 0, 5_280));
        assert!(shards.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!(shards.iter().all(|shard| shard.len() <= 5_280usize.div_ceil(count) + 64));
    }
    assert_eq!(Layout::from(0).shards(2), [0..0, 0..0]);
    assert_eq!(Layout::default().shards(2), [0..0, 0..0]);
    assert_eq!(layout().shards(0), []);
}

#[test]
fn what_has_no_shards_is_refused() {
    for spec in ["lamb", "lars", "lbfgs", "saga", "adam:clip_norm=1", "sgd:lr=0.1,clip_global_norm=1"] {
        let optimizer = Optimizer::<f64>::for_shard(spec.parse::<OptimizerSpec>().expect("a method"), 128, 0..64);
        assert_eq!(optimizer.expect_err("no shards").kind(), ErrorKind::InvalidValue, "{spec}");
    }
    #[allow(clippy::reversed_empty_ranges)]
    for shard in [0..63, 1..64, 64..0, 0..129, 128..192] {
        let optimizer = Optimizer::<f64>::for_shard(thalweg::method::adam(0.1), 128, shard.clone());
        let error = optimizer.expect_err("no shard");
        assert!(error.to_string().contains(&format!("is '{shard:?}'")), "{error}");
    }
    let mut shard = Optimizer::<f64>::for_shard(thalweg::method::adam(0.1), 128, 0..64).expect("a shard");
    assert_eq!(shard.add_tensors(Tensor::new("more", 3)).expect_err("a shard").kind(), ErrorKind::InvalidValue);
    assert_eq!(shard.sparse_unsupported().as_deref(), Some("it has a shard of the parameters"));
    let mut x = vec![1.0; 64];
    assert!(shard.step_sparse(&mut x, &[3], &[0.5]).is_err());
    assert_eq!(shard.step(&mut x, &[0.5; 64]).expect("a step"), StepOutcome::Stepped);
    // A state of other parameters.
    let state = Optimizer::<f64>::new(thalweg::method::adam(0.1), 127).and_then(|all| all.state()).expect("a state");
    let error = state.shard(&Layout::from(128), 0..64).expect_err("a tensor of another length");
    assert_eq!(
        error.to_string(),
        thalweg::Error::State("slot 'x.m' must have 128 numbers, but has 127".into()).to_string()
    );
}
