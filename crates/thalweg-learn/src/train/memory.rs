//! Memory that a training takes.

use std::ops::Range;

use thalweg::method::Average;
use thalweg::{Element, Optimizer, OptimizerSpec};

use super::config::TrainingConfig;
use super::shards::have_shards;
use super::sparse_steps::{parameter_count, reason_for_dense_steps};
use crate::data::{RowStore, Rows};
use crate::error::{MemoryPart, Result};
use crate::model::{AnyModel, MAX_SCORES, Model, rows_of_ranks};

/// Number of parameters of the optimizer by which the size of a state is measured.
const SAMPLE_PARAMETERS: usize = 1024;

/// Lists of a number for each validation row: losses of an epoch, of the best one, and of the lowest one.
const LISTS_OF_LOSSES: usize = 4;

/// Returns the parts of the memory that a training on this number of rows and of ranks takes besides its rows, on the
/// rank that has most of it: `rows` are some of the training rows.
pub(crate) fn model_parts<M: Model>(
    model: &M,
    rows: &Rows,
    config: &TrainingConfig,
    (train_rows, ranks): (usize, usize),
) -> Result<Vec<MemoryPart>> {
    let parameters = parameter_count(model);
    let of = |bytes: usize| parameters.saturating_mul(bytes);
    let (number, bytes) = (size_of::<M::F>(), state_bytes::<M::F>(&config.spec)?);
    let sparse = reason_for_dense_steps(model, rows, config)?.is_none();
    let has_shards = !sparse && have_shards(model, rows, config, ranks)?;
    let shard = if has_shards { longest(&model.layout().shards(ranks)) } else { parameters };
    // A sparse step has a gradient of a few parameters, and the number of its latest step for each.
    let gradient = if sparse { size_of::<u16>() } else { number };
    let batch = config.rows_of_a_step(train_rows).of(train_rows).min(train_rows);
    let workspace = if sparse { 0 } else { model.workspace_bytes(rows, batch) };
    let scores = if model.outputs() > 1 { 3 * MAX_SCORES * size_of::<f64>() } else { 0 };
    // Of each row the derivatives, its place in the order, and two powers by which sparse features take delayed steps.
    let term = model.outputs() * number + size_of::<u32>() + 2 * size_of::<f64>();
    let terms = if config.spec.method.needs_finite_sum() { train_rows.saturating_mul(term) } else { 0 };
    let (method, of_shard) = (config.spec.method.name(), if has_shards { ", of a shard of the weights" } else { "" });
    let mut parts = vec![
        MemoryPart::new(format!("weights {} × {number} B", grouped(parameters)), of(number)),
        MemoryPart::new("weights of the start, the best epoch and the result", of(2 * number + size_of::<f64>())),
        MemoryPart::new(
            format!("optimizer state of {method}{of_shard}"),
            shard.saturating_mul(bytes).saturating_add(terms),
        ),
        MemoryPart::new("gradient", of(gradient)),
        MemoryPart::new(format!("workspace for a batch of {batch} rows"), workspace.saturating_add(scores)),
    ];
    if has_shards {
        parts.push(MemoryPart::new("weights and gradient of the shard", shard.saturating_mul(2 * number)));
    }
    if config.local_steps.are_on() {
        // All workers of a rank take their parts of a batch at once.
        let workers = longest(&rows_of_ranks(config.local_steps.workers, 1, ranks));
        let (own, others) = (of(number), of(number + bytes + gradient).saturating_add(workspace));
        let name = format!("weights, optimizer states, gradients and workspaces of {workers} workers");
        parts.push(MemoryPart::new(name, own.saturating_add(others.saturating_mul(workers.saturating_sub(1)))));
    }
    Ok(parts)
}

/// Returns the length of the longest range.
fn longest(ranges: &[Range<usize>]) -> usize {
    ranges.iter().map(Range::len).max().unwrap_or(0)
}

/// Returns the parts of a model of any architecture; see [`model_parts`].
pub(crate) fn any_model_parts(
    model: &AnyModel,
    rows: &Rows,
    config: &TrainingConfig,
    train_rows_and_ranks: (usize, usize),
) -> Result<Vec<MemoryPart>> {
    match model {
        AnyModel::Linear(model) => model_parts(model, rows, config, train_rows_and_ranks),
        AnyModel::FactorizationMachine(model) => model_parts(model, rows, config, train_rows_and_ranks),
        AnyModel::Mlp(model) => model_parts(&**model, rows, config, train_rows_and_ranks),
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

/// Returns the bytes of an optimizer's state for each parameter, rounded up.
fn state_bytes<F: Element>(spec: &OptimizerSpec) -> Result<usize> {
    let mut spec = spec.clone();
    let (average, accumulate) = (spec.options.average != Average::Off, spec.options.accumulate > 1);
    (spec.options.average, spec.options.accumulate) = (Average::Off, 1);
    // The training sets the length of an open schedule; any length serves here.
    spec.options.schedule = spec.options.schedule.with_total_steps(1);
    let (is_solver, has_mean_gradient) = (spec.method.is_solver(), spec.method.needs_finite_sum());
    let mut optimizer = Optimizer::<F>::new(spec, SAMPLE_PARAMETERS)?;
    if !is_solver {
        optimizer.step(&mut [F::ZERO; SAMPLE_PARAMETERS], &[F::ZERO; SAMPLE_PARAMETERS])?;
    }
    let more = (usize::from(has_mean_gradient) + usize::from(average) + usize::from(accumulate)) * size_of::<F>();
    Ok(optimizer.state_bytes().div_ceil(SAMPLE_PARAMETERS) + more)
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
    use crate::model::Linear;
    use crate::train::{BatchSize, LocalSteps, SparseSteps};

    fn state(text: &str) -> usize {
        state_bytes::<f64>(&text.parse().expect("a method")).expect("an optimizer")
    }

    #[test]
    fn the_state_has_the_size_of_its_slots() {
        assert_eq!(state("sgd:lr=0.1"), 0);
        assert_eq!(state("momentum"), 8);
        assert_eq!(state("adam"), 16);
        assert_eq!(state("adam:accumulate=4"), 24);
        assert_eq!(state("adam:state=bf16"), 4);
        assert_eq!(state("saga"), 8);
        assert_eq!(state("lbfgs:memory=3"), 2 * 3 * 8);
    }

    /// Bytes of the parts whose names begin so, of a training of 2²⁰ weights.
    fn bytes_of(name: &str, config: &TrainingConfig, ranks: usize) -> u64 {
        let model = Linear { features: 1 << 20, outputs: 1, intercept: false };
        let rows = Rows { features: 1 << 20, ..Rows::default() };
        let parts = model_parts(&model, &rows, config, (1000, ranks)).expect("a valid training");
        parts.iter().filter(|part| part.what.starts_with(name)).map(|part| part.bytes).sum()
    }

    #[test]
    fn ranks_have_shards_of_the_states() {
        let config = |text: &str| {
            let config = TrainingConfig::new(text.parse().expect("a method"), BatchSize::Rows(100), 1);
            TrainingConfig { sparse_steps: SparseSteps::Never, ..config }
        };
        let (adam, lamb) = (config("adam"), config("lamb"));
        let state = |config, ranks| bytes_of("optimizer state", config, ranks) >> 20;
        assert_eq!([1, 2, 4].map(|ranks| state(&adam, ranks)), [16, 8, 4]);
        assert_eq!([1, 2, 4].map(|ranks| state(&lamb, ranks)), [16, 16, 16]);
        assert_eq!([1, 2].map(|ranks| bytes_of("weights and gradient of the shard", &adam, ranks) >> 20), [0, 8]);
        let sparse = TrainingConfig { sparse_steps: SparseSteps::Auto, ..adam.clone() };
        assert_eq!([1, 2].map(|ranks| state(&sparse, ranks)), [16, 16]);
    }

    #[test]
    fn ranks_have_their_workers_alone() {
        let config = TrainingConfig::new("adam".parse().expect("a method"), BatchSize::Rows(100), 1);
        let local_steps = LocalSteps { sync_every: 4, workers: 8 };
        let config = TrainingConfig { local_steps, sparse_steps: SparseSteps::Never, ..config };
        let bytes = |ranks| bytes_of("weights, optimizer states", &config, ranks);
        // Weights for the average, and those, the states and the gradient of each worker but the first.
        let others = [7, 3, 1, 0, 0].map(|others| 8 + others * (8 + 16 + 8));
        assert_eq!([1, 2, 4, 8, 16].map(|ranks| bytes(ranks) >> 20), others);
    }

    #[test]
    fn long_numbers_have_commas() {
        assert_eq!([0, 999, 1_000, 10_000_000].map(grouped), ["0", "999", "1,000", "10,000,000"]);
    }
}
