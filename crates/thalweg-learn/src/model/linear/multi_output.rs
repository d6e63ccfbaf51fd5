//! Scores and gradients of several outputs: the inner loops of softmax regression.
//!
//! Both compute several rows at a time, so that the weights are loaded, and the sums of the gradient loaded and stored,
//! once for all of them. Every sum is over the features, or the rows, one after another, as by the loop over one row:
//! the bits do not depend on how rows are grouped.

/// Number of rows that are computed together.
pub(super) const ROWS: usize = 4;

/// Most vectors of outputs computed together, whose sums are in registers.
const MAX_VECTORS: usize = 4;

/// Numbers in a vector of outputs, unless there are fewer outputs.
const LANES: usize = 4;

/// Adds Σ xᵢwᵢ for each output to the scores of several rows, which are `outputs` numbers each.
#[inline(always)]
pub(super) fn add_scores(rows: [&[f32]; ROWS], weights: &[f64], outputs: usize, scores: &mut [f64]) {
    for_each_block(outputs, &mut ScoreLoop { rows: same_lengths(rows), weights, outputs, scores });
}

/// Adds the derivatives by the scores of several rows, `outputs` numbers each, times the rows to the gradient.
#[inline(always)]
pub(super) fn add_gradients(rows: [&[f32]; ROWS], derivatives: &[f64], outputs: usize, gradient: &mut [f64]) {
    for_each_block(outputs, &mut GradientLoop { rows: same_lengths(rows), derivatives, outputs, gradient });
}

/// Loop over the features of several rows for a block of outputs.
trait BlockLoop {
    /// Computes the outputs of the vectors of `L` numbers that begin at these outputs. The last vector may overlap the
    /// one before: its first outputs are then computed twice, from the same numbers.
    fn run<const L: usize, const V: usize>(&mut self, starts: [usize; V]);
}

/// Calls the loop for all outputs: at most [`MAX_VECTORS`] vectors at a time, each output in one call.
#[inline(always)]
fn for_each_block(outputs: usize, block: &mut impl BlockLoop) {
    let mut first = 0;
    while first < outputs {
        let left = outputs - first;
        let most = MAX_VECTORS * LANES;
        // What is left after a full block is at least a vector.
        let len = if left > most && left < most + LANES { most - LANES } else { left.min(most) };
        match len {
            1 => block.run::<1, 1>(starts::<1, 1>(first, len)),
            2 => block.run::<2, 1>(starts::<2, 1>(first, len)),
            3 => block.run::<2, 2>(starts::<2, 2>(first, len)),
            4 => block.run::<LANES, 1>(starts::<LANES, 1>(first, len)),
            5..=8 => block.run::<LANES, 2>(starts::<LANES, 2>(first, len)),
            9..=12 => block.run::<LANES, 3>(starts::<LANES, 3>(first, len)),
            _ => block.run::<LANES, MAX_VECTORS>(starts::<LANES, MAX_VECTORS>(first, len)),
        }
        first += len;
    }
}

/// Returns the first output of each vector of a block of `len` outputs, at least `L` and at most `L`·`V`.
#[inline(always)]
fn starts<const L: usize, const V: usize>(first: usize, len: usize) -> [usize; V] {
    let mut starts = [0; V];
    for (vector, start) in starts.iter_mut().enumerate() {
        *start = first + (vector * L).min(len - L);
    }
    starts
}

/// Rows of which the compiler knows that all have as many numbers.
#[inline(always)]
fn same_lengths(mut rows: [&[f32]; ROWS]) -> [&[f32]; ROWS] {
    let len = rows[0].len();
    for row in &mut rows {
        *row = &row[..len];
    }
    rows
}

/// Returns the vector of `L` numbers that begins at `start`.
#[inline(always)]
fn vector<const L: usize>(numbers: &[f64], start: usize) -> [f64; L] {
    *numbers[start..].first_chunk().expect("a vector of outputs")
}

struct ScoreLoop<'a> {
    rows: [&'a [f32]; ROWS],
    weights: &'a [f64],
    outputs: usize,
    scores: &'a mut [f64],
}

impl BlockLoop for ScoreLoop<'_> {
    #[inline(always)]
    fn run<const L: usize, const V: usize>(&mut self, starts: [usize; V]) {
        let (rows, outputs, mut sums) = (self.rows, self.outputs, [[[0.0; L]; V]; ROWS]);
        for (i, sums) in sums.iter_mut().enumerate() {
            for (sums, start) in sums.iter_mut().zip(starts) {
                *sums = vector(self.scores, i * outputs + start);
            }
        }
        for (feature, weights) in self.weights.chunks_exact(outputs).take(rows[0].len()).enumerate() {
            let mut w = [[0.0; L]; V];
            for v in 0..V {
                w[v] = vector(weights, starts[v]);
            }
            for i in 0..ROWS {
                let x = f64::from(rows[i][feature]);
                for v in 0..V {
                    for lane in 0..L {
                        sums[i][v][lane] += x * w[v][lane];
                    }
                }
            }
        }
        for (i, sums) in sums.iter().enumerate() {
            for (sums, start) in sums.iter().zip(starts) {
                self.scores[i * outputs + start..][..L].copy_from_slice(sums);
            }
        }
    }
}

struct GradientLoop<'a> {
    rows: [&'a [f32]; ROWS],
    derivatives: &'a [f64],
    outputs: usize,
    gradient: &'a mut [f64],
}

impl BlockLoop for GradientLoop<'_> {
    #[inline(always)]
    fn run<const L: usize, const V: usize>(&mut self, starts: [usize; V]) {
        let (rows, outputs, mut derivatives) = (self.rows, self.outputs, [[[0.0; L]; V]; ROWS]);
        for (i, derivatives) in derivatives.iter_mut().enumerate() {
            for (derivatives, start) in derivatives.iter_mut().zip(starts) {
                *derivatives = vector(self.derivatives, i * outputs + start);
            }
        }
        for (feature, gradient) in self.gradient.chunks_exact_mut(outputs).take(rows[0].len()).enumerate() {
            let mut sums = [[0.0; L]; V];
            for v in 0..V {
                sums[v] = vector(gradient, starts[v]);
            }
            for i in 0..ROWS {
                let x = f64::from(rows[i][feature]);
                for v in 0..V {
                    for lane in 0..L {
                        sums[v][lane] += derivatives[i][v][lane] * x;
                    }
                }
            }
            // Vectors that overlap hold the same sums there.
            for v in 0..V {
                gradient[starts[v]..][..L].copy_from_slice(&sums[v]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_and_gradients_have_the_bits_of_the_loop_over_one_row() {
        const FEATURES: usize = 7;
        let x: Vec<f32> = (0..ROWS * FEATURES).map(|i| libm::sin(i as f64) as f32).collect();
        let row = |i: usize| &x[i * FEATURES..][..FEATURES];
        for outputs in (1..=40).chain([64, 67, 100]) {
            let numbers =
                |len: usize, phase: f64| -> Vec<f64> { (0..len).map(|i| libm::cos(1.7 * i as f64 + phase)).collect() };
            let (weights, derivatives) = (numbers(FEATURES * outputs, 0.3), numbers(ROWS * outputs, 1.1));
            let (mut scores, mut gradient) = (numbers(ROWS * outputs, 0.7), numbers(FEATURES * outputs, 2.0));
            let (mut expected_scores, mut expected_gradient) = (scores.clone(), gradient.clone());
            for i in 0..ROWS {
                for (feature, &x) in row(i).iter().enumerate() {
                    for output in 0..outputs {
                        let at = feature * outputs + output;
                        expected_scores[i * outputs + output] += f64::from(x) * weights[at];
                        expected_gradient[at] += derivatives[i * outputs + output] * f64::from(x);
                    }
                }
            }
            let rows = [row(0), row(1), row(2), row(3)];
            add_scores(rows, &weights, outputs, &mut scores);
            add_gradients(rows, &derivatives, outputs, &mut gradient);
            assert_eq!((scores, gradient), (expected_scores, expected_gradient), "{outputs} outputs");
        }
    }
}
