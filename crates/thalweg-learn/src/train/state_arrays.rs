//! Arrays of a training state by name, for files that keep them apart from the rest.

use thalweg::{Real, State};

use super::state::{AnyTrainingState, TrainingState};

/// Array of a training state.
#[derive(Debug)]
pub(crate) enum StateArray<'a> {
    /// Numbers in single precision.
    F32(&'a mut Vec<f32>),
    /// Numbers in double precision.
    F64(&'a mut Vec<f64>),
}

impl AnyTrainingState {
    /// Returns the arrays, whose lengths depend on the model or the rows, with their names.
    pub(crate) fn arrays_mut(&mut self) -> Vec<(String, StateArray<'_>)> {
        match self {
            Self::F32(state) => state.arrays_mut(StateArray::F32),
            Self::F64(state) => state.arrays_mut(StateArray::F64),
        }
    }
}

impl<F: Real> TrainingState<F> {
    fn arrays_mut<'a>(&'a mut self, of: fn(&'a mut Vec<F>) -> StateArray<'a>) -> Vec<(String, StateArray<'a>)> {
        let Self { parameters, split_weights, proximal, optimizer, other_workers, best, .. } = self;
        let mut arrays =
            vec![("parameters".to_owned(), of(parameters)), ("split_weights".to_owned(), of(split_weights))];
        arrays.extend(optimizer_arrays(optimizer).map(|(name, array)| (name, of(array))));
        for (k, worker) in other_workers.iter_mut().enumerate() {
            arrays.extend(optimizer_arrays(worker).map(|(name, array)| (format!("worker{}.{name}", k + 1), of(array))));
        }
        if let Some(proximal) = proximal {
            arrays.push(("proximal.centers".to_owned(), StateArray::F64(&mut proximal.centers)));
        }
        if let Some(best) = best {
            let (parameters, losses) = best.arrays_mut();
            arrays.push(("best.parameters".to_owned(), of(parameters)));
            arrays.extend(losses.map(|(name, losses)| (format!("best.{name}"), StateArray::F64(losses))));
        }
        arrays
    }
}

/// Returns the arrays of the state of an optimizer with their names.
pub(super) fn optimizer_arrays<F: Real>(state: &mut State<F>) -> impl Iterator<Item = (String, &mut Vec<F>)> {
    let State { slots, accumulated, average, correction_pairs, gradient_memory, .. } = state;
    let flat = [
        ("accumulated", &mut accumulated.1),
        ("average", average),
        ("gradient_memory.derivatives", &mut gradient_memory.derivatives),
        ("gradient_memory.mean_gradient", &mut gradient_memory.mean_gradient),
    ];
    let flat = flat.into_iter().map(|(name, array)| (name.to_owned(), array));
    let slots = slots.iter_mut().map(|(name, values)| (format!("slots.{name}"), values));
    let pairs = correction_pairs.iter_mut().enumerate().flat_map(|(k, pair)| {
        [(format!("correction_pairs.{k}.s"), &mut pair.s), (format!("correction_pairs.{k}.y"), &mut pair.y)]
    });
    flat.chain(slots).chain(pairs)
}
