//! Intervals of metrics by the bootstrap of rows.

#[cfg(test)]
mod tests;

use rayon::prelude::*;
use thalweg::Seed;
use thalweg::random::Purpose;
use thalweg::statistics::{CONFIDENCE, percentile_interval};

use super::evaluated_rows::EvaluatedRows;
use super::intervals::{Estimate, MetricInterval, MetricIntervals};
use super::main_metrics::MainMetric;
use super::row_terms::RowTerms;
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;
use crate::pool;

/// Number of draws of all rows.
const RESAMPLES: usize = 1_000;

/// Largest number of rows that are drawn: of more, the standard errors give the same intervals.
const MAX_DRAWN_ROWS: usize = 2_048;

/// Smallest number of rows for which an interval is given.
const MIN_ROWS: usize = 3;

/// Quantile 0.975 of the standard normal distribution.
const NORMAL_QUANTILE: f64 = 1.959_963_984_540_054;

/// Metrics of the model and of the baseline.
type Pair = [f64; 2];

/// Returns the intervals of the main metrics of a model and of a baseline on the same rows.
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted), if it is requested.
pub(crate) fn intervals(
    model: &EvaluatedRows,
    baseline: &EvaluatedRows,
    seed: Seed,
    interrupt: Interrupt<'_>,
) -> Result<MetricIntervals> {
    let values = [model.metrics(interrupt)?.main(), baseline.metrics(interrupt)?.main()];
    let terms = [RowTerms::new(model, interrupt)?, RowTerms::new(baseline, interrupt)?];
    let rows = model.drawn_rows();
    let is_drawn = rows <= MAX_DRAWN_ROWS;
    let ends = match rows {
        ..MIN_ROWS => vec![[[f64::NAN; 2]; 3]; values[0].len()],
        _ if is_drawn => drawn(model, &terms, seed, interrupt)?,
        _ => by_standard_errors(model, &terms, &values, interrupt)?,
    };
    let metrics = values[0].iter().zip(&values[1]).zip(ends).map(|((model, baseline), ends)| {
        let [least, most] = model.range;
        let estimate = |value: f64, [low, high]: Pair| Estimate { value, low, high };
        let within = |ends: Pair| ends.map(|end| end.clamp(least, most));
        MetricInterval {
            metric: model.name.to_owned(),
            model: estimate(model.value, within(ends[0])),
            baseline: estimate(baseline.value, within(ends[1])),
            difference: estimate(model.value - baseline.value, ends[2]),
        }
    });
    let resamples = if is_drawn && rows >= MIN_ROWS { RESAMPLES } else { 0 };
    Ok(MetricIntervals { confidence: CONFIDENCE, resamples, metrics: metrics.collect() })
}

/// Returns the percentile intervals of the model, the baseline and the difference, by metric.
fn drawn(
    rows: &EvaluatedRows,
    terms: &[RowTerms<'_>; 2],
    seed: Seed,
    interrupt: Interrupt<'_>,
) -> Result<Vec<[Pair; 3]>> {
    let repetitions: Vec<usize> = (0..rows.len()).map(|row| rows.repetitions(row)).collect();
    let owners: Vec<usize> = (0..rows.len()).flat_map(|row| std::iter::repeat_n(row, repetitions[row])).collect();
    let stream = seed.stream(Purpose::Bootstrap);
    let draw = |resample: usize| {
        interrupt.check()?;
        let mut random = stream.at([resample as u64]);
        let mut counts = vec![0.0; rows.len()];
        for _ in 0..owners.len() {
            counts[owners[random.below(owners.len() as u64) as usize]] += 1.0;
        }
        // A row of several repetitions is drawn in parts.
        counts.iter_mut().zip(&repetitions).for_each(|(count, &of)| *count /= of.max(1) as f64);
        let [model, baseline] = terms;
        Ok(model.metrics(&counts)?.into_iter().zip(baseline.metrics(&counts)?).collect())
    };
    let draws = pool::map((0..RESAMPLES).into_par_iter(), draw).into_iter().collect::<Result<Vec<Vec<_>>>>()?;
    let interval = |metric: usize, of: fn((f64, f64)) -> f64| {
        let values: Vec<f64> = draws.iter().map(|draw| of(draw[metric])).filter(|value| !value.is_nan()).collect();
        percentile_interval(&values)
    };
    let of_metric =
        |metric| [interval(metric, |(m, _)| m), interval(metric, |(_, b)| b), interval(metric, |(m, b)| m - b)];
    Ok((0..draws[0].len()).map(of_metric).collect())
}

/// Returns the intervals ±1.96 standard errors of the model, the baseline and the difference, by metric.
fn by_standard_errors(
    rows: &EvaluatedRows,
    [model, baseline]: &[RowTerms<'_>; 2],
    [of_model, of_baseline]: &[Vec<MainMetric>; 2],
    interrupt: Interrupt<'_>,
) -> Result<Vec<[Pair; 3]>> {
    let interval = |value: f64, influence: &(dyn Fn(usize) -> f64 + Sync)| {
        let square = |i: usize| influence(i) * influence(i) / rows.repetitions(i).max(1) as f64;
        let half = NORMAL_QUANTILE * interrupt.sum_rows(rows.len(), square)?.sqrt();
        Ok::<_, Error>([value - half, value + half])
    };
    let of_metric = |(m, b): (&MainMetric, &MainMetric)| {
        let (model, baseline) = (model.influence(m.name, interrupt)?, baseline.influence(m.name, interrupt)?);
        Ok([
            interval(m.value, &|i| model[i])?,
            interval(b.value, &|i| baseline[i])?,
            interval(m.value - b.value, &|i| model[i] - baseline[i])?,
        ])
    };
    pool::map(of_model.par_iter().zip(of_baseline), of_metric).into_iter().collect()
}
