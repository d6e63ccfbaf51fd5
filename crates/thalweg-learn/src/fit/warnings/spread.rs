//! Warning about features of different magnitudes that are not scaled.

use super::{FitEvidence, MAX_CELLS};
use crate::fit::fit_warning::FitWarning;
use crate::interrupt::Interrupt;

/// Ratio of magnitudes from which features are unscaled.
const MIN_RATIO: f64 = 100.0;

/// Number of values, and share of the rows, from which the magnitude of a feature is known.
const MIN_VALUES: usize = 10;
const MIN_SHARE: f64 = 0.01;

/// Warns of features with an index, which have no scaling, whose values differ much in magnitude.
pub(super) fn check(evidence: FitEvidence<'_>, _: Interrupt<'_>) -> Vec<FitWarning> {
    let data = evidence.data;
    let Some(indexed) = data.schema.indexed_features else { return Vec::new() };
    let rows = data.train.sample();
    let sample = evidence.sample(MAX_CELLS / rows.numbers_in_a_row().max(1));
    let mut sums = vec![(0_usize, 0.0); rows.features];
    for &row in &sample {
        let (index, value) = rows.sparse.row(row);
        for (&feature, &x) in index.iter().zip(value).filter(|(_, x)| **x != 0.0) {
            if let Some((count, squares)) = sums.get_mut(feature as usize) {
                *count += 1;
                *squares += f64::from(x) * f64::from(x);
            }
        }
    }
    let least = MIN_VALUES.max((MIN_SHARE * sample.len() as f64) as usize);
    let known = sums.iter().enumerate().filter(|(_, (count, _))| *count >= least);
    let magnitudes: Vec<(usize, f64)> =
        known.map(|(i, (count, squares))| (i, (squares / *count as f64).sqrt())).collect();
    let by_magnitude = |a: &&(usize, f64), b: &&(usize, f64)| a.1.total_cmp(&b.1);
    let (Some(smallest), Some(largest)) =
        (magnitudes.iter().min_by(by_magnitude), magnitudes.iter().max_by(by_magnitude))
    else {
        return Vec::new();
    };
    let ratio = largest.1 / smallest.1;
    if ratio < MIN_RATIO {
        return Vec::new();
    }
    let name = |feature: usize| (indexed.first as usize + feature).to_string();
    vec![FitWarning::UnscaledFeatures {
        largest: name(largest.0),
        largest_rms: largest.1,
        smallest: name(smallest.0),
        smallest_rms: smallest.1,
        ratio,
    }]
}
