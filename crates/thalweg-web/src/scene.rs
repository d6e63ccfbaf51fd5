//! The state of the page that decides what is computed: function, start, budget, noise, schedule.

use std::sync::Arc;

use serde::Deserialize;
use thalweg::{OptimizerSpec, Schedule, StopCriteria};
use thalweg_problems::{Formula, ProblemInstance};

use crate::error::{PageError, Part, Result};
use crate::function::{Function, MAX_VARIABLES, TableLoss};
use crate::regression::Regression;

/// Largest number of steps of a run on the page.
pub const MAX_STEPS: u64 = 100_000;
/// Names of the variables of a formula that contains fewer than two.
const AXES: [&str; 2] = ["x", "y"];

/// State of the page that all methods share.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// The function that is minimized.
    pub function: FunctionText,
    /// Start; that of the problem, 1 for each variable of a formula, or weights 0 of a table, if there is none or one
    /// of another number of variables.
    #[serde(default)]
    pub start: Option<Vec<f64>>,
    /// Largest number of steps, from 1 to [`MAX_STEPS`].
    pub steps: u64,
    /// Norm of the gradient at which a run stops.
    #[serde(default)]
    pub gradient_norm: f64,
    /// Standard deviation of the noise on each component of the gradient; that of the problem if there is none.
    #[serde(default)]
    pub noise: Option<f64>,
    /// Seed of the noise and of random starts.
    #[serde(default)]
    pub seed: u64,
    /// Schedule of all learning rates as text; constant if there is none.
    #[serde(default)]
    pub schedule: Option<String>,
    /// The model of the table that the page has opened.
    #[serde(skip)]
    pub table: Option<Arc<Regression>>,
}

/// A function as the user gave it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FunctionText {
    /// Name of a test problem, with its parameter: `rosenbrock`, `quadratic:condition=1e4`.
    Problem(String),
    /// A formula of any variables.
    Formula(String),
    /// The loss of a model of a table.
    Table {
        /// Name of the file.
        file: String,
        /// Name of the column that is predicted.
        target: String,
    },
}

impl Scene {
    /// Reads a scene from JSON.
    ///
    /// # Errors
    /// A text that is no scene.
    pub fn parse(json: &str) -> Result<Self> {
        serde_json::from_str(json).map_err(|error| PageError::new(Part::Page, &error))
    }

    /// Returns the function with its start, at which it must be finite.
    ///
    /// # Errors
    /// An unknown problem, a formula with a syntax error or with too many variables, a start outside the domain, a
    /// table that is not open.
    pub fn function(&self) -> Result<Function> {
        let noise = self.noise.unwrap_or(0.0);
        if !(noise >= 0.0 && noise.is_finite()) {
            let message = format!("expected noise of at least 0, found {noise}");
            return Err(PageError::new(Part::Function, &message));
        }
        let mut function = match &self.function {
            FunctionText::Problem(name) => {
                self.with_options(ProblemInstance::named(name, None).map_err(PageError::of_function)?)?
            }
            FunctionText::Formula(text) => {
                let formula = formula_of_two(text)?;
                let start = vec![1.0; formula.variables().len()];
                self.with_options(ProblemInstance::from_formula(formula, start).map_err(PageError::of_function)?)?
            }
            FunctionText::Table { file, target } => {
                let open = self.table.as_ref().filter(|model| model.file == *file && model.target == *target);
                let Some(model) = open else {
                    let message = format!(
                        "expected the table {file} with the column {target}: choose it as data, or drop it onto the page"
                    );
                    return Err(PageError::new(Part::Function, &message));
                };
                let start = self.start.clone().filter(|start| start.len() == model.weights.len());
                if noise > 0.0 {
                    let message = format!("expected no noise on the loss of a table, found {noise}");
                    return Err(PageError::new(Part::Function, &message));
                }
                Function::Table(TableLoss::new(model.clone(), start))
            }
        };
        let start = function.start().to_vec();
        let value = function.value(&start);
        if value.is_finite() {
            return Ok(function);
        }
        let point: Vec<String> = start.iter().map(|x| format!("{x:?}")).collect();
        let message = format!("expected a start where f is finite, found f = {value} at ({})", point.join(", "));
        Err(PageError::new(Part::Function, &message))
    }

    /// Gives a problem or a formula the start and the noise of the scene.
    fn with_options(&self, mut instance: ProblemInstance) -> Result<Function> {
        let (count, name) = (instance.start.len(), &instance.name);
        if count > MAX_VARIABLES {
            let message = format!("expected at most {MAX_VARIABLES} variables, found {count} in {name}");
            return Err(PageError::new(Part::Function, &message));
        }
        if let Some(start) = self.start.as_ref().filter(|start| start.len() == count) {
            instance = instance.with_start(start.clone()).map_err(PageError::of_function)?;
        }
        instance.noise = self.noise.unwrap_or(instance.noise);
        instance.set_noise_seed(self.seed);
        Ok(Function::Formula(Box::new(instance)))
    }

    /// Returns a method with the schedule of the scene.
    ///
    /// # Errors
    /// An unknown method, hyperparameter or schedule, or a number out of range.
    pub fn spec(&self, text: &str) -> Result<OptimizerSpec> {
        let mut spec: OptimizerSpec = text.parse().map_err(PageError::of_method)?;
        if spec.method.needs_finite_sum() {
            let message = format!("{} minimizes sums of losses over rows, not functions", spec.method.name());
            return Err(PageError::new(Part::Method, &message));
        }
        if let Some(schedule) = self.schedule()? {
            spec.options.schedule = schedule.with_total_steps(self.steps);
        }
        spec.check().map_err(PageError::of_method)?;
        Ok(spec)
    }

    /// Returns the schedule; `None` where the rate is constant.
    ///
    /// # Errors
    /// An unknown schedule or a number out of its range.
    pub fn schedule(&self) -> Result<Option<Schedule>> {
        let Some(text) = &self.schedule else { return Ok(None) };
        let schedule: Schedule = text.parse().map_err(|error| PageError::new(Part::Schedule, &error))?;
        schedule.clone().with_total_steps(1).check().map_err(|error| PageError::new(Part::Schedule, &error))?;
        Ok(Some(schedule))
    }

    /// Returns the stopping criteria, those of `thalweg minimize`.
    ///
    /// # Errors
    /// A number of steps or a norm out of its range.
    pub fn criteria(&self) -> Result<StopCriteria> {
        if !(1..=MAX_STEPS).contains(&self.steps) {
            let message = format!("expected from 1 to {MAX_STEPS} steps, found {}", self.steps);
            return Err(PageError::new(Part::Page, &message));
        }
        if !(self.gradient_norm >= 0.0 && self.gradient_norm.is_finite()) {
            let message = format!("expected a gradient norm of at least 0, found {}", self.gradient_norm);
            return Err(PageError::new(Part::Page, &message));
        }
        Ok(StopCriteria {
            gradient_tolerance: Some(self.gradient_norm),
            max_steps: Some(self.steps),
            ..StopCriteria::default()
        })
    }
}

/// Parses a formula; a formula of one variable gets the other axis, along which it is constant.
fn formula_of_two(text: &str) -> Result<Formula> {
    let formula = Formula::parse(text).map_err(PageError::of_function)?;
    let names = formula.variables();
    let names: Vec<&str> = match names {
        [] => AXES.to_vec(),
        [name] if name == AXES[1] => AXES.to_vec(),
        [name] => vec![name, AXES[1]],
        _ => return Ok(formula),
    };
    Formula::with_variables(text, &names).map_err(PageError::of_function)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(formula: &str) -> Scene {
        let function = FunctionText::Formula(formula.into());
        Scene {
            function,
            start: None,
            steps: 10,
            gradient_norm: 0.0,
            noise: None,
            seed: 0,
            schedule: None,
            table: None,
        }
    }

    #[test]
    fn formulas_of_fewer_variables_get_the_missing_axis() {
        for (formula, names) in [("x^2", ["x", "y"]), ("y^2", ["x", "y"]), ("t^2", ["t", "y"]), ("2", ["x", "y"])] {
            let function = scene(formula).function().expect(formula);
            assert_eq!(function.variables(), names, "{formula}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_where_it_is() {
        let error = scene("x +* y").function().expect_err("a syntax error");
        let excerpt = error.excerpt.expect("the position");
        assert_eq!((excerpt.shown.as_str(), excerpt.caret.as_str()), ("x +* y", "   ^"));
        let nested = "(".repeat(1 << 20);
        let many = (0..101).map(|i| format!("x{i}")).collect::<Vec<_>>().join("+");
        for (formula, expected) in [
            (many.as_str(), "at most 100 variables, found 101"),
            ("log(x - 5)", "a start where f is finite"),
            (nested.as_str(), "bytes long"),
            ("<script>alert(1)</script>", "expected"),
        ] {
            let error = scene(formula).function().expect_err("no function of two variables");
            assert!(error.part == Part::Function && error.message.contains(expected), "{error:?}");
        }
        let table = FunctionText::Table { file: "a.csv".into(), target: "t".into() };
        let error = Scene { function: table, ..scene("x") }.function().expect_err("no table");
        assert!(error.message.contains("expected the table a.csv with the column t"), "{error:?}");
        // A start of another number of variables is that of another function.
        let other = Scene { start: Some(vec![3.0]), ..scene("x*y*z") }.function().expect("a formula");
        assert_eq!(other.start(), [1.0; 3]);
        let schedule = Scene { schedule: Some("cosin".into()), ..scene("x") };
        assert_eq!(schedule.spec("adam").expect_err("no such schedule").part, Part::Schedule);
        assert_eq!(scene("x").spec("adam:beta1=1").expect_err("out of range").part, Part::Method);
        assert_eq!(scene("x").spec("saga").expect_err("needs rows").part, Part::Method);
        assert!(Scene { steps: 0, ..scene("x") }.criteria().is_err());
    }
}
