//! Refusal of sparse steps: optimizers that support none, invalid coordinates and gradients, reading while steps are
//! pending.

#![allow(clippy::float_cmp)] // what is refused changes nothing

use thalweg::optimizer::Rounding;
use thalweg::{Error, Layout, Optimizer, OptimizerSpec, StepOutcome, Tensor};

fn spec(text: &str) -> OptimizerSpec {
    text.parse().expect(text)
}

#[test]
fn unsupported_sparse_steps_give_the_reason() {
    let reason = |text: &str| Optimizer::<f64>::new(spec(text), 5).expect("a valid optimizer").sparse_unsupported();
    for (text, why) in [
        ("lamb", "lamb needs the norms of whole tensors"),
        ("sgd:ema=0.9", "an average of the iterates changes in every coordinate at every step"),
        ("sgd:accumulate=2", "accumulated gradients are dense"),
        ("adam:state=8bit", "slots in 8bit are rounded at every step"),
        ("adam:state=f32", "slots in f32 are rounded at every step"),
    ] {
        assert_eq!(reason(text).as_deref(), Some(why));
    }
    assert_eq!(reason("adam"), None);
    assert_eq!(Optimizer::<f32>::new(spec("adam:state=f32"), 5).expect("a valid optimizer").sparse_unsupported(), None);
    let bf16 = Layout { tensors: vec![Tensor::new("w", 5).bf16(Rounding::Stochastic)], groups: vec![] };
    let mut adam = Optimizer::<f32>::new(spec("adam"), bf16).expect("a valid optimizer");
    let error = adam.step_sparse(&mut [0.0; 5], &[1], &[1.0]).expect_err("not sparse").to_string();
    assert_eq!(error, "sparse steps are not supported: w is in bf16, which is rounded at every step");
}

#[test]
fn invalid_input_is_refused_and_changes_nothing() {
    let mut adam = Optimizer::<f64>::new(spec("adam"), 5).expect("a valid optimizer");
    let mut x = [1.0; 5];
    let before = adam.state().expect("in sync");
    let mut error = |at: &[u32], g: &[f64]| adam.step_sparse(&mut x, at, g).expect_err("wrong").to_string();
    assert_eq!(error(&[1, 1], &[1.0; 2]), "coordinates must be ascending and below 5, but the one at position 1 is 1");
    assert_eq!(error(&[3, 2], &[1.0; 2]), "coordinates must be ascending and below 5, but the one at position 1 is 2");
    assert_eq!(error(&[1, 5], &[1.0; 2]), "coordinates must be ascending and below 5, but the one at position 1 is 5");
    assert_eq!(error(&[1, 2], &[1.0; 3]), "the gradient must have 2 numbers, but has 3");
    assert_eq!(error(&[1, 4], &[1.0, f64::NAN]), "the gradient must be finite, but x[4] is NaN");
    assert_eq!((x, adam.state().expect("in sync")), ([1.0; 5], before.clone()));
    assert!(adam.sync(&mut x[..4], &[1]).is_err() && adam.sync_all(&mut x[..4]).is_err());
    // No coordinate at all is a step too.
    adam.step_sparse(&mut x, &[], &[]).expect("nothing");
    assert_eq!((adam.steps(), adam.is_stale()), (1, true));
    assert!(matches!(adam.eval_point(&x), Err(Error::OutOfSync)));
    assert!(matches!(adam.state(), Err(Error::OutOfSync)), "stale slots are an error, not a state");
    adam.sync_all(&mut x).expect("valid input");
    assert_eq!(adam.eval_point(&x).expect("up to date"), [1.0; 5]);
    adam.load_state(&before).expect("its own state");
    assert_eq!(adam.state().expect("in sync"), before);

    let mut skipping = Optimizer::<f64>::new(spec("adam:nonfinite=skip"), 5).expect("a valid optimizer");
    assert_eq!(skipping.step_sparse(&mut x, &[2], &[f64::INFINITY]).expect("skipped"), StepOutcome::Skipped);
    assert_eq!((x, skipping.steps(), skipping.skipped()), ([1.0; 5], 0, 1));
}
