//! Test functions: formula, start, minima, and what each shows.

mod table;

use crate::error::{Error, Result};
use crate::formula::Formula;
use crate::objective::Objective;
use crate::random::Random;
use crate::real::Real;
use crate::text::{Named, number};

/// A test function.
#[derive(Clone, Copy, Debug)]
pub struct Problem {
    /// Its name.
    pub name: &'static str,
    /// How many variables it has.
    pub dimension: Dimension,
    /// The number in its formula that can be chosen.
    pub parameter: Option<ProblemParameter>,
    /// Where it is defined or looked at: the interval of the first variable, and that of each other.
    pub domain: [[f64; 2]; 2],
    /// What it shows.
    pub illustrates: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    formula: fn(usize, f64) -> String,
    start: fn(usize) -> Vec<f64>,
    minima: fn(usize) -> Vec<Vec<f64>>,
}

/// How many variables a problem has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// So many.
    Fixed(usize),
    /// So many at least, and as many unless said otherwise.
    AtLeast(usize),
}

/// A number in a formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProblemParameter {
    /// Its name.
    pub name: &'static str,
    /// Its value unless said otherwise.
    pub default: f64,
    /// The interval in which it must lie.
    pub range: [f64; 2],
    /// What it is.
    pub meaning: &'static str,
    role: Role,
}

/// What a parameter does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// It stands in the formula.
    Real,
    /// It stands in the formula, and must be whole.
    Whole,
    /// It is the deviation of what is added to each component of the gradient.
    Noise,
}

/// The most variables.
const MAX_VARIABLES: usize = 100_000;
/// How far a start of another seed lies from the listed one, as a share of |x|.
const START_DEVIATION: f64 = 0.1;

/// A function that is posed: with its number of variables and its parameter chosen, a start, and what is known of its
/// minima. It is an objective, with noise on the gradient where the problem has it.
///
/// ```
/// use thalweg::{Objective, ProblemInstance};
/// let mut rosenbrock = ProblemInstance::named("rosenbrock", Some(4))?;
/// let x = rosenbrock.minima[0].clone();
/// let mut g = [0.0; 4];
/// assert_eq!((rosenbrock.eval(&x, &mut g)?, g), (0.0, [0.0; 4]));
/// let quadratic = ProblemInstance::named("quadratic:condition=1e6", None)?;
/// assert_eq!(quadratic.formula.hessian(&[0.0, 0.0])?, [1.0, 0.0, 0.0, 1e-6]);
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ProblemInstance {
    /// How it is written: `rosenbrock`, `quadratic:condition=1e6`, or the formula itself.
    pub name: String,
    /// The row of the table; none for a formula of the user's.
    pub problem: Option<&'static Problem>,
    /// f.
    pub formula: Formula,
    /// Where one begins.
    pub start: Vec<f64>,
    /// The known minima, global ones first; none where f has no lower bound, or nothing is known.
    pub minima: Vec<Vec<f64>>,
    /// The deviation of the noise on each component of the gradient; 0 for none.
    pub noise: f64,
    random: Random,
}

impl Problem {
    /// THE table of problems.
    pub const ALL: &'static [Self] = &table::TABLE;

    /// Whether `text` begins with the name of a problem.
    pub fn is_known(text: &str) -> bool {
        let name = text.split(':').next().unwrap_or("").trim();
        Self::ALL.iter().any(|problem| problem.name == name)
    }

    /// The interval of the variable in this place.
    pub fn interval(&self, place: usize) -> [f64; 2] {
        self.domain[usize::from(place > 0)]
    }

    fn variables(&self, n: Option<usize>) -> Result<usize> {
        let (expected, least, most) = match self.dimension {
            Dimension::Fixed(fixed) => (fixed.to_string(), fixed, fixed),
            Dimension::AtLeast(least) => (format!("from {least} to {MAX_VARIABLES}"), least, MAX_VARIABLES),
        };
        let n = n.unwrap_or(least);
        let name = format!("the dimension of {}", self.name);
        if (least..=most).contains(&n) {
            return Ok(n);
        }
        Err(Error::InvalidValue { what: name, expected, found: n.to_string() })
    }

    /// x and y, or x1, x2, …
    fn names(&self, n: usize) -> Vec<String> {
        match self.dimension {
            Dimension::Fixed(2) => vec!["x".into(), "y".into()],
            _ => (1..=n).map(|i| format!("x{i}")).collect(),
        }
    }

    /// The number of the parameter; 0 for a problem without one.
    fn number(&self, pairs: &[(&str, &str)]) -> Result<f64> {
        let mut value = self.parameter.map_or(0.0, |parameter| parameter.default);
        for &(key, text) in pairs {
            let Some(parameter) = self.parameter.filter(|parameter| parameter.name == key) else {
                let known = self.parameter.map_or("none", |parameter| parameter.name).into();
                return Err(Error::Unknown { what: format!("parameter of {}", self.name), name: key.into(), known });
            };
            value = number(key, text)?;
            let [low, high] = parameter.range;
            let whole = parameter.role != Role::Whole || value.fract() == 0.0;
            if !((low..=high).contains(&value) && whole) {
                let kind = if parameter.role == Role::Whole { "a whole number" } else { "a number" };
                let (what, expected) = (format!("{key} of {}", self.name), format!("{kind} from {low} to {high:e}"));
                return Err(Error::InvalidValue { what, expected, found: text.into() });
            }
        }
        Ok(value)
    }
}

impl ProblemInstance {
    /// A problem by its name, as `rosenbrock` or `quadratic:condition=1e4`, in `n` variables.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a name or a parameter that is not there, [`Error::InvalidValue`] for a number of variables or a
    /// parameter that cannot be.
    pub fn named(text: &str, n: Option<usize>) -> Result<Self> {
        let Named { name, pairs } = Named::parse(text)?;
        let problem = Problem::ALL.iter().find(|problem| problem.name == name).ok_or_else(|| {
            let known = Problem::ALL.iter().map(|row| row.name).collect::<Vec<_>>().join(", ");
            Error::Unknown { what: "problem".into(), name: name.into(), known }
        })?;
        let (n, value) = (problem.variables(n)?, problem.number(&pairs)?);
        let noise = problem.parameter.filter(|parameter| parameter.role == Role::Noise).map_or(0.0, |_| value);
        Ok(Self {
            name: text.trim().into(),
            problem: Some(problem),
            formula: Formula::compile((problem.formula)(n, value), problem.names(n))?,
            start: (problem.start)(n),
            minima: (problem.minima)(n),
            noise,
            random: Random::new(0),
        })
    }

    /// A formula of the user's.
    ///
    /// # Errors
    /// [`Error::Length`] where the start has not one number for each variable, [`Error::InvalidValue`] where there is no variable.
    pub fn from_formula(formula: Formula, start: Vec<f64>) -> Result<Self> {
        if formula.variables().is_empty() {
            let (what, expected) = ("the formula".into(), "one of at least one variable".into());
            return Err(Error::InvalidValue { what, expected, found: formula.text().into() });
        }
        let name = formula.text().to_owned();
        let instance = Self {
            name,
            problem: None,
            formula,
            start: Vec::new(),
            minima: Vec::new(),
            noise: 0.0,
            random: Random::new(0),
        };
        instance.with_start(start)
    }

    /// The same with another start.
    ///
    /// # Errors
    /// [`Error::Length`] where it has not one number for each variable, [`Error::InvalidValue`] outside the problem's domain, and
    /// where f is not finite.
    pub fn with_start(mut self, start: Vec<f64>) -> Result<Self> {
        Error::length(&"the start", self.formula.variables().len(), start.len())?;
        let variables = self.formula.variables().iter();
        for (i, (name, &x)) in variables.zip(&start).enumerate() {
            let [low, high] = self.problem.map_or([f64::MIN, f64::MAX], |problem| problem.interval(i));
            if !(low..=high).contains(&x) {
                let expected = if self.problem.is_some() { format!("from {low} to {high}") } else { "finite".into() };
                return Err(Error::InvalidValue {
                    what: format!("{name} of the start"),
                    expected,
                    found: format!("{x:?}"),
                });
            }
        }
        self.start = start;
        Ok(self)
    }

    /// The same for another seed: other noise, and, for a seed other than 0, a start moved from the listed one within the
    /// domain, each coordinate by a normal number of deviation 0.1·|x|, or 0.1 where it is 0.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        let mut random = Random::new(seed);
        if seed > 0 {
            for (i, x) in self.start.iter_mut().enumerate() {
                let [low, high] = self.problem.map_or([f64::MIN, f64::MAX], |problem| problem.interval(i));
                let size = if *x == 0.0 { 1.0 } else { x.abs() };
                *x = (*x + START_DEVIATION * size * random.normal()).clamp(low, high);
            }
        }
        self.set_noise_seed(seed);
        self
    }

    /// The lowest value at the known minima.
    pub fn min_value(&self) -> Option<f64> {
        let mut formula = self.formula.clone();
        let values = self.minima.iter().filter_map(|x| formula.value(x).ok());
        values.reduce(f64::min)
    }

    /// Whether this is a problem that is known to have no lower bound.
    pub fn is_unbounded_below(&self) -> bool {
        self.problem.is_some() && self.minima.is_empty()
    }

    /// Seeds the noise, and leaves the start.
    pub fn set_noise_seed(&mut self, seed: u64) {
        // Another stream than the start's.
        self.random = Random::new(!seed);
    }
}

impl<F: Real> Objective<F> for ProblemInstance {
    fn eval(&mut self, x: &[F], g: &mut [F]) -> Result<F> {
        let value = self.formula.eval(x, g)?;
        if self.noise > 0.0 {
            for g in g {
                *g = *g + F::of(self.noise * self.random.normal());
            }
        }
        Ok(value)
    }
}
