//! Saved states: the bytes of every method's state are those of the first format, and states of that format are read.

use thalweg::method::StateType;
use thalweg::{Element, Layout, Optimizer, OptimizerSpec, State};

/// Hashes of states and parameters after 20 steps, by specification and slot type: `f32` and `f64`.
const HASHES: &str = include_str!("states/hashes.txt");
/// States after 5 steps, as JSON.
const STATES: &str = include_str!("states/format-1.txt");

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
        if found.map(|hash| format!("{hash:016x}")) != [single, double] {
            different.push(line);
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
