//! Batches of an epoch, of rows in memory and on disk.

use super::*;
use crate::data::{ROWS_PER_BLOCK, RowMatrix};
use crate::interrupt::Agreement;
use crate::model::rows_of_ranks;
use crate::team::{SingleProcess, ThreadTeam};

fn rows(count: usize) -> Rows {
    let target = (0..count).map(|i| i as f64).collect();
    Rows { numbers: RowMatrix::new(1, &vec![0.0; count]), features: 1, target, ..Rows::default() }
}

/// Targets of the rows of each epoch in the order of training.
fn epochs(store: &RowStore, batch_size: usize, seed: u64, count: usize) -> Vec<Vec<u64>> {
    let new = BatchSampler::new(store, BatchSize::Rows(batch_size), Seed::new(seed), Interrupt::NEVER);
    let mut sampler = new.expect("rows of one process");
    let mut epoch = || {
        let mut order = Vec::new();
        loop {
            let batch = sampler.next(|_, _| None).expect("rows that can be read");
            order.extend(batch.indices.iter().map(|&row| batch.rows.target[row as usize] as u64));
            if batch.ends_epoch {
                return order;
            }
        }
    };
    (0..count).map(|_| epoch()).collect()
}

fn on_disk(rows: &Rows) -> RowStore {
    let mut writer = crate::data::DiskRowsWriter::temporary(rows).expect("a temporary file");
    writer.push(rows).expect("rows are written");
    RowStore::Disk(
        writer.finish(&SingleProcess, rows.range(0..9), rows.row_bytes() * ROWS_PER_BLOCK * 2).expect("rows are kept"),
    )
}

#[test]
fn the_order_of_an_epoch_depends_on_the_seed_and_the_epoch_alone() {
    let rows = rows(3 * ROWS_PER_BLOCK + 70);
    for store in [RowStore::from(rows.clone()), on_disk(&rows)] {
        let first = epochs(&store, 64, 5, 3);
        // Other batch sizes draw other numbers of batches, and the third epoch begins from the same order.
        if matches!(store, RowStore::Memory(_)) {
            assert_eq!(first, epochs(&store, 100, 5, 3));
            let mut third = rows.clone();
            let mut random = Seed::new(5).stream(Purpose::Shuffle).at([3, 0]);
            let order = Permutation::new(third.len() as u64, &mut random);
            third = third.pick(&order.items(0..order.len()).map(|row| row as u32).collect::<Vec<_>>());
            assert_eq!(first[2], third.target.iter().map(|&y| y as u64).collect::<Vec<_>>());
        }
        assert_eq!(first, epochs(&store, 64, 5, 3));
        assert_ne!(first, epochs(&store, 64, 6, 3));
        assert_ne!(first[0], first[1]);
        for mut order in first {
            order.sort_unstable();
            assert!(order.iter().zip(0..).all(|(&row, i)| row == i), "every row once");
        }
    }
}

#[test]
fn ranks_with_all_rows_list_those_that_they_sum() {
    const RANKS: usize = 3;
    let store = RowStore::from(rows(70_000));
    let batches = |interrupt: Interrupt<'_>, leaf_len: Option<usize>| -> Vec<Vec<u32>> {
        let mut sampler =
            BatchSampler::new(&store, BatchSize::Rows(999), Seed::new(5), interrupt).expect("rows in memory");
        let ranges = |_: &Rows, rows| Some(rows_of_ranks(rows, leaf_len?, RANKS));
        (0..80).map(|_| sampler.next(ranges).expect("a batch").indices.to_vec()).collect()
    };
    let alone = batches(Interrupt::NEVER, Some(16));
    let of_ranks = ThreadTeam::run(RANKS, |team| {
        let agreement = Agreement::of(team, Interrupt::NEVER);
        [Some(16), None].map(|leaf_len| batches(agreement.interrupt(), leaf_len))
    });
    for (rank, [own, all]) in of_ranks.iter().enumerate() {
        assert_eq!(all, &alone);
        for (own, expected) in own.iter().zip(&alone) {
            let summed = rows_of_ranks(expected.len(), 16, RANKS).swap_remove(rank);
            assert_eq!(own[summed.clone()], expected[summed]);
            assert_eq!(own.len(), expected.len());
        }
    }
}

#[test]
fn a_sampler_continues_at_any_batch() {
    let rows = rows(2 * ROWS_PER_BLOCK + 70);
    for store in [RowStore::from(rows.clone()), on_disk(&rows)] {
        let (size, seed) = (BatchSize::Rows(100), Seed::new(5));
        let targets = |batch: &SampledBatch<'_>| -> Vec<u64> {
            batch.indices.iter().map(|&row| batch.rows.target[row as usize].to_bits()).collect()
        };
        let per_epoch = size.batches(store.len());
        let mut whole = BatchSampler::new(&store, size, seed, Interrupt::NEVER).expect("rows of one process");
        for batches in 0..2 * per_epoch {
            let position = SamplerPosition { epoch: batches / per_epoch, batch: batches % per_epoch, batches };
            let mut other =
                BatchSampler::at(&store, size, seed, position, Interrupt::NEVER).expect("rows that can be read");
            let (next, expected) =
                (other.next(|_, _| None).expect("a batch"), whole.next(|_, _| None).expect("a batch"));
            assert_eq!((next.step, next.ends_epoch), (expected.step, expected.ends_epoch), "batch {batches}");
            assert_eq!(targets(&next), targets(&expected), "batch {batches}");
        }
    }
}

#[test]
fn more_rows_in_memory_than_have_numbers_are_refused() {
    assert!(check_row_count(u32::MAX as usize).is_ok());
    let error = check_row_count(1 << 32).expect_err("one row too many").to_string();
    assert!(error.contains("at most 4294967295") && error.contains("4294967296"), "{error}");
}
