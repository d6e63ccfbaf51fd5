//! The optimizers that candle-nn itself brings: SGD and AdamW.

use crate::{DECAY, Peer, RATE, Step, buffers};
use candle_core::{Device, Result, Tensor, Var, backprop::GradStore};
use candle_nn::{AdamW, Optimizer, ParamsAdamW, SGD};

pub const PEER: Peer = Peer {
    library: "candle-nn",
    version: "0.11.1",
    make: |method, tensors, length| {
        let step = match method {
            "sgd" => stepper::<SGD>(RATE, tensors, length),
            "adamw" => {
                stepper::<AdamW>(ParamsAdamW { lr: RATE, weight_decay: DECAY, ..Default::default() }, tensors, length)
            }
            _ => return None,
        };
        Some(step.expect("candle on the CPU"))
    },
};

fn stepper<O: Optimizer + 'static>(config: O::Config, tensors: usize, length: usize) -> Result<Step> {
    let mut grads = no_grads()?;
    let mut vars = Vec::new();
    for _ in 0..tensors {
        let (x, g) = buffers(length);
        let var = Var::from_vec(x, length, &Device::Cpu)?;
        grads.insert(&var, Tensor::from_vec(g, length, &Device::Cpu)?);
        vars.push(var);
    }
    let mut optimizer = O::new(vars, config)?;
    Ok(Box::new(move || optimizer.step(&grads).expect("candle on the CPU")))
}

/// Only `backward` makes a store of gradients: one of a single variable, to which ours are added.
fn no_grads() -> Result<GradStore> {
    Var::from_vec(vec![0f32], 1, &Device::Cpu)?.sum_all()?.backward()
}
