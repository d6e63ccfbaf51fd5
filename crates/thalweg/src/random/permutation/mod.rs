//! Random orders of which any part is computed alone.

mod feistel_network;

use std::ops::Range;

use super::Random;
use feistel_network::{BLOCK, FeistelNetwork};

/// Number of items up to which their order is drawn as a whole, uniformly from all orders.
const MAX_LISTED: u64 = 1 << 16;

/// Random order of the numbers 0, 1, …, n − 1: a bijection from positions to items, of which any part is computed
/// alone, in both directions.
///
/// Up to 65,536 items are shuffled (Fisher–Yates), every order with the same probability. The order of more is not
/// stored: a Feistel network of six rounds permutes them, whose keys are drawn from the generator. With l = ⌈√n⌉, an
/// item is a pair of digits, high · l + low; each round adds a hash of one digit and of its key to the other digit,
/// modulo the number of its values. The network permutes less than n + l numbers; a number that is no item is permuted
/// again, until it is one.
///
/// Black and Rogaway, "Ciphers with arbitrary finite domains" (CT-RSA 2002), §4 and §5. Mitchell, Stokes, Frank and
/// Holmes, "Bandwidth-optimal random shuffling for GPUs" (2022), shuffle so. Not cryptographically secure.
///
/// ```
/// use thalweg::Seed;
/// use thalweg::random::{Permutation, Purpose};
/// // The order of ten million rows in the third epoch.
/// let order = Permutation::new(10_000_000, &mut Seed::new(7).stream(Purpose::Shuffle).at([3]));
/// let batch: Vec<u64> = order.items(512..768).collect();
/// assert_eq!(batch[5], order.at(517));
/// // Positions of rows: the opposite direction.
/// assert_eq!(order.inverse().at(batch[5]), 517);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permutation(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// Item at each position.
    Listed(Vec<u32>),
    Computed(FeistelNetwork),
}

impl Permutation {
    /// Draws an order of `len` items, at most 2⁶².
    ///
    /// # Panics
    /// If there are more items.
    pub fn new(len: u64, random: &mut Random) -> Self {
        if len > MAX_LISTED {
            return Self(Form::Computed(FeistelNetwork::new(len, random)));
        }
        let mut items: Vec<u32> = (0..len as u32).collect();
        random.shuffle(&mut items);
        Self(Form::Listed(items))
    }

    /// Number of items, and of positions.
    #[allow(clippy::len_without_is_empty, reason = "an order of no items is not a special case")]
    pub fn len(&self) -> u64 {
        match &self.0 {
            Form::Listed(items) => items.len() as u64,
            Form::Computed(network) => network.len(),
        }
    }

    /// Returns the item at a position.
    ///
    /// # Panics
    /// If the position is not less than the number of items.
    pub fn at(&self, position: u64) -> u64 {
        let mut item = [0];
        self.fill(position, &mut item);
        item[0]
    }

    /// Returns the items at some positions, in a few nanoseconds each.
    ///
    /// # Panics
    /// If a position is not less than the number of items.
    pub fn items(&self, positions: Range<u64>) -> impl Iterator<Item = u64> {
        let end = positions.end;
        positions.step_by(BLOCK).flat_map(move |first| {
            let (mut block, count) = ([0; BLOCK], (end - first).min(BLOCK as u64) as usize);
            self.fill(first, &mut block[..count]);
            block.into_iter().take(count)
        })
    }

    /// Returns the bijection from items to their positions.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self(match &self.0 {
            Form::Listed(items) => {
                let mut positions = vec![0; items.len()];
                (0..).zip(items).for_each(|(position, &item)| positions[item as usize] = position);
                Form::Listed(positions)
            }
            Form::Computed(network) => Form::Computed(network.inverse()),
        })
    }

    /// Writes the items at successive positions, at most [`BLOCK`].
    fn fill(&self, first: u64, items: &mut [u64]) {
        let end = first.saturating_add(items.len() as u64);
        assert!(end <= self.len(), "expected a position below {}, found {}", self.len(), end - 1);
        match &self.0 {
            Form::Listed(list) => {
                let listed = &list[first as usize..end as usize];
                items.iter_mut().zip(listed).for_each(|(item, &listed)| *item = u64::from(listed));
            }
            Form::Computed(network) => network.fill(first, items),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of items: listed ones, the first computed ones, squares and their neighbours.
    const COUNTS: [u64; 9] = [0, 1, 2, 1000, 1 << 16, (1 << 16) + 1, 511 * 511 - 1, 511 * 511, 511 * 511 + 1];

    fn permutation(len: u64, seed: u64) -> Permutation {
        Permutation::new(len, &mut Random::new(seed))
    }

    #[test]
    fn every_item_has_one_position() {
        for len in COUNTS {
            let order = permutation(len, 3);
            let mut items: Vec<u64> = order.items(0..len).collect();
            let inverse = order.inverse();
            let positions: Vec<u64> = inverse.items(0..len).collect();
            assert!((0..).zip(&items).all(|(i, &item)| positions[item as usize] == i), "{len} items");
            assert_eq!(inverse.inverse(), order);
            items.sort_unstable();
            assert!(items.into_iter().eq(0..len), "{len} items");
        }
        for len in [u64::from(u32::MAX), (1 << 40) + 7, 1 << 62] {
            let (order, inverse) = (permutation(len, 3), permutation(len, 3).inverse());
            for position in [0, 1, len / 3, len - 1] {
                let item = order.at(position);
                assert!(item < len && inverse.at(item) == position, "{item} at {position} of {len}");
            }
        }
    }

    #[test]
    fn every_range_gives_the_same_items() {
        for len in [1000, 300_000] {
            let order = permutation(len, 5);
            let all: Vec<u64> = (0..len).map(|position| order.at(position)).collect();
            for (start, end) in [(0, len), (7, 7), (7, 8), (13, 300), (len - 3, len)] {
                let found: Vec<u64> = order.items(start..end).collect();
                assert_eq!(found, all[start as usize..end as usize]);
            }
        }
    }

    /// Items of another program in Python. They do not change from one version to the next: models depend on them.
    #[test]
    fn the_order_of_a_seed_is_fixed() {
        assert!(permutation(10, 1).items(0..10).eq([9, 0, 1, 4, 8, 2, 3, 7, 6, 5]));
        assert!(permutation(1_000_000, 1).items(0..4).eq([433_613, 885_304, 879_868, 319_389]));
        let many = [890_538_466_316, 260_512_900_930, 794_821_605_355, 605_060_740_276];
        assert!(permutation(1_000_000_000_000, 1).items(0..4).eq(many));
    }

    #[test]
    #[should_panic(expected = "expected a position below 70000, found 70000")]
    fn a_position_beyond_the_items_is_refused() {
        permutation(70_000, 1).at(70_000);
    }

    /// Statistic χ² of counts that are expected to be equal.
    fn chi_squared(counts: &[u32]) -> f64 {
        let mean = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
        counts.iter().map(|&count| (f64::from(count) - mean).powi(2) / mean).sum()
    }

    /// Asserts that χ² of `cells` counts is within five standard deviations, of normal quantiles (Wilson, Hilferty).
    fn assert_uniform(counts: &[u32], of: &str) {
        let freedom = counts.len() as f64 - 1.0;
        let z = ((chi_squared(counts) / freedom).cbrt() - 1.0 + 2.0 / (9.0 * freedom)) / (2.0 / (9.0 * freedom)).sqrt();
        assert!(z.abs() < 5.0, "{of}: {z} standard deviations");
    }

    #[test]
    fn computed_orders_are_as_random_as_drawn_ones() {
        const CELLS: u64 = 8;
        let len = 300_000;
        let lows = (len - 1_u64).isqrt() + 1;
        // Items of pairs of positions that have both, one or no digit in common, over many keys.
        let pairs = [(5, 6), (5, 5 + lows), (0, len - 1), (77_777, 77_777 + 3 * lows + 2)];
        let mut counts = vec![vec![0_u32; (CELLS * CELLS) as usize]; pairs.len()];
        for seed in 0..40_000 {
            let order = permutation(len, seed);
            for ((a, b), counts) in pairs.iter().zip(&mut counts) {
                let [a, b] = [a, b].map(|&position| order.at(position) * CELLS / len);
                counts[(a * CELLS + b) as usize] += 1;
            }
        }
        pairs.iter().zip(&counts).for_each(|(pair, counts)| assert_uniform(counts, &format!("{pair:?}")));
        // One order: items and positions are independent, and so are those of neighbours.
        for seed in 0..4 {
            let items: Vec<u64> = permutation(len, seed).items(0..len).collect();
            let (mut position_item, mut neighbours) = (vec![0_u32; 64 * 64], vec![0_u32; 64 * 64]);
            for (position, pair) in (0..).zip(items.windows(2)) {
                position_item[(position * 64 / len * 64 + pair[0] * 64 / len) as usize] += 1;
                neighbours[(pair[0] * 64 / len * 64 + pair[1] * 64 / len) as usize] += 1;
            }
            assert_uniform(&position_item, "positions and items");
            assert_uniform(&neighbours, "neighbours");
            // A random order has one item at its own position, and keeps two pairs of neighbours, on average.
            let fixed = (0..).zip(&items).filter(|(position, item)| position == *item).count();
            let kept = items.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) == 1).count();
            assert!(fixed < 8 && kept < 12, "{fixed} fixed, {kept} pairs of neighbours");
        }
    }
}
