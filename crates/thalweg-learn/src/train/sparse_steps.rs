//! Conditions under which steps are sparse.

use thalweg::{Element, Optimizer, OptimizerSpec};

use super::config::{SparseSteps, TrainingConfig, batch_is_sparse};
use crate::data::Rows;
use crate::error::Result;
use crate::model::{Model, TensorSpec};

/// Returns the reason why the steps must be dense, or `None` if they can be sparse; `rows` are some training rows.
pub(super) fn reason_for_dense_steps<M: Model>(
    model: &M,
    rows: &Rows,
    config: &TrainingConfig,
) -> Result<Option<String>> {
    if config.sparse_steps == SparseSteps::Never {
        return Ok(Some("sparse steps are switched off".into()));
    }
    if !batch_is_sparse(rows, config.batch_size) {
        return Ok(Some("a batch touches most of the parameters".into()));
    }
    if config.l1 > 0.0 || config.l2 > 0.0 || config.factor_l2 > 0.0 {
        return Ok(Some("a penalty moves all weights".into()));
    }
    if model.restrict(&[], &mut Vec::new()).is_none() {
        return Ok(Some("the model moves all its parameters".into()));
    }
    if parameter_count(model) > u32::MAX as usize {
        return Ok(Some("indices of parameters have 32 bits".into()));
    }
    Ok(probe::<M::F>(&config.spec)?.sparse_unsupported())
}

/// Returns an optimizer without parameters, which knows what its method and options allow.
pub(super) fn probe<F: Element>(spec: &OptimizerSpec) -> Result<Optimizer<F>> {
    let mut spec = spec.clone();
    // The training sets the length of an open schedule; any length serves here.
    spec.options.schedule = spec.options.schedule.with_total_steps(1);
    Ok(Optimizer::new(spec, 0)?)
}

/// Returns the number of parameters of a model.
pub(super) fn parameter_count<M: Model>(model: &M) -> usize {
    model.tensors().iter().map(TensorSpec::len).fold(0, usize::saturating_add)
}
