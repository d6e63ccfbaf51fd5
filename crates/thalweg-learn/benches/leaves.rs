//! Times of the parts of a training step, for the simulator of several machines (`bench/cluster`): the leaves of the
//! sum over a batch, a step of Adam, the order of the rows, and the addition of gradients. `cargo bench -p
//! thalweg-learn --bench leaves -- times` prints them as JSON, for one thread.

#![allow(clippy::print_stdout, reason = "a program")]

use std::hint::black_box;
use std::time::Instant;

use thalweg::optimizer::Optimizer;
use thalweg::random::Random;
use thalweg::{OptimizerSpec, Real, Seed};
use thalweg_learn::data::{RowMatrix, RowStore, Rows, SparseRows};
use thalweg_learn::model::mlp::{MlpConfig, MlpModel};
use thalweg_learn::model::{Batch, FactorizationMachine, Init, Linear, Loss, Model, TensorRole, TensorSpec};
use thalweg_learn::train::{BatchSize, SparseSteps, TrainingConfig, TrainingData, train};
use thalweg_learn::{Callbacks, Interrupt};

/// Leaves of the nodes that are timed: with more than one, as their gradients are added in pairs, and rows of the next
/// leaf are read ahead.
const NODE_LEAVES: usize = 8;

/// Features of a sparse row.
const ENTRIES: usize = 40;

/// Number of nodes before the time is taken.
const WARM_UP: usize = 20;

/// Number of quantiles that are printed: those of the middles of as many equal parts, so that the longest of all times,
/// in which the machine did other work, are excluded.
const QUANTILES: usize = 41;

fn main() {
    // As a test, the program only has to build.
    if !std::env::args().any(|argument| argument == "times") {
        println!("times");
        return;
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread starts");
    let lines = pool.install(|| {
        let linear = |features, outputs| Linear { features, outputs, intercept: true };
        let machine = FactorizationMachine { features: 1 << 16, rank: 8 };
        let mlp: MlpConfig = "mlp:128".parse().expect("one layer");
        let mlp = MlpModel::new(mlp.network(784, 10));
        vec![
            time_model("linear-28", &linear(28, 1), &dense(28, 1 << 20), Loss::Logistic, 2_000, 0),
            time_model("softmax-784x10", &linear(784, 10), &dense(784, 1 << 15), Loss::Softmax, 2_000, 0),
            time_model("mlp-784-128-10", &mlp, &dense(784, 1 << 15), Loss::Softmax, 120, 0),
            time_model("hashed-20-bits", &linear(1 << 20, 1), &sparse(20), Loss::Logistic, 120, (1 << 20) / ENTRIES),
            time_model("hashed-24-bits", &linear(1 << 24, 1), &sparse(24), Loss::Logistic, 41, (1 << 24) / ENTRIES),
            time_model("fm-40", &machine, &sparse(16), Loss::Logistic, 60, (1 << 16) / ENTRIES),
        ]
    });
    println!(
        "{{\n  \"models\": [\n    {}\n  ],\n  \"order_seconds_per_row\": {:.3e},\n  \"add_seconds_per_byte\": {:.3e}\n}}",
        lines.join(",\n    "),
        pool.install(order),
        add()
    );
}

/// Returns rows of numbers.
fn dense(width: usize, rows: usize) -> RowStore {
    let mut random = Random::new(1);
    let numbers: Vec<f32> = (0..width * rows).map(|_| random.normal() as f32).collect();
    let target = (0..rows).map(|i| (i % 2) as f64).collect();
    Rows { numbers: RowMatrix::new(width, &numbers), target, features: width, ..Rows::default() }.into()
}

/// Returns rows with [`ENTRIES`] of 2^`bits` features, each with the value 1.
fn sparse(bits: u32) -> RowStore {
    let (features, rows) = (1 << bits, 1 << 18);
    let mut random = Random::new(1);
    // Features of low index are frequent, as categories are.
    let feature = |_| ((random.uniform().powi(3) * features as f64) as u32).min(features as u32 - 1);
    let index: Vec<u32> = (0..ENTRIES * rows).map(feature).collect();
    let (ends, value) = ((1..=rows).map(|row| row * ENTRIES).collect(), vec![1.0; index.len()]);
    let target = (0..rows).map(|i| (i % 2) as f64).collect();
    Rows { sparse: SparseRows { ends, index, value }, target, features, ..Rows::default() }.into()
}

/// Returns a line of JSON with the times of the leaves of a model, of which `nodes` nodes are timed, of a leaf that is
/// a batch of its own, and of a step of Adam. `gradient_rows` sparse rows have as many numbers as a gradient.
fn time_model<M: Model>(
    name: &str,
    model: &M,
    rows: &RowStore,
    loss: Loss,
    nodes: usize,
    gradient_rows: usize,
) -> String
where
    M::F: Real,
{
    let mut parameters = model.init_parameters(Init::Normal(0.01), Seed::new(1));
    let mut gradient = vec![M::F::ZERO; parameters.len()];
    let mut random = Random::new(2);
    let rows = rows.sample();
    let leaf_len = |count: usize| model.leaf_rows(rows, count).expect("the model has leaves");
    let node_rows = NODE_LEAVES * leaf_len(rows.len());
    let leaf_rows = leaf_len(node_rows);
    let mut seconds = |count: usize| {
        let random_row = |_| (random.uniform() * rows.len() as f64) as u32;
        let indices: Vec<u32> = (0..count).map(random_row).collect();
        let batch = Batch { rows, indices: &indices, loss, step: None, interrupt: Interrupt::NEVER };
        let start = Instant::now();
        black_box(model.mean_loss(&batch, &parameters, &mut gradient));
        start.elapsed().as_secs_f64()
    };
    let leaves = node_rows.div_ceil(leaf_rows) as f64;
    let mut times: Vec<f64> = (0..WARM_UP + nodes).map(|_| seconds(node_rows) / leaves).skip(WARM_UP).collect();
    let mut alone: Vec<f64> = (0..QUANTILES).map(|_| seconds(leaf_rows)).collect();
    alone.sort_by(f64::total_cmp);
    let alone = alone[QUANTILES / 2];
    times.sort_by(f64::total_cmp);
    let quantile = |i| times[(2 * i + 1) * times.len() / (2 * QUANTILES)];
    let times: Vec<String> = (0..QUANTILES).map(|i| format!("{:.3e}", quantile(i))).collect();
    let spec: OptimizerSpec = "adam".parse().expect("a method");
    let mut optimizer = Optimizer::new(spec, parameters.len()).expect("a method of steps");
    let steps = (20_000_000 / parameters.len()).clamp(20, 2_000);
    let start = Instant::now();
    (0..steps).for_each(|_| {
        black_box(optimizer.step(&mut parameters, &gradient).expect("the gradient is finite"));
    });
    let step = start.elapsed().as_secs_f64() / steps as f64;
    format!(
        "{{\"name\": \"{name}\", \"parameters\": {}, \"bytes\": {}, \"leaf_rows\": {leaf_rows}, \
         \"gradient_rows\": {gradient_rows},\n     \"step_seconds\": {step:.3e}, \"lone_leaf_seconds\": {alone:.3e},\n     \
         \"leaf_seconds\": [{}]}}",
        parameters.len(),
        size_of::<M::F>(),
        times.join(", ")
    )
}

/// Model without work for its rows.
struct Nothing;

impl Model for Nothing {
    type F = f64;

    fn outputs(&self) -> usize {
        1
    }

    fn tensors(&self) -> Vec<TensorSpec> {
        vec![TensorSpec::new("bias", TensorRole::Bias, &[1])]
    }

    fn init_parameters(&self, _: Init, _: Seed) -> Vec<f64> {
        vec![0.0]
    }

    fn scores(&self, rows: &Rows, _: &[f64]) -> Vec<f64> {
        vec![0.0; rows.len()]
    }

    fn mean_loss(&self, _: &Batch<'_>, _: &[f64], _: &mut [f64]) -> f64 {
        0.0
    }
}

/// Returns the seconds for each row in which the order of an epoch is drawn.
fn order() -> f64 {
    const ROWS: usize = 1 << 22;
    const EPOCHS: u64 = 25;
    let rows = dense(1, ROWS);
    // Without rows of their own, all would be evaluated.
    let validation = dense(1, 1);
    let method = "sgd:lr=0.1".parse().expect("a method");
    let training = TrainingConfig::new(method, BatchSize::Rows(1 << 16), EPOCHS);
    let training = TrainingConfig { sparse_steps: SparseSteps::Never, ..training };
    let data = TrainingData { train: &rows, validation: validation.sample(), loss: Loss::Squared };
    let start = Instant::now();
    black_box(train(&Nothing, &data, &training, Callbacks::new()).expect("the training runs"));
    start.elapsed().as_secs_f64() / (ROWS as u64 * EPOCHS) as f64
}

/// Returns the seconds for each byte of a vector that is added to another: as many numbers as ranks exchange at a time,
/// in the cache of a core.
fn add() -> f64 {
    const NUMBERS: usize = 1 << 16;
    const REPEATS: usize = 2_000;
    let (mut sum, other) = (vec![0.0_f64; NUMBERS], vec![1.0; NUMBERS]);
    let start = Instant::now();
    (0..REPEATS).for_each(|_| sum.iter_mut().zip(black_box(&other)).for_each(|(a, b)| *a += *b));
    black_box(sum);
    start.elapsed().as_secs_f64() / (REPEATS * NUMBERS * size_of::<f64>()) as f64
}
