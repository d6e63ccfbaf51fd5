//! The loss of a linear or logistic model of a table as a formula of two weights, for all that the page does with
//! formulas.
//!
//! Columns are standardized. Of more than two features, the weights lie in the plane of the first two principal
//! components of the standardized rows: the loss is that of the model with these two features.

use serde::Serialize;
use thalweg_compare::PrincipalPlane;

use crate::error::{PageError, Part, Result};
use crate::table_file::{ColumnInfo, DroppedTable, number};

/// Largest number of rows of a logistic model, whose formula has a term for each.
pub const MAX_LOGISTIC_ROWS: usize = 1000;

/// A loss as a formula of x and y.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableLoss {
    /// Half the mean squared error of the standardized target, or the mean log loss.
    pub formula: String,
    /// Names of the features.
    pub features: Vec<String>,
    /// Number of rows used.
    pub rows: usize,
    /// Number of rows omitted for an empty cell.
    pub omitted: usize,
    /// Fraction of the variance of the features that both components have.
    pub explained: f64,
    /// The class that counts as 1; none for a number.
    pub positive: Option<String>,
}

/// Returns the loss of the model that predicts the target from all other columns of numbers. A target of two distinct
/// values gets a logistic model, another column of numbers a linear one.
///
/// # Errors
/// A target that is neither, fewer than two features, too many rows, or a constant target.
pub fn loss(table: &DroppedTable, target: &str) -> Result<TableLoss> {
    let refuse = |message: String| Err(PageError::new(Part::Page, &message));
    let infos = table.describe();
    let targets = table.column(target)?;
    let info = infos.iter().find(|info| info.name == target).expect("the column exists");
    let is_feature = |info: &&ColumnInfo| info.numeric && info.distinct > 1 && info.name != target;
    let features: Vec<String> = infos.iter().filter(is_feature).map(|info| info.name.clone()).collect();
    if features.len() < 2 {
        return refuse(format!(
            "expected at least two columns of numbers besides '{target}', found {}",
            features.len()
        ));
    }
    let classes = info.distinct == 2;
    if !classes && !info.numeric {
        return refuse(format!(
            "expected a target of numbers or of two classes, found {} texts in '{target}'",
            info.distinct
        ));
    }
    let columns = features.iter().map(|name| table.column(name)).collect::<Result<Vec<_>>>()?;
    let positive = classes.then(|| targets.iter().filter(|cell| !cell.is_empty()).max().cloned().unwrap_or_default());
    let value = |cell: &String| match &positive {
        Some(positive) => (!cell.is_empty()).then(|| if cell == positive { 1.0 } else { -1.0 }),
        None => number(cell),
    };
    let mut rows: Vec<Vec<f64>> = Vec::new();
    let mut values = Vec::new();
    for (k, cell) in targets.iter().enumerate() {
        let row: Option<Vec<f64>> = columns.iter().map(|column| number(&column[k])).collect();
        if let (Some(row), Some(value)) = (row, value(cell)) {
            rows.push(row);
            values.push(value);
        }
    }
    let used = rows.len();
    if classes && used > MAX_LOGISTIC_ROWS {
        return refuse(format!("expected at most {MAX_LOGISTIC_ROWS} rows for a target of classes, found {used}"));
    }
    for feature in 0..features.len() {
        standardize(rows.iter_mut().map(|row| &mut row[feature]));
    }
    if !classes {
        standardize(values.iter_mut());
    }
    if used < 2 || values.iter().all(|value| value.to_bits() == values[0].to_bits()) {
        return refuse(format!("expected at least two rows with different values of '{target}', found {used} rows"));
    }
    let (points, explained) = in_plane(&rows);
    let formula = if classes { log_loss(&points, &values) } else { squared_loss(&points, &values) };
    Ok(TableLoss { formula, features, rows: used, omitted: targets.len() - used, explained, positive })
}

/// Gives numbers mean 0 and standard deviation 1; equal numbers become 0.
fn standardize<'a>(values: impl Iterator<Item = &'a mut f64>) {
    let mut values: Vec<&mut f64> = values.collect();
    let n = values.len() as f64;
    let mean = values.iter().map(|v| **v).sum::<f64>() / n;
    let deviation = (values.iter().map(|v| (**v - mean) * (**v - mean)).sum::<f64>() / n).sqrt();
    for value in &mut values {
        **value = if deviation > 0.0 { (**value - mean) / deviation } else { 0.0 };
    }
}

/// Returns the rows in the plane of their first two principal components, and the fraction of the variance in it.
fn in_plane(rows: &[Vec<f64>]) -> (Vec<[f64; 2]>, f64) {
    let dimension = rows.first().map_or(0, Vec::len);
    if dimension == 2 {
        return (rows.iter().map(|row| [row[0], row[1]]).collect(), 1.0);
    }
    let slices: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let plane = PrincipalPlane::fit(&slices, &vec![0.0; dimension]);
    (rows.iter().map(|row| plane.project(row)).collect(), plane.explained_fraction())
}

/// Half the mean of (a·x + b·y − t)², expanded.
fn squared_loss(points: &[[f64; 2]], targets: &[f64]) -> String {
    let n = points.len() as f64;
    let mean =
        |term: &dyn Fn(&[f64; 2], f64) -> f64| points.iter().zip(targets).map(|(p, t)| term(p, *t)).sum::<f64>() / n;
    let [aa, ab, bb] = [mean(&|p, _| p[0] * p[0]), mean(&|p, _| p[0] * p[1]), mean(&|p, _| p[1] * p[1])].map(short);
    let [at, bt, tt] = [mean(&|p, t| p[0] * t), mean(&|p, t| p[1] * t), mean(&|_, t| t * t)].map(short);
    format!("({aa}*x^2 + 2*({ab})*x*y + {bb}*y^2)/2 - ({at})*x - ({bt})*y + {tt}/2")
}

/// The mean of log(1 + exp(−t·(a·x + b·y))).
fn log_loss(points: &[[f64; 2]], targets: &[f64]) -> String {
    let term = |(point, t): (&[f64; 2], &f64)| {
        let [a, b] = [-t * point[0], -t * point[1]].map(short);
        format!("log(1+exp({a}*x{}{}*y))", if b < 0.0 { "-" } else { "+" }, b.abs())
    };
    format!("({})/{}", points.iter().zip(targets).map(term).collect::<Vec<_>>().join("+"), points.len())
}

/// Rounds to five significant digits, so that a formula stays short.
fn short(value: f64) -> f64 {
    format!("{value:.4e}").parse().expect("a formatted number is a number")
}

#[cfg(test)]
mod tests {
    use thalweg_problems::Formula;

    use super::*;

    fn value(loss: &TableLoss, x: f64, y: f64) -> f64 {
        Formula::with_variables(&loss.formula, &["x", "y"]).expect("a formula").value(&[x, y]).expect("two numbers")
    }

    #[test]
    fn a_number_gets_half_the_mean_squared_error() {
        // t = a + b exactly; both features are uncorrelated and have equal deviations.
        let table = DroppedTable::parse("a,b,t\n1,1,2\n-1,1,0\n1,-1,0\n-1,-1,-2\n,5,1\n").expect("a table");
        let loss = loss(&table, "t").expect("a model");
        assert_eq!((loss.rows, loss.omitted, loss.positive.as_deref()), (4, 1, None));
        let best = std::f64::consts::FRAC_1_SQRT_2;
        assert!(value(&loss, best, best).abs() < 1e-4 && (value(&loss, 0.0, 0.0) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn two_classes_get_the_mean_log_loss() {
        let table = DroppedTable::parse("a,b,c,t\n1,2,0,no\n2,1,1,yes\n3,5,1,yes\n4,3,0,no\n").expect("a table");
        let loss = loss(&table, "t").expect("a model");
        assert_eq!(loss.positive.as_deref(), Some("yes"));
        assert!((value(&loss, 0.0, 0.0) - std::f64::consts::LN_2).abs() < 1e-12);
        assert!(loss.explained > 0.6 && loss.explained <= 1.0 + 1e-12);
    }

    #[test]
    fn what_is_no_model_is_refused() {
        let table = DroppedTable::parse("a,b,t,u\n1,2,x,1\n2,1,y,1\n3,3,z,1\n").expect("a table");
        for (target, expected) in [("t", "two classes"), ("a", "at least two columns"), ("v", "columns: a, b, t, u")] {
            let error = loss(&table, target).expect_err(target);
            assert!(error.message.contains(expected), "{target}: {error:?}");
        }
    }
}
