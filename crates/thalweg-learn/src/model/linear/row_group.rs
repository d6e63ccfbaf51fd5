//! Scores and gradients of a group of rows.

use prefetch_index::prefetch_index;

use super::multi_output::{self, ROWS};
use super::{Linear, start_scores};
use crate::data::Row;

/// Length from which a vector of weights is larger than the cache of a core.
const PREFETCHED_LEN: usize = 1 << 16;

impl Linear {
    /// Writes the scores of several rows to `z`, `outputs` numbers for each, with the bits of [`Linear::score`].
    #[inline(always)]
    pub(super) fn score_rows(self, rows: &[Row<'_>], parameters: &[f64], z: &mut [f64]) {
        let (weights, intercept) = parameters.split_at(self.weights());
        let (groups, remainder) = self.row_groups(rows);
        let (grouped, remaining) = z.split_at_mut(groups.len() * ROWS * self.outputs);
        for (group, z) in groups.iter().zip(grouped.chunks_exact_mut(ROWS * self.outputs)) {
            z.chunks_exact_mut(self.outputs).for_each(|z| start_scores(intercept, z));
            multi_output::add_scores(numbers_of(group), weights, self.outputs, z);
            for (row, z) in group.iter().zip(z.chunks_exact_mut(self.outputs)) {
                row.each_sparse(|feature, x| self.add_products(weights, feature, x, z));
            }
        }
        for (k, (row, z)) in remainder.iter().zip(remaining.chunks_exact_mut(self.outputs)).enumerate() {
            self.prefetch(weights, remainder.get(k + 1));
            self.score(row, parameters, z);
        }
    }

    /// Returns the rows in groups that are computed together, and the other rows: all of them for a single output.
    #[inline(always)]
    fn row_groups<'a, 'r>(self, rows: &'a [Row<'r>]) -> (&'a [[Row<'r>; ROWS]], &'a [Row<'r>]) {
        if self.outputs > 1 { rows.as_chunks() } else { (&[], rows) }
    }

    /// Prefetches the numbers of a row's features in a vector that is larger than the cache of a core.
    #[inline(always)]
    fn prefetch(self, vector: &[f64], row: Option<&Row<'_>>) {
        if vector.len() >= PREFETCHED_LEN
            && let Some(row) = row
        {
            row.index.iter().for_each(|&feature| prefetch_index(vector, feature as usize * self.outputs));
        }
    }

    /// Adds the gradients of several rows, with the bits of [`Linear::add_gradient`] of one after another.
    #[inline(always)]
    pub(super) fn add_gradients(self, rows: &[Row<'_>], derivatives: &[f64], gradient: &mut [f64]) {
        let (groups, remainder) = self.row_groups(rows);
        let (grouped, remaining) = derivatives.split_at(groups.len() * ROWS * self.outputs);
        for (group, derivatives) in groups.iter().zip(grouped.chunks_exact(ROWS * self.outputs)) {
            let (weights, intercept) = gradient.split_at_mut(self.weights());
            multi_output::add_gradients(numbers_of(group), derivatives, self.outputs, weights);
            for (row, derivatives) in group.iter().zip(derivatives.chunks_exact(self.outputs)) {
                intercept.iter_mut().zip(derivatives).for_each(|(g, derivative)| *g += derivative);
                row.each_sparse(|feature, x| self.add_scaled(weights, feature, x, derivatives));
            }
        }
        for (k, (row, derivatives)) in remainder.iter().zip(remaining.chunks_exact(self.outputs)).enumerate() {
            self.prefetch(gradient, remainder.get(k + 1));
            self.add_gradient(row, derivatives, gradient);
        }
    }
}

/// Returns the numbers of several rows.
#[inline(always)]
fn numbers_of<'r>([a, b, c, d]: &[Row<'r>; ROWS]) -> [&'r [f32]; ROWS] {
    [a.numbers, b.numbers, c.numbers, d.numbers]
}
