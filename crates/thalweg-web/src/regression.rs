//! The loss of a linear or logistic model of a table, as a function of all its weights.
//!
//! Columns are standardized. Sums are over the rows in their order, so that a plain loop repeats them to the last bit.

use serde::Serialize;
use thalweg::random::Random;

use crate::error::{PageError, Part, Result};
use crate::table_file::{ColumnInfo, DroppedTable, number};

/// Largest number of features.
pub const MAX_FEATURES: usize = 99;

/// The loss of a model of the rows of a table.
#[derive(Clone, Debug)]
pub struct Regression {
    /// Name of the file.
    pub file: String,
    /// Name of the target.
    pub target: String,
    /// Names of the weights: those of the features, and the intercept of a logistic model.
    pub weights: Vec<String>,
    /// The class that counts as 1; none for a number.
    pub positive: Option<String>,
    /// Number of rows omitted for an empty cell.
    pub omitted: usize,
    /// Delimiter of the file.
    pub delimiter: char,
    /// Names of the columns that are neither the target nor features.
    pub unused: Vec<String>,
    /// Features row by row; of a logistic model with a 1 at the end for the intercept.
    features: Vec<f64>,
    /// Standardized target, or 1 and −1.
    targets: Vec<f64>,
}

/// What a model of a table is, for the page.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegressionInfo {
    /// Names of the weights.
    pub weights: Vec<String>,
    /// Number of rows used.
    pub rows: usize,
    /// Number of rows omitted for an empty cell.
    pub omitted: usize,
    /// The class that counts as 1; none for a number.
    pub positive: Option<String>,
}

impl Regression {
    /// Returns the model that predicts the target from all other columns of numbers. A target of two distinct values
    /// gets a logistic model, another column of numbers a linear one.
    ///
    /// # Errors
    /// A target that is neither, no feature or too many, fewer than two rows, or a constant target.
    pub fn new(file: &str, table: &DroppedTable, target: &str) -> Result<Self> {
        let refuse = |message: String| Err(PageError::new(Part::Page, &message));
        let infos = table.describe();
        let cells = table.column(target)?;
        let info = infos.iter().find(|info| info.name == target).expect("the column exists");
        let is_feature = |info: &&ColumnInfo| info.numeric && info.distinct > 1 && info.name != target;
        let mut weights: Vec<String> = infos.iter().filter(is_feature).map(|info| info.name.clone()).collect();
        if !(1..=MAX_FEATURES).contains(&weights.len()) {
            return refuse(format!(
                "expected from 1 to {MAX_FEATURES} columns of numbers besides '{target}', found {}",
                weights.len()
            ));
        }
        let is_unused = |name: &String| *name != target && !weights.contains(name);
        let unused = infos.iter().map(|info| info.name.clone()).filter(is_unused).collect();
        let is_logistic = info.distinct == 2;
        if !is_logistic && !info.numeric {
            return refuse(format!(
                "expected a target of numbers or of two classes, found {} texts in '{target}'",
                info.distinct
            ));
        }
        let columns = weights.iter().map(|name| table.column(name)).collect::<Result<Vec<_>>>()?;
        let positive = if is_logistic { cells.iter().filter(|cell| !cell.is_empty()).max().cloned() } else { None };
        let value = |cell: &String| match &positive {
            Some(positive) => (!cell.is_empty()).then(|| if cell == positive { 1.0 } else { -1.0 }),
            None => number(cell),
        };
        let (mut features, mut targets) = (Vec::new(), Vec::new());
        for (k, cell) in cells.iter().enumerate() {
            let row: Option<Vec<f64>> = columns.iter().map(|column| number(&column[k])).collect();
            if let (Some(row), Some(value)) = (row, value(cell)) {
                features.extend(row);
                targets.push(value);
            }
        }
        let (count, used, omitted) = (weights.len(), targets.len(), cells.len() - targets.len());
        for feature in 0..count {
            standardize(features.iter_mut().skip(feature).step_by(count));
        }
        if is_logistic {
            features = features.chunks_exact(count).flat_map(|row| row.iter().copied().chain([1.0])).collect();
            weights.push("intercept".into());
        } else {
            standardize(targets.iter_mut());
        }
        if used < 2 || targets.iter().all(|value| value.to_bits() == targets[0].to_bits()) {
            return refuse(format!(
                "expected at least two rows with different values of '{target}', found {used} rows"
            ));
        }
        if weights.len() < 2 {
            return refuse(format!("expected at least two columns of numbers besides '{target}', found 1"));
        }
        let (file, target, delimiter) = (file.into(), target.into(), table.delimiter);
        Ok(Self { file, target, weights, positive, omitted, delimiter, unused, features, targets })
    }

    /// Describes the model for the page.
    pub fn info(&self) -> RegressionInfo {
        let (weights, positive) = (self.weights.clone(), self.positive.clone());
        RegressionInfo { weights, rows: self.targets.len(), omitted: self.omitted, positive }
    }

    /// Writes the gradient at `w` to `g`, and returns the loss: half the mean squared error of the standardized target,
    /// or the mean log loss.
    pub fn eval(&self, w: &[f64], g: &mut [f64]) -> f64 {
        let n = self.targets.len() as f64;
        g.fill(0.0);
        let mut loss = 0.0;
        for (row, target) in self.features.chunks_exact(w.len()).zip(&self.targets) {
            let (value, slope) = self.term(score(row, w), *target);
            loss += value;
            for (g, x) in g.iter_mut().zip(row) {
                *g += slope * x;
            }
        }
        for g in g {
            *g /= n;
        }
        loss / n
    }

    /// Returns the loss at `w`.
    pub fn value(&self, w: &[f64]) -> f64 {
        let rows = self.features.chunks_exact(w.len()).zip(&self.targets);
        let loss = rows.fold(0.0, |sum, (row, target)| sum + self.term(score(row, w), *target).0);
        loss / self.targets.len() as f64
    }

    /// Returns the matrix of second derivatives at `w`, row by row.
    pub fn hessian(&self, w: &[f64]) -> Vec<f64> {
        let (count, n) = (w.len(), self.targets.len() as f64);
        let mut hessian = vec![0.0; count * count];
        for row in self.features.chunks_exact(count) {
            let curvature = if self.positive.is_some() {
                let p = 1.0 / (1.0 + libm::exp(-score(row, w)));
                p * (1.0 - p)
            } else {
                1.0
            };
            for (i, a) in row.iter().enumerate() {
                for (j, b) in row.iter().enumerate() {
                    hessian[i * count + j] += curvature * a * b / n;
                }
            }
        }
        hessian
    }

    /// Returns normal random weights.
    pub fn random_start(&self, random: &mut Random) -> Vec<f64> {
        self.weights.iter().map(|_| random.normal()).collect()
    }

    /// Loss of a row and its derivative with respect to the score.
    fn term(&self, score: f64, target: f64) -> (f64, f64) {
        if self.positive.is_none() {
            let error = score - target;
            return (error * error / 2.0, error);
        }
        // log(1 + exp(−t·s)), without an overflow for large |s|.
        let margin = target * score;
        let small = libm::exp(-margin.abs());
        let loss = libm::log1p(small) + if margin < 0.0 { -margin } else { 0.0 };
        let wrong = if margin < 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
        (loss, -target * wrong)
    }
}

/// The sum of products in the order of the features.
fn score(row: &[f64], w: &[f64]) -> f64 {
    row.iter().zip(w).fold(0.0, |sum, (x, w)| sum + x * w)
}

/// Gives numbers mean 0 and standard deviation 1; equal numbers become 0.
fn standardize<'a>(values: impl Iterator<Item = &'a mut f64>) {
    let mut values: Vec<&mut f64> = values.collect();
    let n = values.len() as f64;
    let mean = values.iter().fold(0.0, |sum, v| sum + **v) / n;
    let deviation = (values.iter().fold(0.0, |sum, v| sum + (**v - mean) * (**v - mean)) / n).sqrt();
    for value in &mut values {
        **value = if deviation > 0.0 { (**value - mean) / deviation } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(text: &str, target: &str) -> Result<Regression> {
        Regression::new("a.csv", &DroppedTable::parse(text).expect("a table"), target)
    }

    #[test]
    fn a_number_gets_half_the_mean_squared_error() {
        // t = a + b exactly; both features are uncorrelated and have equal deviations.
        let model = model("a,b,t\n1,1,2\n-1,1,0\n1,-1,0\n-1,-1,-2\n,5,1\n", "t").expect("a model");
        assert_eq!((model.info().rows, model.omitted, model.positive.as_deref()), (4, 1, None));
        let (best, mut g) = ([std::f64::consts::FRAC_1_SQRT_2; 2], [0.0; 2]);
        assert!(model.eval(&best, &mut g) < 1e-30 && g.iter().all(|g| g.abs() < 1e-15));
        assert!((model.value(&[0.0; 2]) - 0.5).abs() < 1e-15);
        assert_eq!(model.hessian(&best), [1.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn two_classes_get_the_mean_log_loss_with_an_intercept() {
        let model = model("a,b,c,t\n1,2,0,no\n2,1,1,yes\n3,5,1,yes\n4,3,0,no\n5,5,2,yes\n", "t").expect("a model");
        assert_eq!(
            (model.positive.as_deref(), model.weights.last().map(String::as_str)),
            (Some("yes"), Some("intercept"))
        );
        let mut g = [0.0; 4];
        assert!((model.eval(&[0.0; 4], &mut g) - std::f64::consts::LN_2).abs() < 1e-15);
        // Three of five rows are positive: the slope of the intercept is 1/2 − 3/5.
        assert!((g[3] + 0.1).abs() < 1e-15, "{g:?}");
        // Derivatives against differences, also where exp would overflow.
        for w in [[0.3, -1.2, 0.7, 0.1], [900.0, 0.0, -900.0, 4.0]] {
            let (mut g, hessian) = ([0.0; 4], model.hessian(&w));
            let value = model.eval(&w, &mut g);
            assert!(value.is_finite() && value.to_bits() == model.value(&w).to_bits());
            for i in 0..4 {
                let at = |h: f64| {
                    let (mut moved, mut g) = (w, [0.0; 4]);
                    moved[i] += h;
                    (model.eval(&moved, &mut g), g)
                };
                let [(up, above), (down, below)] = [at(1e-5), at(-1e-5)];
                assert!(((up - down) / 2e-5 - g[i]).abs() < 1e-6, "{i}");
                for j in 0..4 {
                    assert!(((above[j] - below[j]) / 2e-5 - hessian[4 * i + j]).abs() < 1e-6, "{i} {j}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_model_is_refused() {
        let text = "a,b,t,u,v\n1,2,x,1,9\n2,1,y,1,9\n3,3,z,1,8\n";
        for (target, expected) in [("t", "two classes"), ("u", "different values"), ("w", "columns: a, b, t, u, v")] {
            let error = model(text, target).expect_err(target);
            assert!(error.message.contains(expected), "{target}: {error:?}");
        }
        assert!(model("a,t\n1,2\n2,3\n3,9\n", "t").expect_err("one weight").message.contains("at least two"));
        assert!(model("b,t\nx,2\ny,3\n", "t").expect_err("no feature").message.contains("found 0"));
    }
}
