//! Monitored loss of the parameters after an epoch.

use std::borrow::Cow;
use std::sync::OnceLock;

use thalweg::Layout;

use super::best_checkpoint::Score;
use super::config::TrainingConfig;
use super::penalty::Penalty;
use super::training_data::TrainingData;
use crate::data::Rows;
use crate::interrupt::Interrupt;
use crate::model::{Model, row_losses, row_work, score_parts};
use crate::team::Team;

/// Multiplications of the evaluation that follows an interrupt: less than a second of one thread.
const MAX_WORK_AFTER_INTERRUPT: usize = 1 << 29;

/// Monitored loss: the loss on the validation rows, or without any the loss with penalties on the training rows in
/// memory.
pub(super) struct Monitor<'a, M> {
    model: &'a M,
    pub(super) data: TrainingData<'a>,
    pub(super) config: &'a TrainingConfig,
    penalty: Penalty,
    pub(super) interrupt: Interrupt<'a>,
    /// Rows that this rank evaluates; copied once if they are a part.
    own_rows: OnceLock<Cow<'a, Rows>>,
}

impl<'a, M: Model> Monitor<'a, M> {
    pub(super) fn new(
        model: &'a M,
        data: TrainingData<'a>,
        config: &'a TrainingConfig,
        interrupt: Interrupt<'a>,
    ) -> Self {
        let penalty = Penalty::new(config, model, data.train.sample());
        Self { model, data, config, penalty, interrupt, own_rows: OnceLock::new() }
    }

    /// Layout of the parameters.
    pub(super) fn layout(&self) -> Layout {
        self.model.layout()
    }

    /// Returns the rows that are evaluated: those for validation, or without any the training rows in memory.
    fn rows(&self) -> &'a Rows {
        let TrainingData { train, validation, .. } = self.data;
        if validation.is_empty() { train.sample() } else { validation }
    }

    /// Returns the weighted losses of the rows of all ranks, of which `own` are those of this one; `None` after an
    /// interrupt. Scores are computed for some rows at a time.
    fn row_losses(&self, own: &Rows, parameters: &[M::F], interrupt: Interrupt<'_>) -> Option<Vec<f64>> {
        let mut losses = Vec::with_capacity(own.len());
        let mut add = |part: &Rows, scores: Vec<f64>| {
            losses.extend(row_losses(part, &scores, self.data.loss, interrupt)?);
            Ok(())
        };
        score_parts(self.model, own, parameters, interrupt, &mut add).ok()?;
        Some(interrupt.gather_numbers(losses))
    }

    /// Returns the score of parameters after an epoch whose batches had the mean loss `train_loss`; `None` after an
    /// interrupt.
    pub(super) fn score(&self, parameters: &[M::F], train_loss: f64, interrupt: Interrupt<'_>) -> Option<Score> {
        let rows = self.rows();
        let alone = interrupt.team().ranks() == 1;
        let own = if alone { rows } else { self.own_rows.get_or_init(|| own_part(rows, interrupt.team())) };
        let row_losses = self.row_losses(own, parameters, interrupt)?;
        let mean = row_losses.iter().sum::<f64>() / rows.weight_sum();
        Some(if self.data.validation.is_empty() {
            let monitored = self.penalty.add_to(mean, parameters);
            Score { monitored, row_losses: Vec::new(), train_loss: monitored }
        } else {
            Score { monitored: mean, row_losses, train_loss }
        })
    }

    /// Returns the first rows, by which parameters are compared after an interrupt; `None` if all of them are
    /// evaluated in less than a second.
    pub(super) fn rows_after_interrupt(&self, parameters: &[M::F]) -> Option<Rows> {
        let rows = self.rows();
        let most = (MAX_WORK_AFTER_INTERRUPT / row_work(self.model, rows, parameters.len())).max(1);
        (rows.len() > most).then(|| rows.range(0..most))
    }

    /// Returns a loss plus the penalty of these parameters.
    pub(super) fn with_penalty(&self, loss: f64, parameters: &[M::F]) -> f64 {
        self.penalty.add_to(loss, parameters)
    }

    /// Returns the mean monitored loss of rows, whether or not an end is requested.
    pub(super) fn mean_loss(&self, rows: &Rows, parameters: &[M::F]) -> f64 {
        let losses = self.row_losses(rows, parameters, Interrupt::NEVER).unwrap_or_default();
        self.penalty.add_to(losses.iter().sum::<f64>() / rows.weight_sum(), parameters)
    }
}

/// Returns the part of rows that this rank evaluates.
fn own_part<'r>(rows: &'r Rows, team: &dyn Team) -> Cow<'r, Rows> {
    let start_of = |rank: usize| rows.len() * rank / team.ranks();
    rows.part(start_of(team.rank())..start_of(team.rank() + 1))
}
