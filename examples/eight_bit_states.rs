//! Adam with its two averages in 8 bits each, and parameters in f32: 2 bytes of state per parameter instead of 8.
use thalweg::{OptimizerSpec, prelude::*};

fn main() -> thalweg::Result<()> {
    for method in ["adam:lr=0.01", "adam:lr=0.01,state=8bit"] {
        let spec: OptimizerSpec = method.parse()?;
        let mut optimizer = Optimizer::<f32>::new(spec, 4096)?;
        let mut x = vec![1.0_f32; 4096];
        for _ in 0..400 {
            let gradient: Vec<f32> = x.iter().map(|x| 2.0 * x).collect(); // of Σx²
            optimizer.step(&mut x, &gradient)?;
        }
        let largest = x.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        println!("{method}: max |x| < 0.01: {}", largest < 0.01);
    }
    Ok(())
}
