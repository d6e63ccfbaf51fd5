//! Feistel network over the numbers below n, which are pairs of digits.

use super::super::Random;
use crate::kernel::Isa;

/// Rounds of the Feistel network.
const ROUNDS: usize = 6;

/// Number of items that are computed together.
pub(super) const BLOCK: usize = 256;

/// Number of items from which vectors of them are computed.
const MIN_VECTORS: usize = 8;

/// Bijection of the pairs of digits, restricted to the items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FeistelNetwork {
    len: u64,
    /// Number of values of the high digit.
    highs: u32,
    /// Number of values of the low digit.
    lows: u32,
    keys: [u32; ROUNDS],
    is_inverse: bool,
}

impl FeistelNetwork {
    /// Draws the keys of a network that permutes `len` items.
    pub(super) fn new(len: u64, random: &mut Random) -> Self {
        assert!(len <= 1 << 62, "expected at most 2⁶² items, found {len}");
        // Digits are at most 2³¹, so that the sum of two of them is a u32.
        let lows = (len - 1).isqrt() + 1;
        let highs = len.div_ceil(lows);
        Self {
            len,
            highs: highs as u32,
            lows: lows as u32,
            keys: std::array::from_fn(|_| (random.bits() >> 32) as u32),
            is_inverse: false,
        }
    }

    /// Number of items that are permuted.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Returns the network with the rounds in the opposite order, which subtract.
    pub(super) fn inverse(&self) -> Self {
        Self { is_inverse: !self.is_inverse, ..*self }
    }

    /// Writes the items at successive positions, at most [`BLOCK`].
    pub(super) fn fill(&self, first: u64, items: &mut [u64]) {
        // A few items take less time than the choice of the instruction set.
        if items.len() < MIN_VECTORS {
            self.permute(first, items);
        } else {
            Isa::best().run(
                #[inline(always)]
                || self.permute(first, items),
            );
        }
        for item in items {
            while *item >= self.len {
                let number = *item;
                self.permute(number, std::slice::from_mut(item));
            }
        }
    }

    /// Permutes successive numbers, at most [`BLOCK`], which may be no items then.
    #[inline(always)]
    fn permute(&self, first: u64, numbers: &mut [u64]) {
        let lows = u64::from(self.lows);
        let (mut high, mut low) = ([0; BLOCK], [0; BLOCK]);
        let (high, low) = (&mut high[..numbers.len()], &mut low[..numbers.len()]);
        let (first_high, first_low) = ((first / lows) as u32, first % lows);
        for ((high, low), i) in high.iter_mut().zip(&mut *low).zip(0..) {
            // There are more low digits than numbers, so that one carry at most is made.
            let sum = first_low + i;
            let carry = sum >= lows;
            *high = first_high + u32::from(carry);
            *low = (if carry { sum - lows } else { sum }) as u32;
        }
        for round in 0..ROUNDS {
            let round = if self.is_inverse { ROUNDS - 1 - round } else { round };
            let key = self.keys[round];
            if round.is_multiple_of(2) {
                self.add_hashes(high, self.highs, low, key);
            } else {
                self.add_hashes(low, self.lows, high, key);
            }
        }
        for ((number, &high), &low) in numbers.iter_mut().zip(&*high).zip(&*low) {
            *number = u64::from(high) * lows + u64::from(low);
        }
    }

    /// Adds hashes of the other digits to digits, or subtracts them, modulo the number of values.
    #[inline(always)]
    fn add_hashes(&self, digits: &mut [u32], values: u32, others: &[u32], key: u32) {
        for (digit, &other) in digits.iter_mut().zip(others) {
            let hash = hash_below(other ^ key, values);
            let hash = if self.is_inverse { values - hash } else { hash };
            let sum = *digit + hash;
            // The difference is less than the sum unless it is negative.
            *digit = sum.min(sum.wrapping_sub(values));
        }
    }
}

/// Returns a hash below `bound`.
#[inline(always)]
fn hash_below(x: u32, bound: u32) -> u32 {
    let x = x.wrapping_mul(0x7feb_352d);
    let x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    ((u64::from(x) * u64::from(bound)) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_gives_the_same_numbers() {
        let network = FeistelNetwork::new(300_000, &mut Random::new(5));
        let mut expected = [0; BLOCK];
        network.permute(600, &mut expected);
        for isa in Isa::all() {
            let mut found = [0; BLOCK];
            isa.run(
                #[inline(always)]
                || network.permute(600, &mut found),
            );
            assert_eq!(found, expected, "{}", isa.name());
        }
    }
}
