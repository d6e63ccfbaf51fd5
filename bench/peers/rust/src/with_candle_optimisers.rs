//! Optimizers of the candle-optimisers crate.

use crate::{DECAY, MOMENTUM, Peer, RATE, Step, buffers};
use candle_core_010::{Device, Result, Tensor, Var, backprop::GradStore};
use candle_nn_010::Optimizer;
use candle_optimisers::{
    Decay, Momentum,
    adadelta::{Adadelta, ParamsAdaDelta},
    adagrad::{Adagrad, ParamsAdaGrad},
    adam::{Adam, ParamsAdam},
    adamax::{Adamax, ParamsAdaMax},
    esgd::{ParamsSGD, SGD},
    nadam::{NAdam, ParamsNAdam},
    radam::{ParamsRAdam, RAdam},
    rmsprop::{ParamsRMSprop, RMSprop},
};

pub const PEER: Peer = Peer {
    library: "candle-optimisers",
    version: "0.10.2",
    make: |method, tensors, length| {
        let sgd = |momentum| stepper::<SGD>(ParamsSGD { lr: RATE, momentum, ..Default::default() }, tensors, length);
        let adam = |weight_decay, amsgrad| {
            stepper::<Adam>(ParamsAdam { lr: RATE, weight_decay, amsgrad, ..Default::default() }, tensors, length)
        };
        let step = match method {
            "sgd" => sgd(None),
            "momentum" => sgd(Some(Momentum::Classical(MOMENTUM))),
            "nag" => sgd(Some(Momentum::Nesterov(MOMENTUM))),
            "adam" => adam(None, false),
            "adamw" => adam(Some(Decay::DecoupledWeightDecay(DECAY)), false),
            "amsgrad" => adam(None, true),
            "adagrad" => stepper::<Adagrad>(ParamsAdaGrad { lr: RATE, ..Default::default() }, tensors, length),
            "rmsprop" => stepper::<RMSprop>(ParamsRMSprop { lr: RATE, ..Default::default() }, tensors, length),
            "adadelta" => stepper::<Adadelta>(ParamsAdaDelta { lr: RATE, ..Default::default() }, tensors, length),
            "nadam" => stepper::<NAdam>(ParamsNAdam { lr: RATE, ..Default::default() }, tensors, length),
            "adamax" => stepper::<Adamax>(ParamsAdaMax { lr: RATE, ..Default::default() }, tensors, length),
            "radam" => stepper::<RAdam>(ParamsRAdam { lr: RATE, ..Default::default() }, tensors, length),
            _ => return None,
        };
        Some(step.expect("candle on the CPU"))
    },
};

/// As in `with_candle`, with the types of the candle before.
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

fn no_grads() -> Result<GradStore> {
    Var::from_vec(vec![0f32], 1, &Device::Cpu)?.sum_all()?.backward()
}
