//! Parallel uniform shuffling of many rows, without a cache miss for each.

use rayon::prelude::*;
use thalweg::random::Random;

use crate::interrupt::{Interrupt, ROWS_PER_LOOK};
use crate::pool;

/// Maximum number of rows that are shuffled in one piece, in the cache of a core.
pub(super) const MAX_CACHED_ROWS: usize = 1 << 16;

/// Number of parts that distribute their rows to the buckets in parallel.
const PARTS: usize = 16;

/// Maximum number of buckets: each part writes to all of them.
const MAX_BUCKETS: usize = 1 << 10;

/// Permutes `rows` uniformly at random: each row is assigned to a random bucket, and each bucket is shuffled. The
/// result depends on the generator but not on the number of threads. If the interrupt is requested, the order is any.
///
/// Rao, "Generation of random permutations of given number of elements using random sampling numbers", Sankhyā A 23
/// (1961), and Sandelius, JRSS B 24 (1962).
pub(super) fn shuffle(rows: &mut [u32], random: &mut Random, interrupt: Interrupt<'_>) {
    if rows.len() <= MAX_CACHED_ROWS {
        return shuffle_piece(rows, random, interrupt);
    }
    let buckets = (rows.len() / (MAX_CACHED_ROWS / 4)).min(MAX_BUCKETS);
    let part_len = rows.len().div_ceil(PARTS);
    let mut generators = |count: usize| -> Vec<Random> { (0..count).map(|_| Random::new(random.bits())).collect() };
    let (part_generators, bucket_generators) = (generators(PARTS), generators(buckets));
    let mut assigned = vec![0_u16; rows.len()];
    let assign = |(assigned, mut random): (&mut [u16], Random)| {
        let mut counts = vec![0; buckets];
        for assigned in assigned.chunks_mut(ROWS_PER_LOOK) {
            if interrupt.is_requested() {
                break;
            }
            for bucket in assigned {
                // There are at most MAX_BUCKETS of them.
                *bucket = random.below(buckets as u64) as u16;
                counts[usize::from(*bucket)] += 1;
            }
        }
        counts
    };
    let counts: Vec<Vec<usize>> = pool::map(assigned.par_chunks_mut(part_len).zip(part_generators), assign);
    // After an interrupt, some rows have no bucket.
    if interrupt.is_requested() {
        return;
    }
    let unshuffled = rows.to_vec();
    // Each bucket has the rows of the first part first, so that each part has a place of its own in each bucket.
    let (mut remaining, mut places) = (&mut *rows, counts.iter().map(|_| Vec::new()).collect::<Vec<_>>());
    for bucket in 0..buckets {
        for (counts, places) in counts.iter().zip(&mut places) {
            let place = remaining.split_off_mut(..counts[bucket]).expect("the buckets together have as many rows");
            places.push(place.iter_mut());
        }
    }
    let parts = unshuffled.par_chunks(part_len).zip(assigned.par_chunks(part_len)).zip(places);
    pool::for_each(parts, |((rows, assigned), mut places)| {
        for (row, bucket) in rows.iter().zip(assigned) {
            *places[usize::from(*bucket)].next().expect("a place for each row of the bucket") = *row;
        }
    });
    let mut remaining = rows;
    let bucket_slice = |bucket: usize| {
        let size = counts.iter().map(|counts| counts[bucket]).sum();
        remaining.split_off_mut(..size).expect("the buckets together have as many rows")
    };
    let slices: Vec<&mut [u32]> = (0..buckets).map(bucket_slice).collect();
    pool::for_each(slices.into_par_iter().zip(bucket_generators), |(slice, mut random)| {
        shuffle_piece(slice, &mut random, interrupt);
    });
}

/// Permutes rows on this thread, unless the interrupt is requested.
fn shuffle_piece(rows: &mut [u32], random: &mut Random, interrupt: Interrupt<'_>) {
    // A half-shuffled order is never used: no step is taken after an interrupt.
    let _ = interrupt.shuffle(rows, random);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const ROWS: usize = 3 * MAX_CACHED_ROWS + 5;

    fn shuffled(seed: u64) -> Vec<u32> {
        let mut rows: Vec<u32> = (0..ROWS as u32).collect();
        shuffle(&mut rows, &mut Random::new(seed), Interrupt::NEVER);
        rows
    }

    #[test]
    fn every_row_comes_once_at_a_random_position() {
        let rows = shuffled(1);
        let mut sorted = rows.clone();
        sorted.sort_unstable();
        assert!(sorted.iter().zip(0..).all(|(&row, i)| row == i));
        // The rank correlation of a random permutation is 0 ± 1/√n.
        let middle = (ROWS - 1) as f64 / 2.0;
        let products: f64 =
            rows.iter().enumerate().map(|(i, &row)| (i as f64 - middle) * (f64::from(row) - middle)).sum();
        let square = ROWS as f64 * (ROWS as f64 * ROWS as f64 - 1.0) / 12.0;
        assert!((products / square).abs() < 4.0 / (ROWS as f64).sqrt(), "{}", products / square);
        // A random permutation keeps two pairs of neighbours on average.
        let neighbours = rows.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) == 1).count();
        assert!(neighbours < 12, "{neighbours} pairs of neighbours");
    }

    #[test]
    fn every_position_is_equally_likely() {
        // Position of the first row in many shuffles: equally often in each quarter, within five standard deviations.
        let mut count = [0_u32; 4];
        for seed in 0..400 {
            let place = shuffled(seed).iter().position(|&row| row == 0).expect("every row is there");
            count[place * 4 / ROWS] += 1;
        }
        assert!(count.iter().all(|&n| n.abs_diff(100) < 44), "{count:?}");
    }

    #[test]
    fn a_shuffle_looks_at_the_interrupt() {
        for count in [MAX_CACHED_ROWS, ROWS] {
            let looks = AtomicUsize::new(0);
            let shuffled_until = |first_request: usize| {
                looks.store(0, Ordering::Relaxed);
                let request = || looks.fetch_add(1, Ordering::Relaxed) + 1 >= first_request;
                let mut rows: Vec<u32> = (0..count as u32).collect();
                shuffle(&mut rows, &mut Random::new(3), Interrupt::when(&request));
                (looks.load(Ordering::Relaxed), rows)
            };
            let (all, whole) = shuffled_until(usize::MAX);
            assert!(all * ROWS_PER_LOOK >= count, "{all} looks at {count} rows");
            for request in [1, all / 2, all] {
                let (looks, mut rows) = shuffled_until(request);
                assert!(looks <= request + PARTS && rows != whole, "{looks} looks, {request} of {all}");
                rows.sort_unstable();
                assert!(rows.iter().zip(0..).all(|(&row, i)| row == i), "every row is there once");
            }
        }
    }

    #[test]
    fn the_order_is_that_of_lists_that_are_shuffled() {
        let mut random = Random::new(9);
        let buckets = ROWS / (MAX_CACHED_ROWS / 4);
        let mut generators = |count: usize| -> Vec<Random> { (0..count).map(|_| Random::new(random.bits())).collect() };
        let (mut of_parts, of_buckets) = (generators(PARTS), generators(buckets));
        let mut lists = vec![Vec::new(); buckets];
        for row in 0..ROWS {
            let random = &mut of_parts[row / ROWS.div_ceil(PARTS)];
            lists[random.below(buckets as u64) as usize].push(row as u32);
        }
        lists.iter_mut().zip(of_buckets).for_each(|(list, mut random)| random.shuffle(list));
        assert_eq!(shuffled(9), lists.concat());
    }

    #[test]
    fn the_order_does_not_depend_on_threads() {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a thread pool starts");
            pool.install(|| shuffled(7))
        };
        assert_eq!(on(1), on(3));
    }
}
