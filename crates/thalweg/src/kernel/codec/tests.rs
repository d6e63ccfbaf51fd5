use half::bf16;

use super::super::dither::{Dither, DitherKey};
use super::*;
use crate::algebra::Signedness;

const BOTH: [Signedness; 2] = [Signedness::Signed, Signedness::NonNegative];

/// Rounds `values` at the front of a block by `code`.
fn rounded(
    sign: Signedness,
    values: &[f64],
    key: u64,
    code: impl Fn(Signedness, &Block<f64>, &mut Q8Block, DitherKey) -> u8,
) -> Vec<f64> {
    let (mut block, mut codes, mut out) = ([0.0; BLOCK], [0; BLOCK / 4], [0.0; BLOCK]);
    block[..values.len()].copy_from_slice(values);
    let exponent = code(sign, &block, &mut codes, Dither::new(1, key).key(0, 0));
    decode_q8(sign, exponent, &codes, &mut out);
    out[..values.len()].to_vec()
}

fn encoded(sign: Signedness, values: &[f64], key: u64) -> Vec<f64> {
    rounded(sign, values, key, encode_q8)
}

fn rounded_bf16(values: &[f64], key: u64) -> Vec<f64> {
    let (mut block, mut to, mut out) = ([0.0; BLOCK], [0; BLOCK / 2], [0.0; BLOCK]);
    block[..values.len()].copy_from_slice(values);
    let key = Dither::new(1, key).key(0, 0);
    encode_bf16(&block, &mut to, key);
    decode_bf16(&to, &mut out);
    // Parameters are rounded as slots are, and stored one after another.
    let mut plain = [bf16::ZERO; BLOCK];
    round_bf16(&block, &mut plain, key);
    for (plain, slot) in plain.into_iter().map(f64::from).zip(out) {
        assert!(plain == slot || plain.is_nan() && slot.is_nan());
    }
    out[..values.len()].to_vec()
}

/// Numbers over 12 octaves, of both signs where the slot is signed.
fn numbers(sign: Signedness) -> Vec<f64> {
    let number = |i: usize| libm::exp2(-((i * 7 % 97) as f64) / 8.0) * 3.7;
    (0..BLOCK).map(|i| if sign == Signedness::Signed && i % 3 == 0 { -number(i) } else { number(i) }).collect()
}

#[test]
fn rounded_numbers_are_rounded_to_themselves() {
    for key in 0..200 {
        for sign in BOTH {
            let once = encoded(sign, &numbers(sign), key);
            assert_eq!(
                rounded(sign, &once, key + 1000, |sign, values, codes, key| restore_q8(
                    sign, values, BLOCK, codes, key
                )),
                once
            );
        }
        let once = rounded_bf16(&numbers(Signedness::Signed), key);
        assert_eq!(rounded_bf16(&once, key + 1000), once);
    }
}

#[test]
fn rounding_is_unbiased_and_goes_to_a_neighbour() {
    let draws = 20_000_u64;
    let mean = |round: &dyn Fn(u64) -> Vec<f64>| {
        let mut sum = vec![0.0; BLOCK];
        (0..draws).for_each(|key| sum.iter_mut().zip(round(key)).for_each(|(sum, v)| *sum += v));
        sum.into_iter().map(|sum| sum / draws as f64).collect::<Vec<_>>()
    };
    // Five standard errors of a number that is rounded to one of two neighbours at that distance.
    let assert_unbiased = |values: &[f64], mean: &[f64], apart: &dyn Fn(f64) -> f64| {
        for (v, mean) in values.iter().zip(mean) {
            assert!((mean - v).abs() < 5.0 * 0.5 * apart(*v) / (draws as f64).sqrt(), "{v} is {mean} on average");
        }
    };
    for (sign, octaves) in [(Signedness::Signed, 8), (Signedness::NonNegative, 16)] {
        let values = numbers(sign);
        // The largest, 3.7, is in the octave of 2; a code has 4 bits of mantissa of |v| + c.
        let least = 4.0 / f64::from(1 << octaves);
        let apart = |v: f64| (v.abs() + least) / 16.0;
        assert_unbiased(&values, &mean(&|key| encoded(sign, &values, key)), &apart);
        for (v, to) in values.iter().zip(encoded(sign, &values, 7)) {
            assert!((to - v).abs() <= apart(*v), "{v} became {to}");
        }
    }
    let values = numbers(Signedness::Signed);
    assert_unbiased(&values, &mean(&|key| rounded_bf16(&values, key)), &|v| v.abs() / 128.0);
}

#[test]
fn rounding_of_small_numbers_is_unbiased_and_roots_never_become_zero() {
    let mut values = vec![1e-7; BLOCK];
    values[0] = 1.0;
    // One in 5,000 becomes the smallest code: in so draws blocks some 250, of which 20 % are three standard errors.
    let draws = 20_000_u64;
    let sum: f64 = (0..draws).map(|key| encoded(Signedness::Signed, &values, key)[1..].iter().sum::<f64>()).sum();
    let mean = sum / (draws as f64 * (BLOCK - 1) as f64);
    assert!((mean / 1e-7 - 1.0).abs() < 0.2, "the mean of 1e-7 is {mean}");
    values[1..].fill(1e-30);
    assert!(encoded(Signedness::NonNegative, &values, 3).iter().all(|v| *v > 0.0));
}

#[test]
fn the_ends_of_the_range_are_encoded() {
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
