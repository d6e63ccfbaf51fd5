//! Accuracy with narrow optimizer states: final losses of every method with states in f32, in bf16 and in 8 bits.
//!
//! `cargo run --release -p thalweg --example narrow_states -- DIRECTORY`
//!
//! The tasks are noisy quadratics and, given a directory with Fashion-MNIST (`train-images-idx3-ubyte.gz` and its
//! labels), softmax regression and a network of two layers. A seed determines the start, the batches and the rounding,
//! and is shared by the three types of states. Each number is a median over ten seeds.

#![allow(clippy::print_stdout)]

mod tasks;

use std::error::Error;
use std::path::Path;

use tasks::{Images, Network, Quadratic, Rng, Steps, Task};
use thalweg::method::StateType;
use thalweg::optimizer::Rounding;
use thalweg::{Layout, Method, Optimizer, OptimizerSpec, ParamGrad, Tensor, bf16};

/// Kind of a task, which determines the learning rate.
#[derive(Clone, Copy)]
enum TaskKind {
    Quadratic,
    Images,
}

const SEEDS: std::ops::RangeInclusive<u64> = 1..=10;
const STATES: [StateType; 3] = [StateType::Full, StateType::Bf16, StateType::Q8];

/// Every method with states, and its learning rates on quadratics and on images.
const LEARNING_RATES: [(&str, f64, f64); 17] = [
    ("momentum", 0.02, 0.02),
    ("nag", 0.02, 0.02),
    ("adagrad", 0.1, 0.01),
    ("rmsprop", 0.003, 0.001),
    ("adadelta", 1.0, 1.0),
    ("adam", 0.003, 0.001),
    ("adamw", 0.003, 0.001),
    ("amsgrad", 0.003, 0.001),
    ("adamax", 0.003, 0.002),
    ("nadam", 0.003, 0.001),
    ("radam", 0.003, 0.001),
    ("lion", 0.001, 0.0003),
    ("adabelief", 0.003, 0.001),
    ("yogi", 0.003, 0.003),
    ("adan", 0.003, 0.003),
    ("lars", 10.0, 10.0),
    ("lamb", 0.01, 0.005),
];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Trains and returns the final loss. With `rounding`, the parameters are in bf16, otherwise in f32.
fn train(task: &dyn Task, mut spec: OptimizerSpec, seed: u64, rounding: Option<Rounding>) -> Result<f64> {
    spec.options.seed = Some(seed);
    spec.options.schedule = task.schedule();
    let tensors = task.tensors();
    let named = |(i, &n): (usize, &usize)| {
        let tensor = Tensor::new(i.to_string(), n);
        rounding.map_or(tensor.clone(), |rounding| tensor.bf16(rounding))
    };
    let layout = Layout { tensors: tensors.iter().enumerate().map(named).collect(), groups: Vec::new() };
    let names: Vec<_> = layout.tensors.iter().map(|tensor| tensor.name.clone()).collect();
    let mut optimizer = Optimizer::<f32>::new(spec, layout)?;

    let mut rng = Rng(seed);
    let mut x = task.start(&mut rng);
    let mut narrow: Vec<_> = x.iter().copied().map(bf16::from_f32).collect();
    let mut g = vec![0.0; x.len()];
    let (Steps { total, averaged }, mut sum) = (task.steps(), 0.0);
    for step in 0..total {
        task.gradient(&x, &mut g, &mut rng);
        if rounding.is_some() {
            let (mut x_remaining, mut g_remaining) = (&mut narrow[..], &g[..]);
            let part = |(name, &n)| {
                let x = x_remaining.split_off_mut(..n).expect("the tensors cover the parameters");
                let g = g_remaining.split_off(..n).expect("the tensors cover the gradient");
                ParamGrad::new(name, x, g)
            };
            let mut parts: Vec<_> = names.iter().map(String::as_str).zip(&tensors).map(part).collect();
            optimizer.step_tensors(&mut parts)?;
            x.iter_mut().zip(&narrow).for_each(|(x, narrow)| *x = narrow.to_f32());
        } else {
            optimizer.step(&mut x, &g)?;
        }
        if step + averaged >= total {
            sum += task.loss(&x) / averaged as f64;
        }
    }
    Ok(sum)
}

/// Returns the median of the final losses over the seeds.
fn median(task: &dyn Task, method: Method, state: StateType, rounding: Option<Rounding>) -> Result<f64> {
    let mut spec = OptimizerSpec::from(method);
    spec.options.state = state;
    let mut losses = SEEDS.map(|seed| train(task, spec.clone(), seed, rounding)).collect::<Result<Vec<_>>>()?;
    losses.sort_by(f64::total_cmp);
    let middle = losses.len() / 2;
    Ok(f64::midpoint(losses[middle - 1], losses[middle]))
}

/// Formats losses with their differences to `reference` in percent, and a mark if one is larger than 1 %.
fn compared(reference: f64, others: &[f64]) -> String {
    let differences: Vec<_> = others.iter().map(|loss| 100.0 * (loss / reference - 1.0)).collect();
    let mark = if differences.iter().all(|difference| difference.abs() <= 1.0) { "" } else { "  *" };
    others
        .iter()
        .zip(differences)
        .map(|(loss, difference)| format!("  {loss:>10.5} {difference:>+7.2}%"))
        .collect::<String>()
        + mark
}

fn table(title: &str, task: &dyn Task, kind: TaskKind) -> Result<()> {
    println!("\n{title}, {} steps\n", task.steps().total);
    println!("{:<10} {:>6} {:>10}  {:>19}  {:>19}", "method", "lr", "f32", "bf16", "8bit");
    for (name, on_quadratics, on_images) in LEARNING_RATES {
        let method = Method::named(name)?.with_lr(match kind {
            TaskKind::Quadratic => on_quadratics,
            TaskKind::Images => on_images,
        });
        let [full, others @ ..] = STATES.map(|state| median(task, method, state, None));
        let (full, others) = (full?, others.into_iter().collect::<Result<Vec<_>>>()?);
        println!("{name:<10} {:>6} {full:>10.5}{}", method.lr(), compared(full, &others));
    }
    Ok(())
}

/// Prints the losses of AdamW with parameters in bf16, against parameters and states in f32.
fn narrow_parameters(task: &dyn Task) -> Result<()> {
    let method = Method::named("adamw")?;
    let full = median(task, method, StateType::Full, None)?;
    println!("\nThe same network by adamw with parameters in bf16; {full:.5} in f32\n");
    println!("{:<12}  {:>19}  {:>19}  {:>19}", "rounding", "states in f32", "bf16", "8bit");
    for (name, rounding) in [("stochastic", Rounding::Stochastic), ("compensated", Rounding::Compensated)] {
        let losses = STATES.into_iter().map(|state| median(task, method, state, Some(rounding)));
        println!("{name:<12}{}", compared(full, &losses.collect::<Result<Vec<_>>>()?));
    }
    Ok(())
}

fn main() -> Result<()> {
    println!(
        "Final losses, medians over {} seeds; * marks losses that differ from f32 by more than 1 %.",
        SEEDS.count()
    );
    for condition in [1e2, 1e4] {
        let title = format!("Quadratic of {} variables, condition number {condition}", Quadratic::LEN);
        table(&title, &Quadratic::new(condition), TaskKind::Quadratic)?;
    }
    let Some(directory) = std::env::args().nth(1) else {
        println!("\nThe networks need the directory of Fashion-MNIST as an argument.");
        return Ok(());
    };
    let images = Images::read(Path::new(&directory))?;
    let softmax = Network { images: &images, widths: &[Images::PIXELS, Images::CLASSES] };
    table("Softmax regression", &softmax, TaskKind::Images)?;
    let network = Network { images: &images, widths: &[Images::PIXELS, 128, Images::CLASSES] };
    table("Network of two layers, 128 hidden units", &network, TaskKind::Images)?;
    narrow_parameters(&network)
}
