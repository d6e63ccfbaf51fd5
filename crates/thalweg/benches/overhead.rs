//! Time of a step of `minimize` on two variables, without the evaluation of the function: a run on Rosenbrock's
//! function, timed in turn with a loop that only evaluates it.
//!
//!     cargo bench -p thalweg --bench overhead
//!     cargo bench -p thalweg --bench overhead -- --methods sgd,adam --steps 1000000

#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::time::Instant;

use clap::Parser;
use thalweg::{Minimize, OptimizerSpec, Result, StopReason};

const SAMPLES: usize = 25;

#[derive(Parser)]
struct Options {
    /// Methods with their hyperparameters, without commas inside.
    #[arg(long, value_delimiter = ',', default_value = "sgd:lr=1e-9,momentum:lr=1e-9,nag:lr=1e-9,adam:lr=1e-9")]
    methods: Vec<OptimizerSpec>,
    /// Number of steps of a run.
    #[arg(long, default_value_t = 100_000)]
    steps: u64,
    /// Given by cargo; without effect.
    #[arg(long, hide = true)]
    bench: bool,
}

/// (1 − x)² + 100·(y − x²)².
fn rosenbrock(x: &[f64], g: &mut [f64]) -> f64 {
    let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
    (g[0], g[1]) = (-2.0 * a - 400.0 * x[0] * b, 200.0 * b);
    a * a + 100.0 * b * b
}

fn run(spec: &OptimizerSpec, steps: u64) -> Result<f64> {
    let start = Instant::now();
    let outcome = Minimize::new(spec.clone()).max_steps(steps).run(&mut rosenbrock, &[-1.2, 1.0])?;
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!((outcome.steps, outcome.reason), (steps, StopReason::MaxSteps));
    Ok(seconds)
}

fn evaluations(steps: u64) -> f64 {
    let (x, mut g) = ([-1.2, 1.0], [0.0; 2]);
    let start = Instant::now();
    for _ in 0..steps {
        black_box(rosenbrock(black_box(&x), black_box(&mut g)));
    }
    start.elapsed().as_secs_f64()
}

fn main() -> Result<()> {
    let Options { methods, steps, bench: _ } = Options::parse();
    println!("{:16} {:>12} {:>12} {:>12}", "method", "ns/step", "function", "overhead");
    for spec in &methods {
        // The shortest of each: what else runs on a machine only adds.
        let (mut best_run, mut best_function) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..SAMPLES {
            best_run = best_run.min(run(spec, steps)?);
            best_function = best_function.min(evaluations(steps));
        }
        let [run, function] = [best_run, best_function].map(|seconds| seconds * 1e9 / steps as f64);
        println!("{:16} {run:12.1} {function:12.1} {:12.1}", spec.method.name(), run - function);
    }
    Ok(())
}
