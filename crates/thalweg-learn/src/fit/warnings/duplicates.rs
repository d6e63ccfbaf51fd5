//! Warning about validation rows that are training rows as well.

use std::hash::{BuildHasher, Hash, Hasher};
use std::ops::Range;

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashSet};
use rayon::prelude::*;

use super::{FitEvidence, MAX_CELLS};
use crate::data::Rows;
use crate::fit::fit_warning::FitWarning;
use crate::interrupt::Interrupt;
use crate::pool;

/// Number of validation rows that are looked up.
const MAX_VALIDATION_ROWS: usize = 100_000;

/// Training rows that a thread hashes at a time.
const ROWS_PER_TASK: usize = 1 << 14;

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
    let of_numbers = entropy(&sample, train.width(), |row, column| train.numbers.row(row)[column].to_bits());
    let of_levels = entropy(&sample, train.code_width, |row, column| train.codes[row * train.code_width + column]);
    if of_numbers.bits + of_levels.bits < MIN_BITS {
        return Vec::new();
    }
    let rows = validation.len().min(MAX_VALIDATION_ROWS);
    let of_validation = hashes(validation, rows, |_| true);
    let by_numbers = of_numbers.bits >= MIN_BITS;
    let of_train = if by_numbers {
        // Nearly all rows differ from the validation rows in these columns already.
        let key = |of: &Rows, row: usize| hash_of_cells(of, row, 0..of_numbers.columns);
        let keys: HashSet<u64> = (0..rows).map(|row| key(validation, row)).collect();
        hashes(train, train.len(), |row| keys.contains(&key(train, row)))
    } else {
        hashes(train, train.len(), |_| true)
    };
    let found = equal(&of_train, &of_validation);
    let duplicates: usize = found.values().sum();
    if duplicates < MIN_DUPLICATES || (duplicates as f64) < MIN_SHARE * rows as f64 {
        return Vec::new();
    }
    if !by_numbers {
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

/// Returns the hashes of those of the first `len` rows that satisfy a condition, in their order.
fn hashes(rows: &Rows, len: usize, condition: impl Fn(usize) -> bool + Sync) -> Vec<u64> {
    let part = |start: usize| -> Vec<u64> {
        let rows_of_part = start..(start + ROWS_PER_TASK).min(len);
        rows_of_part.filter(|&row| condition(row)).map(|row| hash(rows, row)).collect()
    };
    pool::map((0..len).into_par_iter().step_by(ROWS_PER_TASK), part).concat()
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
    hasher.finish().wrapping_add(hash_of_cells(rows, row, 0..rows.width() + rows.code_width))
}

/// Returns the sum of the hashes of some columns of a row.
fn hash_of_cells(rows: &Rows, row: usize, columns: Range<usize>) -> u64 {
    columns.fold(0, |sum, column| sum.wrapping_add(hash_of_cell(rows, row, column)))
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

/// Diversity of the values of some columns.
struct Entropy {
    /// Sum of the collision entropies of the columns.
    bits: f64,
    /// Number of these columns: as many of the first ones as are needed for [`MIN_BITS`].
    columns: usize,
}

/// Returns the sum of the collision entropies of columns in some rows: −log₂ of the probability that two rows are equal
/// in them, if the columns were independent.
fn entropy(sample: &[usize], columns: usize, cell: impl Fn(usize, usize) -> u32) -> Entropy {
    let pairs = |count: usize| (count * count.saturating_sub(1)) as f64;
    let mut sum = Entropy { bits: 0.0, columns: 0 };
    while sum.columns < columns && sum.bits < MIN_BITS {
        let mut counts: HashMap<u32, usize> = HashMap::default();
        for &row in sample {
            *counts.entry(cell(row, sum.columns)).or_default() += 1;
        }
        let equal = counts.values().map(|&count| pairs(count)).sum::<f64>().max(1.0);
        sum.bits -= (equal / pairs(sample.len()).max(1.0)).min(1.0).log2();
        sum.columns += 1;
    }
    sum
}
