//! Entry point of fuzzing, used by the tests and by cargo-fuzz: no input may cause a panic.

use thalweg::method::{Average, StateType};
use thalweg::schedule::Schedule;
use thalweg::{Group, Layout, Optimizer, OptimizerSpec, State, Tensor};

/// Loads a state in JSON into an optimizer of its method; the bits of the first byte set options. A state that is
/// refused changes nothing; one that is loaded is saved again, and both continue to the same bits.
pub(crate) fn load_state(data: &[u8]) {
    let Some((&bits, json)) = data.split_first() else { return };
    let Ok(state) = serde_json::from_slice::<State<f64>>(json) else { return };
    let Ok(mut spec) = state.method.parse::<OptimizerSpec>() else { return };
    let is_set = |bit: u8| bits >> bit & 1 == 1;
    spec.options.accumulate = if is_set(0) { 3 } else { 1 };
    spec.options.average = if is_set(1) { Average::Ema(0.9) } else { Average::Off };
    spec.options.schedule = if is_set(2) { "plateau".parse().expect("a schedule") } else { Schedule::Constant };
    spec.options.state = [StateType::Full, StateType::F32, StateType::Bf16, StateType::Q8][usize::from(bits >> 6)];
    let layout = Layout {
        tensors: vec![Tensor::new("weights", 2), Tensor::new("b", 1).in_group("bias")],
        groups: vec![Group::new("bias")],
    };
    let new = || Optimizer::<f64>::new(spec.clone(), layout.clone()).expect("a valid specification");
    let (mut loaded, mut again) = (new(), new());
    if loaded.load_state(&state).is_err() {
        let [found, expected] = [&loaded, &again].map(|optimizer| optimizer.state().expect("in sync"));
        assert_eq!(found, expected, "a refused state changes nothing");
        return;
    }
    again.load_state(&loaded.state().expect("in sync")).expect("what is saved is loaded");
    let (mut x, mut y) = ([1.0, -2.0, 0.5], [1.0, -2.0, 0.5]);
    let gradient = [0.5, -0.25, 0.125];
    for _ in 0..4 {
        // Huge numbers in a state may make the parameters infinite, which is an error.
        assert_eq!(loaded.step(&mut x, &gradient).is_ok(), again.step(&mut y, &gradient).is_ok());
        loaded.observe(0.5);
        again.observe(0.5);
        assert_eq!(x.map(f64::to_bits), y.map(f64::to_bits));
    }
}
