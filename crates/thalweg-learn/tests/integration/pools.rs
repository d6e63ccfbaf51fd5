//! Threads of readers, fits and predictions: those of the caller's pool or of a private one, never the global pool.

use std::fmt::Write as _;
use std::path::Path;

use thalweg::random::Random;
use thalweg_learn::data::WithTarget;
use thalweg_learn::model::Architecture;
use thalweg_learn::train::BatchSize;
use thalweg_learn::{Callbacks, ColumnOptions, FitConfig, Prediction, Table, predict};

/// Numbers, a category and a label: enough rows to share among threads.
fn dense_text() -> String {
    let mut random = Random::new(1);
    let mut text = "a,b,c,y\n".to_owned();
    for _ in 0..6_000 {
        let (a, b, c) = (random.normal(), random.normal(), random.below(7));
        let y = if a - b * c as f64 + random.normal() > 0.0 { "yes" } else { "no" };
        writeln!(text, "{a},{b},k{c},{y}").expect("a string accepts text");
    }
    text
}

/// More rows than are shuffled as a list, each with few of the many features.
fn sparse_text() -> String {
    let mut random = Random::new(2);
    let mut text = String::new();
    for _ in 0..70_000 {
        let (first, second) = (1 + random.below(500), 501 + random.below(500));
        writeln!(text, "{} {first}:1 {second}:0.5", first % 2).expect("a string accepts text");
    }
    text
}

/// Texts of some words each: enough rows to count the words in several parts.
fn words_text() -> String {
    let mut random = Random::new(3);
    let mut text = "words,y\n".to_owned();
    for _ in 0..10_000 {
        let words = [(); 5].map(|()| random.below(900));
        let y = words.iter().filter(|word| **word % 3 == 0).count();
        writeln!(text, "{},{y}", words.map(|word| format!("w{word}")).join(" ")).expect("a string accepts text");
    }
    text
}

/// Returns the bits of the parameters and of the predictions of a fit.
fn fit_and_predict(name: &str, text: &str, config: &FitConfig) -> (Vec<u64>, Vec<Prediction>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("a file can be written");
    let (report, model) = config.run(&path, Callbacks::new()).expect("the fit runs");
    assert!(report.best_epoch > 0);
    let parsed = Table::parse(Path::new(name), text.into(), &model.schema.read_options()).expect("a valid text");
    let (of_file, of_text) = (predict(&model, &path).expect("rows"), predict(&model, &parsed).expect("rows"));
    assert_eq!(of_file.values, of_text.values);
    let rows: Vec<usize> = (0..parsed.rows()).collect();
    let encoded = model.schema.encode(&parsed, &rows, WithTarget::Yes).expect("the rows of the fit");
    let scores = model.model().scores(&encoded, &model.parameters());
    assert_eq!(scores.len(), rows.len());
    (model.parameters().iter().map(|parameter| parameter.to_bits()).collect(), of_file.values)
}

/// Fits all models.
fn all() -> Vec<(Vec<u64>, Vec<Prediction>)> {
    let base = FitConfig { epochs: Some(2), batch_size: Some(BatchSize::Rows(256)), ..FitConfig::new("y") };
    let mlp = FitConfig { architecture: "mlp:8".parse::<Architecture>().expect("layers"), ..base.clone() };
    let sparse =
        FitConfig { target: "label".into(), batch_size: Some(BatchSize::Rows(16)), epochs: Some(1), ..base.clone() };
    let column_options = ColumnOptions { text: vec!["words".into()], hash_bits: 10, ..ColumnOptions::default() };
    let words = FitConfig { column_options, ..base.clone() };
    let (dense_text, sparse_text) = (dense_text(), sparse_text());
    vec![
        fit_and_predict("dense.csv", &dense_text, &base),
        fit_and_predict("dense.csv", &dense_text, &mlp),
        fit_and_predict("sparse.libsvm", &sparse_text, &sparse),
        fit_and_predict("words.csv", &words_text(), &words),
    ]
}

#[test]
fn fits_give_the_same_bits_in_every_pool_and_outside_without_starting_the_global_pool() {
    let outside = all();
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool starts");
        assert!(pool.install(all) == outside, "a pool of {threads} threads");
    }
    rayon::ThreadPoolBuilder::new().build_global().expect("nobody has started the global pool");
}
