//! Minimizes a function of two variables until its gradient is small.
use thalweg::prelude::*;

fn main() -> thalweg::Result<()> {
    let mut rosenbrock = |x: &[f64], g: &mut [f64]| {
        let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
        (g[0], g[1]) = (-2.0 * a - 400.0 * x[0] * b, 200.0 * b);
        a * a + 100.0 * b * b
    };
    let outcome = Minimize::new(adam(0.02)).gradient_tolerance(1e-6).run(&mut rosenbrock, &[-1.2, 1.0])?;
    println!("x = {:.6?} after {} steps: {}", outcome.x, outcome.steps, outcome.reason);
    Ok(())
}
