//! Memory of the optimizer states of several ranks.

use std::ops::ControlFlow;

use peak_alloc::PeakAlloc;
use thalweg_learn::Callbacks;
use thalweg_learn::data::{RowStore, Rows, SparseRows};
use thalweg_learn::model::{Linear, Loss};
use thalweg_learn::train::{BatchSize, SparseSteps, Team, ThreadTeam, TrainingConfig, TrainingData, train};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const PARAMETERS: usize = 1 << 18;

/// Bytes that all ranks of a training have after its first step.
fn bytes_in_training(method: &str, ranks: usize) -> usize {
    let sparse = SparseRows { ends: (1..=64).collect(), index: (0..64).collect(), value: vec![1.0; 64] };
    let rows = Rows { sparse, target: vec![1.0; 64], features: PARAMETERS, ..Rows::default() };
    let data = TrainingData { train: &RowStore::from(rows), validation: &Rows::default(), loss: Loss::Squared };
    let model = Linear { features: PARAMETERS, outputs: 1, intercept: false };
    let config = TrainingConfig::new(method.parse().expect("a method"), BatchSize::Rows(32), 1);
    let config = TrainingConfig { sparse_steps: SparseSteps::Never, ..config };
    let before = MEMORY.current_usage();
    let bytes = ThreadTeam::run(ranks, |team| {
        let mut bytes = 0;
        let callbacks = Callbacks::new().team(team).on_step(|report, _| {
            // All ranks are here, and none leaves before the bytes are counted.
            team.all_gather(&[], &mut [], &vec![0; ranks]);
            if report.step == 1 {
                bytes = MEMORY.current_usage() - before;
            }
            team.all_gather(&[], &mut [], &vec![0; ranks]);
            ControlFlow::Continue(())
        });
        train(&model, &data, &config, callbacks).expect("a training");
        bytes
    });
    bytes[0]
}

// One test, so that no other thread allocates.
#[test]
fn a_rank_has_its_shard_of_the_states() {
    let slot = (PARAMETERS * size_of::<f64>()) as f64;
    for ranks in [1, 2, 4, 8] {
        // A method without slots has all but the states.
        let states_of = |method, without| {
            (bytes_in_training(method, ranks) as f64 - bytes_in_training(without, ranks) as f64) / ranks as f64
        };
        for (method, slots) in
            [("momentum:lr=0.1", 1.0), ("adam", 2.0), ("adam:state=bf16", 0.5), ("adam:ema=0.9", 3.0), ("amsgrad", 3.0)]
        {
            let (found, expected) = (states_of(method, "sgd:lr=0.1"), slots * slot / ranks as f64);
            assert!((found / expected - 1.0).abs() < 0.02, "{method}, {ranks} ranks: {found} bytes, not {expected}");
        }
        // The norms of whole tensors need all states.
        let (found, expected) = (states_of("lamb", "sgd:lr=0.1,clip_norm=1"), 2.0 * slot);
        assert!((found / expected - 1.0).abs() < 0.02, "lamb, {ranks} ranks: {found} bytes, not {expected}");
    }
}
