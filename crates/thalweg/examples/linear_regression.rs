//! Adam against batch gradient descent on y = x₁ + 2x₂: a published table, reproduced, and then compared fairly.
//!
//! `cargo run --release -p thalweg --example linear_regression`
//!
//! x₁, x₂ are uniform in [1.1, 10.4], there is no intercept, θ starts at 0, the loss is 1/(2m)·Σ(θ·x − y)².
//! Published: Adam (lr 0.01) takes one sample a step in file order until the loss over ALL samples is at most 1e-4;
//! gradient descent takes all samples a step. Its rate and stop were not published: its numbers of steps and its last
//! θ fit lr = 0.01 until the gradient's norm is at most 1e-4, which is used here.

#![allow(clippy::print_stdout)]

use std::ops::ControlFlow::{Break, Continue};
use std::time::Instant;

use thalweg::{Adam, Keep, Optimizer, Outcome, Result, Sgd, Spec, Stop, minimize};

/// What was published for a number of samples: steps, θ and seconds of Adam, and of gradient descent.
const PUBLISHED: [(usize, Run, Run); 4] = [
    (100, (1624, [1.00316, 1.99690], 0.029), (144, [1.000_009_0, 1.999_991_7], 0.0100)),
    (1_000, (2009, [1.00382, 1.99645], 0.045), (152, [1.000_008_8, 1.999_991_0], 0.111)),
    (10_000, (2002, [1.00382, 1.99643], 0.268), (145, [1.000_008_5, 1.999_991_4], 1.046)),
    (100_000, (1921, [1.00350, 1.99616], 1.898), (147, [1.000_008_6, 1.999_991_3], 10.860)),
];

/// Steps, θ, seconds.
type Run = (u64, [f64; 2], f64);

struct Samples {
    x: Vec<[f64; 2]>,
}

impl Samples {
    fn uniform(n: usize) -> Self {
        let mut state = 1_u64;
        let mut next = || {
            // A linear congruential generator (Knuth's MMIX); the upper 32 bits are good enough here.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            1.1 + (10.4 - 1.1) * (state >> 32) as f64 / (1_u64 << 32) as f64
        };
        Self { x: (0..n).map(|_| [next(), next()]).collect() }
    }

    /// Mean loss over some samples, and its gradient.
    fn loss(&self, theta: &[f64], g: &mut [f64], range: std::ops::Range<usize>) -> f64 {
        let m = range.len() as f64;
        g.fill(0.0);
        let mut loss = 0.0;
        for x in &self.x[range] {
            let off = (theta[0] - 1.0) * x[0] + (theta[1] - 2.0) * x[1];
            loss += off * off / (2.0 * m);
            (0..2).for_each(|k| g[k] += off * x[k] / m);
        }
        loss
    }

    fn whole(&self, theta: &[f64]) -> f64 {
        self.loss(theta, &mut [0.0; 2], 0..self.x.len())
    }

    /// Batches of `size` in file order. Looks at the whole loss every `look` steps, until it is at most 1e-4.
    fn descend(&self, method: impl Into<Spec>, size: usize, look: u64, steps: u64) -> Result<Outcome<f64>> {
        let mut from = 0;
        let mut batch = |theta: &[f64], g: &mut [f64]| {
            let to = (from + size).min(self.x.len());
            let loss = self.loss(theta, g, from..to);
            from = to % self.x.len();
            loss
        };
        let mut method = Optimizer::new(method, 2)?;
        let stop = Stop { steps: Some(steps), keep: Keep::Last, ..Stop::default() };
        minimize(&mut batch, &mut method, &[0.0, 0.0], &stop, |progress| {
            let looks = progress.step > 0 && progress.step.is_multiple_of(look);
            if looks && self.whole(progress.x) <= 1e-4 { Break(()) } else { Continue(()) }
        })
    }
}

/// The published table: Adam looks at all samples after each step, gradient descent at its gradient.
fn as_published(adam: Adam, descent: Sgd) -> Result<()> {
    println!("{:>7}  {:>34}  {:>34}", "samples", "Adam: steps, θ, seconds", "gradient descent: steps, θ, seconds");
    for (n, adam_published, descent_published) in PUBLISHED {
        let samples = Samples::uniform(n);
        let began = Instant::now();
        let one = samples.descend(adam, 1, 1, 3000)?;
        let one_seconds = began.elapsed().as_secs_f64();

        let mut all = |theta: &[f64], g: &mut [f64]| samples.loss(theta, g, 0..n);
        let stop = Stop { gradient_norm: Some(1e-4), steps: Some(3000), ..Stop::default() };
        let began = Instant::now();
        let batch = minimize(&mut all, &mut Optimizer::new(descent, 2)?, &[0.0, 0.0], &stop, |_| Continue(()))?;
        let batch_seconds = began.elapsed().as_secs_f64();

        let row = |(steps, theta, seconds): Run| format!("{steps:>5}  {:.7} {:.7} {seconds:>8.4}", theta[0], theta[1]);
        println!("{n:>7}  {:>34}  {:>34}  published", row(adam_published), row(descent_published));
        let one = row((one.steps, [one.x[0], one.x[1]], one_seconds));
        let batch = row((batch.steps, [batch.x[0], batch.x[1]], batch_seconds));
        println!("{:>7}  {one:>34}  {batch:>34}  measured", "");
    }
    Ok(())
}

/// The same race with the same rules for both: the loss over all samples is looked at after each pass.
fn fairly(adam: Adam, descent: Sgd) -> Result<()> {
    println!("{:>7} {:>7}  {:<33}  {:<33}", "", "", "Adam", "gradient descent");
    println!("{1:>7} {2:>7}  {0}  {0}", "    steps      touched    seconds", "samples", "batch");
    for (n, ..) in PUBLISHED {
        let samples = Samples::uniform(n);
        for size in [1, 32, n] {
            print!("{n:>7} {size:>7}");
            let per_pass = n.div_ceil(size) as u64;
            for method in [Spec::from(adam), Spec::from(Sgd { lr: rate(size), ..descent })] {
                let began = Instant::now();
                let end = samples.descend(method, size, per_pass, 100 * per_pass.max(100))?;
                let seconds = began.elapsed().as_secs_f64();
                print!("  {:>9} {:>12} {seconds:>10.4}", end.steps, end.steps * n as u64 / per_pass);
            }
            println!();
        }
    }
    Ok(())
}

/// One sample's curvature is up to |x|² = 216, so descent by few samples needs lr < 2/216.
fn rate(size: usize) -> f64 {
    if size > 32 { 0.01 } else { 0.005 }
}

/// Loss over all samples against steps taken and against samples touched, for batches of 1, 32 and all.
fn curves(descent: Sgd) -> Result<()> {
    let n = 1000;
    let samples = Samples::uniform(n);
    println!("{:>9}  {:<32}  after so many samples touched", "", "loss after so many steps");
    println!("{:>9} {:>10} {:>10} {:>10}  {:>10} {:>10} {:>10}", "batch", 1, 10, 100, 1000, 10_000, 100_000);
    for size in [1, 32, n] {
        let after = |steps: u64| {
            let method = Sgd { lr: rate(size), ..descent };
            samples.descend(method, size, u64::MAX, steps).map(|end| samples.whole(&end.x))
        };
        print!("{size:>9}");
        for steps in [1, 10, 100] {
            print!(" {:>10.1e}", after(steps)?);
        }
        print!(" ");
        for touched in [1_000, 10_000, 100_000_u64] {
            print!(" {:>10.1e}", after(touched / size as u64)?);
        }
        println!();
    }
    Ok(())
}

fn main() -> Result<()> {
    let adam = Adam { lr: 0.01, ..Adam::default() };
    let descent = Sgd { lr: 0.01, ..Sgd::default() };
    println!("As published: Adam takes one sample a step and looks at all of them after it.\n");
    as_published(adam, descent)?;
    println!("\nFairly: the loss over all samples is looked at after each pass, for both, until it is at most 1e-4.");
    println!("The cost is in samples touched, those of looking not counted.\n");
    fairly(adam, descent)?;
    println!("\nWith 100,000 samples, batches of 1 and 32 are there within a pass with either method, and a whole");
    println!("pass a step needs many. What was published as Adam's advantage is the advantage of small batches:");
    println!("at equal batches, gradient descent needs no more samples than Adam here.\n");
    curves(descent)
}
