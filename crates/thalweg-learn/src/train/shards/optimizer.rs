//! The optimizers of all shards, as what observes a training sees them.

use std::borrow::{BorrowMut, Cow};

use thalweg::{Element, Optimizer, Result};

use super::Shards;
use crate::model::Summand;
use crate::team::exchange_messages;
use crate::train::optimizers::{OptimizerStates, Optimizers};
use crate::train::states_message::{states_from, states_message};

/// The optimizer of the shard of this rank, with those of the other ones.
pub(in crate::train) struct ShardOptimizer<'a, O> {
    pub(in crate::train) optimizer: O,
    pub(in crate::train) shards: &'a Shards<'a>,
}

impl<F: Element + Summand, O: BorrowMut<Optimizer<F>>> Optimizers<F> for ShardOptimizer<'_, O> {
    fn steps(&self) -> u64 {
        self.optimizer.borrow().steps()
    }

    fn lr(&self) -> f64 {
        self.optimizer.borrow().lr()
    }

    fn is_stale(&self) -> bool {
        false
    }

    fn average(&self) -> Option<Cow<'_, [F]>> {
        let own = self.optimizer.borrow().average()?;
        let mut average = vec![F::ZERO; self.shards.parameters()];
        self.shards.gather(own, &mut average);
        Some(average.into())
    }

    fn observe(&mut self, loss: f64) {
        self.optimizer.borrow_mut().observe(loss);
    }

    fn are_due(&self, here: bool) -> bool {
        self.shards.interrupt.any_rank(here)
    }

    fn states(&self, are_wanted: bool) -> Result<Option<OptimizerStates<F>>> {
        let team = self.shards.interrupt.team();
        let mut wanted = vec![0; team.ranks()];
        team.all_gather(&[u8::from(are_wanted)], &mut wanted, &vec![1; team.ranks()]);
        let own = states_message(vec![self.optimizer.borrow().state()?]);
        let messages: Vec<Vec<u8>> =
            wanted.iter().map(|&wanted| if wanted == 1 { own.clone() } else { Vec::new() }).collect();
        let received = exchange_messages(team, &messages);
        drop((own, messages));
        if !are_wanted {
            return Ok(None);
        }
        let shards = received.into_iter().flat_map(|message| states_from(&message));
        let all = shards.reduce(|mut all, next| {
            all.append(next);
            all
        });
        let first = all.unwrap_or_else(|| unreachable!("each rank has the state of its shard"));
        Ok(Some(OptimizerStates { first, others: Vec::new(), loss_sums: Vec::new() }))
    }
}
