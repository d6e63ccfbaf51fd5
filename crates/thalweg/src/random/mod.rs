//! Random numbers that are the same on every machine, for any number of threads.
//!
//! A program draws everything random from one [`Seed`]. Each use of it has a [`Purpose`], and the generator of a
//! purpose at given counters is a pure function of (seed, purpose, counters): the order of epoch 3 does not depend on
//! what was drawn before it, nor on threads, and no two purposes share numbers.
//!
//! ```
//! use thalweg::Seed;
//! use thalweg::random::Purpose;
//! let seed = Seed::new(7);
//! let mut epoch_3 = seed.stream(Purpose::Shuffle).at([3]);
//! let mut again = seed.stream(Purpose::Shuffle).at([3]);
//! assert_eq!(epoch_3.bits(), again.bits());
//! assert_ne!(epoch_3.bits(), seed.stream(Purpose::Split).at([3]).bits());
//! ```

mod permutation;

pub use permutation::Permutation;

/// Increment of the `SplitMix64` state: 2⁶⁴ divided by the golden ratio, made odd.
const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// Returns the output of `SplitMix64` whose state is `state` before the step: a bijection that mixes all bits.
#[inline]
const fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(GOLDEN_GAMMA);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Seed of everything random in a run; every value is as good as any other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Seed(u64);

impl Seed {
    /// Creates a seed from a number.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the number that the seed was created from.
    pub const fn value(self) -> u64 {
        self.0
    }

    /// Returns the random numbers for one purpose.
    pub const fn stream(self, purpose: Purpose) -> Stream {
        Stream { key: mix(mix(self.0).wrapping_add(purpose.tag())) }
    }
}

impl From<u64> for Seed {
    fn from(seed: u64) -> Self {
        Self(seed)
    }
}

/// Use of random numbers. Different purposes never share numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Division of rows into training and validation rows.
    Split,
    /// Order of the rows in an epoch.
    Shuffle,
    /// Initial parameters of a model.
    Init,
    /// Units zeroed by dropout.
    Dropout,
    /// Rows drawn for intervals of metrics.
    Bootstrap,
}

impl Purpose {
    /// All purposes, for tests that streams differ.
    pub const ALL: [Self; 5] = [Self::Split, Self::Shuffle, Self::Init, Self::Dropout, Self::Bootstrap];

    /// Returns the name in eight bytes. Changing it changes every result that depends on the purpose.
    ///
    /// Stochastic rounding (`kernel::dither`) uses the number of the step in the place of a tag; a tag is at least
    /// 2⁵⁶, so the two never meet.
    const fn tag(self) -> u64 {
        u64::from_be_bytes(match self {
            Self::Split => *b"split   ",
            Self::Shuffle => *b"shuffle ",
            Self::Init => *b"init    ",
            Self::Dropout => *b"dropout ",
            Self::Bootstrap => *b"bootstrp",
        })
    }
}

/// Random numbers of one purpose: a separate generator for each tuple of counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    key: u64,
}

impl Stream {
    /// Returns the generator at these counters, for example `[epoch]` or `[step, layer, row]`: a pure function of
    /// (seed, purpose, counters). One purpose should always use the same number of counters.
    #[inline]
    pub fn at<const N: usize>(self, counters: [u64; N]) -> Random {
        Random::new(counters.into_iter().fold(self.key, |key, counter| mix(key.wrapping_add(counter))))
    }
}

/// Generator of pseudorandom numbers: **`SplitMix64`**, a hash of a 64-bit counter.
///
/// Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014), with the constants of Vigna's
/// public-domain `splitmix64.c`. Not cryptographically secure.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// Creates a generator with the initial state `seed`; every value is as good as any other.
    pub fn new(seed: u64) -> Random {
        Random { state: seed }
    }

    /// Returns the next 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let bits = mix(self.state);
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        bits
    }

    /// Returns a uniform number in [0, 1), a multiple of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * 2f64.powi(-53)
    }

    /// Returns a uniform integer in `0..bound`, without bias; 0 if `bound` is 0 or 1.
    ///
    /// Multiplication and shift with rejection: Lemire, "Fast random integer generation in an interval" (2019),
    /// algorithm 5.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        loop {
            let product = u128::from(self.bits()) * u128::from(bound);
            let low = product as u64;
            // The remainder is less than the bound, so the division is rarely needed.
            if low >= bound || low >= bound.wrapping_neg() % bound {
                return (product >> 64) as u64;
            }
        }
    }

    /// Returns a sample of the standard normal distribution.
    ///
    /// Marsaglia's polar method (SIAM Review 6, 1964). The logarithm is that of the crate `libm`, so the bits do not
    /// depend on the platform. The second sample of each pair is discarded, so that the state stays one counter.
    pub fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * libm::log(square) / square).sqrt();
            }
        }
    }

    /// Permutes `items` uniformly at random (Fisher–Yates, from the end).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        self.swaps(items.len()).for_each(|(a, b)| items.swap(a, b));
    }

    /// Returns the pairs of positions that [`Random::shuffle`] swaps one after the other among `len` items.
    pub fn swaps(&mut self, len: usize) -> impl Iterator<Item = (usize, usize)> {
        (1..len).rev().map(|last| (last, self.below(last as u64 + 1) as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generators_differ_in_seed_purpose_and_counters() {
        let mut firsts = std::collections::BTreeMap::new();
        for seed in [0, 1, 2, u64::MAX, !0 - 1, 1 << 63] {
            let plain = std::iter::once((format!("{seed} without a purpose"), Random::new(seed)));
            let streams = Purpose::ALL.into_iter().flat_map(|purpose| {
                let stream = Seed::new(seed).stream(purpose);
                let one = (0..20).map(move |i| (format!("{seed} {purpose:?} {i}"), stream.at([i])));
                let two = (0..20).map(move |i| (format!("{seed} {purpose:?} {i} 0"), stream.at([i, 0])));
                one.chain(two).chain([(format!("{seed} {purpose:?}"), stream.at([]))])
            });
            for (name, mut random) in plain.chain(streams) {
                for draw in 0..20 {
                    if let Some(other) = firsts.insert(random.bits(), format!("{name}, draw {draw}")) {
                        panic!("{name}, draw {draw} repeats {other}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_generator_is_a_function_of_its_counters_alone() {
        let stream = Seed::new(9).stream(Purpose::Shuffle);
        let mut early = stream.at([5]);
        let _ = (stream.at([1]).normal(), stream.at([2]).bits());
        assert_eq!(early.bits(), stream.at([5]).bits());
    }

    #[test]
    fn counters_next_to_each_other_give_uncorrelated_numbers() {
        let stream = Seed::new(3).stream(Purpose::Dropout);
        let n = 100_000_u32;
        let products: f64 =
            (0..u64::from(n)).map(|i| (stream.at([i]).uniform() - 0.5) * (stream.at([i + 1]).uniform() - 0.5)).sum();
        // The product of two uniform numbers has deviation 1/12; five of them.
        assert!((products / f64::from(n)).abs() < 5.0 / 12.0 / f64::from(n).sqrt(), "{products}");
    }

    /// First outputs of Vigna's `splitmix64.c` for the seed 1234567, as printed by its C program.
    #[test]
    fn bits_are_those_of_the_reference() {
        let mut random = Random::new(1_234_567);
        let found: Vec<u64> = (0..3).map(|_| random.bits()).collect();
        assert_eq!(found, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn bounded_integers_are_uniform() {
        let mut random = Random::new(7);
        let mut count = [0u32; 6];
        for _ in 0..60_000 {
            count[random.below(6) as usize] += 1;
        }
        // Five deviations of a binomial count: √(60000·⅙·⅚) ≈ 91.
        assert!(count.iter().all(|&n| n.abs_diff(10_000) < 456), "{count:?}");
        assert_eq!((random.below(0), random.below(1)), (0, 0));
    }

    #[test]
    fn a_bound_over_half_the_range_is_not_folded() {
        // Without rejection every multiple of 3 would come up twice as often: in half of the draws.
        let (mut random, bound) = (Random::new(3), 3 << 62);
        let low = (0..10_000).filter(|_| random.below(bound) % 3 == 0).count();
        assert!(low.abs_diff(3_333) < 240, "{low}");
    }

    #[test]
    fn normal_numbers_have_their_moments() {
        let mut random = Random::new(11);
        let n = 200_000;
        let (mut sum, mut squares, mut fourth, mut far) = (0.0, 0.0, 0.0, 0);
        for _ in 0..n {
            let z = random.normal();
            sum += z;
            squares += z * z;
            fourth += z.powi(4);
            far += usize::from(z.abs() > 1.959_964);
        }
        let n = f64::from(n);
        assert!((sum / n).abs() < 0.012, "mean {}", sum / n);
        assert!((squares / n - 1.0).abs() < 0.016, "variance {}", squares / n);
        assert!((fourth / n - 3.0).abs() < 0.12, "fourth moment {}", fourth / n);
        assert!((f64::from(far as u32) / n - 0.05).abs() < 0.0025, "share beyond 1.96: {far}");
    }

    #[test]
    fn a_shuffle_draws_every_order_alike() {
        let mut random = Random::new(5);
        let mut count = std::collections::BTreeMap::new();
        for _ in 0..24_000 {
            let mut items = [0, 1, 2, 3];
            random.shuffle(&mut items);
            *count.entry(items).or_insert(0u32) += 1;
        }
        assert_eq!(count.len(), 24);
        assert!(count.values().all(|&n| n.abs_diff(1_000) < 155), "{count:?}");
    }
}
