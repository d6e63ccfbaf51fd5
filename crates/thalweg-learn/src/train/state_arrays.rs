//! Arrays of a training state by name, for files that keep them apart from the rest.

use thalweg::Real;

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
        let Self { parameters, split_weights, proximal, optimizer, best, .. } = self;
        let mut arrays = vec![
            ("parameters".to_owned(), of(parameters)),
            ("split_weights".to_owned(), of(split_weights)),
            ("accumulated".to_owned(), of(&mut optimizer.accumulated.1)),
            ("average".to_owned(), of(&mut optimizer.average)),
            ("gradient_memory.derivatives".to_owned(), of(&mut optimizer.gradient_memory.derivatives)),
            ("gradient_memory.mean_gradient".to_owned(), of(&mut optimizer.gradient_memory.mean_gradient)),
        ];
        arrays.extend(optimizer.slots.iter_mut().map(|(name, values)| (format!("slots.{name}"), of(values))));
        for (k, pair) in optimizer.correction_pairs.iter_mut().enumerate() {
            arrays.push((format!("correction_pairs.{k}.s"), of(&mut pair.s)));
            arrays.push((format!("correction_pairs.{k}.y"), of(&mut pair.y)));
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
