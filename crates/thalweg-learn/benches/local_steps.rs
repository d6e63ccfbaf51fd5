//! Loss and traffic of local steps: fits on 4 ranks whose workers average their weights after each step, or after more.
//! `cargo bench -p thalweg-learn --bench local_steps -- FOLDER` prints a table for the data sets in the folder.

#![allow(clippy::print_stdout, reason = "a program")]

use std::path::{Path, PathBuf};

#[path = "../tests/integration/common/counted.rs"]
mod counted;

use counted::{CountingTeam, Traffic};
use thalweg_learn::fit::RefitPolicy;
use thalweg_learn::train::{BatchSize, LocalSteps, ThreadTeam};
use thalweg_learn::{Callbacks, FitConfig, PreparedData};

/// Number of ranks, which are threads.
const RANKS: usize = 4;

/// Steps between two averages; the first one sums the gradients of each step.
const SYNC_EVERY: [u64; 5] = [1, 4, 16, 64, 1024];

/// Epochs of a fit.
const EPOCHS: u64 = 10;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    // As a test, the program only has to build.
    let [folder] = arguments.as_slice() else {
        println!("local_steps");
        return;
    };
    println!("| fit | K | validation loss | exchanges in an epoch | MB sent by a rank in an epoch |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    for (name, path, config) in fits(Path::new(folder)) {
        let data = config.prepare(path.as_path()).unwrap_or_else(|error| panic!("{error}"));
        for sync_every in SYNC_EVERY {
            let local_steps = LocalSteps { sync_every, ..LocalSteps::default() };
            let config = FitConfig { local_steps, ..config.clone() };
            let (loss, traffic) = run(&config, &data);
            let (exchanges, megabytes) =
                (traffic.exchanges / EPOCHS as usize, traffic.bytes as f64 / 1e6 / EPOCHS as f64);
            println!("| {name} | {sync_every} | {loss:.4} | {exchanges} | {megabytes:.3} |");
        }
    }
}

/// Fits with their data.
fn fits(folder: &Path) -> Vec<(&'static str, PathBuf, FitConfig)> {
    let fit = |model: &str, method: &str, batch: usize| FitConfig {
        architecture: model.parse().expect("a model"),
        method: Some(method.parse().expect("a method")),
        schedule: Some("cosine".parse().expect("a schedule")),
        batch_size: Some(BatchSize::Rows(batch)),
        epochs: Some(EPOCHS),
        patience: Some(0),
        refit: RefitPolicy::Never,
        ..FitConfig::new("label")
    };
    let images = folder.join("fashion-mnist/train-images-idx3-ubyte.gz");
    let persons = folder.join("a9a/a9a.gz");
    vec![
        ("a9a, logistic regression, Adam", persons, fit("linear", "adam:lr=0.01", 2048)),
        ("Fashion-MNIST, softmax regression, Adam", images.clone(), fit("linear", "adam:lr=0.001", 1024)),
        ("Fashion-MNIST, perceptron 784–128–10, Adam", images.clone(), fit("mlp:128", "adam:lr=0.001", 1024)),
        ("Fashion-MNIST, perceptron 784–128–10, SGD", images, fit("mlp:128", "momentum:lr=0.1", 1024)),
    ]
}

/// Fits on all ranks; returns the loss of the validation rows after the last epoch, and the mean traffic of a rank
/// during the training.
fn run(config: &FitConfig, data: &PreparedData) -> (f64, Traffic) {
    let fit = |team: &ThreadTeam| {
        let team = CountingTeam::new(team);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread starts");
        let mut traffic = Traffic::default();
        let callbacks = Callbacks::new().team(&team).on_epoch(|_, _| {
            traffic = team.traffic();
            std::ops::ControlFlow::Continue(())
        });
        let (report, _) = pool.install(|| config.fit(data, callbacks)).unwrap_or_else(|error| panic!("{error}"));
        (report.history.records().last().map_or(f64::NAN, |record| record.monitored_loss), traffic)
    };
    let of_ranks = ThreadTeam::run(RANKS, fit);
    let mean = |of: fn(&Traffic) -> usize| of_ranks.iter().map(|(_, traffic)| of(traffic)).sum::<usize>() / RANKS;
    let traffic = Traffic { exchanges: mean(|traffic| traffic.exchanges), bytes: mean(|traffic| traffic.bytes) };
    (of_ranks[0].0, traffic)
}
