//! Groups of tensors with hyperparameters of their own, changed, frozen and joined by new tensors while running.
use thalweg::method::adamw;
use thalweg::{Group, Layout, Optimizer, Tensor};

fn main() -> thalweg::Result<()> {
    let layout = Layout {
        tensors: vec![Tensor::new("weights", 2), Tensor::new("bias", 1).in_group("no decay")],
        groups: vec![Group::new("no decay").with("weight_decay", 0.0).with("beta1", 0.8)],
    };
    let mut optimizer = Optimizer::<f64>::new(adamw(0.1), layout)?;
    let mut x = vec![1.0, -1.0, 0.5]; // the weights, then the bias
    optimizer.step(&mut x, &[1.0, -1.0, 0.5])?;
    optimizer.set_lr(0.01)?;
    optimizer.set_group_lr("no decay", 0.05)?;
    optimizer.step(&mut x, &[1.0, -1.0, 0.5])?;
    println!("{x:.4?}, lr {} and {}", optimizer.lr(), optimizer.group_lr("no decay")?);

    optimizer.freeze_tensor("weights")?;
    optimizer.add_tensors(Tensor::new("head", 1).in_group("no decay"))?;
    x.push(2.0);
    optimizer.step(&mut x, &[9.0, 9.0, 0.5, 1.0])?;
    println!("{x:.4?}: the weights are frozen, the head starts with its own bias correction");
    Ok(())
}
