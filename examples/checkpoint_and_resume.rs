//! Save the state of a training loop of one's own as JSON, and resume it to the same bits.
use thalweg::method::adamw;
use thalweg::{Optimizer, State};

fn train(optimizer: &mut Optimizer<f64>, x: &mut [f64; 2], steps: usize) -> thalweg::Result<()> {
    for _ in 0..steps {
        let gradient = [x[0] - 1.0, 4.0 * x[1]]; // of (x − 1)²/2 + 2y²
        optimizer.step(x, &gradient)?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut optimizer, mut x) = (Optimizer::new(adamw(0.05), 2)?, [0.0, 3.0]);
    train(&mut optimizer, &mut x, 60)?;
    let checkpoint = serde_json::to_string(&(x, optimizer.state()?))?;
    train(&mut optimizer, &mut x, 40)?;

    let (mut resumed_x, state): ([f64; 2], State<f64>) = serde_json::from_str(&checkpoint)?;
    let mut resumed = Optimizer::new(adamw(0.05), 2)?;
    resumed.load_state(&state)?;
    train(&mut resumed, &mut resumed_x, 40)?;
    println!("{x:?} and, resumed, {resumed_x:?} after {} steps", resumed.steps());
    Ok(())
}
