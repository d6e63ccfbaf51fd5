//! Sums over ranks: the bits of one process, and the bytes on the wire.

use crate::common::counted::CountingTeam;
use thalweg_learn::model::Summand;
use thalweg_learn::train::{SingleProcess, Team, ThreadTeam, sum_over_ranks};

/// Sizes of the numbers of a vector.
const SIZES: [f64; 7] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];

/// Vector i of a sum, whose numbers differ much in size.
fn add<F: Summand>(i: u32, sum: &mut [F]) {
    for (k, x) in sum.iter_mut().enumerate() {
        let term = f64::from(i * 7919 % 5003).sin() * SIZES[(i as usize * 3 + k) % SIZES.len()];
        *x = *x + F::of(term / (1.0 + k as f64));
    }
}

fn assert_bits_of_one_process<F: Summand>(len: usize, count: u32, ranks: usize) {
    let start: Vec<F> = (0..len).map(|k| F::of(0.1 * k as f64)).collect();
    let sum = |team: &dyn Team| {
        let mut sum = start.clone();
        sum_over_ranks(team, count, &mut sum, add::<F>);
        F::bytes(&sum).to_vec()
    };
    let alone = sum(&SingleProcess);
    for (rank, together) in ThreadTeam::run(ranks, |team| sum(team)).into_iter().enumerate() {
        assert!(together == alone, "{len} numbers of {}, {count} vectors, rank {rank} of {ranks}", F::NAME);
    }
}

#[test]
fn sums_have_the_bits_of_one_process() {
    for ranks in [2, 3, 4, 5, 7] {
        // Short and long messages, with an odd number of f32, fewer numbers than ranks, vectors for a few ranks only.
        for (len, count) in [(0, 5), (1, 9), (29, 40), (2_001, 9), (20_003, 17), (20_003, 1), (20_003, 0), (3, 5_000)] {
            assert_bits_of_one_process::<f64>(len, count, ranks);
            assert_bits_of_one_process::<f32>(len, count, ranks);
        }
    }
    // Several rounds of messages.
    assert_bits_of_one_process::<f64>(300_007, 5, 3);
    assert_bits_of_one_process::<f32>(300_007, 4, 2);
}

#[test]
fn a_rank_sends_as_much_as_in_a_ring() {
    const LEN: usize = 84_000;
    for ranks in [2, 4, 8] {
        let sent = ThreadTeam::run(ranks, |team| {
            let counted = CountingTeam::new(team);
            let mut sum = vec![0.0_f64; LEN];
            sum_over_ranks(&counted, ranks as u32, &mut sum, add::<f64>);
            counted.traffic().bytes
        });
        // 2·(R−1)/R of the gradient, and a header of two words for each other rank.
        let expected = 2 * (ranks - 1) * LEN * size_of::<f64>() / ranks + 16 * (ranks - 1);
        assert_eq!(sent, vec![expected; ranks]);
    }
}
