//! A method of one's own, composed of existing parts: AdaGrad with momentum.
use thalweg::algebra::{Adaptive, Ema, EpsForm, RootSumSquares};
use thalweg::{Optimizer, OptimizerOptions, optimizer::CustomRule};

fn main() -> thalweg::Result<()> {
    let root = RootSumSquares { start: 0.0, eps: 1e-8, eps_form: EpsForm::Outside };
    let rule = Adaptive(Ema::new(0.9), root);
    let method = CustomRule { name: "adagrad_with_momentum", rule, lr: 0.5, weight_decay: 0.0 };
    let mut optimizer = Optimizer::from_rule(method, OptimizerOptions::default(), 2)?;
    let mut x = [3.0_f64, -4.0];
    for _ in 0..500 {
        let gradient = [2.0 * x[0], 20.0 * x[1]]; // of x² + 10y²
        optimizer.step(&mut x, &gradient)?;
    }
    println!("|x| < 1e-6: {}", x.iter().all(|x| x.abs() < 1e-6));
    Ok(())
}
