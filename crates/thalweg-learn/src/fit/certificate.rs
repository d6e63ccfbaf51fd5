//! Certificate of the objective of a fit.

use super::config::FitConfig;
use super::prepared_data::PreparedData;
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;
use crate::train::{Certificate, TrainingConfig, TrainingData, TrainingResult, certifiable, certify};

impl FitConfig {
    /// Checks before the training that its end can be certified, where that is asked for.
    pub(super) fn check_certifiable(&self, data: &PreparedData) -> Result<()> {
        if self.certify { certifiable(&data.model(), &data.train).map(|_| ()) } else { Ok(()) }
    }

    /// Returns the certificate of the end of a training, in the units of the objective, where it is asked for; `None`
    /// after an interrupt.
    pub(super) fn certificate(
        &self,
        data: &PreparedData,
        config: &TrainingConfig,
        result: &TrainingResult,
        interrupt: Interrupt<'_>,
    ) -> Result<Option<Certificate>> {
        if !self.certify {
            return Ok(None);
        }
        let rows = TrainingData { train: &data.train, validation: &data.validation, loss: data.loss() };
        match certify(&data.model(), &rows, config, &result.parameters, interrupt) {
            Ok(certificate) => Ok(Some(certificate.scaled(data.objective_scale()))),
            Err(Error::Interrupted) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
