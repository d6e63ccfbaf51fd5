//! Cross-validation of a whole fit.

mod result;

pub use result::{CrossValidation, FoldMean, FoldMetrics, MeanEstimate};

use thalweg::Seed;
use thalweg::random::Purpose;

use super::config::FitConfig;
use super::memory_budget::MemoryBudget;
use super::prepared_data::{PreparedData, plan};
use super::validation::Validation;
use super::weights;
use crate::data::{DataSource, Input, Table, TableInput, TableLimits, WeightedRows, WithTarget};
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;
use crate::metrics::{EvaluatedRows, intervals, visit_constant};
use crate::model::Loss;
use crate::pool;
use crate::train::{Callbacks, TrainingStopReason};

impl FitConfig {
    /// Measures this fit by cross-validation: divides the rows at random into folds, of each class the same fraction,
    /// fits to the rows of all folds but one, and measures the model on the rows of that fold. Each of these fits
    /// detects the types of the columns, chooses the penalty and holds out validation rows for itself, so that the held
    /// out fold has no influence on it.
    ///
    /// # Errors
    /// As [`FitConfig::run`]; fewer than two folds, or more than rows; a class of a single row; rows that do not fit in
    /// memory; [validation files](Validation::Files); [`Error::Interrupted`].
    pub fn cross_validate<'a>(
        &self,
        data: impl Into<DataSource<'a>>,
        folds: usize,
        interrupt: Interrupt<'_>,
    ) -> Result<CrossValidation> {
        let (data, config) = (data.into(), self.with_trimmed_names());
        config.check()?;
        if matches!(self.validation, Validation::Files(_)) {
            return Err(invalid("validation rows among the data", "validation files"));
        }
        if folds < 2 {
            return Err(invalid("at least 2", &folds.to_string()));
        }
        pool::in_pool(data.rows_at_most(), || {
            let (inputs, options) = match &data {
                DataSource::Files(files) => (Input::all(files, config.stream_buffer())?, config.options_to_infer()),
                DataSource::Table(_) => (Vec::new(), config.options_to_infer()),
            };
            let input = match &data {
                DataSource::Files(_) => TableInput::Files { inputs: &inputs, options: &options },
                DataSource::Table(table) => TableInput::Table(table),
            };
            let bytes = MemoryBudget::of(config.max_memory).table;
            let weight_column = config.weight_column.as_deref();
            let (mut table, is_whole) =
                input.head(TableLimits { rows: usize::MAX, weight_column, bytes, interrupt })?;
            if !is_whole {
                return Err(invalid("rows that fit in memory", &format!("more than {} rows", table.rows())));
            }
            table.set_interrupt(interrupt);
            Folds::new(&config, &mut table, folds)?.measure(&mut table, interrupt)
        })
    }
}

fn invalid(expected: &str, found: &str) -> Error {
    thalweg::Error::InvalidValue { what: "folds".into(), expected: expected.into(), found: found.into() }.into()
}

/// Division of the rows of a table into folds.
struct Folds {
    /// Settings of the fits, with the loss for the target of all rows.
    config: FitConfig,
    /// Rows of each fold, ascending, with their weights in the file; no weights if all are equal.
    held_out: Vec<(Vec<usize>, Vec<f64>)>,
    /// True for each row of weight 0; may be empty.
    without_weight: Vec<bool>,
    /// Mean of the weights, and the same if they are numbers of repetitions.
    mean_weight: (f64, Option<f64>),
}

impl Folds {
    fn new(config: &FitConfig, table: &mut Table<'_>, folds: usize) -> Result<Self> {
        let without_weight = config.rows_without_weight(table)?;
        table.ignore_rows(without_weight.clone());
        let mut plan = plan(config, table)?;
        let rows = plan.usable_rows.clone();
        if folds > rows.len() {
            return Err(invalid(&format!("at most the number of rows, {}", rows.len()), &folds.to_string()));
        }
        let weights = config.usable_weights(table, &rows)?;
        let mean = weights::mean(&weights)?;
        let classes = plan.classes(table)?;
        let loss = match config.loss {
            Some(loss) => loss,
            None => Loss::default_for(&plan.schema(table, WeightedRows { rows: &rows, weights: &weights })?.target),
        };
        let fold_of = divide(rows.len(), classes.as_deref(), folds, config.seed, table.interrupt())?;
        let mut held_out = vec![(Vec::new(), Vec::new()); folds];
        for (i, (&row, fold)) in rows.iter().zip(fold_of).enumerate() {
            held_out[fold].0.push(row);
            held_out[fold].1.extend(weights.get(i));
        }
        let config = FitConfig { loss: Some(loss), cache: false, ..config.clone() };
        let mean_weight = (mean, weights::mean_repetitions(&weights, mean).filter(|_| !weights.is_empty()));
        Ok(Self { config, held_out, without_weight, mean_weight })
    }

    /// Fits without each fold, and measures the models on the folds.
    fn measure(&self, table: &mut Table<'_>, interrupt: Interrupt<'_>) -> Result<CrossValidation> {
        let (mut folds, mut models, mut baselines) = (Vec::new(), Vec::new(), Vec::new());
        for (rows, weights) in &self.held_out {
            let [model, baseline] = self.measure_fold(table, rows, weights, interrupt)?;
            let (metrics, of_constant) = (model.metrics(interrupt)?, baseline.metrics(interrupt)?);
            folds.push(FoldMetrics { rows: rows.len(), metrics, baseline: of_constant });
            models.push(model);
            baselines.push(baseline);
        }
        let [model, baseline] = [models, baselines].map(EvaluatedRows::concat);
        Ok(CrossValidation {
            metrics: model.metrics(interrupt)?,
            baseline: baseline.metrics(interrupt)?,
            intervals: intervals(&model, &baseline, self.config.seed, interrupt)?,
            diagnostics: model.diagnostics(interrupt)?,
            means: FoldMean::of_all(&folds),
            folds,
        })
    }

    /// Fits to all rows but those of a fold, and returns the predictions of the model and of the constant for them.
    fn measure_fold(
        &self,
        table: &mut Table<'_>,
        held_out: &[usize],
        weights: &[f64],
        interrupt: Interrupt<'_>,
    ) -> Result<[EvaluatedRows; 2]> {
        let mut ignored = self.without_weight.clone();
        ignored.resize(table.rows(), false);
        for &row in held_out {
            ignored[row] = true;
        }
        table.ignore_rows(ignored);
        let mut data = PreparedData::of(&self.config, table)?;
        if let Some(config) = self.config.refit_config(data.train.len() + data.validation.len()) {
            data.all_rows = Some(Box::new(PreparedData::of(&config, table)?));
        }
        let (report, model) = self.config.fit(&data, Callbacks::new().interrupt(interrupt))?;
        if report.stopped == TrainingStopReason::Interrupted {
            return Err(Error::Interrupted);
        }
        let fitted = data.all_rows.as_deref().filter(|_| report.refit.is_some()).unwrap_or(&data);
        table.ignore_rows(self.without_weight.clone());
        let mut rows = model.schema.encode(table, held_out, WithTarget::Yes)?;
        let (mean, repetitions) = self.mean_weight;
        rows.weight = weights.iter().map(|weight| weight / mean).collect();
        rows.mean_weight = repetitions;
        rows.class_weight.clone_from(&fitted.train.sample().class_weight);
        let (constant, parameters) = (fitted.best_constant(interrupt)?, model.parameters());
        let of_model = fitted.evaluated(
            &rows,
            &|rows, visit| model.model().score_parts(rows, &parameters, interrupt, visit),
            interrupt,
        )?;
        let of_constant = fitted.evaluated(&rows, &|rows, visit| visit_constant(rows, &constant, visit), interrupt)?;
        Ok([of_model, of_constant])
    }
}

/// Returns the fold of each of `rows` rows, at random and of about equal size, of each class the same fraction.
fn divide(
    rows: usize,
    classes: Option<&[usize]>,
    folds: usize,
    seed: Seed,
    interrupt: Interrupt<'_>,
) -> Result<Vec<usize>> {
    let mut order: Vec<usize> = (0..rows).collect();
    interrupt.shuffle(&mut order, &mut seed.stream(Purpose::Split).at([0, 2]))?;
    if let Some(classes) = classes {
        order.sort_by_key(|&row| classes[row]);
        if order.chunk_by(|&a, &b| classes[a] == classes[b]).any(|class| class.len() == 1) {
            return Err(invalid("at least two rows of each class", "a class of one row"));
        }
    }
    let mut fold_of = vec![0; rows];
    order.into_iter().enumerate().for_each(|(i, row)| fold_of[row] = i % folds);
    Ok(fold_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_have_the_same_size_and_the_same_classes() {
        let classes: Vec<usize> = (0..103).map(|row| usize::from(row % 10 == 0)).collect();
        let of = |seed| divide(103, Some(&classes), 5, Seed::new(seed), Interrupt::NEVER).expect("nothing interrupts");
        let fold_of = of(0);
        for fold in 0..5 {
            let rows: Vec<usize> = (0..103).filter(|&row| fold_of[row] == fold).collect();
            assert!((20..=21).contains(&rows.len()), "{}", rows.len());
            assert!((2..=3).contains(&rows.iter().filter(|&&row| classes[row] == 1).count()));
        }
        assert_eq!(fold_of, of(0));
        assert_ne!(fold_of, of(1));
    }
}
