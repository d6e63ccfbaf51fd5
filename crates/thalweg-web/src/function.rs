//! The function on the page: a test problem or a formula, or the loss of a model of a table.

use std::sync::Arc;

use thalweg::Objective;
use thalweg::optimizer::square_sum;
use thalweg::random::Random;
use thalweg_problems::{CriticalPoint, MultistartOptions, ProblemInstance, starting_points};

use crate::error::{PageError, Result};
use crate::regression::Regression;

/// Largest number of variables.
pub const MAX_VARIABLES: usize = 100;

/// A function with its start; a formula has noise on the gradient as an objective.
#[derive(Clone, Debug)]
pub enum Function {
    /// A test problem or a formula.
    Formula(Box<ProblemInstance>),
    /// The loss of a model of a table.
    Table(TableLoss),
}

/// The loss of a model of a table with a start.
#[derive(Clone, Debug)]
pub struct TableLoss {
    /// The model with its rows.
    pub model: Arc<Regression>,
    start: Vec<f64>,
}

/// A point with what the exact derivatives say about it.
#[derive(Clone, Debug)]
pub struct ExactPoint {
    /// Value of the function.
    pub value: f64,
    /// Norm of the gradient.
    pub gradient_norm: f64,
    /// Kind of the point.
    pub point: CriticalPoint,
}

impl TableLoss {
    /// Returns the loss with a start, that of weights 0 if there is none.
    pub(crate) fn new(model: Arc<Regression>, start: Option<Vec<f64>>) -> Self {
        let start = start.unwrap_or_else(|| vec![0.0; model.weights.len()]);
        Self { model, start }
    }
}

impl Function {
    /// Returns the names of the variables.
    pub fn variables(&self) -> &[String] {
        match self {
            Self::Formula(instance) => instance.formula.variables(),
            Self::Table(table) => &table.model.weights,
        }
    }

    /// Returns the start of a run.
    pub fn start(&self) -> &[f64] {
        match self {
            Self::Formula(instance) => &instance.start,
            Self::Table(table) => &table.start,
        }
    }

    /// Returns the standard deviation of the noise on each component of the gradient.
    pub fn noise(&self) -> f64 {
        match self {
            Self::Formula(instance) => instance.noise,
            Self::Table(_) => 0.0,
        }
    }

    /// Returns the title of a picture.
    pub fn name(&self) -> &str {
        match self {
            Self::Formula(instance) => &instance.name,
            Self::Table(table) => &table.model.file,
        }
    }

    /// Returns the value at a point with a number for each variable.
    pub fn value(&mut self, x: &[f64]) -> f64 {
        match self {
            Self::Formula(instance) => instance.formula.value(x).expect("a number for each variable"),
            Self::Table(table) => table.model.value(x),
        }
    }

    /// Returns value, gradient and Hessian at a point, without noise.
    ///
    /// # Errors
    /// A failure of the evaluation.
    pub(crate) fn derivatives(&self, x: &[f64]) -> Result<(f64, Vec<f64>, Vec<f64>)> {
        let mut gradient = vec![0.0; x.len()];
        let (value, hessian) = match self {
            Self::Formula(instance) => {
                let mut formula = instance.formula.clone();
                let value: f64 = formula.eval(x, &mut gradient).map_err(PageError::of_method)?;
                (value, formula.hessian(x).map_err(PageError::of_function)?)
            }
            Self::Table(table) => (table.model.eval(x, &mut gradient), table.model.hessian(x)),
        };
        if !value.is_finite() {
            // The derivatives may be finite where f is not; such a point is not classified.
            gradient.fill(f64::NAN);
        }
        Ok((value, gradient, hessian))
    }

    /// Classifies a point.
    ///
    /// # Errors
    /// A failure of the evaluation.
    pub(crate) fn classify(&self, x: &[f64]) -> Result<ExactPoint> {
        let (value, gradient, hessian) = self.derivatives(x)?;
        let point = CriticalPoint::classify(x, &gradient, &hessian).map_err(PageError::of_function)?;
        Ok(ExactPoint { value, gradient_norm: square_sum(&gradient).sqrt(), point })
    }

    /// Returns the start, followed by random ones: within an interval of both variables of a function of two, within
    /// its domain of a formula of more, and normal weights of a table.
    ///
    /// # Errors
    /// An interval in which the function is not finite.
    pub fn starts(&self, count: usize, interval: [f64; 2], seed: u64) -> Result<Vec<Vec<f64>>> {
        match self {
            Self::Formula(instance) => {
                let interval = Some(interval).filter(|_| instance.start.len() == 2);
                let options = MultistartOptions { count, interval, seed };
                starting_points(instance, &options).map_err(PageError::of_function)
            }
            Self::Table(table) => {
                let mut random = Random::new(seed);
                let others = (1..count).map(|_| table.model.random_start(&mut random));
                Ok(std::iter::once(table.start.clone()).chain(others).collect())
            }
        }
    }
}

impl Objective<f64> for Function {
    fn eval(&mut self, x: &[f64], g: &mut [f64]) -> thalweg::Result<f64> {
        match self {
            Self::Formula(instance) => instance.eval(x, g),
            Self::Table(table) => Ok(table.model.eval(x, g)),
        }
    }
}
