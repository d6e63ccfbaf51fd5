//! Moments of a part of the numbers, which can be merged with those of other parts.

use thalweg::optimizer::Isa;

use super::Moments;

/// Relative range below which numbers count as equal: they differ by a few roundings.
const MIN_RELATIVE_RANGE: f64 = 8.0 * f64::EPSILON;

/// Most numbers whose moments are computed together: they stay in the nearest cache.
pub(in crate::data) const ROWS_PER_TILE: usize = 1 << 9;

/// Values that are added to different sums.
const LANES: usize = 8;

/// Bits of the mantissa of a number, below those of its exponent.
const MANTISSA_BITS: u32 = f64::MANTISSA_DIGITS - 1;

/// Exponent in the bits of 1.
const EXPONENT_BIAS: i32 = f64::MAX_EXP - 1;

/// Moments of a part of the numbers.
///
/// Each part is read once. Its squares are those of the deviations from its own mean, so that a large mean does not
/// hide a small deviation, and in a unit of their own, so that they neither overflow nor underflow.
#[derive(Clone, Copy, Debug)]
pub(in crate::data) struct PartMoments {
    count: usize,
    /// Sum of the weights.
    weight: f64,
    mean: f64,
    /// Unit of the deviations: about the largest of them, a power of two.
    unit: f64,
    /// Weighted sum of the squares of the deviations, in the square of their unit.
    squares: f64,
    /// The lowest and the highest value whose weight is not 0.
    extremes: [f64; 2],
}

/// Neighbouring values, or sums of every [`LANES`]th value, none of which has to wait for another.
type Lanes = [f64; LANES];

/// Calls `add` with neighbouring values and their weights; if there are no weights, all are 1. If the last values are
/// fewer, the first value follows them with a weight of 0.
#[inline(always)]
fn for_each_lanes(values: &[f64], weights: &[f64], mut add: impl FnMut(&Lanes, &Lanes)) {
    let (groups, last) = values.as_chunks();
    let (weight_groups, last_weights) = weights.as_chunks();
    if weights.is_empty() {
        for values in groups {
            add(values, &[1.0; LANES]);
        }
    } else {
        for (values, weights) in groups.iter().zip(weight_groups) {
            add(values, weights);
        }
    }
    if !last.is_empty() {
        let (mut padded, mut padded_weights) = ([values[0]; LANES], [0.0; LANES]);
        padded[..last.len()].copy_from_slice(last);
        padded_weights[..last.len()].fill(1.0);
        padded_weights[..last_weights.len()].copy_from_slice(last_weights);
        add(&padded, &padded_weights);
    }
}

/// Returns the sum of all lanes.
fn total([a, b, c, d, e, f, g, h]: Lanes) -> f64 {
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// Largest power of two with a normal reciprocal.
const LARGEST_UNIT: f64 = f64::MIN_POSITIVE.recip();

/// Returns a normal power of two that is about a number, as far as there is one with a normal reciprocal.
fn power_of_two(number: f64) -> f64 {
    let exponent = (number.abs().to_bits() >> MANTISSA_BITS) as i32 - EXPONENT_BIAS;
    let exponent = exponent.clamp(1 - EXPONENT_BIAS, EXPONENT_BIAS - 1);
    f64::from_bits(((EXPONENT_BIAS + exponent) as u64) << MANTISSA_BITS)
}

/// Returns the largest distance of a number between the extremes from the mean; rounding keeps their order.
fn largest_deviation([lowest, highest]: [f64; 2], mean: f64) -> f64 {
    (lowest - mean).abs().max((highest - mean).abs())
}

impl PartMoments {
    /// Moments of at most [`ROWS_PER_TILE`] values with the given weights; without weights, all are equal. `None` if
    /// there are no values.
    ///
    /// The mean of the residuals corrects the rounding error of the first mean: the corrected two-pass algorithm of
    /// Chan, Golub and LeVeque, "Algorithms for Computing the Sample Variance", The American Statistician 37, 1983.
    pub(in crate::data) fn of(values: &[f64], weights: &[f64]) -> Option<Self> {
        let of_values = || {
            Isa::best().run(
                #[inline(always)]
                || Self::of_values(values, weights),
            )
        };
        (!values.is_empty()).then(of_values)
    }

    #[inline(always)]
    fn of_values(values: &[f64], weights: &[f64]) -> Self {
        let (mut sums, mut sums_of_weights) = ([0.0; LANES], [0.0; LANES]);
        let (mut lowest, mut highest) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        for_each_lanes(
            values,
            weights,
            #[inline(always)]
            |x, w| {
                for i in 0..LANES {
                    sums_of_weights[i] += w[i];
                    sums[i] += w[i] * x[i];
                    lowest[i] = if w[i] > 0.0 && x[i] < lowest[i] { x[i] } else { lowest[i] };
                    highest[i] = if w[i] > 0.0 && x[i] > highest[i] { x[i] } else { highest[i] };
                }
            },
        );
        let extremes =
            [lowest.into_iter().fold(f64::INFINITY, f64::min), highest.into_iter().fold(f64::NEG_INFINITY, f64::max)];
        let weight = total(sums_of_weights);
        if weight == 0.0 {
            let squares = 0.0;
            return Self { count: values.len(), weight, mean: 0.0, unit: f64::MIN_POSITIVE, squares, extremes };
        }
        let first_mean = total(sums) / weight;
        let unit = power_of_two(largest_deviation(extremes, first_mean));
        let reciprocal = unit.recip();
        let (mut residuals, mut squares) = ([0.0; LANES], [0.0; LANES]);
        for_each_lanes(
            values,
            weights,
            #[inline(always)]
            |x, w| {
                for i in 0..LANES {
                    // A value of weight 0 may be out of the range of the unit.
                    let residual = if w[i] > 0.0 { (x[i] - first_mean) * reciprocal } else { 0.0 };
                    residuals[i] += w[i] * residual;
                    squares[i] += w[i] * residual * residual;
                }
            },
        );
        let residual = total(residuals) / weight;
        let squares = total(squares) - weight * residual * residual;
        Self { count: values.len(), weight, mean: first_mean + unit * residual, unit, squares, extremes }
    }

    /// Moments of this part and the next one, by the formula for two samples in the same paper.
    pub(super) fn merge(self, next: Self) -> Self {
        let weight = self.weight + next.weight;
        let share = if weight == 0.0 { 0.0 } else { next.weight / weight };
        // In the unit of the means, their difference does not overflow.
        let unit_of_means = power_of_two(self.mean.abs().max(next.mean.abs()));
        let difference = next.mean / unit_of_means - self.mean / unit_of_means;
        let unit = (power_of_two(difference) * unit_of_means).min(LARGEST_UNIT).max(self.unit).max(next.unit);
        let squares = |part: &Self| part.squares * (part.unit / unit) * (part.unit / unit);
        let between = difference * (unit_of_means / unit);
        Self {
            count: self.count + next.count,
            weight,
            mean: self.mean + difference * share * unit_of_means,
            unit,
            squares: squares(&self) + squares(&next) + between * between * self.weight * share,
            extremes: [self.extremes[0].min(next.extremes[0]), self.extremes[1].max(next.extremes[1])],
        }
    }

    /// Mean and deviation of the numbers.
    pub(super) fn moments(&self) -> Moments {
        let &Self { count, weight, mean, unit, squares, extremes } = self;
        let [lowest, highest] = extremes;
        // The deviation need not be exactly 0: the mean of many 0.1 is not exactly 0.1.
        let is_constant = lowest >= highest || largest_deviation(extremes, mean) <= MIN_RELATIVE_RANGE * mean.abs();
        let deviation = if is_constant { 0.0 } else { unit * (squares.max(0.0) / weight).sqrt() };
        Moments { mean, deviation, is_constant, count, extremes }
    }
}
