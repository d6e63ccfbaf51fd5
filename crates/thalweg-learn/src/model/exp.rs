//! Exponential function and log(1 + e) without branches, so that loops over them vectorize.
//!
//! Polynomials in additions and multiplications: within an ulp or two of the crate `libm`, and the same bits on every
//! machine.

/// Reciprocal 1/ln 2 of the natural logarithm of 2.
const INV_LN2: f64 = std::f64::consts::LOG2_E;
/// Leading bits of ln 2, with trailing zeros, so that its small integer multiples are exact.
const LN2_HIGH: f64 = 0.693_147_180_369_123_8;
/// Remaining bits of ln 2: ln 2 − `LN2_HIGH`.
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// 1.5·2⁵²: adding it rounds a number to an integer, which is then in the last bits of the sum.
const ROUND_TO_INTEGER: f64 = 6_755_399_441_055_744.0;

/// 1/k! for k = 13 … 0: coefficients of the series of eˣ, whose remainder is below 2⁻⁵⁶ for |x| ≤ ln(2)/2.
const EXP_COEFFICIENTS: [f64; 14] = [
    1.0 / 6_227_020_800.0,
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];

/// Returns eˣ with an error of about one ulp: x = n·ln 2 + r, eˣ = 2ⁿ·eʳ. The result is 0 below −708 and infinite
/// above 709.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    let [e] = exp_array(&[x]);
    e
}

/// Returns eˣ of several numbers. Each step of the series is taken for all of them before the next, which hides the
/// latency.
#[inline(always)]
pub(super) fn exp_array<const N: usize>(x: &[f64; N]) -> [f64; N] {
    let (mut r, mut power, mut sum) = ([0.0; N], [0.0; N], [EXP_COEFFICIENTS[0]; N]);
    for k in 0..N {
        let clamped = x[k].clamp(-708.0, 709.0);
        let shifted = clamped * INV_LN2 + ROUND_TO_INTEGER;
        let n = shifted - ROUND_TO_INTEGER;
        r[k] = (clamped - n * LN2_HIGH) - n * LN2_LOW;
        // The integer n is in the last bits of the sum; as an exponent it gives 2ⁿ.
        power[k] = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0_f64.to_bits()));
    }
    for c in &EXP_COEFFICIENTS[1..] {
        for k in 0..N {
            sum[k] = sum[k] * r[k] + c;
        }
    }
    for k in 0..N {
        let e = sum[k] * power[k];
        let e = if x[k] > 709.0 { f64::INFINITY } else { e };
        let e = if x[k] < -708.0 { 0.0 } else { e };
        sum[k] = if x[k].is_nan() { x[k] } else { e };
    }
    sum
}

/// Returns log(1 + e) of several numbers 0 ≤ e ≤ 1 as 2·artanh(e/(2 + e)), whose argument is at most 1/3.
#[inline(always)]
pub(super) fn log1p_array<const N: usize>(e: &[f64; N]) -> [f64; N] {
    let (mut s, mut square) = ([0.0; N], [0.0; N]);
    for k in 0..N {
        s[k] = e[k] / (2.0 + e[k]);
        square[k] = s[k] * s[k];
    }
    // 1/(2k+1) for k = 17 … 0: the remainder is below 9⁻¹⁸.
    let mut sum = [1.0 / 35.0; N];
    for coefficient in ARTANH_COEFFICIENTS.iter().rev() {
        for k in 0..N {
            sum[k] = sum[k] * square[k] + coefficient;
        }
    }
    for k in 0..N {
        sum[k] *= 2.0 * s[k];
    }
    sum
}

/// 1/(2k+1) for k = 0 … 16: coefficients of the series of artanh.
const ARTANH_COEFFICIENTS: [f64; 17] = [
    1.0,
    1.0 / 3.0,
    1.0 / 5.0,
    1.0 / 7.0,
    1.0 / 9.0,
    1.0 / 11.0,
    1.0 / 13.0,
    1.0 / 15.0,
    1.0 / 17.0,
    1.0 / 19.0,
    1.0 / 21.0,
    1.0 / 23.0,
    1.0 / 25.0,
    1.0 / 27.0,
    1.0 / 29.0,
    1.0 / 31.0,
    1.0 / 33.0,
];

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "the limits are exact")]
mod tests {
    use super::*;

    fn log1p(e: f64) -> f64 {
        log1p_array(&[e])[0]
    }

    #[test]
    fn values_agree_with_libm() {
        let mut random = thalweg::random::Random::new(1);
        for i in 0..200_000 {
            let x = match i % 4 {
                0 => random.normal() * 200.0,
                1 => random.normal() * 1e-3,
                _ => random.normal() * 8.0,
            };
            if (-708.0..709.0).contains(&x) {
                let (found, expected) = (exp(x), libm::exp(x));
                assert!((found / expected - 1.0).abs() < 5e-16, "exp({x}) is {expected}, not {found}");
            }
            let e = libm::exp(-x.abs());
            let (found, expected) = (log1p(e), libm::log1p(e));
            // Subnormal numbers are rounded.
            assert!(
                (found - expected).abs() <= 5e-16 * expected + f64::MIN_POSITIVE,
                "log1p({e}) is {expected}, not {found}"
            );
        }
    }

    #[test]
    fn limits_and_special_values_agree_with_libm() {
        assert_eq!([exp(0.0), exp(-1e9), exp(f64::NEG_INFINITY)], [1.0, 0.0, 0.0]);
        assert_eq!([exp(710.0), exp(f64::INFINITY)], [f64::INFINITY; 2]);
        assert!(exp(f64::NAN).is_nan() && exp(-700.0) > 0.0 && exp(709.0).is_finite());
        assert_eq!(log1p(0.0), 0.0);
        assert!((log1p(1.0) - std::f64::consts::LN_2).abs() < 2e-16);
    }
}
