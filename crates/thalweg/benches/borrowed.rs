//! Time of a call of `step` for a few numbers, and of steps on borrowed slots against those of an optimizer that owns
//! them. Both are timed in turn, on the thread pool of `--threads`.
//!
//!     cargo bench -p thalweg --bench borrowed
//!     cargo bench -p thalweg --bench borrowed -- --methods adam --sizes 8,65536 --threads 2

#![allow(clippy::print_stdout)]

use std::time::Instant;

use clap::Parser;
use thalweg::method::StateType;
use thalweg::optimizer::{SlotBuffer, SlotMut, StepCounter};
use thalweg::{Optimizer, OptimizerSpec, Result, StatelessOptimizer};

/// Minimum duration of a sample in seconds.
const MIN_SAMPLE_SECONDS: f64 = 0.02;
const SAMPLES: usize = 25;

#[derive(Parser)]
struct Options {
    /// Methods with their hyperparameters, without commas inside.
    #[arg(long, value_delimiter = ',', default_value = "sgd,momentum,adam,adamw,lion")]
    methods: Vec<OptimizerSpec>,
    /// Numbers of parameters.
    #[arg(long, value_delimiter = ',', default_value = "8,65536,16777216")]
    sizes: Vec<usize>,
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Given by cargo; without effect.
    #[arg(long, hide = true)]
    bench: bool,
}

/// An optimizer that owns its slots, and one that borrows them, with parameters of their own.
struct Pair {
    owned: Optimizer<f32>,
    stateless: StatelessOptimizer<f32>,
    slots: Vec<SlotBuffer<f32>>,
    counter: StepCounter,
    x: [Vec<f32>; 2],
    g: Vec<f32>,
}

impl Pair {
    fn new(spec: &OptimizerSpec, n: usize) -> Result<Self> {
        let stateless = StatelessOptimizer::new(spec.clone())?;
        let x: Vec<f32> = (0..n).map(|i| (i % 1024) as f32 * 1e-3).collect();
        Ok(Self {
            owned: Optimizer::new(spec.clone(), n)?,
            slots: stateless.method().new_slots(n, StateType::Full),
            stateless,
            counter: StepCounter::default(),
            g: x.iter().map(|x| 0.5 - x).collect(),
            x: [x.clone(), x],
        })
    }

    fn step_owned(&mut self) -> Result<()> {
        self.owned.step(&mut self.x[0], &self.g).map(|_| ())
    }

    fn step_borrowed(&mut self) -> Result<()> {
        let mut slots: [SlotMut<'_, f32>; 4] = std::array::from_fn(|_| SlotMut::Full(&mut []));
        let used = &mut slots[..self.slots.len()];
        used.iter_mut().zip(&mut self.slots).for_each(|(slot, buffer)| *slot = buffer.as_mut());
        self.stateless.step(&mut self.x[1], &self.g, used, &mut self.counter).map(|_| ())
    }
}

/// Seconds of `repeats` steps.
fn time(repeats: usize, mut step: impl FnMut() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    (0..repeats).try_for_each(|_| step())?;
    Ok(start.elapsed().as_secs_f64())
}

fn median(mut v: Vec<f64>) -> f64 {
    v.sort_by(f64::total_cmp);
    v[v.len() / 2]
}

fn measure(spec: &OptimizerSpec, n: usize) -> Result<()> {
    let mut pair = Pair::new(spec, n)?;
    pair.step_borrowed()?;
    let first = time(1, || pair.step_owned())?;
    let repeats = ((MIN_SAMPLE_SECONDS / first) as usize).clamp(1, 1 << 18);
    let (mut owned, mut ratios) = (Vec::new(), Vec::new());
    for sample in 0..=SAMPLES {
        let seconds = time(repeats, || pair.step_owned())?;
        let borrowed = time(repeats, || pair.step_borrowed())?;
        // The first sample warms up.
        if sample > 0 {
            owned.push(seconds / repeats as f64);
            ratios.push(borrowed / seconds);
        }
    }
    assert!(pair.x[0] == pair.x[1], "borrowed slots give the same bits");
    let (ns, ratio) = (median(owned) * 1e9, median(ratios));
    println!(
        "{:<10} {n:>9} {ns:>12.1} ns owned  {:>12.1} ns borrowed  ratio {ratio:.3}",
        spec.method.name(),
        ns * ratio
    );
    Ok(())
}

fn main() -> Result<()> {
    let options = Options::parse();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build().expect("a thread pool starts");
    pool.install(|| {
        for &n in &options.sizes {
            for spec in &options.methods {
                measure(spec, n)?;
            }
        }
        Ok(())
    })
}
