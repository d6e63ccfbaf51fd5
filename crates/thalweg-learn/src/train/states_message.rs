//! States of optimizers as messages between ranks.

use serde::{Deserialize, Serialize};
use thalweg::State;

use crate::model::Summand;
use crate::train::state_arrays::optimizer_arrays;

/// Beginning of a message, before the numbers of the arrays.
#[derive(Serialize, Deserialize)]
#[serde(bound = "F: Summand")]
struct Header<F> {
    /// States without their arrays.
    states: Vec<State<F>>,
    /// Number of numbers in each array of all states.
    lens: Vec<usize>,
}

/// Reason why a message can be read.
const SENT: &str = "another rank of this program has sent it";

/// Returns the message of states: the length of a header, the header, and the numbers of the arrays.
pub(super) fn states_message<F: Summand>(mut states: Vec<State<F>>) -> Vec<u8> {
    let mut arrays = Vec::new();
    for state in &mut states {
        arrays.extend(optimizer_arrays(state).map(|(_, array)| std::mem::take(array)));
    }
    let header = Header { states, lens: arrays.iter().map(Vec::len).collect() };
    let header = serde_json::to_vec(&header).unwrap_or_else(|_| unreachable!("a state has a text form"));
    let mut message = header.len().to_ne_bytes().to_vec();
    message.extend(header);
    for array in &arrays {
        message.extend_from_slice(F::bytes(array));
    }
    message
}

/// Returns the states of a message.
pub(super) fn states_from<F: Summand>(message: &[u8]) -> Vec<State<F>> {
    let (len, rest) = message.split_first_chunk().expect(SENT);
    let (header, mut numbers) = rest.split_at(usize::from_ne_bytes(*len));
    let Header { mut states, lens } = serde_json::from_slice::<Header<F>>(header).expect(SENT);
    let arrays = states.iter_mut().flat_map(optimizer_arrays);
    for ((_, array), len) in arrays.zip(lens) {
        array.resize(len, F::ZERO);
        let bytes = F::bytes_mut(array);
        bytes.copy_from_slice(numbers.split_off(..bytes.len()).expect(SENT));
    }
    states
}

#[cfg(test)]
mod tests {
    use thalweg::Optimizer;

    use super::*;

    #[test]
    fn states_are_received_as_they_were_sent() {
        for method in ["adam:lr=0.1,ema=0.9", "sgd:lr=0.1,accumulate=3", "momentum:lr=0.2"] {
            let state = |k: usize| {
                let spec: thalweg::OptimizerSpec = method.parse().expect("a method");
                let mut optimizer = Optimizer::<f32>::new(spec, 3).expect("an optimizer");
                let mut x = [0.1, -0.2, 0.3];
                for step in 0..=k {
                    optimizer.step(&mut x, &[0.3 / (step + 1) as f32, -1e-30, 7.0]).expect("a step");
                }
                optimizer.state().expect("a state")
            };
            let states: Vec<State<f32>> = (0..3).map(state).collect();
            assert_eq!(states_from::<f32>(&states_message(states.clone())), states, "{method}");
        }
        assert_eq!(states_from::<f64>(&states_message::<f64>(Vec::new())), []);
    }
}
