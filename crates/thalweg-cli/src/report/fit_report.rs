//! The report of a fit as text.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use thalweg_learn::fit::{CacheStatus, CacheUsage, ShuffleMode};
use thalweg_learn::model::{Architecture, Loss};
use thalweg_learn::{Files, FitReport, HashingStats, Metrics, ModelKind, shell_word};

use super::confusion;
use super::format::{format_compact, format_duration, format_signed, format_significant, group_digits, pluralize};

/// Features from which on it matters whether steps are sparse.
const MANY: usize = 10_000;

/// Coefficients shown.
const SHOWN: usize = 10;

pub(crate) fn text(report: &FitReport, data: &[PathBuf]) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = head(&mut out, report, data)
        .and_then(|()| measures(&mut out, report))
        .and_then(|()| confusion::write(&mut out, report))
        .and_then(|()| run(&mut out, report))
        .and_then(|()| columns(&mut out, report))
        .and_then(|()| tail(&mut out, report));
    out
}

fn head(out: &mut String, report: &FitReport, data: &[PathBuf]) -> std::fmt::Result {
    let model = match (&report.model, report.labels.as_deref()) {
        (ModelKind::Softmax, Some(labels)) => {
            format!("softmax regression of {}, {} classes", report.target, labels.len())
        }
        (ModelKind::Logistic, Some([positive, negative])) => {
            format!("logistic regression of {} ({positive} against {negative})", report.target)
        }
        (ModelKind::Svm, Some([positive, negative])) => {
            format!("linear support vector machine for {} ({positive} against {negative})", report.target)
        }
        (ModelKind::Poisson, _) => format!("Poisson regression of {}", report.target),
        _ => format!("linear regression of {}{}", report.target, of_loss(report.loss)),
    };
    let model = match &report.architecture {
        Architecture::Linear => model,
        Architecture::FactorizationMachine { rank } => {
            format!("factorization machine of rank {rank} for {}{}", report.target, of_loss(report.loss))
        }
        Architecture::Mlp(mlp) => {
            format!("perceptron {mlp} for {}, {} parameters", report.target, group_digits(report.parameters as u64))
        }
    };
    let (rows, features) = (pluralize(report.rows as u64, "row"), pluralize(report.features as u64, "feature"));
    writeln!(out, "{}: {rows}, {features}\n{model}\n", Files::from(data))
}

/// The loss, where it is not the usual one.
fn of_loss(loss: Loss) -> String {
    if matches!(loss, Loss::Squared | Loss::Logistic) { String::new() } else { format!(", loss {loss}") }
}

/// The table: one column for each part of the rows, and the trivial baseline's beside it.
fn measures(out: &mut String, report: &FitReport) -> std::fmt::Result {
    let columns = [
        Some(("train", &report.train, report.train_rows)),
        report.validation.as_ref().map(|metrics| ("validation", metrics, report.validation_rows)),
        Some(match &report.baseline.validation {
            Some(metrics) => ("baseline", metrics, report.validation_rows),
            None => ("baseline", &report.baseline.train, report.train_rows),
        }),
    ];
    let columns: Vec<_> = columns.into_iter().flatten().collect();
    let mut line = |name: &str, cell: &dyn Fn(usize) -> String| {
        write!(out, "{name:<12}")?;
        (0..columns.len()).try_for_each(|i| write!(out, "{:>14}", cell(i)))?;
        writeln!(out)
    };
    line("", &|i| columns[i].0.into())?;
    line("rows", &|i| group_digits(columns[i].2 as u64))?;
    let cells = |metrics: &Metrics| cells(metrics, report.loss);
    for (k, (name, _)) in cells(&report.train).iter().enumerate() {
        line(name, &|i| cells(columns[i].1)[k].1.clone())?;
    }
    writeln!(out)
}

fn cells(metrics: &Metrics, of: Loss) -> Vec<(String, String)> {
    match *metrics {
        Metrics::Regression { loss, rmse, r2 } => vec![
            (format!("loss ({})", of.name()), format_significant(loss)),
            ("rmse".into(), format_significant(rmse)),
            ("r²".into(), r_squared(r2)),
        ],
        Metrics::Binary { loss, accuracy, auc, .. } => vec![
            (of.name().into(), format!("{loss:.4}")),
            ("accuracy".into(), format!("{:.2} %", 100.0 * accuracy)),
            ("auc".into(), if auc.is_nan() { "one class".into() } else { format!("{auc:.4}") }),
        ],
        Metrics::Multiclass { loss, accuracy, macro_f1, .. } => vec![
            (of.name().into(), format!("{loss:.4}")),
            ("accuracy".into(), format!("{:.2} %", 100.0 * accuracy)),
            ("macro f1".into(), format!("{macro_f1:.4}")),
        ],
    }
}

fn run(out: &mut String, report: &FitReport) -> std::fmt::Result {
    let (epochs, steps) = (pluralize(report.epochs, "epoch"), pluralize(report.steps, "step"));
    let kept = match report.best_epoch {
        0 => "the starting weights".to_string(),
        epoch => format!("the weights of epoch {epoch}"),
    };
    writeln!(out, "stopped     {} ({epochs}, {steps}), keeping {kept}", report.stopped)?;
    let batch =
        if report.batch_size == report.train_rows as u64 { "all rows".into() } else { group_digits(report.batch_size) };
    let l1 = if report.l1 > 0.0 {
        format!(", l1 {} ({} of {} coefficients are 0)", format_significant(report.l1), report.zeros, report.features)
    } else {
        String::new()
    };
    let schedule = match report.schedule.as_str() {
        "constant" => String::new(),
        other => format!(", schedule {other}"),
    };
    writeln!(out, "method      {}{schedule}, batch {batch}, l2 {}{l1}", report.method, format_significant(report.l2))?;
    match &report.dense {
        // Of few features nobody would expect anything else.
        Some(why) if report.features > MANY => writeln!(out, "steps       of all parameters: {why}")?,
        Some(_) => {}
        None => writeln!(out, "steps       of those parameters alone that a batch touches; the others catch up")?,
    }
    if let Some(HashingStats { bits, levels, collisions }) = report.hashed {
        let (levels, collisions) = (pluralize(levels as u64, "level"), group_digits(collisions as u64));
        writeln!(out, "hashed      {levels} to 2^{bits} coefficients; {collisions} share theirs with another")?;
    }
    if let Some(first) = report.first_feature {
        writeln!(out, "features    are numbered from {first}")?;
    }
    if let Some(column) = &report.weight {
        writeln!(out, "weights     of the rows: {column}")?;
    }
    if let (Some(weights), Some(labels)) = (&report.class_weight, &report.labels) {
        let pairs =
            labels.iter().zip(weights).map(|(label, &weight)| format!("{label} {}", format_significant(weight)));
        writeln!(out, "weights     of the labels: {}", pairs.collect::<Vec<_>>().join(", "))?;
    }
    if let ShuffleMode::Blocks { block, together } = report.shuffle {
        let (block, together) = (group_digits(block as u64), group_digits(together as u64));
        writeln!(
            out,
            "shuffled    by blocks of {block} rows in any order, and rows among the {together} in memory together"
        )?;
    }
    if let Some(CacheUsage { path, done }) = &report.cache {
        let done = match done {
            CacheStatus::Read => "rows read from",
            CacheStatus::Written => "rows written to",
            CacheStatus::Rewritten => "rows written anew (other data or options than before) to",
        };
        writeln!(out, "cache       {done} {path}")?;
    }
    let time = report.seconds;
    writeln!(
        out,
        "time        {} read, {} fit, {} rows/s\n",
        format_duration(time.read),
        format_duration(time.fit),
        format_compact(report.rows_per_second)
    )
}

fn columns(out: &mut String, report: &FitReport) -> std::fmt::Result {
    if report.target_missing > 0 {
        let rows = pluralize(report.target_missing as u64, "row");
        writeln!(out, "left out    {rows} whose {} is missing", report.target)?;
    }
    if report.skipped_rows.rows > 0 {
        writeln!(out, "left out    {} that cannot be used:", pluralize(report.skipped_rows.rows, "row"))?;
        report.skipped_rows.first.iter().try_for_each(|fault| writeln!(out, "            {fault}"))?;
    }
    for left in &report.excluded_columns {
        writeln!(out, "left out    {}: {}", left.column, left.reason)?;
    }
    if report.target_missing > 0 || report.skipped_rows.rows > 0 || !report.excluded_columns.is_empty() {
        writeln!(out)?;
    }
    if report.coefficients.is_empty() {
        return Ok(());
    }
    let unit = unit_of_coefficients(&report.target, report.model);
    writeln!(out, "largest coefficients ({unit})")?;
    for coefficient in report.coefficients.iter().take(SHOWN) {
        let name = of_class(&coefficient.name, coefficient.class.as_ref());
        writeln!(out, "{:>14}  {name}", format_signed(coefficient.weight))?;
    }
    let classes = if report.intercepts.is_empty() { 1 } else { report.intercepts.len() };
    match (report.features * classes).saturating_sub(SHOWN) {
        0 => writeln!(out),
        more => writeln!(out, "{:>14}  and {more} more (thalweg inspect {})\n", "", shell_word(&report.model_path)),
    }
}

fn tail(out: &mut String, report: &FitReport) -> std::fmt::Result {
    writeln!(out, "model       {}\npredict     {}", report.model_path, report.predict_command)
}

fn r_squared(r2: f64) -> String {
    match r2 {
        // Without a spread there is none to explain.
        r2 if !r2.is_finite() => "one value".into(),
        r2 if r2.abs() < 1e5 => format!("{r2:.4}"),
        r2 => format_significant(r2),
    }
}

/// What to type to predict the same file.
pub(crate) fn predict_command(model: &Path, data: &[PathBuf]) -> String {
    let shown = |path: &Path| shell_word(&path.display().to_string());
    let data: Vec<String> = data.iter().map(|path| shown(path)).collect();
    format!("thalweg predict {} {}", shown(model), data.join(" "))
}

/// What a coefficient is measured in.
pub(crate) fn unit_of_coefficients(target: &str, model: ModelKind) -> String {
    let unit = match model {
        ModelKind::Linear => target,
        ModelKind::Logistic => "log-odds",
        ModelKind::Poisson => {
            return format!("log of {target} for each standard deviation of a number, or for a level");
        }
        ModelKind::Svm => "score",
        ModelKind::Softmax => "score of the class",
    };
    format!("{unit} for each standard deviation of a number, or for a level")
}

/// The name of a coefficient, and the class that it speaks for.
pub(crate) fn of_class(name: &str, class: Option<&String>) -> String {
    let name = one_line(name);
    class.map_or_else(|| name.clone(), |class| format!("{name} → {}", one_line(class)))
}

/// A name without its line breaks, which would break the table.
pub(super) fn one_line(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}
