//! Minimizes a function of two variables until its gradient is small.
use std::ops::ControlFlow::Continue;
use thalweg::{StopCriteria, prelude::*};

fn main() -> thalweg::Result<()> {
    let mut rosenbrock = |x: &[f64], g: &mut [f64]| {
        let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
        (g[0], g[1]) = (-2.0 * a - 400.0 * x[0] * b, 200.0 * b);
        a * a + 100.0 * b * b
    };
    let mut optimizer = Optimizer::new(adam(0.02), 2)?;
    let stop = StopCriteria { gradient_norm: Some(1e-6), ..StopCriteria::default() };
    let outcome = minimize(&mut rosenbrock, &mut optimizer, &[-1.2, 1.0], &stop, |_| Continue(()))?;
    println!("x = {:.6?} after {} steps: {}", outcome.x, outcome.steps, outcome.reason);
    Ok(())
}
