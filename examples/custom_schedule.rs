//! A learning-rate schedule of one's own: any function from the step to a factor.
use thalweg::method::momentum;
use thalweg::{Optimizer, OptimizerOptions, OptimizerSpec, Schedule};

fn main() -> thalweg::Result<()> {
    // A triangular wave (Smith 2017): up in 50 steps, down in 50 steps, over and over.
    let triangle = Schedule::custom(|t| {
        let phase = f64::from((t % 100) as u32) / 50.0;
        if phase < 1.0 { phase } else { 2.0 - phase }
    });
    let options = OptimizerOptions { schedule: triangle, ..OptimizerOptions::default() };
    let mut optimizer = Optimizer::new(OptimizerSpec { method: momentum(0.1).into(), options }, 1)?;
    let mut x = [5.0_f64];
    for step in 0..200 {
        if step % 25 == 0 {
            println!("step {step:>3}: lr {:.3}, x {:>8.5}", optimizer.lr(), x[0]);
        }
        let gradient = [x[0]]; // of x²/2
        optimizer.step(&mut x, &gradient)?;
    }
    Ok(())
}
