//! A new method in a dozen lines: existing parts of the algebra, and a new one.
//!
//! `cargo run --release -p thalweg --example own_method`

#![allow(clippy::print_stdout)]

use std::ops::ControlFlow::Continue;

use thalweg::algebra::{Adaptive, Ema, EpsForm, Moment, Rule, Slot, StepContext};
use thalweg::optimizer::CustomRule;
use thalweg::{Optimizer, OptimizerOptions, Real, Result, StopCriteria, minimize};

/// A new second moment: Ψ(g) = √v + ε with v ← v + (g² − v)/t, the mean of all squared gradients so far.
#[derive(Clone, Copy, Debug)]
struct RootMean {
    eps: f64,
}

impl Moment for RootMean {
    type Slots<F: Real> = [F; 1];
    type Scalars<F: Real> = (F, F);

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::nonnegative("v", 0.0)]
    }

    fn scalars<F: Real>(&self, at: &StepContext) -> (F, F) {
        (F::of(1.0 / at.t as f64), F::of(self.eps))
    }

    fn update<F: Real>(&(weight, eps): &(F, F), g: F, [v]: &mut [F; 1]) -> F {
        *v = *v + weight * (g * g - *v);
        v.sqrt() + eps
    }
}

fn rosenbrock(x: &[f64], g: &mut [f64]) -> f64 {
    let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
    (g[0], g[1]) = (-2.0 * a - 400.0 * x[0] * b, 200.0 * b);
    a * a + 100.0 * b * b
}

fn run(name: &'static str, rule: impl Rule) -> Result<()> {
    let mut method =
        Optimizer::from_rule(CustomRule { name, rule, lr: 0.02, weight_decay: 0.0 }, OptimizerOptions::default(), 2)?;
    let stop = StopCriteria { target: Some(1e-6), steps: Some(100_000), ..StopCriteria::default() };
    let end = minimize(&mut rosenbrock, &mut method, &[-1.2, 1.0], &stop, |_| Continue(()))?;
    println!("{name:<22} {:>6} steps  f = {:.1e}  ({})", end.steps, end.value, end.reason);
    Ok(())
}

fn main() -> Result<()> {
    // Adam is the composition Φ/Ψ. With another Ψ it is a new method, which is also fused into one pass.
    let correction = thalweg::algebra::BiasCorrection::On;
    let psi = thalweg::algebra::RootEma { beta: 0.999, eps: 1e-8, eps_form: EpsForm::Outside, correction };
    run("adam", Adaptive(Ema::new(0.9), psi))?;
    run("momentum / root mean", Adaptive(Ema::new(0.9), RootMean { eps: 1e-8 }))
}
