//! Cost of a formula: 10⁶ steps of Adam on Rosenbrock's function, as a formula and as handwritten Rust.
//!
//! The two take turns, so that a disturbance affects both; they must end at the same point to within 1e-9.

#![allow(clippy::print_stdout)]

use std::time::Instant;

use thalweg::method::Adam;
use thalweg::{Minimize, Objective, Optimizer, StopCriteria};
use thalweg_problems::{Formula, Result};

const STEPS: u64 = 1_000_000;
const REPETITIONS: usize = 7;
const START: [f64; 2] = [-1.2, 1.0];

fn by_hand(x: &[f64], g: &mut [f64]) -> f64 {
    let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
    g[0] = -2.0 * a - 400.0 * x[0] * b;
    g[1] = 200.0 * b;
    a * a + 100.0 * b * b
}

/// Returns the seconds that a run takes, and its end.
fn run(objective: &mut impl Objective<f64>) -> Result<(f64, Vec<f64>)> {
    // With this small learning rate the run does not converge before its end.
    let mut adam = Optimizer::new(Adam { lr: 1e-6, ..Adam::default() }, 2)?;
    let stop = StopCriteria { max_steps: Some(STEPS), ..StopCriteria::default() };
    let began = Instant::now();
    let outcome = Minimize::with_optimizer(&mut adam).criteria(stop).run(objective, &START)?;
    Ok((began.elapsed().as_secs_f64(), outcome.x))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() -> Result<()> {
    let mut formula = Formula::parse("(1-x)^2 + 100*(y-x^2)^2")?;
    let (mut hand, mut text) = (Vec::new(), Vec::new());
    for _ in 0..REPETITIONS {
        let (seconds, x) = run(&mut by_hand)?;
        hand.push(seconds);
        let (seconds, y) = run(&mut formula)?;
        text.push(seconds);
        assert!(x.iter().zip(&y).all(|(x, y)| (x - y).abs() < 1e-9), "{x:?} by hand, {y:?} by formula");
    }
    let (hand, text) = (median(hand), median(text));
    let ns = 1e9 / STEPS as f64;
    println!(
        "a step with handwritten Rust {:6.1} ns\na step with a formula        {:6.1} ns, {:.2}×",
        hand * ns,
        text * ns,
        text / hand
    );
    Ok(())
}
