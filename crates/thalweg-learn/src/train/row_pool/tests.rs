//! Batches of rows on disk, on one rank and on several.

use thalweg::Seed;
use thalweg::random::Purpose;

use super::*;
use crate::data::{DiskRowsWriter, RowMatrix, SparseRows};
use crate::interrupt::Agreement;
use crate::model::rows_of_ranks;
use crate::team::{SingleProcess, ThreadTeam};

const BATCH: usize = 300;

/// Rows of one number, and of up to two sparse ones if `sparse`; the target is the number of the row.
fn rows(count: usize, sparse: bool) -> Rows {
    let ends: Vec<usize> = (0..count)
        .scan(0, |end, i| {
            *end += i % 3;
            Some(*end)
        })
        .collect();
    let entries = ends.last().copied().unwrap_or(0);
    let sparse = if sparse {
        SparseRows { ends, index: vec![1; entries], value: (0..entries).map(|i| i as f32).collect() }
    } else {
        SparseRows::default()
    };
    let target: Vec<f64> = (0..count).map(|i| i as f64).collect();
    let numbers = RowMatrix::new(1, &target.iter().map(|&y| -y as f32).collect::<Vec<_>>());
    Rows { numbers, features: 2, sparse, weight: target.clone(), target, ..Rows::default() }
}

/// Batch as one rank has it: the mean number of numbers in a row, and its rows with their positions in the batch.
type BatchOfRank = (usize, Vec<(usize, Rows)>);

/// Draws the batches of two epochs on some ranks, with this many blocks in memory.
fn batches(ranks: usize, rows: &Rows, blocks: usize, leaf: Option<usize>) -> Vec<Vec<BatchOfRank>> {
    ThreadTeam::run(ranks, |team| {
        let mut writer = DiskRowsWriter::temporary(rows).expect("a temporary file");
        writer.push(rows).expect("rows are written");
        let memory = rows.row_bytes() * blocks * 4096;
        let mut disk_rows = writer.finish(&SingleProcess, rows.range(0..50), memory).expect("rows are kept");
        disk_rows.divide(team);
        let agreement = Agreement::of(team, Interrupt::NEVER);
        let mut pool = RowPool::new(&disk_rows, agreement.interrupt()).expect("as many ranks");
        let stream = Seed::new(7).stream(Purpose::Shuffle);
        let mut all = Vec::new();
        for epoch in 1..3 {
            pool.begin_epoch(&mut stream.at([epoch, 0]));
            let mut remaining = rows.len();
            while remaining > 0 {
                let size = BATCH.min(remaining);
                remaining -= size;
                let batch = pool.draw(size, BATCH, (stream, epoch)).expect("rows are read");
                let (rows, places) = pool.deliver(batch, |_, rows| Some(rows_of_ranks(rows, leaf?, ranks)));
                let mean = rows.numbers_in_a_row();
                let places = places.iter().enumerate().filter(|(_, place)| (**place as usize) < rows.len());
                all.push((mean, places.map(|(i, &place)| (i, rows.pick(&[place]))).collect::<Vec<_>>()));
            }
        }
        let share = rows.len().div_ceil(4096).div_ceil(ranks);
        assert!(
            disk_rows.bytes_read() <= 2 * share as u64 * (disk_rows.rows_per_block() * (rows.row_bytes() + 32)) as u64
        );
        all
    })
}

#[test]
fn each_rank_has_the_rows_that_it_sums() {
    // The last case has more rows in memory than are shuffled as a list.
    for (count, blocks, sparse) in
        [(5 * 4096 + 77, 3, false), (4 * 4096 + 3, 3, true), (100, 3, true), (18 * 4096 + 5, 17, false)]
    {
        let rows = rows(count, sparse);
        let alone = batches(1, &rows, blocks, None).swap_remove(0);
        assert!(alone.iter().map(|(_, batch)| batch.len()).sum::<usize>() == 2 * count);
        for ranks in [2, 3, 7] {
            for leaf in [None, Some(16)] {
                let of_ranks = batches(ranks, &rows, blocks, leaf);
                for (i, (mean, batch)) in alone.iter().enumerate() {
                    let ranges = rows_of_ranks(batch.len(), leaf.unwrap_or(1), ranks);
                    for (of_rank, range) in of_ranks.iter().zip(ranges) {
                        let (mean_of_rank, found) = &of_rank[i];
                        assert_eq!(mean_of_rank, mean);
                        let expected = if leaf.is_some() { range } else { 0..batch.len() };
                        for position in expected {
                            let row = found.iter().find(|(at, _)| *at == position).expect("a row of its own");
                            assert!(row.1 == batch[position].1, "row {position} of batch {i} on {ranks} ranks");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn rows_of_other_ranks_are_refused() {
    let rows = rows(10, false);
    ThreadTeam::run(2, |team| {
        let mut writer = DiskRowsWriter::temporary(&rows).expect("a temporary file");
        writer.push(&rows).expect("rows are written");
        let mut disk_rows = writer.finish(&SingleProcess, rows.empty_like(), usize::MAX).expect("rows are kept");
        disk_rows.divide(team);
        let error = RowPool::new(&disk_rows, Interrupt::NEVER).err().expect("one rank of two").to_string();
        assert!(error.contains("must be 2, among which the rows are divided, but is '1'"), "{error}");
    });
}
