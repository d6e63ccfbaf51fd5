//! Random numbers that are the same on every machine.

/// **`SplitMix64`**: one 64-bit state, one addition, three multiplications and shifts.
///
/// Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014), with the constants of Vigna's
/// public-domain `splitmix64.c`. Not for secrets.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The generator that starts at `seed`; every seed is a good one.
    pub fn new(seed: u64) -> Random {
        Random { state: seed }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = self.state;
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in [0, 1): a multiple of 2⁻⁵³, each as likely.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * 2f64.powi(-53)
    }

    /// An integer in 0..bound, each exactly as likely; 0 for a bound of 0 or 1.
    ///
    /// Multiply and shift, rejecting the few bits that would favour small numbers: Lemire, "Fast random integer
    /// generation in an interval" (2019), algorithm 5.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        loop {
            let product = u128::from(self.bits()) * u128::from(bound);
            let low = product as u64;
            // The remainder is below the bound, so it is seldom worked out.
            if low >= bound || low >= bound.wrapping_neg() % bound {
                return (product >> 64) as u64;
            }
        }
    }

    /// A number of the normal distribution with mean 0 and deviation 1.
    ///
    /// Marsaglia's polar method (SIAM Review 6, 1964). The logarithm is libm's own code, so the bits do not depend on
    /// the platform; the second number of the pair is thrown away to keep one state.
    pub fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * libm::log(square) / square).sqrt();
            }
        }
    }

    /// Brings `items` into an order drawn from all orders alike (Fisher and Yates, from the end).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
