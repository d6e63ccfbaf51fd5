//! How fast a sparse step is: a million parameters of which each step touches 15,000 at random, beside the dense step.
//!
//!     cargo bench -p thalweg --bench sparse
//!     cargo bench -p thalweg --bench sparse -- adam lion

#![allow(clippy::print_stdout)]

use std::time::Instant;

use thalweg::{Element, Optimizer, Result, Spec};

const PARAMETERS: usize = 1_000_000;
const TOUCHED: usize = 15_000;
/// So many batches, one after another and then again.
const BATCHES: usize = 64;
const STEPS: usize = 2_000;

fn main() -> Result<()> {
    let names: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with("--")).collect();
    let all = ["adagrad", "sgd", "momentum", "rmsprop", "adadelta", "adam", "adamw", "nadam", "lion", "adamax"];
    let specs = if names.is_empty() { all.map(String::from).to_vec() } else { names };
    println!("ns per touched coordinate; {PARAMETERS} parameters, {TOUCHED} touched a step");
    println!("method        type threads  catch_up  tell_at     sum  dense step");
    for spec in &specs {
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .map_err(|error| thalweg::Error::Missing { what: error.to_string(), needs: "threads".into() })?;
            pool.install(|| measure::<f32>(spec, threads).and_then(|()| measure::<f64>(spec, threads)))?;
        }
    }
    Ok(())
}

/// Ascending places, about as many as are asked for.
fn places(batch: usize) -> Vec<u32> {
    let mut random = thalweg::Random::new(batch as u64);
    let mut at: Vec<u32> = (0..TOUCHED).map(|_| random.below(PARAMETERS as u64) as u32).collect();
    at.sort_unstable();
    at.dedup();
    at
}

fn measure<F: Element>(text: &str, threads: usize) -> Result<()> {
    let spec: Spec = text.parse()?;
    let batches: Vec<_> = (0..BATCHES).map(places).collect();
    let g = |i: u32, t: usize| F::of((f64::from(i % 97) - 40.0) * 1e-3 + 1e-5 * t as f64);
    let mut sparse = Optimizer::<F>::new(spec.clone(), PARAMETERS)?;
    let mut x = vec![F::of(0.1); PARAMETERS];
    let (mut spent, mut touched, mut gradient) = ([0.0; 2], 0, Vec::new());
    // Steps that take long are few.
    let (begin, mut steps) = (Instant::now(), 0);
    while steps < STEPS && (steps < 300 || begin.elapsed().as_secs_f64() < 10.0) {
        let at = &batches[steps % BATCHES];
        gradient.clear();
        gradient.extend(at.iter().map(|&i| g(i, steps)));
        let start = Instant::now();
        sparse.catch_up(&mut x, at)?;
        let middle = Instant::now();
        sparse.tell_at(&mut x, at, &gradient)?;
        spent[0] += (middle - start).as_secs_f64();
        spent[1] += middle.elapsed().as_secs_f64();
        touched += at.len();
        steps += 1;
    }
    let mut dense = Optimizer::<F>::new(spec, PARAMETERS)?;
    let whole = vec![F::of(1e-3); PARAMETERS];
    dense.tell(&mut x, &whole)?;
    let start = Instant::now();
    for _ in 0..20 {
        dense.tell(&mut x, &whole)?;
    }
    let dense = start.elapsed().as_secs_f64() / 20.0 / TOUCHED as f64 * 1e9;
    let [catch_up, tell_at] = spent.map(|s| s / touched as f64 * 1e9);
    println!(
        "{text:13} {} {threads:>7} {catch_up:>9.2} {tell_at:>8.2} {:>7.2} {dense:>11.1}",
        F::NAME,
        catch_up + tell_at
    );
    Ok(())
}
