//! Objective of the parameters of a shard.

use std::cell::RefCell;

use thalweg::method::NonFinite;
use thalweg::{Objective, Real, Result};

use super::Shards;
use crate::model::Model;
use crate::train::objective::MiniBatchObjective;

/// Mini-batch objective that an optimizer sees as a function of the parameters in the shard of this rank. All ranks
/// evaluate it together, at the parameters of all of them.
pub(in crate::train) struct ShardObjective<'s, 'a, M: Model> {
    objective: MiniBatchObjective<'a, M>,
    shards: &'s Shards<'a>,
    /// Parameters of all ranks.
    parameters: &'s RefCell<Vec<M::F>>,
    /// Gradient by all parameters, of which the shard of this rank is summed over the ranks.
    gradient: Vec<M::F>,
    nonfinite: NonFinite,
}

impl<'s, 'a, M: Model> ShardObjective<'s, 'a, M> {
    /// Creates the objective of an optimizer that treats gradients that are not finite as `nonfinite` says;
    /// `objective` has the shards in its sums.
    pub(in crate::train) fn new(
        objective: MiniBatchObjective<'a, M>,
        shards: &'s Shards<'a>,
        parameters: &'s RefCell<Vec<M::F>>,
        nonfinite: NonFinite,
    ) -> Self {
        let gradient = vec![M::F::ZERO; parameters.borrow().len()];
        Self { objective, shards, parameters, gradient, nonfinite }
    }
}

impl<M: Model> Objective<M::F> for ShardObjective<'_, '_, M> {
    fn eval(&mut self, _x: &[M::F], g: &mut [M::F]) -> Result<M::F> {
        let loss = self.objective.eval(&self.parameters.borrow(), &mut self.gradient)?;
        g.copy_from_slice(&self.gradient[self.shards.own()]);
        // The sum over the ranks is the gradient, unless a penalty is added to it.
        let of_sum = self.shards.sums().take_finite().filter(|_| !self.objective.has_penalty());
        let refuses = self.nonfinite != NonFinite::Ignore;
        if refuses && !of_sum.unwrap_or_else(|| self.shards.are_finite(g)) {
            // All ranks refuse a gradient that one of them does.
            g.fill(M::F::of(f64::NAN));
        }
        Ok(loss)
    }

    fn project(&mut self, x: &mut [M::F]) {
        self.objective.project_from(x, self.shards.own().start);
        self.shards.gather(x, &mut self.parameters.borrow_mut());
    }
}
