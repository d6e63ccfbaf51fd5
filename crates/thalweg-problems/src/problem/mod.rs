//! Test problems: functions with a start, known minima, and a note on what they illustrate.

mod table;

use thalweg::random::Random;
use thalweg::text::NamedParams;
use thalweg::text::parse_number;
use thalweg::{Error, Objective, Real};

use crate::error::Result;
use crate::formula::Formula;

/// A test problem: a row of the table [`Problem::ALL`].
#[derive(Clone, Copy, Debug)]
pub struct Problem {
    /// Name by which [`ProblemInstance::named`] finds the problem.
    pub name: &'static str,
    /// Number of variables, fixed or variable.
    pub dimension: Dimension,
    /// Parameter of the formula or of the noise, if there is one.
    pub parameter: Option<ProblemParameter>,
    /// Bounds of the domain: those of the first variable, and those of all others.
    domain: [[f64; 2]; 2],
    /// Difficulty or effect that the problem illustrates.
    pub illustrates: &'static str,
    /// Publication, or closed form, from which the problem is taken.
    pub source: &'static str,
    formula: fn(usize, f64) -> String,
    start: fn(usize) -> Vec<f64>,
    minima: fn(usize) -> Vec<Vec<f64>>,
}

/// Number of variables of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Exactly this number of variables.
    Fixed(usize),
    /// At least this number of variables, which is also the default.
    AtLeast(usize),
}

/// The parameter of a problem.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProblemParameter {
    /// Key of the parameter in `name:key=value`.
    pub name: &'static str,
    /// Value that the parameter has by default.
    pub default: f64,
    /// Smallest and largest allowed value.
    pub range: [f64; 2],
    /// Description of the parameter.
    pub meaning: &'static str,
    role: Role,
}

/// Use of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// A real number in the formula.
    Real,
    /// A whole number in the formula.
    Whole,
    /// The standard deviation of the noise on each component of the gradient.
    Noise,
}

/// Maximum number of variables of a test problem.
const MAX_VARIABLES: usize = 100_000;
/// Standard deviation of a seeded start from the listed one, relative to |x|.
const START_DEVIATION: f64 = 0.1;

/// A problem with its dimension and parameter fixed, a start, and its known minima. It is an objective, with noise on
/// the gradient if the problem has noise.
///
/// ```
/// use thalweg::Objective;
/// use thalweg_problems::ProblemInstance;
/// let mut rosenbrock = ProblemInstance::named("rosenbrock", Some(4))?;
/// let x = rosenbrock.minima[0].clone();
/// let mut g = [0.0; 4];
/// assert_eq!((rosenbrock.eval(&x, &mut g)?, g), (0.0, [0.0; 4]));
/// let quadratic = ProblemInstance::named("quadratic:condition=1e6", None)?;
/// assert_eq!(quadratic.formula.hessian(&[0.0, 0.0])?, [1.0, 0.0, 0.0, 1e-6]);
/// # Ok::<(), thalweg_problems::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ProblemInstance {
    /// Text form: `rosenbrock`, `quadratic:condition=1e6`, or the formula itself.
    pub name: String,
    /// Row of the table; `None` for a user's formula.
    pub problem: Option<&'static Problem>,
    /// The function without noise.
    pub formula: Formula,
    /// Start of a run.
    pub start: Vec<f64>,
    /// Known minima, global ones first; empty if f has no lower bound or no minimum is known.
    pub minima: Vec<Vec<f64>>,
    /// Standard deviation of the noise on each component of the gradient; 0 for no noise.
    pub noise: f64,
    random: Random,
}

impl Problem {
    /// All test problems, in the order in which they are listed.
    pub const ALL: &'static [Self] = &table::TABLE;

    /// Returns `true` if `text` names a problem, as `name` or `name:key=value`, or can only be meant to: a single word
    /// of three letters or more is a misspelled name rather than a formula. [`ProblemInstance::named`] then says what
    /// is known.
    ///
    /// ```
    /// use thalweg_problems::Problem;
    /// assert!(["rosenbrock", "rosenbrok", "quadratic:condition=9", "b:c=1"].into_iter().all(Problem::is_meant_by));
    /// assert!(!["x", "xy", "x^2", "exp(x)", "(xyz)", "123"].into_iter().any(Problem::is_meant_by));
    /// ```
    pub fn is_meant_by(text: &str) -> bool {
        let name = text.split(':').next().unwrap_or("").trim();
        let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let is_known = || Self::ALL.iter().any(|problem| problem.name == name);
        is_word && (name.len() > 2 || text.contains(':') || is_known())
    }

    /// Returns the bounds of the variable with this index, counted from 0.
    pub fn interval(&self, index: usize) -> [f64; 2] {
        self.domain[usize::from(index > 0)]
    }

    /// Checks a number of variables; without one, returns the default.
    fn variables(&self, n: Option<usize>) -> Result<usize> {
        let (expected, least, most) = match self.dimension {
            Dimension::Fixed(fixed) => (fixed.to_string(), fixed, fixed),
            Dimension::AtLeast(least) => (format!("from {least} to {MAX_VARIABLES}"), least, MAX_VARIABLES),
        };
        let n = n.unwrap_or(least);
        let what = format!("the dimension of {}", self.name);
        if (least..=most).contains(&n) {
            return Ok(n);
        }
        Err(Error::InvalidValue { what, expected, found: n.to_string() }.into())
    }

    /// Returns the names of the variables: x and y, or x1, x2, …
    fn names(&self, n: usize) -> Vec<String> {
        match self.dimension {
            Dimension::Fixed(2) => vec!["x".into(), "y".into()],
            _ => (1..=n).map(|i| format!("x{i}")).collect(),
        }
    }

    /// Parses the value of the parameter; 0 for a problem without one.
    fn parameter_value(&self, pairs: &[(&str, &str)]) -> Result<f64> {
        let mut value = self.parameter.map_or(0.0, |parameter| parameter.default);
        for &(key, text) in pairs {
            let Some(parameter) = self.parameter.filter(|parameter| parameter.name == key) else {
                let known = self.parameter.iter().map(|parameter| parameter.name);
                return Err(Error::unknown(format!("parameter of {}", self.name), key, known).into());
            };
            value = parse_number(key, text)?;
            let [low, high] = parameter.range;
            let has_kind = parameter.role != Role::Whole || value.fract() == 0.0;
            if !((low..=high).contains(&value) && has_kind) {
                let kind = if parameter.role == Role::Whole { "a whole number" } else { "a number" };
                let (what, expected) = (format!("{key} of {}", self.name), format!("{kind} from {low} to {high:e}"));
                return Err(Error::InvalidValue { what, expected, found: text.into() }.into());
            }
        }
        Ok(value)
    }
}

impl ProblemInstance {
    /// Returns a test problem by its text form, such as `rosenbrock` or `quadratic:condition=1e4`, in `n` variables;
    /// `None` stands for the smallest possible number.
    ///
    /// # Errors
    /// [`Error::Unknown`] for an unknown name or parameter, [`Error::InvalidValue`] for a number of variables or a
    /// parameter out of range.
    pub fn named(text: &str, n: Option<usize>) -> Result<Self> {
        let NamedParams { name, params: pairs } = NamedParams::parse(text)?;
        let problem = Problem::ALL
            .iter()
            .find(|problem| problem.name == name)
            .ok_or_else(|| Error::unknown("problem", name, Problem::ALL.iter().map(|row| row.name)))?;
        let (n, value) = (problem.variables(n)?, problem.parameter_value(&pairs)?);
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

    /// Returns a problem given by a formula and a start.
    ///
    /// # Errors
    /// [`Error::Length`] unless the start has one number for each variable, [`Error::InvalidValue`] for a formula
    /// without variables and for a start that is not finite.
    pub fn from_formula(formula: Formula, start: Vec<f64>) -> Result<Self> {
        if formula.variables().is_empty() {
            let (what, expected) = ("the formula".into(), "a formula of at least one variable".into());
            return Err(Error::InvalidValue { what, expected, found: formula.text().into() }.into());
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

    /// Returns the same problem with another start.
    ///
    /// # Errors
    /// [`Error::Length`] unless the start has one number for each variable, [`Error::InvalidValue`] for a start
    /// outside the problem's domain.
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
                }
                .into());
            }
        }
        self.start = start;
        Ok(self)
    }

    /// Returns the same problem with noise of another seed and, unless the seed is 0, with a random start.
    ///
    /// Each coordinate of the start is moved by a normal number of standard deviation 0.1·|x|, or 0.1 where it is 0,
    /// and kept within the domain.
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

    /// Returns the lowest value at the known minima; `None` if none is known.
    pub fn min_value(&self) -> Option<f64> {
        let mut formula = self.formula.clone();
        let values = self.minima.iter().filter_map(|x| formula.value(x).ok());
        values.reduce(f64::min)
    }

    /// Returns `true` for a test problem without a lower bound.
    pub fn is_unbounded_below(&self) -> bool {
        self.problem.is_some() && self.minima.is_empty()
    }

    /// Seeds the noise, without a change of the start.
    pub fn set_noise_seed(&mut self, seed: u64) {
        // The complement keeps the noise independent of the start, which is drawn from the seed itself.
        self.random = Random::new(!seed);
    }
}

impl<F: Real> Objective<F> for ProblemInstance {
    fn eval(&mut self, x: &[F], g: &mut [F]) -> thalweg::Result<F> {
        let value = self.formula.eval(x, g)?;
        if self.noise > 0.0 {
            for g in g {
                *g = *g + F::of(self.noise * self.random.normal());
            }
        }
        Ok(value)
    }
}
