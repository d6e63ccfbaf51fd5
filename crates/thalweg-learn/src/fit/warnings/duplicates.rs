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

/// Bits of the columns together from which equal rows are no coincidence.
const MIN_BITS: f64 = 30.0;

/// Share of distinct rows among the training rows from which the others are taken for copies.
const MIN_DISTINCT_SHARE: f64 = 0.05;

/// Share of equal rows among those that are equal in all columns but one, from which they are copies: of rows that are
/// equal by chance, many more differ in one column.
const MIN_SHARE_OF_NEAR: f64 = 0.9;

/// Largest share of one row among the duplicates that are copies.
const MAX_SHARE_OF_ONE: f64 = 0.25;

/// Warns of validation rows equal to training rows, where rows are so diverse that equal ones are copies: by the
/// numbers in them, or by numbers and levels where almost no row differs from another in one column only.
pub(super) fn check(evidence: FitEvidence<'_>, interrupt: Interrupt<'_>) -> Vec<FitWarning> {
    let data = evidence.data;
    let (train, validation) = (data.train.sample(), &data.validation);
    let cells = train.len().saturating_mul(train.numbers_in_a_row());
    let columns = train.width() + train.code_width;
    if !evidence.is_in_memory() || columns == 0 || cells > MAX_TRAINING_CELLS {
        return Vec::new();
    }
    let sample = distinct_rows(evidence);
    let of_numbers = bits(&sample, train.width(), |row, column| train.numbers.row(row)[column].to_bits());
    let of_levels = bits(&sample, train.code_width, |row, column| train.codes[row * train.code_width + column]);
    if of_numbers + of_levels < MIN_BITS {
        return Vec::new();
    }
    let rows = validation.len().min(MAX_VALIDATION_ROWS);
    let hashes = [(train, train.len()), (validation, rows)].map(|(of, len)| (0..len).map(|row| hash(of, row)));
    let [of_train, of_validation] = hashes.map(Iterator::collect::<Vec<u64>>);
    let found = equal(&of_train, &of_validation);
    let duplicates: usize = found.values().sum();
    if duplicates < MIN_DUPLICATES || (duplicates as f64) < MIN_SHARE * rows as f64 {
        return Vec::new();
    }
    if of_numbers < MIN_BITS {
        let most = found.values().max().copied().unwrap_or(0);
        if most as f64 > MAX_SHARE_OF_ONE * duplicates as f64 {
            return Vec::new();
        }
        for column in 0..columns {
            if interrupt.is_requested() {
                return Vec::new();
            }
            let without = |of: &Rows, hashes: &[u64]| -> Vec<u64> {
                let hash = |(row, hash): (usize, &u64)| hash.wrapping_sub(hash_of_cell(of, row, column));
                hashes.iter().enumerate().map(hash).collect()
            };
            let near: usize = equal(&without(train, &of_train), &without(validation, &of_validation)).values().sum();
            if (duplicates as f64) < MIN_SHARE_OF_NEAR * near as f64 {
                return Vec::new();
            }
        }
    }
    vec![FitWarning::DuplicateRows { duplicates, rows }]
}

/// Returns the numbers of validation rows of each hash that training rows have too.
fn equal(train: &[u64], validation: &[u64]) -> HashMap<u64, usize> {
    let mut counts: HashMap<u64, usize> = HashMap::default();
    for hash in validation {
        *counts.entry(*hash).or_default() += 1;
    }
    let found: HashSet<u64> = train.iter().copied().filter(|hash| counts.contains_key(hash)).collect();
    counts.retain(|hash, _| found.contains(hash));
    counts
}

/// Returns a hash of the features and the target of a row: the sum of those of its columns, and of the rest.
fn hash(rows: &Rows, row: usize) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    let features = rows.row(row);
    features.index.hash(&mut hasher);
    features.value.iter().for_each(|x| x.to_bits().hash(&mut hasher));
    rows.target[row].to_bits().hash(&mut hasher);
    let columns = rows.width() + rows.code_width;
    (0..columns).fold(hasher.finish(), |sum, column| sum.wrapping_add(hash_of_cell(rows, row, column)))
}

/// Returns a hash of a number, or after all numbers of a level, and of its column.
fn hash_of_cell(rows: &Rows, row: usize, column: usize) -> u64 {
    let bits = match column.checked_sub(rows.width()) {
        None => rows.numbers.row(row)[column].to_bits(),
        Some(column) => rows.codes[row * rows.code_width + column],
    };
    FixedState::default().hash_one((column, bits))
}

/// Returns some training rows: distinct ones, so that copies do not make the columns look less diverse, unless these
/// are few.
fn distinct_rows(evidence: FitEvidence<'_>) -> Vec<usize> {
    let rows = evidence.data.train.sample();
    let sample = evidence.sample((MAX_CELLS / rows.numbers_in_a_row().max(1)).min(10_000));
    let mut seen: HashSet<u64> = HashSet::default();
    let distinct: Vec<usize> = sample.iter().copied().filter(|&row| seen.insert(hash(rows, row))).collect();
    if (distinct.len() as f64) < MIN_DISTINCT_SHARE * sample.len() as f64 { sample } else { distinct }
}

/// Returns the sum of the collision entropies of columns in some rows: −log₂ of the probability that two rows are equal
/// in them, if the columns were independent.
fn bits(sample: &[usize], columns: usize, cell: impl Fn(usize, usize) -> u32) -> f64 {
    let pairs = |count: usize| (count * count.saturating_sub(1)) as f64;
    let mut bits = 0.0;
    for column in 0..columns {
        let mut counts: HashMap<u32, usize> = HashMap::default();
        for &row in sample {
            *counts.entry(cell(row, column)).or_default() += 1;
        }
        let equal = counts.values().map(|&count| pairs(count)).sum::<f64>().max(1.0);
        bits -= (equal / pairs(sample.len()).max(1.0)).min(1.0).log2();
        if bits >= MIN_BITS {
            break;
        }
    }
    bits
}
