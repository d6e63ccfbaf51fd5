//! Worker: parameters and an optimizer that take steps by themselves.

use thalweg::{Optimizer, Real, Result, StepOutcome};

use crate::data::Rows;
use crate::model::{FeatureIndexer, Model};
use crate::train::objective::PenalizedLoss;
use crate::train::sparse_objective::RestrictedLoss;

/// Rows of a batch that a worker has, and the index of their random numbers.
#[derive(Clone, Copy)]
pub(super) struct WorkerBatch<'a> {
    pub(super) rows: &'a Rows,
    pub(super) indices: &'a [u32],
    pub(super) step: u64,
}

/// Loss that a worker takes steps along.
pub(super) enum WorkerLoss<'a, M: Model> {
    /// By all parameters of the model.
    Dense(PenalizedLoss<'a, M>),
    /// By the parameters of the features in a batch.
    Sparse(Box<SparseLoss<'a, M>>),
}

/// Loss by the parameters of the features in a batch, whose rows are copied.
pub(super) struct SparseLoss<'a, M> {
    loss: RestrictedLoss<'a, M>,
    indexer: FeatureIndexer,
    rows: Rows,
    features: Vec<u32>,
}

impl<'a, M: Model> SparseLoss<'a, M> {
    pub(super) fn new(loss: RestrictedLoss<'a, M>) -> Self {
        Self { loss, indexer: FeatureIndexer::default(), rows: Rows::default(), features: Vec::new() }
    }
}

/// Parameters and an optimizer that take steps by themselves.
pub(super) struct Worker<'a, M: Model> {
    pub(super) x: Vec<M::F>,
    pub(super) optimizer: Optimizer<M::F>,
    /// Sum of the loss over its rows of the epoch begun; NaN after a loss or gradient that is not finite.
    pub(super) loss_sum: f64,
    loss: WorkerLoss<'a, M>,
    gradient: Vec<M::F>,
    /// Loss of the batch evaluated, over all its rows, and the sum that is finite if the value is; `None` without rows.
    evaluated: Option<(f64, M::F)>,
}

impl<'a, M: Model> Worker<'a, M> {
    pub(super) fn new(x: Vec<M::F>, optimizer: Optimizer<M::F>, loss_sum: f64, loss: WorkerLoss<'a, M>) -> Self {
        Self { x, optimizer, loss_sum, loss, gradient: Vec::new(), evaluated: None }
    }

    /// Evaluates the loss and its gradient on the next rows.
    pub(super) fn evaluate(&mut self, batch: WorkerBatch<'_>) -> Result<()> {
        let Self { x, optimizer, loss, gradient, .. } = self;
        let WorkerBatch { rows, indices, step } = batch;
        if indices.is_empty() || !self.loss_sum.is_finite() {
            self.evaluated = None;
            return Ok(());
        }
        let (mean, value) = match loss {
            WorkerLoss::Dense(loss) => {
                gradient.resize(x.len(), M::F::ZERO);
                let (mean, penalty) = loss.eval((rows, indices), step, optimizer.eval_point(x)?, gradient);
                (mean, mean + penalty)
            }
            WorkerLoss::Sparse(sparse) => {
                let SparseLoss { loss, indexer, rows: local, features } = &mut **sparse;
                indexer.index_batch(rows, indices, local, features);
                let model = loss.restrict(local, features);
                let coordinates = loss.parameter_indices();
                gradient.clear();
                gradient.resize(coordinates.len(), M::F::ZERO);
                let point = optimizer.eval_point_sparse(x, coordinates)?;
                let mean = loss.eval((&model, local), step, point, gradient);
                (mean, mean)
            }
        };
        self.evaluated = Some((mean * indices.len() as f64, M::F::of(value)));
        Ok(())
    }

    /// Steps along the gradient of the latest evaluation.
    pub(super) fn step(&mut self) -> Result<()> {
        let Some((loss, value)) = self.evaluated.take() else { return Ok(()) };
        self.loss_sum += loss;
        if !value.is_finite() {
            self.loss_sum = f64::NAN;
            return Ok(());
        }
        let Self { x, optimizer, gradient, .. } = self;
        let outcome = match &self.loss {
            WorkerLoss::Dense(_) => optimizer.step(x, gradient),
            WorkerLoss::Sparse(sparse) => optimizer.step_sparse(x, sparse.loss.parameter_indices(), gradient),
        };
        match outcome {
            Ok(StepOutcome::Stepped) => {
                if let WorkerLoss::Dense(loss) = &self.loss {
                    loss.project(x, 0);
                }
            }
            Ok(StepOutcome::Accumulated | StepOutcome::Skipped) => {}
            Err(thalweg::Error::NotFinite { .. }) => self.loss_sum = f64::NAN,
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
