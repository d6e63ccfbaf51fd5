//! Settings of local steps.

use std::ops::Range;

use thalweg::{Error, Method, Result};

/// Workers that take steps by themselves, and average their parameters after a number of them (local SGD): less
/// communication where the links between ranks are slow.
///
/// With `sync_every` = 1, the default, each step takes the gradient of the whole batch, and there are no workers. With
/// K > 1, worker v of V takes the rows of the v-th V-th of each batch, and steps along the gradient of their mean loss
/// with an optimizer of its own. After K steps, and at the end of each epoch,
///
/// ```text
/// x̄ = (x₁ + … + x_V)/V        xᵥ ← x̄
/// ```
///
/// The workers belong to the method, not to the machine: they are divided among the ranks, and the sum has a fixed
/// order, so that the result does not depend on the number of ranks and threads. Where a batch has n rows, the first
/// n mod V workers have ⌈n/V⌉ of them, and the others ⌊n/V⌋; a worker without rows, in a short last batch, takes no
/// step.
///
/// Stich, "Local SGD converges fast and communicates little", ICLR 2019; Lin et al., "Don't use large mini-batches, use
/// local SGD", ICLR 2020. The optimizers keep their states from round to round, as the inner ones of Douillard et al.,
/// "`DiLoCo`", arXiv:2311.08105; there is no outer method but the average.
///
/// ```
/// use thalweg_learn::train::LocalSteps;
/// let local = LocalSteps { sync_every: 16, ..LocalSteps::default() };
/// assert_eq!(local.workers, 8);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalSteps {
    /// Number of steps between two averages, at least 1.
    pub sync_every: u64,
    /// Number of workers, at least 1 and at most the rows of a batch; without effect where `sync_every` is 1.
    pub workers: usize,
}

impl Default for LocalSteps {
    /// One step of the whole batch at a time; 8 workers where `sync_every` is set.
    fn default() -> Self {
        Self { sync_every: 1, workers: 8 }
    }
}

impl LocalSteps {
    /// Returns `true` if there are workers.
    pub(crate) fn are_on(self) -> bool {
        self.sync_every > 1
    }

    /// Returns the settings if there are workers.
    pub(crate) fn if_on(self) -> Option<Self> {
        self.are_on().then_some(self)
    }

    /// Number of optimizers: one for each worker, or one.
    pub(in crate::train) fn optimizers(self) -> usize {
        if self.are_on() { self.workers } else { 1 }
    }

    /// Checks the numbers, and that there are steps of batches, by `method`.
    pub(crate) fn check(self, method: &Method) -> Result<()> {
        Error::range("sync_every", "at least 1", self.sync_every as f64, self.sync_every > 0)?;
        Error::range("workers", "at least 1", self.workers as f64, self.workers > 0)?;
        if self.are_on() && method.is_solver() {
            let expected = format!("1 for {}, which takes no steps of batches", method.name());
            return Err(Error::InvalidValue {
                what: "sync_every".into(),
                expected,
                found: self.sync_every.to_string(),
            });
        }
        Ok(())
    }

    /// Checks that every worker has rows of a batch of `batch_rows`.
    pub(in crate::train) fn check_rows(self, batch_rows: usize) -> Result<()> {
        if self.optimizers() <= batch_rows {
            return Ok(());
        }
        let expected = format!("at most {batch_rows}, the rows of a batch");
        Err(Error::InvalidValue { what: "workers".into(), expected, found: self.workers.to_string() })
    }
}

/// Returns the rows of a worker in a batch of `rows`.
pub(super) fn rows_of_worker(rows: usize, workers: usize, worker: usize) -> Range<usize> {
    let (each, more) = (rows / workers, rows % workers);
    let start_of = |worker: usize| worker * each + worker.min(more);
    start_of(worker)..start_of(worker + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_divide_a_batch_evenly() {
        let parts = |rows, workers| -> Vec<Range<usize>> {
            (0..workers).map(|worker| rows_of_worker(rows, workers, worker)).collect()
        };
        assert_eq!(parts(8, 4), [0..2, 2..4, 4..6, 6..8]);
        assert_eq!(parts(10, 4), [0..3, 3..6, 6..8, 8..10]);
        assert_eq!(parts(2, 3), [0..1, 1..2, 2..2]);
        assert_eq!(parts(0, 2), [0..0, 0..0]);
        assert_eq!(parts(7, 1), std::iter::once(0..7).collect::<Vec<_>>());
    }

    #[test]
    fn settings_are_checked() {
        let message = |sync_every, workers, method: &str| {
            let spec: thalweg::OptimizerSpec = method.parse().expect("a method");
            LocalSteps { sync_every, workers }.check(&spec.method).expect_err("invalid").to_string()
        };
        assert!(message(0, 8, "sgd").contains("sync_every must be at least 1"));
        assert!(message(4, 0, "sgd").contains("workers must be at least 1"));
        assert!(message(4, 8, "saga").contains("1 for saga, which takes no steps of batches"));
        let local = LocalSteps { sync_every: 4, workers: 8 };
        assert!(local.check_rows(8).is_ok());
        assert!(local.check_rows(7).expect_err("too few rows").to_string().contains("at most 7"));
        assert!(LocalSteps { sync_every: 1, ..local }.check_rows(1).is_ok());
    }
}
