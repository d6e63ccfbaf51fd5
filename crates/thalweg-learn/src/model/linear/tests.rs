//! Linear models against sums by hand and finite differences.

use super::*;
use crate::data::RowMatrix;
use crate::interrupt::Interrupt;

fn rows() -> Rows {
    Rows {
        numbers: RowMatrix::new(2, &[1.0, 2.0, -1.0, 0.5, 0.0, -2.0]),
        codes: vec![2, 3, 4],
        code_width: 1,
        features: 4,
        target: vec![1.0, 0.0, 1.0],
        ..Rows::default()
    }
}

const ONE: Linear = Linear { features: 4, outputs: 1, intercept: true };
const PARAMETERS: [f64; 5] = [0.3, -0.2, 0.7, -1.1, 0.25];

#[test]
fn a_score_is_the_weighted_sum_of_the_row() {
    let found = ONE.scores(&rows(), &PARAMETERS);
    // The level 4 of the third row is unseen.
    let by_hand = [0.3 - 0.4 + 0.7 + 0.25, -0.3 - 0.1 - 1.1 + 0.25, 0.4 + 0.25];
    found.iter().zip(by_hand).for_each(|(a, b)| assert!((a - b).abs() < 1e-15, "{a} is not {b}"));
}

#[test]
fn dense_rows_have_the_loss_and_gradient_of_the_general_loop() {
    for width in [1_usize, 5, 8, 13, 28] {
        let n = 37;
        let numbers: Vec<f32> = (0..n * width).map(|i| libm::sin(i as f64) as f32).collect();
        let target = (0..n).map(|i| f64::from(u8::from(i % 3 == 0))).collect();
        let weight = (0..n).map(|i| 0.5 + (i % 4) as f64).collect();
        let dense =
            Rows { numbers: RowMatrix::new(width, &numbers), features: width, target, weight, ..Rows::default() };
        let mut with_targets = dense.clone();
        with_targets.numbers.set_targets(&dense.target);
        // The same rows with a category whose levels are all unseen take the general loop.
        let other = Rows { codes: vec![u32::MAX; n], code_width: 1, ..dense.clone() };
        let model = Linear { features: width, outputs: 1, intercept: true };
        let parameters: Vec<f64> = (0..=width).map(|i| libm::cos(i as f64)).collect();
        let indices: Vec<u32> = (0..n as u32).rev().collect();
        let of = |rows: &Rows| {
            let mut gradient = vec![0.25; width + 1];
            let value = model.mean_loss(
                &Batch { rows, indices: &indices, loss: Loss::Logistic, step: None, interrupt: Interrupt::NEVER },
                &parameters,
                &mut gradient,
            );
            gradient.push(value);
            gradient
        };
        assert_eq!(of(&dense), of(&with_targets));
        // The targets of a copy may change.
        let mut changed = Rows { target: vec![0.0; n], ..with_targets.clone() };
        let mut fresh = Rows { numbers: dense.numbers.clone(), ..changed.clone() };
        assert_eq!(of(&changed), of(&fresh));
        changed.target[3] = 1.0;
        fresh.target[3] = 1.0;
        assert!(of(&changed) == of(&fresh) && of(&changed) != of(&with_targets));
        of(&dense).iter().zip(of(&other)).for_each(|(a, b)| assert!((a - b).abs() < 1e-14, "{width}: {a} {b}"));
    }
}

#[test]
fn sparse_rows_score_as_dense_ones() {
    let dense = Rows { numbers: RowMatrix::new(3, &[0.0, 1.5, -0.25, 2.0, 0.0, 0.0]), features: 3, ..Rows::default() };
    let sparse = Rows {
        sparse: crate::data::SparseRows { ends: vec![2, 3], index: vec![1, 2, 0], value: vec![1.5, -0.25, 2.0] },
        features: 3,
        ..Rows::default()
    };
    for outputs in [1, 2] {
        let model = Linear { features: 3, outputs, intercept: true };
        let parameters: Vec<f64> = (0..8).map(|i| f64::from(i) * 0.7 - 2.0).collect();
        let parameters = &parameters[..4 * outputs];
        assert_eq!(model.scores(&dense, parameters), model.scores(&sparse, parameters));
    }
}

#[test]
fn the_gradient_is_the_derivative_of_the_loss() {
    for (loss, outputs) in [(Loss::Squared, 1), (Loss::Logistic, 1), (Loss::Softmax, 3)] {
        let model = Linear { outputs, ..ONE };
        let start: Vec<f64> = (0..5 * outputs).map(|i| libm::sin(i as f64 + 0.3)).collect();
        let at = |parameters: &[f64]| {
            let mut gradient = vec![0.0; 5 * outputs];
            let value = model.mean_loss(
                &Batch { rows: &rows(), indices: &[0, 1, 2], loss, step: None, interrupt: Interrupt::NEVER },
                parameters,
                &mut gradient,
            );
            (value, gradient)
        };
        let (_, gradient) = at(&start);
        for i in 0..5 * outputs {
            let moved = |by: f64| {
                let mut parameters = start.clone();
                parameters[i] += by;
                at(&parameters).0
            };
            // Central difference: truncation h²·f'''/6 ≈ 1e-11, rounding ε/h ≈ 1e-11.
            let derivative = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((gradient[i] - derivative).abs() < 1e-9, "{loss:?} by {i}: {} is not {derivative}", gradient[i]);
        }
    }
}

#[test]
fn the_sum_is_the_same_on_any_threads() {
    let n = 2_777;
    let numbers: Vec<f32> = (0..2 * n).map(|i| libm::sin(f64::from(i)) as f32).collect();
    let rows = Rows {
        numbers: RowMatrix::new(2, &numbers),
        features: 2,
        target: (0..n).map(|i| f64::from(i % 2)).collect(),
        ..Rows::default()
    };
    let indices: Vec<u32> = (0..n as u32).rev().collect();
    let on = |threads, loss, outputs| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a thread pool starts");
        pool.install(|| {
            let model = Linear { features: 2, outputs, intercept: true };
            let mut gradient = vec![0.0; 3 * outputs];
            let parameters: Vec<f64> = (0..3 * outputs).map(|i| 0.1 * i as f64).collect();
            let value = model.mean_loss(
                &Batch { rows: &rows, indices: &indices, loss, step: None, interrupt: Interrupt::NEVER },
                &parameters,
                &mut gradient,
            );
            (value.to_bits(), gradient.iter().map(|g| g.to_bits()).collect::<Vec<_>>())
        })
    };
    for (loss, outputs) in [(Loss::Logistic, 1), (Loss::Softmax, 2)] {
        let one = on(1, loss, outputs);
        assert!([2, 3, 8].into_iter().all(|threads| on(threads, loss, outputs) == one));
    }
}
