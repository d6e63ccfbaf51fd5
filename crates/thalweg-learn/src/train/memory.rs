//! Memory that a training takes.

use thalweg::method::Average;
use thalweg::{Element, Optimizer, OptimizerSpec};

use super::config::{TrainingConfig, batch_is_sparse};
use crate::data::{RowStore, Rows};
use crate::error::{MemoryPart, Result};
use crate::model::{AnyModel, MAX_SCORES, Model, TensorSpec};

/// Number of parameters of the optimizer by which the size of a state is measured.
const SAMPLE_PARAMETERS: usize = 1024;

/// Lists of a number for each validation row: losses of an epoch, of the best one, and of the lowest one.
const LISTS_OF_LOSSES: usize = 4;

/// Returns the parts of the memory that a training takes besides its rows: `rows` are some of the training rows.
pub(crate) fn model_parts<M: Model>(
    model: &M,
    rows: &Rows,
    config: &TrainingConfig,
    train_rows: usize,
) -> Result<Vec<MemoryPart>> {
    let parameters = model.tensors().iter().map(TensorSpec::len).fold(0_usize, usize::saturating_add);
    let of = |bytes: usize| parameters.saturating_mul(bytes);
    let number = size_of::<M::F>();
    let OptimizerState { bytes, takes_sparse_steps } = OptimizerState::of::<M::F>(&config.spec)?;
    let sparse = takes_sparse_steps
        && (config.l1, config.l2, config.factor_l2) == (0.0, 0.0, 0.0)
        && batch_is_sparse(rows, config.batch_size)
        && model.restrict(&[], &mut Vec::new()).is_some();
    // A sparse step has a gradient of a few parameters, and the number of its latest step for each.
    let gradient = if sparse { size_of::<u16>() } else { number };
    // All workers of this process take their parts of a batch at once.
    let workers = config.local_steps.optimizers();
    let batch = config.rows_of_a_step(train_rows).of(train_rows).min(train_rows);
    let workspace = if sparse { 0 } else { model.workspace_bytes(rows, batch) };
    let scores = if model.outputs() > 1 { 3 * MAX_SCORES * size_of::<f64>() } else { 0 };
    // Of each row the derivatives, its place in the order, and two powers by which sparse features take delayed steps.
    let term = model.outputs() * number + size_of::<u32>() + 2 * size_of::<f64>();
    let terms = if config.spec.method.needs_finite_sum() { train_rows.saturating_mul(term) } else { 0 };
    let mut parts = vec![
        MemoryPart::new(format!("weights {} × {number} B", grouped(parameters)), of(number)),
        MemoryPart::new("weights of the start, the best epoch and the result", of(2 * number + size_of::<f64>())),
        MemoryPart::new(format!("optimizer state of {}", config.spec.method.name()), of(bytes).saturating_add(terms)),
        MemoryPart::new("gradient", of(gradient)),
        MemoryPart::new(format!("workspace for a batch of {batch} rows"), workspace.saturating_add(scores)),
    ];
    if config.local_steps.are_on() {
        let (own, others) = (of(number), of(number + bytes + gradient).saturating_add(workspace));
        let name = format!("weights, optimizer states, gradients and workspaces of {workers} workers");
        parts.push(MemoryPart::new(name, own.saturating_add(others.saturating_mul(workers - 1))));
    }
    Ok(parts)
}

/// Returns the parts of a model of any architecture; see [`model_parts`].
pub(crate) fn any_model_parts(
    model: &AnyModel,
    rows: &Rows,
    config: &TrainingConfig,
    train_rows: usize,
) -> Result<Vec<MemoryPart>> {
    match model {
        AnyModel::Linear(model) => model_parts(model, rows, config, train_rows),
        AnyModel::FactorizationMachine(model) => model_parts(model, rows, config, train_rows),
        AnyModel::Mlp(model) => model_parts(&**model, rows, config, train_rows),
    }
}

/// Returns the parts of the memory that rows take in a training with batches of this many rows.
pub(crate) fn row_parts(train: &RowStore, validation: &Rows, batch_rows: usize) -> Vec<MemoryPart> {
    let training = match train {
        // The rows, and the indices of those of a batch.
        RowStore::Memory(rows) => rows.bytes().saturating_add(size_of::<u32>() * batch_rows.min(rows.len())),
        RowStore::Disk(disk_rows) => disk_rows.bytes_in_memory(batch_rows),
    };
    let losses = LISTS_OF_LOSSES * size_of::<f64>() * validation.len();
    vec![
        MemoryPart::new("training rows in memory", training),
        MemoryPart::new("validation rows", validation.bytes().saturating_add(losses)),
    ]
}

/// Properties of an optimizer's state.
struct OptimizerState {
    /// Bytes for each parameter, rounded up.
    bytes: usize,
    takes_sparse_steps: bool,
}

impl OptimizerState {
    fn of<F: Element>(spec: &OptimizerSpec) -> Result<Self> {
        let mut spec = spec.clone();
        let (average, accumulate) = (spec.options.average != Average::Off, spec.options.accumulate > 1);
        (spec.options.average, spec.options.accumulate) = (Average::Off, 1);
        // The training sets the length of an open schedule; any length serves here.
        spec.options.schedule = spec.options.schedule.with_total_steps(1);
        let (is_solver, has_mean_gradient) = (spec.method.is_solver(), spec.method.needs_finite_sum());
        let mut optimizer = Optimizer::<F>::new(spec, SAMPLE_PARAMETERS)?;
        let takes_sparse_steps = !average && !accumulate && optimizer.sparse_unsupported().is_none();
        if !is_solver {
            optimizer.step(&mut [F::ZERO; SAMPLE_PARAMETERS], &[F::ZERO; SAMPLE_PARAMETERS])?;
        }
        let more = (usize::from(has_mean_gradient) + usize::from(average) + usize::from(accumulate)) * size_of::<F>();
        Ok(Self { bytes: optimizer.state_bytes().div_ceil(SAMPLE_PARAMETERS) + more, takes_sparse_steps })
    }
}

/// Returns a number with a comma before each group of three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(text: &str) -> (usize, bool) {
        let state = OptimizerState::of::<f64>(&text.parse().expect("a method")).expect("an optimizer");
        (state.bytes, state.takes_sparse_steps)
    }

    #[test]
    fn the_state_has_the_size_of_its_slots() {
        assert_eq!(state("sgd:lr=0.1"), (0, true));
        assert_eq!(state("momentum"), (8, true));
        assert_eq!(state("adam"), (16, true));
        assert_eq!(state("adam:accumulate=4"), (24, false));
        assert_eq!(state("adam:state=bf16").0, 4);
        assert_eq!(state("saga"), (8, false));
        assert_eq!(state("lbfgs:memory=3"), (2 * 3 * 8, false));
    }

    #[test]
    fn long_numbers_have_commas() {
        assert_eq!([0, 999, 1_000, 10_000_000].map(grouped), ["0", "999", "1,000", "10,000,000"]);
    }
}
