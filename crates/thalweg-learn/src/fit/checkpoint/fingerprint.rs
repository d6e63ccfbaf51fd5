//! Fingerprint of a fit: all that its training depends on, in words.

use std::collections::{BTreeMap, BTreeSet};

use thalweg::optimizer::Isa;

use crate::data::RowStore;
use crate::error::{Result, SettingDifference};
use crate::fit::config::FitConfig;
use crate::fit::learning_rate::LearningRate;
use crate::fit::prepared_data::PreparedData;
use crate::model::Architecture;

/// Number of columns up to which they are listed by name.
const MAX_COLUMNS: usize = 20;

impl FitConfig {
    /// Returns what ranks that fit together must have in common by its names: [`FitConfig::fingerprint`], and for
    /// perceptrons the instruction set, whose matrix products have other bits than those of another one.
    ///
    /// # Errors
    /// A setting that is out of range.
    pub fn common_values(&self, data: &PreparedData) -> Result<BTreeMap<String, String>> {
        let mut values = self.fingerprint(data)?;
        if matches!(self.architecture, Architecture::Mlp(_)) {
            values.insert("instruction set".into(), Isa::best().name().into());
        }
        Ok(values)
    }

    /// Returns the settings of a fit and the parts of the data that it depends on, with checksums of the encoded rows,
    /// by their names. The number of threads is none of them.
    ///
    /// # Errors
    /// A setting that is out of range.
    pub fn fingerprint(&self, data: &PreparedData) -> Result<BTreeMap<String, String>> {
        let config = self.training_config(data)?;
        let columns: Vec<&str> = data.schema().features.iter().map(|feature| feature.name.as_str()).collect();
        let columns = if (1..=MAX_COLUMNS).contains(&columns.len()) {
            columns.join(", ")
        } else {
            format!("{} features", data.train.sample().features)
        };
        let shuffle = match &data.train {
            RowStore::Memory(_) => "all rows".to_owned(),
            RowStore::Disk(rows) => format!("{} rows in memory", rows.rows_in_memory()),
        };
        let schema = serde_json::to_vec(data.schema()).unwrap_or_else(|_| unreachable!("a schema has a text form"));
        let l2 = self.l2.map_or_else(|| "chosen from the data".into(), |l2| l2.to_string());
        let rows = |count: usize, checksum: u32| format!("{count} with checksum {checksum:08x}");
        let values = [
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
            ("target", self.target.clone()),
            ("model", self.architecture.to_string()),
            ("loss", data.loss.to_string()),
            ("class_weight", format!("{:?}", self.class_weight).to_lowercase()),
            ("weight", self.weight_column.clone().unwrap_or_else(|| "none".into())),
            ("intercept", self.intercept.to_string()),
            ("refit", format!("{:?}", self.refit).to_lowercase()),
            ("method", config.spec.to_string()),
            ("schedule", config.spec.options.schedule.to_string()),
            ("batch_size", config.batch_size.of(data.train.len()).to_string()),
            ("epochs", config.epochs.to_string()),
            ("schedule_epochs", config.schedule_epochs.map_or_else(|| "epochs".into(), |epochs| epochs.to_string())),
            ("patience", config.patience.to_string()),
            ("on_divergence", format!("{:?}", config.on_divergence).to_lowercase()),
            ("min_delta", config.min_delta.to_string()),
            ("l1", self.l1.to_string()),
            ("l2", l2),
            ("init", format!("{:?}", config.init).to_lowercase()),
            ("seed", config.seed.value().to_string()),
            ("columns", columns),
            ("encoding", format!("checksum {:08x}", crc32fast::hash(&schema))),
            ("shuffle", shuffle),
            ("training_rows", rows(data.train.len(), data.train.checksum())),
            ("validation_rows", rows(data.validation.len(), data.validation.checksum())),
        ];
        let budget = self.budget;
        let of_budget = [
            ("max_steps", budget.max_steps.map(|steps| steps.to_string())),
            ("max_samples", budget.max_samples.map(|samples| samples.to_string())),
            ("until", budget.until.map(|until| until.to_string())),
        ];
        // Time changes no step: a fit that ran out of it goes on with more.
        let of_budget = of_budget.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let local = config.local_steps;
        let of_local = [("sync_every", local.sync_every.to_string()), ("workers", local.workers.to_string())];
        let of_local = of_local.into_iter().filter(|_| local.are_on());
        let of_test = self.tests_learning_rate().then(|| ("lr", LearningRate::Auto.to_string()));
        let of_factors =
            self.architecture.has_factors().then(|| ("factor_l2", config.factor_l2.to_string())).into_iter();
        Ok(values
            .into_iter()
            .chain(of_test)
            .chain(of_factors)
            .chain(of_budget)
            .chain(of_local)
            .map(|(name, value)| (name.to_owned(), value))
            .collect())
    }
}

/// Returns what differs between a checkpoint and a fit.
pub(super) fn differences(
    checkpoint: &BTreeMap<String, String>,
    fit: &BTreeMap<String, String>,
) -> Vec<SettingDifference> {
    let names: BTreeSet<&String> = checkpoint.keys().chain(fit.keys()).collect();
    let differ = names.into_iter().filter(|&name| checkpoint.get(name) != fit.get(name));
    differ
        .map(|name| SettingDifference {
            name: name.clone(),
            checkpoint: checkpoint.get(name).cloned(),
            fit: fit.get(name).cloned(),
        })
        .collect()
}
