//! Warning about validation rows that are training rows as well.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashSet};

use super::{FitEvidence, MAX_CELLS};
use crate::data::Rows;
use crate::fit::fit_warning::FitWarning;
use crate::interrupt::Interrupt;

/// Number of validation rows that are looked up.
const MAX_VALIDATION_ROWS: usize = 100_000;

/// Number of cells of training rows above which the lookup would take noticeable time.
const MAX_TRAINING_CELLS: usize = 1 << 28;

/// Number and share of duplicates from which they matter.
const MIN_DUPLICATES: usize = 5;
const MIN_SHARE: f64 = 0.01;

/// Bits of the columns of numbers together from which equal rows are no coincidence.
const MIN_BITS: f64 = 30.0;

/// Warns of validation rows equal to training rows, where the numbers in them are so diverse that equal rows are
/// copies.
pub(super) fn check(evidence: FitEvidence<'_>, interrupt: Interrupt<'_>) -> Vec<FitWarning> {
    let data = evidence.data;
    let (train, validation) = (data.train.sample(), &data.validation);
    let cells = train.len().saturating_mul(train.numbers_in_a_row());
    if !evidence.is_in_memory() || train.width == 0 || cells > MAX_TRAINING_CELLS || bits(evidence) < MIN_BITS {
        return Vec::new();
    }
    let rows = validation.len().min(MAX_VALIDATION_ROWS);
    let mut counts: HashMap<u64, usize> = HashMap::default();
    (0..rows).for_each(|row| *counts.entry(hash(validation, row)).or_default() += 1);
    let mut found: HashSet<u64> = HashSet::default();
    for row in 0..train.len() {
        if row % (1 << 16) == 0 && interrupt.is_requested() {
            return Vec::new();
        }
        let hash = hash(train, row);
        if counts.contains_key(&hash) {
            found.insert(hash);
        }
    }
    let duplicates: usize = found.iter().map(|hash| counts[hash]).sum();
    if duplicates < MIN_DUPLICATES || (duplicates as f64) < MIN_SHARE * rows as f64 {
        return Vec::new();
    }
    vec![FitWarning::DuplicateRows { duplicates, rows }]
}

/// Returns a hash of the features and the target of a row.
fn hash(rows: &Rows, row: usize) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    let features = rows.row(row);
    features.numbers.iter().for_each(|x| x.to_bits().hash(&mut hasher));
    features.codes.hash(&mut hasher);
    features.index.hash(&mut hasher);
    features.value.iter().for_each(|x| x.to_bits().hash(&mut hasher));
    rows.target[row].to_bits().hash(&mut hasher);
    hasher.finish()
}

/// Returns the sum of the collision entropies of the columns of numbers in some rows: −log₂ of the probability that two
/// rows are equal in them, if the columns were independent.
fn bits(evidence: FitEvidence<'_>) -> f64 {
    let rows = evidence.data.train.sample();
    let sample = evidence.sample((MAX_CELLS / rows.width.max(1)).min(10_000));
    let pairs = |count: usize| (count * count.saturating_sub(1)) as f64;
    let mut bits = 0.0;
    for column in 0..rows.width {
        let mut counts: HashMap<u32, usize> = HashMap::default();
        for &row in &sample {
            *counts.entry(rows.numbers[row * rows.width + column].to_bits()).or_default() += 1;
        }
        let equal = counts.values().map(|&count| pairs(count)).sum::<f64>().max(1.0);
        bits -= (equal / pairs(sample.len()).max(1.0)).min(1.0).log2();
        if bits >= MIN_BITS {
            break;
        }
    }
    bits
}
