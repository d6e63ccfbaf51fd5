//! Burn's optimizers on burn-flex, its backend for the CPU.

use crate::{DECAY, MOMENTUM, Peer, RATE, Step, buffers};
use burn::optim::momentum::MomentumConfig;
use burn::optim::{
    AdaGradConfig, AdamConfig, AdamWConfig, AdanConfig, LambConfig, LionConfig, Optimizer, RmsPropConfig, SgdConfig,
};
use burn::tensor::{Device, Tensor, TensorData};

pub const PEER: Peer = Peer {
    library: "burn-flex",
    version: "0.22.1",
    make: |method, tensors, length| {
        let momentum = |nesterov| {
            let momentum = MomentumConfig { momentum: MOMENTUM, dampening: 0.0, nesterov };
            SgdConfig::new().with_momentum(Some(momentum)).build()
        };
        Some(match method {
            "sgd" => stepper(SgdConfig::new().build(), tensors, length),
            "momentum" => stepper(momentum(false), tensors, length),
            "nag" => stepper(momentum(true), tensors, length),
            "adagrad" => stepper(AdaGradConfig::new().build(), tensors, length),
            "rmsprop" => stepper(RmsPropConfig::new().with_momentum(0.0).build(), tensors, length),
            "adam" => stepper(AdamConfig::new().build(), tensors, length),
            "amsgrad" => stepper(AdamConfig::new().with_amsgrad(true).build(), tensors, length),
            "adamw" => stepper(AdamWConfig::new().with_weight_decay(DECAY as f32).build(), tensors, length),
            "lion" => stepper(LionConfig::new().build(), tensors, length),
            "adan" => stepper(AdanConfig::new().build(), tensors, length),
            "lamb" => stepper(LambConfig::new().build(), tensors, length),
            _ => return None,
        })
    },
};

/// The optimizer itself, without the module around it that maps its parameters: the faster way to call it.
fn stepper<O: Optimizer>(optimizer: O, tensors: usize, length: usize) -> Step {
    let device = Device::default();
    let tensor = |values| Tensor::<1>::from_data(TensorData::new(values, [length]), &device);
    let mut params: Vec<_> = (0..tensors)
        .map(|_| {
            let (x, g) = buffers(length);
            (tensor(x), tensor(g), None)
        })
        .collect();
    // Parameters and state are moved in, that burn may reuse their memory; the gradient is kept, hence shared.
    Box::new(move || {
        for (x, g, state) in std::mem::take(&mut params) {
            let (x, state) = optimizer.step(RATE, x, g.clone(), state);
            params.push((x, g, state));
        }
    })
}
