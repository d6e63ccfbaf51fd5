//! Saved states: the bytes of every method's state are those of the first format, and states of every format are read.

use thalweg::method::StateType;
use thalweg::{Element, Layout, Optimizer, OptimizerSpec, State};

/// Hashes of states and parameters after 20 steps, by specification and slot type: `f32` and `f64`.
const HASHES: &str = include_str!("states/hashes.txt");
/// States of the first format after 5 steps, as JSON.
const STATES: &str = include_str!("states/format-1.txt");
/// A layout, and a state of the second format of an optimizer over it that was changed while it ran. The file is never
/// written again: states of a released format stay readable.
const CHANGED_STATE: &str = include_str!("states/format-2.json");

fn gradient(n: usize, step: u64) -> Vec<f64> {
    let number = |i: usize| {
        let key = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ step.wrapping_mul(0xD1B5_4A32_D192_ED03);
        let unit = (key >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
        if key.is_multiple_of(7) { 0.0 } else { unit * [1e-6, 1e-2, 1.0, 30.0][i % 4] }
    };
    (0..n).map(number).collect()
}

/// Hash of a text by the FNV-1a algorithm.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn state_after_20_steps<F: Element>(spec: &OptimizerSpec, n: usize) -> String {
    let mut optimizer = Optimizer::<F>::new(spec.clone(), n).expect("a valid specification");
    let mut x: Vec<F> = (0..n).map(|i| F::of(0.3 + 0.01 * (i % 97) as f64)).collect();
    for t in 0..20 {
        let g: Vec<F> = gradient(n, t).into_iter().map(F::of).collect();
        optimizer.step(&mut x, &g).expect("a finite gradient");
    }
    let text = serde_json::to_string(&(&x, optimizer.state().expect("in sync"))).expect("plain data");
    // The first format had no version; its other fields are the same.
    text.replacen("\"version\":2,", "", 1)
}

#[test]
fn states_have_the_bytes_of_the_first_format() {
    let mut different = Vec::new();
    for line in HASHES.lines() {
        let fields: Vec<_> = line.split(' ').collect();
        let [text, state, single, double] = fields[..] else { panic!("four fields in '{line}'") };
        let mut spec: OptimizerSpec = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        let known = StateType::ALL.iter().find(|(name, _)| *name == state);
        spec.options.state = known.unwrap_or_else(|| panic!("{state}")).1;
        spec.options.seed = Some(7);
        let found = [hash(&state_after_20_steps::<f32>(&spec, 4200)), hash(&state_after_20_steps::<f64>(&spec, 300))];
        let found = found.map(|hash| format!("{hash:016x}"));
        if found != [single, double] {
            different.push(format!("expected {line}, found {}", found.join(" ")));
        }
    }
    assert!(HASHES.lines().count() > 100, "all methods and slot types are in the file");
    assert!(different.is_empty(), "different: {different:#?}");
}

#[test]
fn a_state_of_the_first_format_continues_to_the_same_bits() {
    for line in STATES.lines() {
        let (text, json) = line.split_once(' ').expect("a specification and a state");
        let ([a, b, c], state): ([f64; 3], State<f64>) = serde_json::from_str(json).expect(text);
        let optimizer =
            || Optimizer::<f64>::new(text.parse::<OptimizerSpec>().expect(text), Layout::from(3)).expect(text);
        let (mut continued, mut resumed) = (optimizer(), optimizer());
        let (mut x, mut y) = ([1.0, -2.0, 0.5], [a, b, c]);
        resumed.load_state(&state).expect(text);
        for t in 0..10 {
            continued.step(&mut x, &gradient(3, t)).expect("a finite gradient");
            if t >= 5 {
                resumed.step(&mut y, &gradient(3, t)).expect("a finite gradient");
            }
        }
        assert_eq!((x, continued.state().expect("in sync")), (y, resumed.state().expect("in sync")), "{text}");
    }
}

/// An optimizer over `layout` after changes of its learning rate, of a group and of its tensors.
fn changed_optimizer(layout: Layout) -> (Vec<f64>, Optimizer<f64>) {
    let spec: OptimizerSpec = "nadam:lr=0.01,ema=0.9,clip_norm=5".parse().expect("a specification");
    let mut optimizer = Optimizer::<f64>::new(spec, layout).expect("a valid optimizer");
    let mut x: Vec<f64> = (0..6).map(|i| 1.0 - 0.4 * f64::from(i)).collect();
    optimizer.freeze_tensor("late").expect("a tensor");
    for t in 0..5 {
        optimizer.step(&mut x, &gradient(6, t)).expect("a finite gradient");
        if t == 2 {
            optimizer.set_lr(0.02).expect("a learning rate");
            optimizer.set_group_hyperparameter("bias", "beta2", 0.9).expect("a number in its range");
            optimizer.unfreeze_tensor("late").expect("a tensor");
            optimizer.freeze_tensor("fixed").expect("a tensor");
        }
    }
    (x, optimizer)
}

#[test]
fn a_state_of_the_second_format_continues_to_the_same_bits() {
    let (layout, (x, state)): (Layout, (Vec<f64>, State<f64>)) =
        serde_json::from_str(CHANGED_STATE).expect("a layout and a state");
    assert_eq!(state.version, 2);
    assert!(!state.counters.is_empty() && !state.frozen.is_empty() && !state.group_hyperparameters.is_empty());
    let (mut continued_x, mut continued) = changed_optimizer(layout.clone());
    assert_eq!(continued.state().expect("in sync"), state);
    let mut resumed_x = x;
    let spec: OptimizerSpec = "nadam:lr=0.01,ema=0.9,clip_norm=5".parse().expect("a specification");
    let mut resumed = Optimizer::<f64>::new(spec, layout).expect("a valid optimizer");
    resumed.load_state(&state).expect("a state of this optimizer");
    for t in 5..10 {
        continued.step(&mut continued_x, &gradient(6, t)).expect("a finite gradient");
        resumed.step(&mut resumed_x, &gradient(6, t)).expect("a finite gradient");
    }
    assert_eq!((&continued_x, continued.average()), (&resumed_x, resumed.average()));
    assert_eq!(continued.state().expect("in sync"), resumed.state().expect("in sync"));
}

#[test]
fn a_state_beyond_the_range_of_a_narrow_type_is_refused() {
    for (text, value, is_taken) in [
        ("adam", 1e300, true),
        ("adam:state=f32", 3e38, true),
        ("adam:state=f32", 1e39, false),
        ("adam:state=bf16", 3e38, true),
        ("adam:state=bf16", 1e39, false),
        ("adam:state=8bit", 1e30, true),
        ("adam:state=8bit", 1e300, false),
    ] {
        // Slots of few numbers are stored in full with 8 bits.
        let len = if text.ends_with("8bit") { 4_096 } else { 2 };
        let new = || Optimizer::<f64>::new(text.parse::<OptimizerSpec>().expect(text), len).expect(text);
        let mut adam = new();
        let mut state = adam.state().expect("in sync");
        state.slots.get_mut("x.v").expect("a slot")[1] = value;
        let loaded = adam.load_state(&state).map_err(|error| error.to_string());
        let refused = format!(
            "the state does not match this optimizer: slot 'x.v' must have numbers within the range of its type, but \
             contains {value:?}"
        );
        assert_eq!(loaded, if is_taken { Ok(()) } else { Err(refused) }, "{text} {value}");
        let again = adam.state().expect("in sync");
        new().load_state(&again).expect("what is saved is loaded");
    }
}
