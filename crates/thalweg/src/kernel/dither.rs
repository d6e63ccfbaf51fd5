//! Random numbers for stochastic rounding, by counting: each is a hash of (seed, step, column, index) and of nothing
//! else, so who computes it, and when, does not matter.

use super::codec::BLOCK;

/// The random numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Dither(u64);

impl Dither {
    /// Of step `t` of a run.
    pub fn new(seed: u64, t: u64) -> Self {
        Self(mix(mix(seed).wrapping_add(t)))
    }

    /// The key of the block of one column that begins at `index`.
    #[inline(always)]
    pub(super) fn key(self, buffer: u64, index: u64) -> DitherKey {
        DitherKey::new(mix(self.0.wrapping_add(buffer << 56).wrapping_add(index)))
    }
}

/// The random numbers of one block.
#[derive(Clone, Copy)]
pub(super) struct DitherKey(u32);

impl DitherKey {
    #[inline(always)]
    pub(super) fn new(random: u64) -> Self {
        Self((random >> 32) as u32 | 1)
    }

    /// Number `i` of the block: the upper bits of a product of two odd numbers, one drawn for the block and one fixed for
    /// the place. Over all keys they are uniform, and those of two places nearly independent (multiplicative hashing,
    /// Dietzfelbinger et al. 1997): enough for rounding, and one multiplication.
    #[inline(always)]
    pub(super) fn noise(self, i: usize) -> u32 {
        PLACES[i].wrapping_mul(self.0)
    }
}

/// An odd number for each place of a block.
static PLACES: [u32; BLOCK] = {
    let mut places = [0; BLOCK];
    let mut i = 0;
    while i < BLOCK {
        places[i] = (mix(i as u64) >> 32) as u32 | 1;
        i += 1;
    }
    places
};

/// A 64-bit mixer: the finalizer of `SplitMix64` (Steele, Lea & Flood 2014).
#[inline(always)]
const fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
