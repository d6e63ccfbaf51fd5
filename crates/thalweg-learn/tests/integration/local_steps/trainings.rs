//! Local steps of trainings: what they have in common with those of one process, and where they continue and end.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::random_rows::{FEATURES, WIDTH, dense_rows, sparse_rows};
use crate::common::training;
use thalweg::Seed;
use thalweg_learn::Callbacks;
use thalweg_learn::data::{RowStore, Rows};
use thalweg_learn::model::mlp::{MlpConfig, MlpModel};
use thalweg_learn::model::{AnyModel, FactorizationMachine, Init, Linear, Loss};
use thalweg_learn::train::{
    AnyTrainingState, BatchSize, CheckpointInterval, Checkpoints, LocalSteps, OnDivergence, TrainingBudget,
    TrainingConfig, TrainingData, TrainingResult, TrainingStart, TrainingStopReason, train_any_from,
};

struct Case {
    model: AnyModel,
    train: Rows,
    validation: Rows,
    config: TrainingConfig,
}

impl Case {
    fn new(model: AnyModel, spec: &str) -> Self {
        let (method, schedule) = spec.split_once(' ').unwrap_or((spec, "constant"));
        let mut config = training(method, BatchSize::Rows(16), 4);
        config.spec.options.schedule = schedule.parse().expect("a schedule");
        (config.seed, config.init) = (Seed::new(4), Init::Normal(0.1));
        Self { model, train: dense_rows(202, 1), validation: dense_rows(20, 2), config }
    }

    fn sparse(model: AnyModel, spec: &str) -> Self {
        Self { train: sparse_rows(302, 1), validation: sparse_rows(20, 2), ..Self::new(model, spec) }
    }

    fn with(self, change: impl FnOnce(&mut TrainingConfig)) -> Self {
        let mut case = self;
        change(&mut case.config);
        case
    }

    fn run(
        &self,
        start: TrainingStart<AnyTrainingState>,
        callbacks: Callbacks<'_>,
    ) -> thalweg_learn::Result<(TrainingResult, AnyTrainingState)> {
        let store = RowStore::from(self.train.clone());
        let data = TrainingData { train: &store, validation: &self.validation, loss: Loss::Squared };
        let epochs = match &start {
            TrainingStart::State(state) => self.config.epochs - state.epoch(),
            _ => self.config.epochs,
        };
        let config = TrainingConfig { epochs, schedule_epochs: Some(self.config.epochs), ..self.config.clone() };
        train_any_from(&self.model, &data, &config, start, callbacks)
    }

    fn end(&self) -> (TrainingResult, AnyTrainingState) {
        self.run(TrainingStart::Initialization, Callbacks::new()).expect("the training runs")
    }
}

fn local(sync_every: u64, workers: usize) -> LocalSteps {
    LocalSteps { sync_every, workers }
}

fn linear(features: usize) -> AnyModel {
    AnyModel::Linear(Linear { features, outputs: 1, intercept: true })
}

fn network() -> AnyModel {
    let config: MlpConfig = "mlp:6,dropout=0.3".parse().expect("a valid network");
    AnyModel::Mlp(Box::new(MlpModel::new(config.network(WIDTH, 1))))
}

fn factors(features: usize) -> AnyModel {
    AnyModel::FactorizationMachine(FactorizationMachine { features, rank: 2 })
}

/// Trainings of all models, and with all that a training may have besides its method.
fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = thalweg::Method::NAMES.iter().map(|name| Case::new(linear(WIDTH), name)).collect();
    cases.extend([
        Case::new(network(), "adam:lr=0.01 cosine"),
        Case::new(network(), "momentum:lr=0.01,state=bf16"),
        Case::new(factors(WIDTH), "adagrad:lr=0.05").with(|config| config.factor_l2 = 0.01),
        Case::new(linear(WIDTH), "adam:lr=0.05 plateau:patience=1")
            .with(|config| (config.l1, config.patience) = (0.02, 2)),
        Case::new(linear(WIDTH), "adam:lr=0.05,ema=0.9,accumulate=3 cosine"),
        Case::new(linear(WIDTH), "nag:lr=0.02,average=polyak").with(|config| config.l2 = 0.1),
        Case::new(linear(WIDTH), "sgd:lr=0.1,clip_norm=0.5,nonfinite=skip"),
        Case::new(linear(WIDTH), "adam:lr=0.05").with(|config| {
            config.budget = TrainingBudget { max_steps: Some(17), ..TrainingBudget::default() };
        }),
        Case::sparse(linear(FEATURES), "sgd:lr=0.1"),
        Case::sparse(factors(FEATURES), "adagrad:lr=0.1"),
    ]);
    cases
}

#[test]
fn one_step_at_a_time_is_the_method_without_workers() {
    for case in cases() {
        let plain = case.end();
        let case = case.with(|config| config.local_steps = local(1, 3));
        assert_eq!(case.end(), plain, "{}", case.config.spec);
    }
}

#[test]
fn a_single_worker_is_the_method_without_workers() {
    for mut case in cases() {
        let plain = case.end();
        for sync_every in [2, 5, 1000] {
            case.config.local_steps = local(sync_every, 1);
            assert_eq!(case.end(), plain, "{} by {sync_every}", case.config.spec);
        }
    }
}

#[test]
fn several_workers_lower_the_loss_as_one_does() {
    for case in [Case::new(linear(WIDTH), "adam:lr=0.02"), Case::sparse(linear(FEATURES), "adam:lr=0.02")] {
        let case = case.with(|config| (config.batch_size, config.epochs) = (BatchSize::Rows(64), 30));
        let (plain, _) = case.end();
        let case = case.with(|config| config.local_steps = local(4, 4));
        let (result, _) = case.end();
        assert_eq!((result.epochs, result.steps), (plain.epochs, plain.steps));
        assert_ne!(result.parameters, plain.parameters);
        let last = |result: &TrainingResult| result.history.records().last().expect("an epoch").monitored_loss;
        assert!(last(&result) < 1.05 * last(&plain), "{} and {}", last(&plain), last(&result));
        assert_eq!(result.dense_reason, plain.dense_reason);
    }
}

#[test]
fn trainings_continue_from_any_checkpoint() {
    let cases = cases().into_iter().chain([Case::sparse(linear(FEATURES), "adam:lr=0.05")]);
    for case in cases {
        let case = case.with(|config| config.local_steps = local(3, 3));
        let (whole, whole_state) = case.end();
        let mut states = Vec::new();
        let checkpoints = Checkpoints::new(CheckpointInterval::Steps(1), |state| states.push(state));
        let seen = case.run(TrainingStart::Initialization, Callbacks::new().checkpoints(checkpoints));
        assert_eq!(seen.expect("it runs"), (whole.clone(), whole_state.clone()), "checkpoints change nothing");
        assert!(states.len() > 4, "{}: {} states", case.config.spec, states.len());
        for (k, state) in states.into_iter().enumerate() {
            let text = serde_json::to_string(&state).expect("a state has a text form");
            let state = serde_json::from_str(&text).expect("the text is a state");
            let end = case.run(TrainingStart::State(state), Callbacks::new()).expect("it runs");
            assert_eq!(end, (whole.clone(), whole_state.clone()), "{} from state {k}", case.config.spec);
        }
    }
}

#[test]
fn a_state_of_other_workers_is_refused() {
    let case = Case::new(linear(WIDTH), "adam:lr=0.05").with(|config| config.local_steps = local(3, 3));
    let (_, state) = case.end();
    let mut case = case.with(|config| config.epochs = 6);
    for (local_steps, expected) in [(local(3, 2), "2 workers"), (local(1, 3), "1 worker")] {
        case.config.local_steps = local_steps;
        let error = case.run(TrainingStart::State(state.clone()), Callbacks::new()).expect_err("other workers");
        let error = error.to_string();
        assert!(error.contains(expected) && error.contains("3 workers"), "{error}");
    }
    // Another number of steps between two averages is another method from there on, with the same states.
    case.config.local_steps = local(5, 3);
    case.run(TrainingStart::State(state), Callbacks::new()).expect("it runs");
}

#[test]
fn settings_that_no_training_can_have_are_refused() {
    let message = |spec: &str, local_steps: LocalSteps, batch_size: BatchSize| {
        let case = Case::new(linear(WIDTH), spec).with(|config| {
            (config.local_steps, config.batch_size) = (local_steps, batch_size);
        });
        case.run(TrainingStart::Initialization, Callbacks::new()).expect_err("an error").to_string()
    };
    let rows = BatchSize::Rows(16);
    assert_eq!(message("sgd:lr=0.1", local(0, 2), rows), "sync_every must be at least 1, but is 0");
    assert_eq!(message("sgd:lr=0.1", local(2, 0), rows), "workers must be at least 1, but is 0");
    let error = message("sgd:lr=0.1", local(2, 17), rows);
    assert_eq!(error, "workers must be at most 16, the rows of a batch, but is '17'");
    for solver in ["lbfgs", "saga"] {
        let error = message(solver, local(2, 2), BatchSize::Full);
        assert_eq!(error, format!("sync_every must be 1 for {solver}, which takes no steps of batches, but is '2'"));
    }
}

#[test]
fn rounds_are_reported_and_cut_short_by_a_request() {
    // Epochs of 13 batches: rounds of 5, 5 and 3.
    let case = Case::new(linear(WIDTH), "sgd:lr=0.05").with(|config| config.local_steps = local(5, 4));
    let mut batches = Vec::new();
    let callbacks = Callbacks::new().on_step(|report, parameters| {
        batches.push((report.epoch, report.batch, report.step));
        assert!(report.loss > 0.0 && parameters.to_vec().len() == WIDTH + 1);
        ControlFlow::Continue(())
    });
    let (whole, _) = case.run(TrainingStart::Initialization, callbacks).expect("it runs");
    assert_eq!(batches[..4], [(1, 5, 4), (1, 10, 9), (1, 13, 12), (2, 18, 17)]);
    assert_eq!((batches.len(), whole.stopped), (12, TrainingStopReason::Epochs));
    // The callback ends the training after a round, and a flag at once.
    let callbacks = Callbacks::new()
        .on_step(|report, _| if report.batch >= 18 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
    let (result, state) = case.run(TrainingStart::Initialization, callbacks).expect("it runs");
    assert_eq!((result.stopped, state.steps()), (TrainingStopReason::Interrupted, 18));
    assert_eq!(
        case.run(TrainingStart::State(state), Callbacks::new()).expect("it runs").0.parameters,
        whole.parameters
    );
    let flag = AtomicBool::new(false);
    let callbacks = Callbacks::new().interrupt(&flag).on_epoch(|report, _| {
        flag.store(report.epoch == 2, Ordering::Relaxed);
        ControlFlow::Continue(())
    });
    let (result, state) = case.run(TrainingStart::Initialization, callbacks).expect("it runs");
    assert_eq!((result.stopped, state.epoch()), (TrainingStopReason::Interrupted, 2));
}

#[test]
fn a_training_that_diverges_goes_back_to_the_best_epoch() {
    let case = Case::new(linear(WIDTH), "momentum:lr=20").with(|config| {
        (config.local_steps, config.on_divergence, config.epochs) = (local(4, 4), OnDivergence::Rollback, 300);
    });
    let (result, state) = case.end();
    assert!(!result.rollbacks.is_empty() && result.parameters.iter().all(|w| w.is_finite()));
    assert_eq!((result.stopped, state.epoch()), (TrainingStopReason::Epochs, 300));
    assert!(result.best_epoch > 0);
    let stopped = case.with(|config| config.on_divergence = OnDivergence::Stop).end().0;
    assert_eq!(stopped.stopped, TrainingStopReason::Diverged);
}
