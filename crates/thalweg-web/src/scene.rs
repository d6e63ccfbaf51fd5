//! The state of the page that decides what is computed: function, start, budget, noise, schedule.

use serde::Deserialize;
use thalweg::{OptimizerSpec, Schedule, StopCriteria};
use thalweg_problems::{Formula, ProblemInstance};

use crate::error::{PageError, Part, Result};

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
    /// Start; that of the problem, or 1 for each variable of a formula, if there is none.
    #[serde(default)]
    pub start: Option<[f64; 2]>,
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
}

/// A function of two variables as the user gave it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FunctionText {
    /// Name of a test problem, with its parameter: `rosenbrock`, `quadratic:condition=1e4`.
    Problem(String),
    /// A formula of at most two variables.
    Formula(String),
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
    /// An unknown problem, a formula with a syntax error or with more than two variables, a start outside the domain.
    pub fn instance(&self) -> Result<ProblemInstance> {
        let mut instance = match &self.function {
            FunctionText::Problem(name) => ProblemInstance::named(name, None).map_err(PageError::of_function)?,
            FunctionText::Formula(text) => {
                ProblemInstance::from_formula(formula_of_two(text)?, vec![1.0; 2]).map_err(PageError::of_function)?
            }
        };
        let variables = instance.formula.variables();
        if variables.len() != 2 {
            let (count, name) = (variables.len(), &instance.name);
            let message = format!("expected a function of two variables, found {count} in {name}");
            return Err(PageError::new(Part::Function, &message));
        }
        if let Some(start) = self.start {
            instance = instance.with_start(start.to_vec()).map_err(PageError::of_function)?;
        }
        if let Some(noise) = self.noise {
            if !(noise >= 0.0 && noise.is_finite()) {
                let message = format!("expected noise of at least 0, found {noise}");
                return Err(PageError::new(Part::Function, &message));
            }
            instance.noise = noise;
        }
        let value = instance.formula.value(&instance.start).map_err(PageError::of_function)?;
        if !value.is_finite() {
            let [x, y] = [instance.start[0], instance.start[1]];
            let message = format!("expected a start where f is finite, found f = {value} at ({x:?}, {y:?})");
            return Err(PageError::new(Part::Function, &message));
        }
        instance.set_noise_seed(self.seed);
        Ok(instance)
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

/// Parses a formula of at most two variables; a formula of one gets the other axis, along which it is constant.
fn formula_of_two(text: &str) -> Result<Formula> {
    let formula = Formula::parse(text).map_err(PageError::of_function)?;
    let names = formula.variables();
    let names: Vec<&str> = match names {
        [] => AXES.to_vec(),
        [name] if name == AXES[1] => AXES.to_vec(),
        [name] => vec![name, AXES[1]],
        [_, _] => return Ok(formula),
        more => {
            let message = format!("expected at most two variables, found {}: {}", more.len(), more.join(", "));
            return Err(PageError::new(Part::Function, &message));
        }
    };
    Formula::with_variables(text, &names).map_err(PageError::of_function)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(formula: &str) -> Scene {
        let function = FunctionText::Formula(formula.into());
        Scene { function, start: None, steps: 10, gradient_norm: 0.0, noise: None, seed: 0, schedule: None }
    }

    #[test]
    fn formulas_of_fewer_variables_get_the_missing_axis() {
        for (formula, names) in [("x^2", ["x", "y"]), ("y^2", ["x", "y"]), ("t^2", ["t", "y"]), ("2", ["x", "y"])] {
            let instance = scene(formula).instance().expect(formula);
            assert_eq!(instance.formula.variables(), names, "{formula}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_where_it_is() {
        let error = scene("x +* y").instance().expect_err("a syntax error");
        let excerpt = error.excerpt.expect("the position");
        assert_eq!((excerpt.shown.as_str(), excerpt.caret.as_str()), ("x +* y", "   ^"));
        let nested = "(".repeat(1 << 20);
        for (formula, expected) in [
            ("x + y + z", "at most two variables"),
            ("log(x - 5)", "a start where f is finite"),
            (nested.as_str(), "bytes long"),
            ("<script>alert(1)</script>", "expected"),
        ] {
            let error = scene(formula).instance().expect_err("no function of two variables");
            assert!(error.part == Part::Function && error.message.contains(expected), "{error:?}");
        }
        let schedule = Scene { schedule: Some("cosin".into()), ..scene("x") };
        assert_eq!(schedule.spec("adam").expect_err("no such schedule").part, Part::Schedule);
        assert_eq!(scene("x").spec("adam:beta1=1").expect_err("out of range").part, Part::Method);
        assert_eq!(scene("x").spec("saga").expect_err("needs rows").part, Part::Method);
        assert!(Scene { steps: 0, ..scene("x") }.criteria().is_err());
    }
}
