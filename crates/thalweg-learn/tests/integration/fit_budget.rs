//! Budgets of whole fits.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use crate::common::budgets::{samples, steps, time, until};
use thalweg_learn::error::CheckpointError;
use thalweg_learn::fit::{FitCheckpoint, FitCheckpoints, FitStage};
use thalweg_learn::train::{CheckpointInterval, TrainingBudget, TrainingStopReason};
use thalweg_learn::{Callbacks, Error, FitConfig, FitReport, ModelFile};

fn write_table(path: &Path) {
    let line =
        |i: usize| format!("{},{},{}\n", i * 7 % 11, i * 5 % 13, (i * 7 % 11) as f64 + (i * 31 % 7) as f64 / 9.0);
    let text: String = (0..300).map(line).collect();
    std::fs::write(path, format!("x,z,y\n{text}")).expect("the table is written");
}

fn fit(budget: TrainingBudget) -> FitConfig {
    let method = Some("adam:lr=0.05".parse().expect("a method"));
    FitConfig { method, epochs: Some(6), patience: Some(0), budget, ..FitConfig::new("y") }
}

/// Fits with checkpoints from one; the time of the budget passes in the epoch `late`.
fn fit_until_late(
    config: &FitConfig,
    path: &Path,
    start: Option<FitCheckpoint>,
    late: Option<u64>,
) -> (FitReport, ModelFile, Vec<FitCheckpoint>) {
    let data = config.prepare(path).expect("the data are valid");
    let mut all = Vec::new();
    let checkpoints = FitCheckpoints::new(CheckpointInterval::Time(Duration::from_hours(9)), |one| all.push(one));
    let callbacks = Callbacks::new().on_epoch(|epoch, _| {
        if Some(epoch.epoch) == late {
            std::thread::sleep(config.budget.max_time.unwrap_or_default());
        }
        ControlFlow::Continue(())
    });
    let (report, model) = config.fit_with_checkpoints(&data, start, checkpoints, callbacks).expect("the fit succeeds");
    (report, model, all)
}

#[test]
fn a_fit_out_of_time_says_what_it_left_out_and_goes_on_with_more() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.csv");
    write_table(&path);
    let bytes = |model: &ModelFile| model.to_bytes(&path).expect("a model has a file");
    let (whole, expected, none) = fit_until_late(&fit(TrainingBudget::default()), &path, None, None);
    assert!(whole.omitted.is_empty() && whole.refit.is_some() && none.is_empty());
    let short = fit(time(Duration::from_secs(3)));
    let (report, _, checkpoints) = fit_until_late(&short, &path, None, Some(3));
    assert_eq!((report.stopped, report.omitted.as_slice()), (TrainingStopReason::MaxTime, &[FitStage::LastFit][..]));
    assert!(report.refit.is_none() && report.best_epoch > 0 && report.epochs < 6);
    let [checkpoint] = checkpoints.as_slice() else { panic!("a checkpoint at the end of the time") };
    let more = fit(time(Duration::from_hours(1)));
    checkpoint.check(&more, &more.prepare(&path).expect("the data are valid")).expect("time is no setting of steps");
    let (more, model, _) = fit_until_late(&more, &path, Some(checkpoint.clone()), None);
    assert!(bytes(&model) == bytes(&expected) && more.omitted.is_empty());
    let (again, _, _) = fit_until_late(&short, &path, Some(checkpoint.clone()), None);
    assert_eq!((again.stopped, again.steps), (TrainingStopReason::MaxTime, report.steps), "the time of the whole fit");
}

#[test]
fn a_search_without_time_is_left_out() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.csv");
    write_table(&path);
    let solver = FitConfig { budget: time(Duration::from_nanos(1)), ..FitConfig::new("y") };
    let given = FitConfig { l2: Some(0.1), ..solver.clone() };
    let (report, _) = given.run(path.as_path(), Callbacks::new()).expect("the fit succeeds");
    assert_eq!((report.stopped, report.omitted), (TrainingStopReason::MaxTime, Vec::new()));
    let (report, _) = solver.run(path.as_path(), Callbacks::new()).expect("the fit succeeds");
    assert_eq!(report.omitted, [FitStage::PenaltySearch]);
    assert!(report.penalty_search.is_none());
}

#[test]
fn a_fit_with_another_budget_is_another_fit() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.csv");
    write_table(&path);
    let config = fit(time(Duration::from_secs(3)));
    let (_, _, checkpoints) = fit_until_late(&config, &path, None, Some(2));
    for budget in [steps(9), samples(9), until("val_loss < 9")] {
        let other = fit(budget);
        let error = checkpoints[0].check(&other, &other.prepare(&path).expect("the data are valid"));
        let Err(Error::Checkpoint(error)) = error else { panic!("{error:?}") };
        assert!(matches!(*error, CheckpointError::OtherFit { .. }), "{error}");
    }
}

#[test]
fn losses_of_conditions_have_the_unit_of_the_report() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.csv");
    write_table(&path);
    let mut losses = Vec::new();
    let callbacks = Callbacks::new().on_epoch(|epoch, _| {
        losses.push(epoch.validation.expect("validation rows"));
        ControlFlow::Continue(())
    });
    fit(TrainingBudget::default()).run(path.as_path(), callbacks).expect("the fit succeeds");
    let bound = losses[2] * 1.000_001;
    let first = losses.iter().position(|&loss| loss < bound).expect("an epoch below") as u64 + 1;
    let config = fit(until(&format!("val_loss < {bound}")));
    let (report, _) = config.run(path.as_path(), Callbacks::new()).expect("the fit succeeds");
    assert_eq!((report.stopped, report.epochs), (TrainingStopReason::Until, first));
    assert_eq!(report.refit.map(|refit| refit.epochs), Some(report.best_epoch));
}

#[test]
fn the_default_number_of_epochs_is_what_the_budget_needs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.csv");
    write_table(&path);
    let config = FitConfig { epochs: None, ..fit(steps(21_000)) };
    let (report, _) = config.run(path.as_path(), Callbacks::new()).expect("the fit succeeds");
    assert_eq!((report.stopped, report.steps), (TrainingStopReason::MaxSteps, 21_000));
}
