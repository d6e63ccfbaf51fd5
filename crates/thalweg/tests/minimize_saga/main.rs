//! SAGA: a trajectory of an independent program, optima of scikit-learn, delayed steps, threads, states.

#![allow(clippy::unreadable_literal, reason = "numbers as another program printed them")]
#![allow(clippy::float_cmp, reason = "values that must be equal to the bit")]

mod table;

use std::ops::ControlFlow::{Break, Continue};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use table::{Table, TermLoss, sines, small};
use thalweg::method::{lbfgs, saga, sgd};
use thalweg::minimize::Progress;
use thalweg::{Minimize, Optimizer, OptimizerSpec, Outcome, StopReason};

fn seeded(seed: u64) -> OptimizerSpec {
    format!("saga:seed={seed}").parse().expect("a spec")
}

/// The end of a run of a number of epochs.
fn epochs(table: &Table, count: u64) -> Outcome<f64> {
    let mut run = Minimize::new(seeded(5)).gradient_tolerance(None).max_steps(count);
    run.run_finite_sum(table, &table.start()).expect("a run")
}

fn optimum(table: &Table) -> Outcome<f64> {
    Minimize::new(saga(1.0)).gradient_tolerance(1e-10).run_finite_sum(table, &table.start()).expect("a run")
}

fn assert_near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    let is_near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= tolerance);
    assert!(is_near, "{found:?}\n{expected:?}");
}

#[test]
fn the_trajectory_is_that_of_an_independent_program() {
    // By numpy, from the equations of the paper, with all gradients in memory and the same order of the rows.
    #[rustfmt::skip]
    let golden = [
        (0.0, 0.0, 1, [0.3686402242417628, 0.6549067651202721, 0.09352276222124684, -0.1966307334060111]),
        (0.0, 0.0, 3, [0.6648189405825314, 0.8933515328382282, 0.25115366386344884, -0.24440027570294218]),
        (0.0, 0.1, 1, [0.2892336631798856, 0.5141369627665728, 0.06483320130411212, -0.15781503941478112]),
        (0.0, 0.1, 3, [0.5017168951958213, 0.6859965044069558, 0.17460661631628333, -0.20882199787554576]),
        (0.03, 0.02, 1, [0.3330236353829061, 0.5968281104974063, 0.08663090376981046, -0.18630617278766456]),
        (0.03, 0.02, 3, [0.5655422323443527, 0.7794301998819606, 0.1810877285970409, -0.23508855058131264]),
    ];
    for (l1, l2, count, expected) in golden {
        for dense in 0..=3 {
            let table = Table { dense, l1, l2, ..small() };
            assert_near(&epochs(&table, count).x, &expected, 1e-14);
        }
    }
    let target = vec![1.0, -1.0, 1.0, 1.0, -1.0, -1.0];
    let squared = Table { target, loss: TermLoss::Squared, intercept: false, l1: 0.02, l2: 0.05, ..small() };
    assert_near(&epochs(&squared, 2).x, &[0.25037676292488187, 0.29816286908904, 0.08050465418438087], 1e-14);
}

#[test]
fn the_optimum_is_that_of_scikit_learn() {
    // LogisticRegression(solver="saga"), Ridge(solver="saga") of scikit-learn 1.9.1, tol=1e-14.
    let logistic = Table { l2: 0.05, ..sines(TermLoss::Logistic) };
    let expected =
        [1.0737046421312006, -1.4056200942828747, 0.1585708667726321, 0.3169384154231566, 0.2542598766819627];
    assert_near(&optimum(&logistic).x, &expected, 1e-8);
    let lasso = Table { l1: 0.04, ..sines(TermLoss::Logistic) };
    let expected = [1.4040191392618802, -1.925217080327218, 0.0, 0.15376390747493796, 0.28850025211263];
    let found = optimum(&lasso);
    assert_near(&found.x, &expected, 1e-8);
    assert_eq!(found.x[2], 0.0);
    let ridge = Table { l2: 0.05, ..sines(TermLoss::Squared) };
    let expected =
        [1.323006821134198, -1.8016704991875827, 0.05558076154575859, 0.5742128121877176, 0.30022991597404025];
    assert_near(&optimum(&ridge).x, &expected, 1e-8);
    let softmax = Table { l2: 0.05, ..sines(TermLoss::Softmax) };
    #[rustfmt::skip]
    let expected = [
        -0.8606961596533981, -0.18490959208920785, 1.0456057517426007, 1.3760768220195363, -0.13052575360559013,
        -1.245551068413953, -0.07173605933221541, 0.14800755532699422, -0.07627149599477953, -0.25484153656636527,
        0.05027282329937202, 0.2045687132569947, -0.29637671133640475, 0.265090062027301, 0.031286649309075966,
    ];
    assert_near(&optimum(&softmax).x, &expected, 1e-7);
}

#[test]
fn delayed_steps_of_sparse_rows_are_dense_steps() {
    for loss in [TermLoss::Squared, TermLoss::Logistic, TermLoss::Softmax] {
        for (l1, l2) in [(0.0, 0.0), (0.0, 0.02), (0.02, 0.0), (0.01, 0.02)] {
            let mut table = Table { l1, l2, ..sines(loss) };
            for (i, row) in table.rows.iter_mut().enumerate() {
                // Most numbers are 0, and some rows are empty; one feature occurs in a single row.
                row.iter_mut().enumerate().for_each(|(j, x)| *x = if (i + j) % 5 == 0 { 2.0 * *x } else { 0.0 });
                row.push(if i == 17 { 3.0 } else { 0.0 });
            }
            for count in [1, 4, 40] {
                let dense = epochs(&Table { dense: 5, ..table.clone() }, count);
                for part in [0, 2] {
                    let sparse = epochs(&Table { dense: part, ..table.clone() }, count);
                    assert_near(&sparse.x, &dense.x, 1e-12);
                    assert_eq!(
                        sparse.x.iter().map(|x| *x == 0.0).collect::<Vec<_>>(),
                        dense.x.iter().map(|x| *x == 0.0).collect::<Vec<_>>()
                    );
                }
            }
        }
    }
}

#[test]
fn a_run_has_the_same_bits_on_any_number_of_threads() {
    let table = Table { l2: 0.01, ..sines(TermLoss::Softmax) };
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| epochs(&table, 7))
    };
    assert_eq!(on(1), on(2));
}

#[test]
fn a_run_continues_from_its_state_to_the_same_bits() {
    let table = Table { l1: 0.01, dense: 2, ..sines(TermLoss::Logistic) };
    let run = |optimizer: &mut Optimizer<f64>, table: &Table, start: &[f64], count| {
        let mut run = Minimize::with_optimizer(optimizer).gradient_tolerance(None).max_steps(count);
        run.run_finite_sum(table, start).expect("a run")
    };
    let whole = epochs(&table, 6);
    let mut first = Optimizer::new(seeded(5), 5).expect("an optimizer");
    let middle = run(&mut first, &table, &table.start(), 2);
    let text = serde_json::to_string(&first.state().expect("a state")).expect("a text");
    let mut second = Optimizer::new(seeded(5), 5).expect("an optimizer");
    second.load_state(&serde_json::from_str(&text).expect("a state")).expect("a state");
    assert_eq!(run(&mut second, &table, &middle.x, 4).x, whole.x);

    // Interrupted within the second epoch, of rows that are all dense.
    let long = Table {
        rows: (0..40).flat_map(|_| table.rows.clone()).collect(),
        target: table.target.repeat(40),
        weight: vec![1.0; 2400],
        dense: 4,
        ..table
    };
    let whole = epochs(&long, 3);
    let mut first = Optimizer::new(seeded(5), 5).expect("an optimizer");
    let middle = run(&mut first, &Table { looks: Arc::new(AtomicUsize::new(4)), ..long.clone() }, &long.start(), 3);
    assert_eq!((middle.reason, middle.steps), (StopReason::Callback, 1));
    assert_eq!(first.state().expect("a state").gradient_memory.drawn, 1024);
    assert_eq!(run(&mut first, &long, &middle.x, 2).x, whole.x);
}

#[test]
fn a_run_ends_at_a_small_gradient_and_reports_each_epoch() {
    let table = Table { l2: 0.05, ..sines(TermLoss::Logistic) };
    let mut values = Vec::new();
    let mut run = Minimize::new(saga(1.0)).gradient_tolerance(1e-9).callback(|progress: &mut Progress<'_, f64>| {
        assert_eq!(progress.evaluations, progress.step + 1);
        values.push(progress.value);
        Continue(())
    });
    let outcome = run.run_finite_sum(&table, &table.start()).expect("a run");
    assert_eq!(outcome.reason, StopReason::GradientTolerance);
    assert!(outcome.gradient_norm <= 1e-9 && outcome.steps < 60, "{outcome:?}");
    assert_eq!(values.len() as u64, outcome.steps + 1);
    assert!(values[0] > values[1] && values[1] > outcome.value);
    let mut run = Minimize::new(saga(1.0)).callback(|_: &mut Progress<'_, f64>| Break(()));
    let outcome = run.run_finite_sum(&table, &table.start()).expect("a run");
    assert_eq!((outcome.reason, outcome.steps), (StopReason::Callback, 0));
    let mut run = Minimize::new(saga(1000.0)).max_steps(2_000);
    let outcome = run.run_finite_sum(&sines(TermLoss::Squared), &[0.0; 5]).expect("a run");
    assert_eq!(outcome.reason, StopReason::NotFinite);
}

#[test]
fn single_precision_reaches_the_optimum() {
    let table = Table { l2: 0.05, ..sines(TermLoss::Logistic) };
    let outcome = Minimize::new(saga(1.0)).run_finite_sum(&table, &[0.0_f32; 5]).expect("a run");
    assert_eq!(outcome.reason, StopReason::GradientTolerance);
    assert!((f64::from(outcome.x[0]) - 1.0737).abs() < 1e-3);
}

#[test]
fn what_saga_cannot_do_is_refused() {
    let table = small();
    let error = |result: thalweg::Result<Outcome<f64>>| result.expect_err("an error").to_string();
    let mut bowl = |x: &[f64], g: &mut [f64]| {
        g[0] = x[0];
        x[0] * x[0] / 2.0
    };
    let found = error(Minimize::new(saga(1.0)).run(&mut bowl, &[1.0]));
    assert!(found.contains("losses of linear scores"), "{found}");
    for method in [OptimizerSpec::from(sgd(1.0)), lbfgs(1.0).into()] {
        let found = error(Minimize::new(method).run_finite_sum(&table, &table.start()));
        assert!(found.contains("must be saga"), "{found}");
    }
    let found = error(Minimize::new(saga(1.0)).run_finite_sum(&table, &[0.0; 3]));
    assert!(found.contains('4') && found.contains('3'), "{found}");
    let found = error(Minimize::new(saga(1.0)).lower_bounds(0.0).run_finite_sum(&table, &table.start()));
    assert!(found.contains("bounds"), "{found}");
    let found = error(Minimize::new(saga(10.0)).run_finite_sum(&Table { l2: 100.0, ..small() }, &table.start()));
    assert!(found.contains("lr"), "{found}");
    for text in ["saga:goal=maximize", "saga:clip_norm=1", "saga:beta1=0.9"] {
        assert!(text.parse::<OptimizerSpec>().is_err(), "{text}");
    }
    let mut optimizer = Optimizer::new(saga(1.0), 4).expect("an optimizer");
    assert!(optimizer.step(&mut [0.0; 4], &[0.0; 4]).is_err());
    let mut run = Minimize::with_optimizer(&mut optimizer).max_steps(1);
    run.run_finite_sum(&table, &table.start()).expect("a run");
    let fewer = Table { rows: table.rows[1..].to_vec(), ..table.clone() };
    let found = error(run.run_finite_sum(&fewer, &table.start()));
    assert!(found.contains("5 terms"), "{found}");
    let state = optimizer.state().expect("a state");
    let mut other = Optimizer::<f64>::new(saga(1.0), 3).expect("an optimizer");
    assert!(other.load_state(&state).is_err());
}
