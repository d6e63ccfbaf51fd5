//! Checkpoints of a fit: files from which it continues to the same bits.

mod arrays;
mod file;
mod fingerprint;
mod folder;
mod receiver;
mod writer;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use folder::CheckpointFolder;
pub use receiver::FitCheckpoints;
pub use writer::CheckpointWriter;

use super::chosen_settings::ChosenSettings;
use super::config::FitConfig;
use super::prepared_data::PreparedData;
use crate::error::{CheckpointError, Result, SettingDifference};
use crate::model::ModelFile;
use crate::train::{AnyTrainingState, LearningRateRangeTest, PenaltySearch, TrainingConfig, TrainingResult};

/// Checkpoint of a fit: the state of its training, with the data and the settings that it belongs to.
///
/// It depends neither on the number of threads nor on the instruction set. A fit that continues from it
/// ([`FitConfig::fit_with_checkpoints`]) ends with the model that it would have had without the pause, byte for byte.
#[derive(Clone, Debug, PartialEq)]
pub struct FitCheckpoint {
    pub(super) progress: FitProgress,
    pub(super) state: AnyTrainingState,
}

/// Content of a file that a fit has written.
#[derive(Clone, Debug, PartialEq)]
pub enum SavedFit {
    /// Trained model.
    Model(Box<ModelFile>),
    /// Checkpoint on the way to it.
    Checkpoint(Box<FitCheckpoint>),
}

/// All of a checkpoint but the state of the training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::fit) struct FitProgress {
    /// Settings and parts of the data by their names.
    pub(super) fingerprint: BTreeMap<String, String>,
    /// Maximum number of epochs of the training.
    pub(super) epochs: u64,
    /// Coefficients of the penalties of the first fit, for the target as it is trained.
    pub(super) l1: f64,
    pub(super) l2: f64,
    /// Seconds of the fit until the checkpoint.
    #[serde(default)]
    pub(super) seconds: f64,
    /// Search for the L2 penalty of the first fit, if there was one.
    pub(super) penalty_search: Option<PenaltySearch>,
    /// Test that chose the learning rate, if there was one.
    #[serde(default)]
    pub(super) range_test: Option<LearningRateRangeTest>,
    /// Result of the fit to the training rows, if the state is that of the last fit to all rows.
    pub(super) first: Option<TrainingResult>,
}

impl FitCheckpoint {
    /// Settings of the fit and parts of the data by their names.
    pub fn settings(&self) -> &BTreeMap<String, String> {
        &self.progress.fingerprint
    }

    /// State of the training.
    pub fn state(&self) -> &AnyTrainingState {
        &self.state
    }

    /// Maximum number of epochs of the training.
    pub fn epochs(&self) -> u64 {
        self.progress.epochs
    }

    /// Returns `true` if the state is that of the last fit, to all rows.
    pub fn is_last_fit(&self) -> bool {
        self.progress.first.is_some()
    }

    /// Lengths of the arrays of the state by their names; those without elements are omitted.
    pub fn array_lengths(&self) -> Vec<(String, usize)> {
        arrays::lengths(&mut self.state.clone())
    }

    /// Returns an error if the checkpoint belongs to a fit with other data or settings.
    ///
    /// # Errors
    /// [`CheckpointError::OtherFit`] with all that differs; settings that are out of range.
    pub fn check(&self, fit: &FitConfig, data: &PreparedData) -> Result<()> {
        let differences = fingerprint::differences(&self.progress.fingerprint, &fit.fingerprint(data)?);
        if differences.is_empty() { Ok(()) } else { Err(CheckpointError::OtherFit { differences }.into()) }
    }

    /// Adapts the state to a fit of other data or settings, as far as it fits, and returns all that differs.
    ///
    /// On other rows, the best weights are looked for anew, since the losses so far are of the rows before; and on
    /// other training rows, the epoch begins anew.
    ///
    /// # Errors
    /// Settings that are out of range.
    pub fn force(&mut self, fit: &FitConfig, data: &PreparedData) -> Result<Vec<SettingDifference>> {
        let differences = fingerprint::differences(&self.progress.fingerprint, &fit.fingerprint(data)?);
        let differs = |name: &str| differences.iter().any(|difference| difference.name == name);
        if differs("training_rows") || (self.is_last_fit() && differs("validation_rows")) {
            self.state.restart_epoch();
        }
        if differs("training_rows") || differs("validation_rows") {
            self.state.forget_best();
        }
        Ok(differences)
    }

    /// Returns the settings of the first training, of which `config` has those that were not chosen.
    pub(super) fn settings_of(&self, config: TrainingConfig) -> ChosenSettings {
        let FitProgress { l1, l2, penalty_search, range_test, .. } = &self.progress;
        let config = TrainingConfig { l1: *l1, l2: *l2, ..config };
        let settings = ChosenSettings { config, penalty_search: penalty_search.clone(), range_test: None };
        settings.with_range_test(range_test.clone())
    }
}
