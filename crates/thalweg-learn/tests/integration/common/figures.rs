//! Rows whose metrics other programs computed.

pub(crate) const ROWS: usize = 60;

/// Returns a number in [0, 1) for each row.
pub(crate) fn fraction(row: usize, factor: usize, modulus: usize) -> f64 {
    (row * factor % modulus) as f64 / modulus as f64
}

pub(crate) fn noise(row: usize) -> f64 {
    fraction(row, 7919, 1009) - 0.5
}

pub(crate) fn x(row: usize) -> f64 {
    fraction(row, 37, 101)
}

pub(crate) fn weight(row: usize) -> f64 {
    [0.0, 1.0, 2.5, 0.5, 3.0][row % 5]
}

pub(crate) fn one(_: usize) -> f64 {
    1.0
}

pub(crate) fn of_rows(of: impl Fn(usize) -> f64) -> Vec<f64> {
    (0..ROWS).map(of).collect()
}
