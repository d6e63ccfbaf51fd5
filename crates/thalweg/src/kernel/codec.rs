//! Narrow numbers, rounded at random so that they are right on average.
//!
//! Rounding to nearest would lose what a slow average does: with β₂ = 0.999 a step takes a thousandth, less than half of
//! the distance between two bf16 numbers, and v would never decay.

use half::bf16;

use super::dither::DitherKey;
use crate::algebra::Signedness;
use crate::real::Real;

/// Numbers are rounded in blocks of this length.
pub(super) const BLOCK: usize = 64;

/// A block in the element type. The last one of a tensor may be filled up with zeros.
pub(super) type Block<F> = [F; BLOCK];
/// A block in bf16: number i is in the lower half of word i, number 32 + i in the upper. So all that is done to a number
/// is done in a lane of 32 bits, and none has to be moved to another.
pub(super) type Bf16Block = [u32; BLOCK / 2];
/// A block in 8 bits: numbers i, 16 + i, 32 + i and 48 + i are the bytes of word i.
pub(super) type Q8Block = [u32; BLOCK / 4];

#[inline(always)]
pub(super) fn narrow<F: Real>(v: F) -> f32 {
    v.to_f64() as f32
}

#[inline(always)]
fn of_bits<F: Real>(bits: u32) -> F {
    F::of(f64::from(f32::from_bits(bits)))
}

/// Writes the numbers of a block to `out`.
#[inline(always)]
pub(super) fn widen_halves<F: Real>(from: &Bf16Block, out: &mut Block<F>) {
    let (lower, upper) = out.split_at_mut(BLOCK / 2);
    for i in 0..BLOCK / 2 {
        lower[i] = of_bits(from[i] << 16);
        upper[i] = of_bits(from[i] & HIGH);
    }
}

/// The half of an f32 that is a bf16.
const HIGH: u32 = 0xffff_0000;

/// As [`round_bf16`], of a slot.
#[inline(always)]
pub(super) fn round_halves<F: Real>(values: &Block<F>, to: &mut Bf16Block, key: DitherKey) {
    if largest(values) < LARGEST_BF16 {
        for i in 0..BLOCK / 2 {
            let j = BLOCK / 2 + i;
            to[i] = round(values[i], key.noise(i)) >> 16 | round(values[j], key.noise(j)) & HIGH;
        }
    } else {
        for i in 0..BLOCK / 2 {
            to[i] = cut_off(values[i]) >> 16 | cut_off(values[BLOCK / 2 + i]) & HIGH;
        }
    }
}

/// The bits of `v` with noise added: the upper half is a bf16.
#[inline(always)]
fn round<F: Real>(v: F, noise: u32) -> u32 {
    narrow(v).to_bits() + (noise >> 16)
}

/// The same for numbers that could be rounded up to infinity, or are not finite.
#[inline(always)]
fn cut_off<F: Real>(v: F) -> u32 {
    let v = narrow(v);
    if v.is_nan() { f32::NAN.to_bits() } else { v.to_bits() }
}

/// The bits of a size: sizes are ordered as their bits are, NaN above all.
#[inline(always)]
fn size_bits<F: Real>(v: F) -> u32 {
    narrow(v).to_bits() & (u32::MAX >> 1)
}

/// The bits of the largest size in a block.
#[inline(always)]
fn largest<F: Real>(values: &Block<F>) -> u32 {
    let mut most = 0;
    for v in values {
        most = size_bits(*v).max(most);
    }
    most
}

/// Rounds up with the probability that makes the mean right: the 16 bits that are cut off carry where a random number
/// added to them does. The largest finite numbers are not rounded up to infinity; NaN stays NaN.
#[inline(always)]
pub(super) fn round_bf16<F: Real>(values: &Block<F>, to: &mut [bf16; BLOCK], key: DitherKey) {
    if largest(values) < LARGEST_BF16 {
        for i in 0..BLOCK {
            to[i] = bf16::from_bits((round(values[i], key.noise(i)) >> 16) as u16);
        }
    } else {
        for i in 0..BLOCK {
            to[i] = bf16::from_bits((cut_off(values[i]) >> 16) as u16);
        }
    }
}

/// From these bits on an f32 could be rounded up to infinity.
const LARGEST_BF16: u32 = 0x7f7f_0000;

/// The exponent of a block that holds an infinity or a NaN: it is NaN throughout.
const BROKEN: u8 = 255;
/// The exponent of a block of zeros.
const ZEROS: u8 = 0;
/// Codes keep so many bits of mantissa; the bits of an f32 below are cut off.
const SPLIT_MULTIPLE: u32 = 23 - 4;
/// The largest number that has a code.
const LARGEST: f32 = f32::MAX / 2.0;

/// How many octaves the codes of a block reach down from its largest number, before they become linear: as many as 7 bits
/// beside a sign have codes for, or 8 without one.
#[inline(always)]
fn octaves(sign: Signedness) -> u32 {
    match sign {
        Signedness::Any => 8,
        Signedness::Positive => 16,
    }
}

/// How 8 bits stand for numbers from −(or 0) to a block's largest. With c = 2^(exponent + 1 − octaves), |v| + c is cut to
/// an f32 with so many bits of mantissa that all octaves of them have a code each: v is nearly logarithmic far above c,
/// linear below it.
#[derive(Clone, Copy)]
struct Scale {
    /// c.
    least: f32,
    /// The bits of c, cut.
    base: u32,
}

impl Scale {
    #[inline(always)]
    fn new(sign: Signedness, exponent: u8) -> Self {
        let octaves = octaves(sign);
        let bits = (u32::from(exponent).max(octaves) + 1 - octaves) << 23;
        let least = if exponent == BROKEN { f32::NAN } else { f32::from_bits(bits) };
        Self { least, base: bits >> SPLIT_MULTIPLE }
    }

    #[inline(always)]
    fn size(self, code: u32) -> f32 {
        f32::from_bits((code + self.base) << SPLIT_MULTIPLE) - self.least
    }

    #[inline(always)]
    fn code(self, size: f32, noise: u32) -> u32 {
        let bits = (size + self.least).to_bits() + (noise >> (32 - SPLIT_MULTIPLE));
        (bits >> SPLIT_MULTIPLE).wrapping_sub(self.base)
    }
}

/// Writes the numbers of a block to `out`.
#[inline(always)]
pub(super) fn decode<F: Real>(sign: Signedness, exponent: u8, codes: &Q8Block, out: &mut Block<F>) {
    let scale = Scale::new(sign, exponent);
    match sign {
        // The sign of the byte is the sign of the number.
        Signedness::Any => each_byte(codes, out, |top| scale.size(top >> 24 & 127).to_bits() | top & (1 << 31)),
        Signedness::Positive => each_byte(codes, out, |top| scale.size(top >> 24).to_bits()),
    }
}

/// Each number of a block, from its code in the upper byte of a word.
#[inline(always)]
fn each_byte<F: Real>(codes: &Q8Block, out: &mut Block<F>, number: impl Fn(u32) -> u32) {
    const Q: usize = BLOCK / 4;
    for i in 0..Q {
        out[i] = of_bits(number(codes[i] << 24));
        out[i + Q] = of_bits(number(codes[i] << 16));
        out[i + 2 * Q] = of_bits(number(codes[i] << 8));
        out[i + 3 * Q] = of_bits(number(codes[i]));
    }
}

/// Rounds a block to codes at random, right on average; returns its exponent.
#[inline(always)]
pub(super) fn encode<F: Real>(sign: Signedness, values: &Block<F>, codes: &mut Q8Block, key: DitherKey) -> u8 {
    let largest = largest(values);
    if largest == 0 || largest > LARGEST.to_bits() {
        return encode_end(sign, values, codes, key);
    }
    let exponent = exponent(sign, largest);
    encode_with(exponent, sign, values, codes, key);
    exponent
}

/// The octave of the largest number, once c is added and it is rounded up to a code.
#[inline(always)]
fn exponent(sign: Signedness, largest: u32) -> u8 {
    // In the octave of the largest number, c is so many units of its last place.
    let least = 1 << (24 - octaves(sign));
    ((largest + least + (1 << SPLIT_MULTIPLE) - 1) >> 23).max(octaves(sign)) as u8
}

/// At the ends of the range: zeros have an exponent of their own, numbers without a code are cut down to the largest that
/// has one, and what is not finite makes the block NaN.
#[cold]
#[inline(never)]
fn encode_end<F: Real>(sign: Signedness, values: &Block<F>, codes: &mut Q8Block, key: DitherKey) -> u8 {
    codes.fill(0);
    if values.iter().any(|v| !narrow(*v).is_finite()) {
        return BROKEN;
    }
    if values.iter().all(|v| size_bits(*v) == 0) {
        return ZEROS;
    }
    let most = F::of(f64::from(LARGEST));
    let values = values.map(|v| v.min(most).max(-most));
    let exponent = exponent(sign, LARGEST.to_bits());
    encode_with(exponent, sign, &values, codes, key);
    exponent
}

/// Word `i` of a block of codes.
#[inline(always)]
fn word(i: usize, code: impl Fn(usize) -> u32) -> u32 {
    const Q: usize = BLOCK / 4;
    code(i) | code(i + Q) << 8 | code(i + 2 * Q) << 16 | code(i + 3 * Q) << 24
}

#[inline(always)]
fn encode_with<F: Real>(exponent: u8, sign: Signedness, values: &Block<F>, codes: &mut Q8Block, key: DitherKey) {
    let scale = Scale::new(sign, exponent);
    match sign {
        Signedness::Any => {
            for (i, to) in codes.iter_mut().enumerate() {
                *to = word(i, |i| {
                    let v = narrow(values[i]);
                    scale.code(v.abs(), key.noise(i)) | (v.to_bits() >> 24) & 128
                });
            }
        }
        // Never 0, for a direction is divided by its root.
        Signedness::Positive => {
            for (i, to) in codes.iter_mut().enumerate() {
                *to = word(i, |i| scale.code(narrow(values[i]), key.noise(i)).max(1));
            }
        }
    }
}

/// As [`encode`], but with an exponent under which these very numbers have codes, if there is one: so what was decoded
/// once is encoded to the same numbers.
/// Only the first `n` numbers count.
pub(super) fn restore<F: Real>(
    sign: Signedness,
    values: &Block<F>,
    n: usize,
    codes: &mut Q8Block,
    key: DitherKey,
) -> u8 {
    let first = encode(sign, values, codes, key);
    let mut back = [F::ZERO; BLOCK];
    for exponent in (first..BROKEN).take(3).filter(|_| first != ZEROS) {
        encode_with(exponent, sign, values, codes, key);
        decode(sign, exponent, codes, &mut back);
        if back[..n] == values[..n] {
            return exponent;
        }
    }
    encode(sign, values, codes, key)
}

#[cfg(test)]
mod tests {
    use super::super::dither::Dither;
    use super::*;

    const BOTH: [Signedness; 2] = [Signedness::Any, Signedness::Positive];

    /// `values` at the front of a block, rounded; kept as they are if they may have come from codes.
    fn rounded(
        sign: Signedness,
        values: &[f64],
        key: u64,
        code: impl Fn(Signedness, &Block<f64>, &mut Q8Block, DitherKey) -> u8,
    ) -> Vec<f64> {
        let (mut block, mut codes, mut out) = ([0.0; BLOCK], [0; BLOCK / 4], [0.0; BLOCK]);
        block[..values.len()].copy_from_slice(values);
        let exponent = code(sign, &block, &mut codes, Dither::new(1, key).key(0, 0));
        decode(sign, exponent, &codes, &mut out);
        out[..values.len()].to_vec()
    }

    fn encoded(sign: Signedness, values: &[f64], key: u64) -> Vec<f64> {
        rounded(sign, values, key, encode)
    }

    fn rounded_bf16(values: &[f64], key: u64) -> Vec<f64> {
        let (mut block, mut to, mut out) = ([0.0; BLOCK], [0; BLOCK / 2], [0.0; BLOCK]);
        block[..values.len()].copy_from_slice(values);
        let key = Dither::new(1, key).key(0, 0);
        round_halves(&block, &mut to, key);
        widen_halves(&to, &mut out);
        // Parameters are rounded as slots are, and kept one after another.
        let mut plain = [bf16::ZERO; BLOCK];
        round_bf16(&block, &mut plain, key);
        for (plain, slot) in plain.into_iter().map(f64::from).zip(out) {
            assert!(plain == slot || plain.is_nan() && slot.is_nan());
        }
        out[..values.len()].to_vec()
    }

    /// Numbers over 12 octaves, of both signs if there may be.
    fn numbers(sign: Signedness) -> Vec<f64> {
        let number = |i: usize| libm::exp2(-((i * 7 % 97) as f64) / 8.0) * 3.7;
        (0..BLOCK).map(|i| if sign == Signedness::Any && i % 3 == 0 { -number(i) } else { number(i) }).collect()
    }

    #[test]
    fn what_was_rounded_once_stays_as_it_is() {
        for key in 0..200 {
            for sign in BOTH {
                let once = encoded(sign, &numbers(sign), key);
                assert_eq!(
                    rounded(sign, &once, key + 1000, |sign, values, codes, key| restore(
                        sign, values, BLOCK, codes, key
                    )),
                    once
                );
            }
            let once = rounded_bf16(&numbers(Signedness::Any), key);
            assert_eq!(rounded_bf16(&once, key + 1000), once);
        }
    }

    #[test]
    fn rounding_is_right_on_average_and_goes_to_a_neighbour() {
        let many = 20_000_u64;
        let mean = |round: &dyn Fn(u64) -> Vec<f64>| {
            let mut sum = vec![0.0; BLOCK];
            (0..many).for_each(|key| sum.iter_mut().zip(round(key)).for_each(|(sum, v)| *sum += v));
            sum.into_iter().map(|sum| sum / many as f64).collect::<Vec<_>>()
        };
        // Five standard errors of a number that is rounded to one of two neighbours so far apart.
        let hold = |values: &[f64], mean: &[f64], apart: &dyn Fn(f64) -> f64| {
            for (v, mean) in values.iter().zip(mean) {
                assert!((mean - v).abs() < 5.0 * 0.5 * apart(*v) / (many as f64).sqrt(), "{v} is {mean} on average");
            }
        };
        for (sign, octaves) in [(Signedness::Any, 8), (Signedness::Positive, 16)] {
            let values = numbers(sign);
            // The largest, 3.7, is in the octave of 2; a code has 4 bits of mantissa of |v| + c.
            let least = 4.0 / f64::from(1 << octaves);
            let apart = |v: f64| (v.abs() + least) / 16.0;
            hold(&values, &mean(&|key| encoded(sign, &values, key)), &apart);
            for (v, to) in values.iter().zip(encoded(sign, &values, 7)) {
                assert!((to - v).abs() <= apart(*v), "{v} became {to}");
            }
        }
        let values = numbers(Signedness::Any);
        hold(&values, &mean(&|key| rounded_bf16(&values, key)), &|v| v.abs() / 128.0);
    }

    #[test]
    fn small_numbers_are_right_on_average_too_and_roots_never_become_zero() {
        let mut values = vec![1e-7; BLOCK];
        values[0] = 1.0;
        // One in 5,000 becomes the smallest code: in so many blocks some 250, of which 20 % are three standard errors.
        let many = 20_000_u64;
        let sum: f64 = (0..many).map(|key| encoded(Signedness::Any, &values, key)[1..].iter().sum::<f64>()).sum();
        let mean = sum / (many as f64 * (BLOCK - 1) as f64);
        assert!((mean / 1e-7 - 1.0).abs() < 0.2, "the mean of 1e-7 is {mean}");
        values[1..].fill(1e-30);
        assert!(encoded(Signedness::Positive, &values, 3).iter().all(|v| *v > 0.0));
    }

    #[test]
    fn the_ends_of_the_range_hold() {
        let top = f64::from(f32::MAX);
        for sign in BOTH {
            assert_eq!(encoded(sign, &[0.0; 5], 1), [0.0; 5]);
            assert!(encoded(sign, &[top, 1.0], 1)[0] > 0.4 * top);
            assert!(encoded(sign, &[1e-44, 1e-40], 1).iter().all(|v| (0.0..1e-30).contains(v)));
            for broken in [f64::NAN, f64::INFINITY] {
                assert!(encoded(sign, &[1.0, broken], 1).iter().all(|v| v.is_nan()), "{broken} is lost");
            }
        }
        let [a, b, c, d] = [top, -top, f64::INFINITY, f64::NAN].map(|v| rounded_bf16(&[v], 5)[0]);
        assert!(a.is_finite() && b == -a && c == f64::INFINITY && d.is_nan());
    }
}
