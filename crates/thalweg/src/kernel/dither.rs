//! Random numbers for stochastic rounding, by counting: each is a hash of (seed, step, stream, index) and of nothing
//! else, so it does not matter which thread computes it, or when.

use super::codec::BLOCK;

/// Random numbers of one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dither(u64);

impl Dither {
    /// The random numbers of step `t` of a run with this seed.
    pub(super) fn new(seed: u64, t: u64) -> Self {
        Self(mix(mix(seed).wrapping_add(t)))
    }

    /// The key of the block of one stream (a slot's number, or that of the parameters) that begins at `index`.
    #[inline(always)]
    pub(super) fn key(self, stream: u64, index: u64) -> DitherKey {
        DitherKey::new(mix(self.0.wrapping_add(stream << 56).wrapping_add(index)))
    }
}

/// Random numbers of one block.
#[derive(Clone, Copy)]
pub(super) struct DitherKey(u32);

impl DitherKey {
    #[inline(always)]
    pub(super) fn new(random: u64) -> Self {
        Self((random >> 32) as u32 | 1)
    }

    /// Random number `i` of the block: the upper bits of a product of two odd numbers, one drawn for the block and
    /// one fixed for the position. Over all keys they are uniform, and those of two positions nearly independent
    /// (multiplicative hashing, Dietzfelbinger et al. 1997): sufficient for rounding, at the cost of one
    /// multiplication.
    #[inline(always)]
    pub(super) fn noise(self, i: usize) -> u32 {
        MULTIPLIERS[i].wrapping_mul(self.0)
    }
}

/// An odd number for each position of a block.
static MULTIPLIERS: [u32; BLOCK] = {
    let mut multipliers = [0; BLOCK];
    let mut i = 0;
    while i < BLOCK {
        multipliers[i] = (mix(i as u64) >> 32) as u32 | 1;
        i += 1;
    }
    multipliers
};

/// Mixes 64 bits: the finalizer of `SplitMix64` (Steele, Lea & Flood 2014).
#[inline(always)]
const fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
