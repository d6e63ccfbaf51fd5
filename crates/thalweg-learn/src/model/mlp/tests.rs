//! Networks against `PyTorch`, against finite differences, and against other divisions of the work.

use std::fs;

use serde::Deserialize;

use thalweg::Seed;

use super::pass::block_len;
use super::*;
use crate::model::{StepSeed, TensorRole};

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
    limits: Vec<Start>,
}

#[derive(Deserialize)]
struct Case {
    widths: Vec<usize>,
    activation: String,
    parameters: Vec<f64>,
    x: Vec<f64>,
    y: Vec<f64>,
    scores: Vec<f64>,
    loss: f64,
    gradient: Vec<f64>,
}

#[derive(Deserialize)]
struct Start {
    rule: String,
    outputs: usize,
    inputs: usize,
    limit: f64,
}

/// Reads `golden/net.json`, which `golden/net.py` wrote.
fn golden() -> Golden {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../golden/net.json");
    serde_json::from_str(&fs::read_to_string(path).expect(path)).expect(path)
}

fn network(widths: &[usize], activation: &str, dropout: f64) -> MlpNetwork {
    let hidden = widths[1..widths.len() - 1].iter().map(|n| format!("{n},")).collect::<String>();
    let mut mlp: MlpConfig =
        format!("mlp:{hidden}activation={activation},dropout={dropout}").parse().expect("a valid network");
    mlp.hidden.truncate(widths.len() - 2); // the text form has no way to write no hidden layer
    mlp.network(widths[0], widths[widths.len() - 1])
}

fn step(step: u64) -> StepSeed {
    StepSeed { seed: Seed::new(3), step }
}

fn with_dropout(step: Option<StepSeed>) -> Evaluation<'static> {
    Evaluation { step, ..Evaluation::default() }
}

/// Returns the loss ½‖z − y‖².
fn squared<F: MatrixElement>(y: &[F]) -> impl Fn(usize, &[F], &mut [F]) -> f64 + Sync {
    |row, scores, derivatives| {
        let y = &y[row * scores.len()..][..scores.len()];
        derivatives.iter_mut().zip(scores).zip(y).for_each(|((derivative, z), y)| *derivative = *z - *y);
        derivatives.iter().map(|derivative| 0.5 * derivative.to_f64() * derivative.to_f64()).sum()
    }
}

fn wave<F: MatrixElement>(count: usize, step: f64) -> Vec<F> {
    (0..count).map(|i| F::of(libm::sin(i as f64 * step + 0.3))).collect()
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what} {i}: {a} is not {b}");
    }
}

fn assert_matches_torch<F: MatrixElement>(tolerance: f64) {
    let cast = |numbers: &[f64]| numbers.iter().map(|v| F::of(*v)).collect::<Vec<F>>();
    let back = |numbers: &[F]| numbers.iter().map(|v| v.to_f64()).collect::<Vec<_>>();
    for case in golden().cases {
        let net = network(&case.widths, &case.activation, 0.0);
        let (x, y, parameters) = (cast(&case.x), cast(&case.y), cast(&case.parameters));
        assert_eq!(parameters.len(), net.len());
        assert_close(&back(&net.scores(&x, &parameters)), &case.scores, tolerance, "score");
        let mut gradient = vec![F::ONE; net.len()];
        let value = net.mean_loss(
            &x,
            squared(&y),
            &parameters,
            &mut gradient,
            Evaluation::default(),
            &mut Workspace::default(),
        );
        assert_close(&[value], &[case.loss], tolerance, "loss");
        let added: Vec<f64> = back(&gradient).iter().map(|g| g - 1.0).collect();
        assert_close(
            &added,
            &case.gradient,
            2.0 * tolerance,
            &format!("{:?} {} gradient", case.widths, case.activation),
        );
    }
}

#[test]
fn values_and_gradients_are_those_of_torch() {
    assert_matches_torch::<f64>(1e-13);
    assert_matches_torch::<f32>(4e-6);
}

#[test]
fn weights_start_within_the_bounds_of_torch() {
    for Start { rule, outputs, inputs, limit } in golden().limits {
        // The layer under test is followed by an activation; the last one is not.
        let net = network(&[inputs, outputs, 3], &rule, 0.0);
        let start: Vec<f64> = net.init_parameters(Seed::new(5));
        let (weights, rest) = start.split_at(outputs * inputs);
        let largest = weights.iter().fold(0.0_f64, |most, w| most.max(w.abs()));
        assert!(largest <= limit * 1.0001 && largest > limit * 0.97, "{rule} {outputs} × {inputs}: {largest}, {limit}");
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        assert!(mean.abs() < 3.0 * limit / (3.0 * weights.len() as f64).sqrt(), "{mean}");
        assert!(rest[..outputs].iter().all(|b| *b == 0.0));
        let bound = (6.0 / (outputs + 3) as f64).sqrt(); // Glorot's bound, since scores have no activation
        let last = &rest[outputs..][..3 * outputs];
        assert!(last.iter().all(|w| w.abs() <= bound) && last.iter().any(|w| w.abs() > 0.9 * bound));
        assert_ne!(start, net.init_parameters::<f64>(Seed::new(6)));
    }
}

#[test]
fn the_gradient_is_the_derivative_of_the_loss() {
    let dropout = [(0.0, None), (0.4, Some(3))];
    for (widths, rows) in [(&[3, 5, 4, 2][..], 7), (&[1, 1, 1], 1), (&[4, 9, 1], 20), (&[2, 3], 4)] {
        for (activation, (rate, seed)) in ["relu", "tanh"].into_iter().flat_map(|a| dropout.map(|d| (a, d))) {
            let net = network(widths, activation, rate);
            let (x, y) = (wave::<f64>(rows * net.inputs, 1.3), wave::<f64>(rows * net.outputs, 2.1));
            let start = wave::<f64>(net.len(), 0.7);
            let at = |parameters: &[f64]| {
                let mut gradient = vec![0.0; net.len()];
                let work = &mut Workspace::default();
                let value =
                    net.mean_loss(&x, squared(&y), parameters, &mut gradient, with_dropout(seed.map(step)), work);
                (value, gradient)
            };
            let (_, gradient) = at(&start);
            for i in 0..net.len() {
                let moved = |by: f64| {
                    let mut parameters = start.clone();
                    parameters[i] += by;
                    at(&parameters).0
                };
                // Central difference: truncation h²·f'''/6 ≈ 1e-11, rounding ε/h ≈ 1e-10.
                let derivative = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((gradient[i] - derivative).abs() < 2e-9, "{net:?} by {i}: {} is not {derivative}", gradient[i]);
            }
        }
    }
}

/// Loss, gradient and scores of `rows` rows as bits.
fn bits(net: &MlpNetwork, rows: usize, threads: usize) -> (u64, Vec<u32>, Vec<u32>) {
    let (x, y) = (wave::<f32>(rows * net.inputs, 1.3), wave::<f32>(rows * net.outputs, 2.1));
    let parameters = net.init_parameters::<f32>(Seed::new(9));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a thread pool starts");
    pool.install(|| {
        let (mut gradient, work) = (vec![0.0; net.len()], &mut Workspace::default());
        let value = net.mean_loss(&x, squared(&y), &parameters, &mut gradient, with_dropout(Some(step(1))), work);
        let scores = net.scores(&x, &parameters);
        let of = |numbers: &[f32]| numbers.iter().map(|v| v.to_bits()).collect();
        (value.to_bits(), of(&gradient), of(&scores))
    })
}

#[test]
fn results_are_the_same_on_any_threads() {
    for (widths, rows) in [(&[300, 100, 70, 3][..], 200), (&[300, 100, 2], 45), (&[3, 2, 1], 4200), (&[9, 1], 1)] {
        let net = network(widths, "tanh", 0.3);
        let one = bits(&net, rows, 1);
        for threads in [2, 5] {
            assert!(one == bits(&net, rows, threads), "{widths:?} on {threads} threads");
        }
    }
}

#[test]
fn the_scores_of_a_row_do_not_depend_on_other_rows() {
    let net = network(&[11, 9, 3], "relu", 0.0);
    let parameters = net.init_parameters::<f32>(Seed::new(1));
    let x = wave::<f32>(300 * net.inputs, 1.3);
    let together = net.scores(&x, &parameters);
    for row in [0, 1, 127, 128, 299] {
        let alone = net.scores(&x[row * net.inputs..][..net.inputs], &parameters);
        assert_eq!(alone[..], together[row * net.outputs..][..net.outputs], "row {row}");
    }
}

#[test]
fn a_large_batch_has_the_mean_loss_of_its_parts() {
    // More rows than one chunk: the chunks add to one gradient, and every row keeps its target.
    let net = network(&[3, 4, 2], "tanh", 0.0);
    let (rows, parameters) = (2 * 4096 + 700, net.init_parameters::<f64>(Seed::new(2)));
    let (x, y) = (wave::<f64>(rows * net.inputs, 1.3), wave::<f64>(rows * net.outputs, 2.1));
    let work = &mut Workspace::default();
    let mut whole = vec![0.0; net.len()];
    let value = net.mean_loss(&x, squared(&y), &parameters, &mut whole, Evaluation::default(), work);
    let (mut sum, mut total) = (vec![0.0; net.len()], 0.0);
    for (x, y) in x.chunks(100 * net.inputs).zip(y.chunks(100 * net.outputs)) {
        let n = (x.len() / net.inputs) as f64;
        let mut gradient = vec![0.0; net.len()];
        total += n * net.mean_loss(x, squared(y), &parameters, &mut gradient, Evaluation::default(), work);
        sum.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += n * g);
    }
    assert_close(&[value], &[total / rows as f64], 1e-12, "loss");
    let mean: Vec<f64> = sum.iter().map(|g| g / rows as f64).collect();
    assert_close(&whole, &mean, 1e-12, "gradient");
}

#[test]
fn a_workspace_can_be_reused_for_any_batch_size() {
    let net = network(&[3, 6, 2], "relu", 0.0);
    let parameters = net.init_parameters::<f64>(Seed::new(4));
    let at = |rows: usize, work: &mut Workspace<f64>| {
        let (x, y) = (wave::<f64>(rows * 3, 1.1), wave::<f64>(rows * 2, 0.7));
        let mut gradient = vec![0.0; net.len()];
        (net.mean_loss(&x, squared(&y), &parameters, &mut gradient, Evaluation::default(), work), gradient)
    };
    let work = &mut Workspace::default();
    for rows in [40, 3, 150, 1, 0, 64] {
        assert_eq!(at(rows, work), at(rows, &mut Workspace::default()), "{rows} rows");
    }
}

#[test]
fn rows_are_divided_into_at_least_two_blocks_where_possible() {
    assert_eq!([1, 8, 9, 16, 32, 100, 128, 129, 4096].map(block_len), [8, 8, 8, 8, 16, 56, 64, 64, 64]);
}

#[test]
fn tensors_cover_the_parameters() {
    let net = network(&[5, 7, 3], "relu", 0.0);
    let names: Vec<(String, usize, TensorRole)> =
        net.tensors().into_iter().map(|t| (t.name.clone(), t.len(), t.role)).collect();
    let expected = [
        ("layer1.weights", 35, TensorRole::Weights),
        ("layer1.bias", 7, TensorRole::Bias),
        ("layer2.weights", 21, TensorRole::Weights),
        ("layer2.bias", 3, TensorRole::Bias),
    ];
    assert_eq!(names, expected.map(|(name, len, role)| (name.to_string(), len, role)));
    assert_eq!(net.len(), 66);
    assert_eq!(net.init_parameters::<f32>(Seed::new(0)).len(), 66);
}
