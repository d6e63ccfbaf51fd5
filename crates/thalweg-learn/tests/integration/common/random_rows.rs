//! Encoded rows of random numbers.

use thalweg::random::Random;
use thalweg_learn::data::{RowMatrix, Rows, SparseRows};

/// Number of the features of dense rows.
pub(crate) const WIDTH: usize = 5;

/// Number of the features of sparse rows.
pub(crate) const FEATURES: usize = 400;

/// Returns rows of numbers.
pub(crate) fn dense_rows(count: usize, seed: u64) -> Rows {
    let mut random = Random::new(seed);
    let numbers: Vec<f32> = (0..count * WIDTH).map(|_| random.normal() as f32).collect();
    let target = numbers.chunks(WIDTH).map(|x| f64::from(x[0] - 0.5 * x[1]) + random.normal()).collect();
    Rows { numbers: RowMatrix::new(WIDTH, &numbers), target, features: WIDTH, ..Rows::default() }
}

/// Returns rows of two sparse features.
pub(crate) fn sparse_rows(count: usize, seed: u64) -> Rows {
    let mut random = Random::new(seed);
    let (mut sparse, mut target) = (SparseRows::default(), Vec::new());
    for _ in 0..count {
        let first = random.below(FEATURES as u64 / 2) as u32;
        sparse.index.extend([first, FEATURES as u32 / 2 + random.below(FEATURES as u64 / 2) as u32]);
        sparse.value.extend([1.0, random.normal() as f32]);
        sparse.ends.push(sparse.index.len());
        target.push(f64::from(first % 3) + random.normal());
    }
    Rows { sparse, target, features: FEATURES, ..Rows::default() }
}
