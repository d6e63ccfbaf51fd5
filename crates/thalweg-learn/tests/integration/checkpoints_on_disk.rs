//! Checkpoints of a fit whose rows are on disk, with every setting that has a state of its own.

use thalweg_learn::data::{ColumnValues, RowStore};
use thalweg_learn::fit::{ClassWeight, FitCheckpoint, FitCheckpoints};
use thalweg_learn::train::{BatchSize, CheckpointInterval};
use thalweg_learn::{Callbacks, FitConfig, Table};

#[test]
fn schedule_accumulation_average_early_stopping_and_class_weights_continue_together() {
    // 64 MiB of encoded rows: beyond half of the memory limit.
    let x: Vec<f64> = (0..3_000_000).map(|i| f64::from(i * 7 % 101)).collect();
    let weight: Vec<f64> = (0..x.len()).map(|i| (1 + i % 3) as f64).collect();
    let label = |(x, i): (&f64, i32)| if x + f64::from(i * 31 % 37) > 100.0 { "yes" } else { "no" };
    let labels: Vec<&str> = x.iter().zip(0..).map(label).collect();
    let table = Table::from_columns([
        ("x", ColumnValues::from(&x)),
        ("w", ColumnValues::from(&weight)),
        ("label", ColumnValues::from(&labels)),
    ]);
    let config = FitConfig {
        epochs: Some(3),
        method: Some("adam:lr=0.05,accumulate=2,ema=0.9".parse().expect("a method")),
        schedule: Some("plateau:factor=0.5,patience=0".parse().expect("a schedule")),
        batch_size: Some(BatchSize::Rows(150_000)),
        patience: Some(1),
        class_weight: ClassWeight::Balanced,
        weight_column: Some("w".into()),
        max_memory: Some(128 << 20),
        ..FitConfig::new("label")
    };
    let data = config.prepare(&table.expect("a valid table")).expect("the data are valid");
    assert!(matches!(data.train, RowStore::Disk(_)));
    let (_, whole) = config.fit(&data, Callbacks::new()).expect("the fit succeeds");
    let mut all: Vec<FitCheckpoint> = Vec::new();
    let checkpoints = FitCheckpoints::new(CheckpointInterval::Steps(4), |checkpoint| all.push(checkpoint));
    config.fit_with_checkpoints(&data, None, checkpoints, Callbacks::new()).expect("the fit succeeds");
    assert!(all.len() > 3, "{}", all.len());
    for checkpoint in all {
        checkpoint.check(&config, &data).expect("the same fit");
        let none = FitCheckpoints::new(CheckpointInterval::Epoch, |_| ());
        let (_, model) =
            config.fit_with_checkpoints(&data, Some(checkpoint), none, Callbacks::new()).expect("the fit succeeds");
        assert!(model == whole);
    }
    let certified = FitConfig { certify: true, ..config };
    let refused = certified.fit(&data, Callbacks::new()).expect_err("a certificate needs rows in memory").to_string();
    assert!(refused.contains("memory for a certificate") && refused.contains("rows on disk"), "{refused}");
}
