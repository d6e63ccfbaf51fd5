//! Many rows brought into an order drawn from all orders alike, by all threads and without missing the cache at each.

use rayon::prelude::*;
use thalweg::Random;

/// Rows whose shuffle stays in a core's cache.
const NEAR: usize = 1 << 16;

/// Parts that deal out their rows at the same time.
const DEALERS: usize = 16;

/// Heaps at most: each dealer has a place to write to on each.
const HEAPS: usize = 1 << 10;

/// Shuffles: each row is dealt to one of several heaps, and each heap is shuffled. What comes of it depends on the generator
/// alone, not on threads.
///
/// Rao, "Generation of random permutations of given number of elements using random sampling numbers", Sankhyā A 23 (1961),
/// and Sandelius, JRSS B 24 (1962).
pub(super) fn shuffle(rows: &mut [u32], random: &mut Random) {
    if rows.len() <= NEAR {
        return random.shuffle(rows);
    }
    let heaps = (rows.len() / (NEAR / 4)).min(HEAPS);
    let part = rows.len().div_ceil(DEALERS);
    let mut seeds = |count: usize| -> Vec<Random> { (0..count).map(|_| Random::new(random.bits())).collect() };
    let (dealers, shufflers) = (seeds(DEALERS), seeds(heaps));
    let deal = |(rows, mut random): (&[u32], Random)| {
        let mut dealt = vec![Vec::with_capacity(rows.len() / heaps * 5 / 4); heaps];
        for &row in rows {
            dealt[random.below(heaps as u64) as usize].push(row);
        }
        dealt
    };
    let dealt: Vec<Vec<Vec<u32>>> = rows.par_chunks(part).zip(dealers).map(deal).collect();
    let mut left = rows;
    let heap = |heap: usize| {
        let size = dealt.iter().map(|dealt| dealt[heap].len()).sum();
        left.split_off_mut(..size).unwrap_or_default()
    };
    let places: Vec<&mut [u32]> = (0..heaps).map(heap).collect();
    places.into_par_iter().zip(shufflers).enumerate().for_each(|(heap, (place, mut random))| {
        let rows = dealt.iter().flat_map(|dealt| &dealt[heap]);
        place.iter_mut().zip(rows).for_each(|(place, row)| *place = *row);
        random.shuffle(place);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: usize = 3 * NEAR + 5;

    fn shuffled(seed: u64) -> Vec<u32> {
        let mut rows: Vec<u32> = (0..ROWS as u32).collect();
        shuffle(&mut rows, &mut Random::new(seed));
        rows
    }

    #[test]
    fn every_row_comes_once_and_anywhere() {
        let rows = shuffled(1);
        let mut sorted = rows.clone();
        sorted.sort_unstable();
        assert!(sorted.iter().zip(0..).all(|(&row, i)| row == i));
        // Where a row goes has nothing to do with where it was: ranks of random orders have the correlation 0 ± 1/√n.
        let middle = (ROWS - 1) as f64 / 2.0;
        let products: f64 =
            rows.iter().enumerate().map(|(i, &row)| (i as f64 - middle) * (f64::from(row) - middle)).sum();
        let square = ROWS as f64 * (ROWS as f64 * ROWS as f64 - 1.0) / 12.0;
        assert!((products / square).abs() < 4.0 / (ROWS as f64).sqrt(), "{}", products / square);
        // Neighbours stay so as seldom as in any order: twice on average.
        let beside = rows.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) == 1).count();
        assert!(beside < 12, "{beside} pairs of neighbours");
    }

    #[test]
    fn each_place_is_as_likely() {
        // The first row's place over many shuffles: in each quarter as often, within five deviations.
        let mut count = [0_u32; 4];
        for seed in 0..400 {
            let place = shuffled(seed).iter().position(|&row| row == 0).unwrap_or(0);
            count[place * 4 / ROWS] += 1;
        }
        assert!(count.iter().all(|&n| n.abs_diff(100) < 44), "{count:?}");
    }

    #[test]
    fn threads_do_not_matter() {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| shuffled(7))
        };
        assert_eq!(on(1), on(3));
    }
}
