//! 8 bits: a nearly logarithmic code with one exponent per block.

use super::super::dither::DitherKey;
use super::block::{BLOCK, Block};
use super::float::{from_f32_bits, largest_magnitude, magnitude_bits, narrow};
use crate::algebra::Signedness;
use crate::real::Real;

/// A block in 8 bits: numbers i, 16 + i, 32 + i and 48 + i are the bytes of word i.
pub(in crate::kernel) type Q8Block = [u32; WORDS];

/// Words of a block.
const WORDS: usize = BLOCK / 4;
/// Exponent of a block that contains an infinity or a NaN: all its numbers are NaN.
const NOT_FINITE: u8 = 255;
/// Exponent of a block of zeros.
const ZEROS: u8 = 0;
/// Bits of an `f32` that are cut off: codes keep 4 bits of mantissa.
const CUT_BITS: u32 = 23 - 4;
/// The largest number that has a code.
const LARGEST: f32 = f32::MAX / 2.0;

/// Octaves that the codes of a block reach down from its largest number before they become linear: as many as 7 bits
/// and a sign have codes for, or 8 bits without a sign.
#[inline(always)]
fn octaves(sign: Signedness) -> u32 {
    match sign {
        Signedness::Signed => 8,
        Signedness::NonNegative => 16,
    }
}

/// The code of a block. With c = 2^(exponent + 1 − octaves), |v| + c is cut to an `f32` with 4 bits of mantissa, so
/// that each number of the octaves has a code: it is nearly logarithmic in v far above c, and linear below.
#[derive(Clone, Copy)]
struct Code {
    /// The offset c added to a magnitude before it is cut.
    offset: f32,
    /// The bits of c, cut.
    base: u32,
}

impl Code {
    #[inline(always)]
    fn new(sign: Signedness, exponent: u8) -> Self {
        let octaves = octaves(sign);
        let bits = (u32::from(exponent).max(octaves) + 1 - octaves) << 23;
        let offset = if exponent == NOT_FINITE { f32::NAN } else { f32::from_bits(bits) };
        Self { offset, base: bits >> CUT_BITS }
    }

    #[inline(always)]
    fn magnitude(self, code: u32) -> f32 {
        f32::from_bits((code + self.base) << CUT_BITS) - self.offset
    }

    #[inline(always)]
    fn of(self, magnitude: f32, noise: u32) -> u32 {
        let bits = (magnitude + self.offset).to_bits() + (noise >> (32 - CUT_BITS));
        (bits >> CUT_BITS).wrapping_sub(self.base)
    }
}

/// Decodes a block into `out`.
#[inline(always)]
pub(in crate::kernel) fn decode_q8<F: Real>(sign: Signedness, exponent: u8, codes: &Q8Block, out: &mut Block<F>) {
    let code = Code::new(sign, exponent);
    match sign {
        // The sign of the byte is the sign of the number.
        Signedness::Signed => {
            for_each_byte(codes, out, |top| code.magnitude(top >> 24 & 127).to_bits() | top & (1 << 31));
        }
        Signedness::NonNegative => for_each_byte(codes, out, |top| code.magnitude(top >> 24).to_bits()),
    }
}

/// Computes each number of a block from its code in the upper byte of a word.
#[inline(always)]
fn for_each_byte<F: Real>(codes: &Q8Block, out: &mut Block<F>, number: impl Fn(u32) -> u32) {
    for i in 0..WORDS {
        out[i] = from_f32_bits(number(codes[i] << 24));
        out[i + WORDS] = from_f32_bits(number(codes[i] << 16));
        out[i + 2 * WORDS] = from_f32_bits(number(codes[i] << 8));
        out[i + 3 * WORDS] = from_f32_bits(number(codes[i]));
    }
}

/// Rounds a block to codes stochastically, without bias; returns its exponent.
#[inline(always)]
pub(in crate::kernel) fn encode_q8<F: Real>(
    sign: Signedness,
    values: &Block<F>,
    codes: &mut Q8Block,
    key: DitherKey,
) -> u8 {
    let largest = largest_magnitude(values);
    if largest == 0 || largest > LARGEST.to_bits() {
        return encode_extreme(sign, values, codes, key);
    }
    let exponent = exponent(sign, largest);
    encode_with(exponent, sign, values, codes, key);
    exponent
}

/// The octave of the largest number, after c is added and it is rounded up to a code.
#[inline(always)]
fn exponent(sign: Signedness, largest: u32) -> u8 {
    // In the octave of the largest number, c is this many units of its last place.
    let offset = 1 << (24 - octaves(sign));
    ((largest + offset + (1 << CUT_BITS) - 1) >> 23).max(octaves(sign)) as u8
}

/// Encodes a block at an end of the range: zeros have an exponent of their own, numbers without a code are clamped to
/// the largest that has one, and an infinity or NaN makes the block NaN.
#[cold]
#[inline(never)]
fn encode_extreme<F: Real>(sign: Signedness, values: &Block<F>, codes: &mut Q8Block, key: DitherKey) -> u8 {
    codes.fill(0);
    if values.iter().any(|v| !narrow(*v).is_finite()) {
        return NOT_FINITE;
    }
    if values.iter().all(|v| magnitude_bits(*v) == 0) {
        return ZEROS;
    }
    let limit = F::of(f64::from(LARGEST));
    let values = values.map(|v| v.min(limit).max(-limit));
    let exponent = exponent(sign, LARGEST.to_bits());
    encode_with(exponent, sign, &values, codes, key);
    exponent
}

/// Word `i` of a block of codes.
#[inline(always)]
fn word(i: usize, code: impl Fn(usize) -> u32) -> u32 {
    code(i) | code(i + WORDS) << 8 | code(i + 2 * WORDS) << 16 | code(i + 3 * WORDS) << 24
}

#[inline(always)]
fn encode_with<F: Real>(exponent: u8, sign: Signedness, values: &Block<F>, codes: &mut Q8Block, key: DitherKey) {
    let code = Code::new(sign, exponent);
    match sign {
        Signedness::Signed => {
            for (i, to) in codes.iter_mut().enumerate() {
                *to = word(i, |i| {
                    let v = narrow(values[i]);
                    code.of(v.abs(), key.noise(i)) | (v.to_bits() >> 24) & 128
                });
            }
        }
        // Never 0, because an update is divided by its root.
        Signedness::NonNegative => {
            for (i, to) in codes.iter_mut().enumerate() {
                *to = word(i, |i| code.of(narrow(values[i]), key.noise(i)).max(1));
            }
        }
    }
}

/// As [`encode_q8`], but with an exponent under which the first `n` values have exact codes, if there is one: numbers
/// that were decoded are encoded to themselves.
pub(in crate::kernel) fn restore_q8<F: Real>(
    sign: Signedness,
    values: &Block<F>,
    n: usize,
    codes: &mut Q8Block,
    key: DitherKey,
) -> u8 {
    let first = encode_q8(sign, values, codes, key);
    let mut decoded = [F::ZERO; BLOCK];
    for exponent in (first..NOT_FINITE).take(3).filter(|_| first != ZEROS) {
        encode_with(exponent, sign, values, codes, key);
        decode_q8(sign, exponent, codes, &mut decoded);
        if decoded[..n] == values[..n] {
            return exponent;
        }
    }
    encode_q8(sign, values, codes, key)
}
