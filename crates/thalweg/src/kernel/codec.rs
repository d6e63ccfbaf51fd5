//! Narrow numbers, rounded at random so that they are right on average.
//!
//! Rounding to nearest would lose what a slow average does: with β₂ = 0.999 a step takes a thousandth, less than half of
//! the distance between two bf16 numbers, and v would never decay.

use half::bf16;

use super::dither::Key;
use super::numbers::widen;
use crate::algebra::SlotSign;
use crate::real::Real;

/// Numbers are rounded in blocks of this length.
pub(super) const BLOCK: usize = 64;

/// A block in the element type. The last one of a tensor may be filled up with zeros.
pub(super) type Block<F> = [F; BLOCK];

#[inline(always)]
pub(super) fn narrow<F: Real>(v: F) -> f32 {
    v.to_f64() as f32
}

#[inline(always)]
pub(super) fn widen_bf16<F: Real>(from: &[bf16; BLOCK], out: &mut Block<F>) {
    for i in 0..BLOCK {
        out[i] = widen(from[i]);
    }
}

/// Rounds up with the probability that makes the mean right: the 16 bits that are cut off carry where a random number
/// added to them does. The largest finite numbers are not rounded up to infinity; NaN stays NaN.
#[inline(always)]
pub(super) fn round_bf16<F: Real>(values: &Block<F>, to: &mut [bf16; BLOCK], key: Key) {
    if largest(values) < LARGEST_BF16 {
        for i in 0..BLOCK {
            let bits = narrow(values[i]).to_bits() + (key.noise(i) >> 16);
            to[i] = bf16::from_bits((bits >> 16) as u16);
        }
    } else {
        for (v, to) in values.iter().zip(to) {
            let v = narrow(*v);
            *to = if v.is_nan() { bf16::NAN } else { bf16::from_bits((v.to_bits() >> 16) as u16) };
        }
    }
}

/// From these bits on an f32 could be rounded up to infinity.
const LARGEST_BF16: u32 = 0x7f7f_0000;

/// The bits of the largest size in a block: sizes are ordered as their bits are, NaN above all.
#[inline(always)]
fn largest<F: Real>(values: &Block<F>) -> u32 {
    largest_of(values, f32::abs)
}

#[inline(always)]
fn largest_of<F: Real>(values: &Block<F>, size: impl Fn(f32) -> f32) -> u32 {
    let mut most = 0;
    for v in values {
        let bits = size(narrow(*v)).to_bits();
        most = if bits > most { bits } else { most };
    }
    most
}

/// The exponent of a block that holds an infinity or a NaN: it is NaN throughout.
const BROKEN: u8 = 255;
/// The exponent of a block of zeros.
const ZEROS: u8 = 0;
/// How many octaves the codes of a block reach down from its largest number, before they become linear.
const OCTAVES: u32 = 16;
/// The largest number that has a code.
const LARGEST: f32 = f32::MAX / 2.0;

/// How 8 bits stand for numbers from −(or 0) to a block's largest. With c = 2^(exponent − 15), |v| + c is cut to an f32 with
/// so many bits of mantissa that 16 octaves of them have a code each: v is nearly logarithmic far above c, linear below it.
#[derive(Clone, Copy)]
struct Scale {
    /// The bits of an f32 that are cut off.
    cut: u32,
    /// c.
    least: f32,
    /// The bits of c, cut.
    base: u32,
}

impl Scale {
    #[inline(always)]
    fn new(sign: SlotSign, exponent: u8) -> Self {
        let bits = (u32::from(exponent) + 1 - OCTAVES) << 23;
        let cut = cut(sign);
        Self { cut, least: f32::from_bits(bits), base: bits >> cut }
    }

    #[inline(always)]
    fn code(&self, size: f32, noise: u32) -> u32 {
        let bits = (size + self.least).to_bits() + (noise >> (32 - self.cut));
        (bits >> self.cut).wrapping_sub(self.base)
    }

    #[inline(always)]
    fn size(&self, code: u32) -> f32 {
        f32::from_bits((code + self.base) << self.cut) - self.least
    }
}

/// With a sign there are 3 bits of mantissa, without 4.
#[inline(always)]
const fn cut(sign: SlotSign) -> u32 {
    match sign {
        SlotSign::Any => 20,
        SlotSign::Positive => 19,
    }
}

/// Writes the numbers of a block to `out`.
#[inline(always)]
pub(super) fn decode<F: Real>(sign: SlotSign, exponent: u8, codes: &[u8; BLOCK], out: &mut Block<F>) {
    if exponent == BROKEN || exponent == ZEROS {
        out.fill(if exponent == ZEROS { F::ZERO } else { F::of(f64::NAN) });
        return;
    }
    let scale = Scale::new(sign, exponent);
    let number = |bits: u32| F::of(f64::from(f32::from_bits(bits)));
    match sign {
        SlotSign::Any => {
            for i in 0..BLOCK {
                // The sign of the byte is the sign of the number.
                let code = i32::from(codes[i].cast_signed()).cast_unsigned();
                out[i] = number(scale.size(code & 127).to_bits() | code & (1 << 31));
            }
        }
        SlotSign::Positive => {
            for i in 0..BLOCK {
                out[i] = number(scale.size(u32::from(codes[i])).to_bits());
            }
        }
    }
}

/// Rounds a block to codes at random, right on average; returns its exponent.
#[inline(always)]
pub(super) fn encode<F: Real>(sign: SlotSign, values: &Block<F>, codes: &mut [u8; BLOCK], key: Key) -> u8 {
    let largest = match sign {
        SlotSign::Any => largest(values),
        SlotSign::Positive => largest_of(values, |v| v),
    };
    if largest == 0 {
        return ZEROS;
    }
    if largest > LARGEST.to_bits() {
        return encode_huge(sign, values, codes, key);
    }
    let exponent = exponent(sign, largest);
    encode_with(exponent, sign, values, codes, key);
    exponent
}

/// The octave of the largest number, once c is added and it is rounded up to a code.
#[inline(always)]
fn exponent(sign: SlotSign, largest: u32) -> u8 {
    let up = |bits: u32| ((bits + (1 << cut(sign)) - 1) >> 23).max(OCTAVES) as u8;
    let least = Scale::new(sign, up(largest)).least;
    up((f32::from_bits(largest) + least).to_bits())
}

/// Numbers without a code are cut down to the largest that has one; what is not finite makes the block NaN.
#[cold]
#[inline(never)]
fn encode_huge<F: Real>(sign: SlotSign, values: &Block<F>, codes: &mut [u8; BLOCK], key: Key) -> u8 {
    if values.iter().any(|v| !narrow(*v).is_finite()) {
        return BROKEN;
    }
    let most = F::of(f64::from(LARGEST));
    let values = values.map(|v| v.min(most).max(-most));
    let exponent = exponent(sign, LARGEST.to_bits());
    encode_with(exponent, sign, &values, codes, key);
    exponent
}

#[inline(always)]
fn encode_with<F: Real>(exponent: u8, sign: SlotSign, values: &Block<F>, codes: &mut [u8; BLOCK], key: Key) {
    let scale = Scale::new(sign, exponent);
    match sign {
        SlotSign::Any => {
            for i in 0..BLOCK {
                let v = narrow(values[i]);
                codes[i] = (scale.code(v.abs(), key.noise(i)) | (v.to_bits() >> 24) & 128) as u8;
            }
        }
        // Never 0, for a direction is divided by its root.
        SlotSign::Positive => {
            for i in 0..BLOCK {
                let code = scale.code(narrow(values[i]), key.noise(i));
                codes[i] = if code > 1 { code as u8 } else { 1 };
            }
        }
    }
}

/// As [`encode`], but with an exponent under which these very numbers have codes, if there is one: so what was decoded
/// once is encoded to the same numbers.
/// Only the first `n` numbers count.
pub(super) fn restore<F: Real>(sign: SlotSign, values: &Block<F>, n: usize, codes: &mut [u8; BLOCK], key: Key) -> u8 {
    let exponent = encode(sign, values, codes, key);
    let mut back = [F::ZERO; BLOCK];
    for above in 0..3 {
        let exponent = exponent.saturating_add(above);
        if !(1..BROKEN).contains(&exponent) {
            break;
        }
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

    const BOTH: [SlotSign; 2] = [SlotSign::Any, SlotSign::Positive];

    /// `values` at the front of a block, rounded; kept as they are if they may have come from codes.
    fn rounded(
        sign: SlotSign,
        values: &[f64],
        key: u64,
        code: impl Fn(SlotSign, &Block<f64>, &mut [u8; BLOCK], Key) -> u8,
    ) -> Vec<f64> {
        let (mut block, mut codes, mut out) = ([0.0; BLOCK], [0; BLOCK], [0.0; BLOCK]);
        block[..values.len()].copy_from_slice(values);
        let exponent = code(sign, &block, &mut codes, Dither::new(1, key).key(0, 0));
        decode(sign, exponent, &codes, &mut out);
        out[..values.len()].to_vec()
    }

    fn encoded(sign: SlotSign, values: &[f64], key: u64) -> Vec<f64> {
        rounded(sign, values, key, encode)
    }

    fn rounded_bf16(values: &[f64], key: u64) -> Vec<f64> {
        let (mut block, mut to) = ([0.0; BLOCK], [bf16::ZERO; BLOCK]);
        block[..values.len()].copy_from_slice(values);
        round_bf16(&block, &mut to, Dither::new(1, key).key(0, 0));
        to[..values.len()].iter().copied().map(f64::from).collect()
    }

    /// Numbers over 12 octaves, of both signs if there may be.
    fn numbers(sign: SlotSign) -> Vec<f64> {
        let number = |i: usize| libm::exp2(-((i * 7 % 97) as f64) / 8.0) * 3.7;
        (0..BLOCK).map(|i| if sign == SlotSign::Any && i % 3 == 0 { -number(i) } else { number(i) }).collect()
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
            let once = rounded_bf16(&numbers(SlotSign::Any), key);
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
        // The distance of neighbours is at most an eighth of a number (a 128th in bf16): five standard errors.
        let hold = |values: &[f64], mean: &[f64], apart: f64| {
            for (v, mean) in values.iter().zip(mean) {
                assert!((mean / v - 1.0).abs() < 5.0 * 0.5 * apart / (many as f64).sqrt(), "{v} is {mean} on average");
            }
        };
        for sign in BOTH {
            let values = numbers(sign);
            hold(&values, &mean(&|key| encoded(sign, &values, key)), 0.125);
            for (v, to) in values.iter().zip(encoded(sign, &values, 7)) {
                assert!((to / v - 1.0).abs() <= 0.125, "{v} became {to}");
            }
        }
        let values = numbers(SlotSign::Any);
        hold(&values, &mean(&|key| rounded_bf16(&values, key)), 1.0 / 128.0);
    }

    #[test]
    fn small_numbers_are_right_on_average_too_and_roots_never_become_zero() {
        let mut values = vec![1e-7; BLOCK];
        values[0] = 1.0;
        let many = 4000_u64;
        let sum: f64 = (0..many).map(|key| encoded(SlotSign::Any, &values, key)[1..].iter().sum::<f64>()).sum();
        let mean = sum / (many as f64 * (BLOCK - 1) as f64);
        assert!((mean / 1e-7 - 1.0).abs() < 0.2, "the mean of 1e-7 is {mean}");
        values[1..].fill(1e-30);
        assert!(encoded(SlotSign::Positive, &values, 3).iter().all(|v| *v > 0.0));
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
