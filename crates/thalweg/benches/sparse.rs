//! Time of a sparse step: a million parameters of which each step touches 15,000 at random, compared with a plain loop
//! that gathers and scatters the same numbers, and with the dense step.
//!
//!     cargo bench -p thalweg --bench sparse
//!     cargo bench -p thalweg --bench sparse -- --methods adam,lion --parameters 100000 --threads 1

#![allow(clippy::print_stdout)]

use std::time::Instant;

use clap::Parser;
use thalweg::random::Random;
use thalweg::{Element, Optimizer, OptimizerSpec, Result};

/// Number of different batches, used in turn.
const BATCHES: usize = 64;
/// Number of coordinates that the plain loop gathers at a time.
const TILE: usize = 128;

/// Measures the time of sparse steps.
#[derive(Debug, Parser)]
struct Options {
    /// Methods with their hyperparameters.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "adagrad,sgd,momentum,rmsprop,adadelta,adam,adamw,nadam,lion,adamax"
    )]
    methods: Vec<String>,
    /// Number of parameters of the optimizer.
    #[arg(long, default_value_t = 1_000_000)]
    parameters: usize,
    /// Number of coordinates that each step touches, before duplicates are removed.
    #[arg(long, default_value_t = 15_000)]
    touched: usize,
    /// Number of steps. Methods that replay pending steps one by one may take fewer: at least 300, and 10 seconds.
    #[arg(long, default_value_t = 2_000)]
    steps: usize,
    /// Numbers of threads, measured one after another.
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    threads: Vec<usize>,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    println!(
        "ns per touched coordinate, medians; {} parameters, {} touched per step",
        options.parameters, options.touched
    );
    println!("method        type threads      sync     step     mean of both  plain loop of one thread  dense step");
    for spec in &options.methods {
        for &threads in &options.threads {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
            pool.install(|| measure::<f32>(&options, spec, threads))?;
            pool.install(|| measure::<f64>(&options, spec, threads))?;
        }
    }
    Ok(())
}

/// Returns random coordinates in ascending order.
fn coordinates(batch: usize, options: &Options) -> Vec<u32> {
    let mut random = Random::new(batch as u64);
    let mut at: Vec<u32> = (0..options.touched).map(|_| random.below(options.parameters as u64) as u32).collect();
    at.sort_unstable();
    at.dedup();
    at
}

fn measure<F: Element>(options: &Options, text: &str, threads: usize) -> Result<()> {
    let (spec, n): (OptimizerSpec, _) = (text.parse()?, options.parameters);
    let batches: Vec<_> = (0..BATCHES).map(|batch| coordinates(batch, options)).collect();
    let g = |i: u32, t: usize| F::of((f64::from(i % 97) - 40.0) * 1e-3 + 1e-5 * t as f64);
    let mut sparse = Optimizer::<F>::new(spec.clone(), n)?;
    let mut x = vec![F::of(0.1); n];
    // One vector for x and one for each slot.
    let mut buffers = vec![x.clone(); 1 + sparse.state_bytes() / (n * size_of::<F>())];
    let (mut spent, mut gradient) = ([const { Vec::new() }; 3], Vec::new());
    let (begin, mut steps) = (Instant::now(), 0);
    while steps < options.steps && (steps < 300 || begin.elapsed().as_secs_f64() < 10.0) {
        let at = &batches[steps % BATCHES];
        gradient.clear();
        gradient.extend(at.iter().map(|&i| g(i, steps)));
        let start = Instant::now();
        sparse.sync(&mut x, at)?;
        let middle = Instant::now();
        sparse.step_sparse(&mut x, at, &gradient)?;
        let end = Instant::now();
        // Twice, as for the sync and for the step.
        gather_and_scatter(&mut buffers, at);
        gather_and_scatter(&mut buffers, at);
        let times = [middle - start, end - middle, end.elapsed()];
        for (spent, time) in spent.iter_mut().zip(times) {
            spent.push(time.as_secs_f64() / at.len() as f64);
        }
        steps += 1;
    }
    let mut dense = Optimizer::<F>::new(spec, n)?;
    let whole = vec![F::of(1e-3); n];
    let mut whole_steps = Vec::new();
    for _ in 0..30 {
        let start = Instant::now();
        dense.step(&mut x, &whole)?;
        whole_steps.push(start.elapsed().as_secs_f64() / options.touched as f64);
    }
    let mean = spent[..2].iter().flatten().sum::<f64>() / steps as f64 * 1e9;
    let ([sync, step_sparse, plain], dense) = (spent.map(median), median(whole_steps));
    println!(
        "{text:13} {} {threads:>7} {sync:>9.2} {step_sparse:>8.2} {mean:>15.2} {plain:>25.2} {dense:>11.1}",
        F::NAME
    );
    Ok(())
}

/// Gathers numbers, changes them and scatters them back.
fn gather_and_scatter<F: Element>(buffers: &mut [Vec<F>], at: &[u32]) {
    for tile in at.chunks(TILE) {
        for buffer in &mut *buffers {
            let mut values = [F::ZERO; TILE];
            values.iter_mut().zip(tile).for_each(|(to, &i)| *to = buffer[i as usize]);
            values.iter().zip(tile).for_each(|(from, &i)| buffer[i as usize] = *from + F::TINY);
        }
    }
}

/// Returns the median in nanoseconds.
fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_unstable_by(f64::total_cmp);
    seconds[seconds.len() / 2] * 1e9
}
