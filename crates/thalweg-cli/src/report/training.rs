//! Lines of the report of a fit about its training.

use std::fmt::Write as _;

use thalweg_learn::FitReport;
use thalweg_learn::data::HashingStats;
use thalweg_learn::fit::{CacheStatus, CacheUsage, FitStage, ObjectiveValue, ShuffleMode};
use thalweg_learn::model::Loss;
use thalweg_learn::train::{LearningRateRangeTest, PenaltySearch};

use super::format::{format_compact, format_duration, format_significant, group_digits, pluralize};

/// Number of features above which the report says whether steps are sparse.
const MIN_REPORTED_FEATURES: usize = 10_000;

/// Says how near the optimum a solver came; `None` for other methods.
pub(crate) fn optimality(gradient_norm: Option<f64>, duality_gap: Option<f64>) -> Option<String> {
    let gap = duality_gap.map(|gap| format!("duality gap {gap:.1e}"));
    gap.or_else(|| gradient_norm.map(|norm| format!("gradient norm {norm:.1e}")))
}

/// Says among which workers a batch was divided; empty without any.
pub(crate) fn workers(workers: Option<u64>, sync_every: Option<u64>) -> String {
    let (Some(workers), Some(steps)) = (workers, sync_every) else { return String::new() };
    format!(" for {}, averaged every {}", pluralize(workers, "worker"), pluralize(steps, "step"))
}

/// Writes the objective and its parts, unless the loss is all of it.
fn write_objective(out: &mut String, report: &FitReport) -> std::fmt::Result {
    let Some(ObjectiveValue { value, loss, penalty }) = report.objective.filter(|objective| objective.penalty > 0.0)
    else {
        return Ok(());
    };
    let name = match report.loss {
        Loss::Squared | Loss::Poisson => format!("half the {}", report.loss.name()),
        other => other.name().to_owned(),
    };
    let [value, loss, penalty] = [value, loss, penalty].map(format_significant);
    writeln!(out, "objective   {value} on the training rows: {name} {loss} + penalty {penalty}")
}

/// Writes how the training ended, its settings, and its time.
pub(super) fn write(out: &mut String, report: &FitReport) -> std::fmt::Result {
    write_end(out, report)?;
    write_rows(out, report)?;
    let time = report.seconds;
    writeln!(
        out,
        "time        {} read, {} fit, {} rows/s\n",
        format_duration(time.read),
        format_duration(time.fit),
        format_compact(report.rows_per_second)
    )
}

/// Writes how the training ended, and the settings of the method.
fn write_end(out: &mut String, report: &FitReport) -> std::fmt::Result {
    let (epochs, mut steps) = (pluralize(report.epochs, "epoch"), pluralize(report.steps, "step"));
    if let Some(samples) = report.samples {
        steps += &format!(", {} seen", pluralize(samples, "row"));
    }
    let kept = match report.best_epoch {
        0 => "the initial weights".to_string(),
        epoch => format!("the weights of epoch {epoch}"),
    };
    match optimality(report.gradient_norm, report.duality_gap) {
        Some(optimality) => {
            let evaluations = pluralize(report.epochs, "evaluation");
            writeln!(out, "stopped     {}: {optimality} ({evaluations}, {steps})", report.stopped)?;
        }
        None => writeln!(out, "stopped     {} ({epochs}, {steps}), keeping {kept}", report.stopped)?,
    }
    let batch =
        if report.batch_size == report.train_rows as u64 { "all rows".into() } else { group_digits(report.batch_size) };
    let batch = batch + &workers(report.workers, report.sync_every);
    let l1 = if report.l1 > 0.0 {
        format!(", l1 {} ({} of {} coefficients are 0)", format_significant(report.l1), report.zeros, report.features)
    } else {
        String::new()
    };
    let schedule = match report.schedule.as_str() {
        "constant" => String::new(),
        other => format!(", schedule {other}"),
    };
    let factor_l2 = report.factor_l2.map_or_else(String::new, |l2| format!(", factor l2 {}", format_significant(l2)));
    let l2 = format_significant(report.l2);
    writeln!(out, "method      {}{schedule}, batch {batch}, l2 {l2}{factor_l2}{l1}", report.method)?;
    write_objective(out, report)?;
    if let Some(PenaltySearch { folds, tried, .. }) = &report.penalty_search {
        let tried = tried.iter().map(|one| format!("{} ({:.4})", format_significant(one.l2), one.loss));
        let how = if *folds == 1 { "a fifth of the training rows, held out".into() } else { format!("{folds} folds") };
        writeln!(out, "l2          by the {} on {how}: {}", report.loss.name(), tried.collect::<Vec<_>>().join(", "))?;
    }
    if let Some(LearningRateRangeTest { chosen, steps }) = &report.range_test {
        let chosen = chosen.map_or_else(|| "that of the method, as no loss fell".into(), |lr| lr.to_string());
        let last = steps.last().map_or(0.0, |step| step.lr);
        let tested = pluralize(steps.len() as u64, "rate");
        writeln!(out, "lr          {chosen} by a range test of {tested} up to {}", format_significant(last))?;
    }
    if let Some(refit) = &report.refit {
        let (rows, epochs) = (group_digits(refit.rows as u64), pluralize(refit.epochs, "epoch"));
        let end = optimality(refit.gradient_norm, refit.duality_gap).unwrap_or(epochs);
        writeln!(out, "refit       to all {rows} rows ({end}): the model is of this fit")?;
    }
    for stage in &report.omitted {
        writeln!(
            out,
            "{}",
            match stage {
                FitStage::PenaltySearch => "l2          not searched, for lack of time: it has its default",
                FitStage::RangeTest => "lr          not tested, for lack of time: it is that of the method",
                FitStage::LastFit => "refit       omitted, for lack of time: the model is that of the training rows",
            }
        )?;
    }
    let of_model = report.refit.as_ref().map_or(&report.certificate, |refit| &refit.certificate);
    if let Some(certificate) = of_model {
        let of_all = if report.refit.is_some() { "of the refit: " } else { "" };
        writeln!(out, "certificate {of_all}{certificate}")?;
    }
    if let [.., last] = report.rollbacks.as_slice() {
        let (times, lr) = (pluralize(report.rollbacks.len() as u64, "time"), format_significant(last.lr));
        writeln!(out, "rollbacks   {times}, to a learning rate of {lr}: the loss was infinite or NaN")?;
    }
    Ok(())
}

/// Writes how the rows were encoded, weighted and read.
fn write_rows(out: &mut String, report: &FitReport) -> std::fmt::Result {
    match &report.dense_reason {
        Some(why) if report.features > MIN_REPORTED_FEATURES => writeln!(out, "steps       dense: {why}")?,
        Some(_) => {}
        None => writeln!(out, "steps       sparse: only the parameters of the features in the batch")?,
    }
    if let Some(HashingStats { bits, levels, words, collisions }) = report.hashed {
        let collisions = group_digits(collisions as u64);
        let levels = (levels > 0 || words == 0).then(|| pluralize(levels as u64, "level"));
        let words = (words > 0).then(|| pluralize(words as u64, "word"));
        let hashed = levels.into_iter().chain(words).collect::<Vec<_>>().join(" and ");
        writeln!(out, "hashed      {hashed} to 2^{bits} coefficients; {collisions} collide with another")?;
    }
    if let Some(first) = report.first_feature {
        writeln!(out, "features    numbered from {first}")?;
    }
    if let (Some(scale), Loss::Huber { delta }) = (report.residual_scale, report.loss) {
        let bound = format_significant(delta * scale);
        writeln!(out, "huber       delta {delta} of the residuals' scale {} is {bound}", format_significant(scale))?;
    }
    if let Some(column) = &report.weight {
        writeln!(out, "weights     of rows: {column}")?;
    }
    if let (Some(weights), Some(labels)) = (&report.class_weight, &report.labels) {
        let pairs =
            labels.iter().zip(weights).map(|(label, &weight)| format!("{label} {}", format_significant(weight)));
        writeln!(out, "weights     of classes: {}", pairs.collect::<Vec<_>>().join(", "))?;
    }
    if let ShuffleMode::Blocks { rows_per_block, rows_in_memory } = report.shuffle {
        let (block, together) = (group_digits(rows_per_block as u64), group_digits(rows_in_memory as u64));
        writeln!(out, "shuffled    blocks of {block} rows in random order, and rows within the {together} in memory")?;
    }
    if let Some(CacheUsage { path, status, reason }) = &report.cache {
        let done = match status {
            CacheStatus::Read => "rows read from",
            CacheStatus::Written => "rows written to",
            CacheStatus::Rewritten => "rows rewritten (the data, the options or the version changed) to",
            CacheStatus::Failed => "rows not written to",
        };
        let reason = reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        writeln!(out, "cache       {done} {path}{reason}")?;
    }
    Ok(())
}
