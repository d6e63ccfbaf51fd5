//! Text → objective, with exact gradient and Hessian.

mod condition;
mod function;
mod read;
mod tape;
mod token;

pub use condition::Condition;

use crate::error::{Error, Result};
use crate::objective::Objective;
use crate::real::Real;
use function::Dual;
use tape::{Tape, Workspace};

/// The most bytes of a formula that is typed.
const MAX_FORMULA_BYTES: usize = 1 << 16;

/// A function written as a formula: `(1-x)^2 + 100*(y-x^2)^2`.
///
/// It is read once into a list of operations; the value is computed along it in f64, the gradient exactly by going back (reverse
/// differentiation, Linnainmaa 1970: at most some four times the work of the value, for any number of variables), the
/// Hessian by going back with dual numbers (forward over reverse, Pearlmutter 1994), one pass for each variable.
///
/// There are `+ - * / ^` (or `**`), parentheses, the constants `pi` and `e`, and the functions `sqrt exp log ln log10 log2 sin cos
/// tan asin acos atan sinh cosh tanh abs sign min max pow`. `log` is the natural logarithm, `-x^2` is −(x²), `2^3^2` is 2^(3²).
/// At a kink (of `abs`, say) the gradient is the mean of both sides.
///
/// ```
/// use thalweg::{Formula, Objective};
/// let mut rosenbrock = Formula::parse("(1-x)^2 + 100*(y-x^2)^2")?;
/// assert_eq!(rosenbrock.variables(), ["x", "y"]);
/// let mut g = [0.0; 2];
/// assert_eq!(rosenbrock.eval(&[-1.0, 2.0], &mut g)?, 104.0);
/// assert_eq!(g, [396.0, 200.0]);
/// assert_eq!(rosenbrock.hessian(&[-1.0, 2.0])?, [402.0, 400.0, 400.0, 200.0]);
/// # Ok::<(), thalweg::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Formula {
    text: String,
    variables: Vec<String>,
    tape: Tape,
    workspace: Workspace<f64>,
}

impl Formula {
    /// Reads a formula; its variables are the names found in it, in alphabetical order (x2 before x10).
    ///
    /// # Errors
    /// [`Error::Formula`] with the place of a mistake; [`Error::InvalidValue`] where it is longer than 65,536 bytes.
    pub fn parse(text: &str) -> Result<Self> {
        check_length(text)?;
        Self::of(text.to_owned(), read::names(text)?)
    }

    /// Reads a formula of the variables named, in this order; those that it does not mention have gradient 0.
    ///
    /// # Errors
    /// As [`Formula::parse`]; [`Error::InvalidValue`] for a name that cannot be a variable's, [`Error::Duplicate`] for one given twice.
    pub fn with_variables(text: &str, variables: &[&str]) -> Result<Self> {
        check_length(text)?;
        Self::of(text.to_owned(), variables.iter().map(|&name| name.to_owned()).collect())
    }

    /// Of any length.
    pub(crate) fn of(text: String, variables: Vec<String>) -> Result<Self> {
        let mut seen = std::collections::HashSet::new();
        for name in &variables {
            read::check_variable(name)?;
            if !seen.insert(name) {
                return Err(Error::Duplicate { what: "the variables".into(), name: name.clone() });
            }
        }
        let tape = read::read(&text, &variables)?;
        Ok(Self { text, variables, tape, workspace: Workspace::default() })
    }

    /// The formula as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names of the variables, in the order of the numbers of x.
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    /// f(x).
    ///
    /// # Errors
    /// [`Error::Length`] where x has not one number for each variable.
    pub fn value(&mut self, x: &[f64]) -> Result<f64> {
        Error::length(&"x", self.variables.len(), x.len())?;
        Ok(self.tape.value(x.iter().copied(), &mut self.workspace))
    }

    /// ∇²f(x), row after row; symmetric.
    ///
    /// # Errors
    /// [`Error::Length`] where x has not one number for each variable.
    pub fn hessian(&self, x: &[f64]) -> Result<Vec<f64>> {
        Error::length(&"x", self.variables.len(), x.len())?;
        let mut hessian = Vec::with_capacity(x.len() * x.len());
        let mut workspace = Workspace::default();
        for k in 0..x.len() {
            let along = |(i, &v): (usize, &f64)| Dual { v, d: if i == k { 1.0 } else { 0.0 } };
            self.tape.value(x.iter().enumerate().map(along), &mut workspace);
            hessian.extend(self.tape.gradient(&mut workspace).iter().map(|derivative| derivative.d));
        }
        Ok(hessian)
    }
}

impl<F: Real> Objective<F> for Formula {
    fn eval(&mut self, x: &[F], g: &mut [F]) -> Result<F> {
        Error::length(&"x", self.variables.len(), x.len())?;
        let value = self.tape.value(x.iter().map(|x| x.to_f64()), &mut self.workspace);
        let gradient = self.tape.gradient(&mut self.workspace);
        g.iter_mut().zip(gradient).for_each(|(g, derivative)| *g = F::of(*derivative));
        Ok(F::of(value))
    }
}

fn check_length(text: &str) -> Result<()> {
    if text.len() <= MAX_FORMULA_BYTES {
        return Ok(());
    }
    let found = format!("{} bytes long", text.len());
    Err(Error::InvalidValue {
        what: "a formula".into(),
        expected: format!("at most {MAX_FORMULA_BYTES} bytes long"),
        found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, x: &[f64]) -> f64 {
        Formula::parse(text).expect(text).value(x).expect("x of the right length")
    }

    #[test]
    fn signs_bind_as_in_mathematics() {
        let cases = [
            ("1+2*3", 7.0),
            ("(1+2)*3", 9.0),
            ("8-3-2", 3.0),
            ("16/4/2", 2.0),
            ("2^3^2", 512.0),
            ("2**3", 8.0),
            ("-2^2", -4.0),
            ("(-2)^2", 4.0),
            ("2^-1", 0.5),
            ("2*-3", -6.0),
            ("--2", 2.0),
            ("+2", 2.0),
            ("2^-2^2", 0.0625),
            ("-2^-2*4", -1.0),
            ("1e2+.5", 100.5),
            ("max(1,2,3)-min(4,2)", 1.0),
            ("pow(2,3)", 8.0),
            ("log(e)+cos(pi)", 0.0),
            ("sqrt(abs(-4))", 2.0),
        ];
        for (text, expected) in cases {
            assert!((value(text, &[]) - expected).abs() < 1e-15, "{text} is {} and not {expected}", value(text, &[]));
        }
        assert_eq!(value("x2 + 10*x10 + 100*a", &[1.0, 2.0, 3.0]), 2.0 + 30.0 + 100.0, "in the order a, x2, x10");
    }

    /// One formula for each operation, twice differentiable at the points.
    const SMOOTH: [&str; 20] = [
        "x+2*y",
        "x-y/3",
        "x*y",
        "x/y",
        "x^y",
        "y^x",
        "2^x+3^y",
        "x^3+y^-2+x^1.5",
        "sqrt(x)*y",
        "exp(x*y)",
        "ln(x+y)",
        "log10(x)*log2(y)",
        "sin(x)*cos(y)",
        "tan(x*y/3)",
        "asin(x/3)+acos(y/4)",
        "atan(x*y)",
        "sinh(x)*cosh(y)",
        "tanh(x-y)",
        "abs(x-3*y)*x",
        "max(x,y)^3+min(x,2)*y*y",
    ];

    #[test]
    fn gradients_and_hessians_are_those_of_finite_differences() {
        for text in SMOOTH {
            let mut formula = Formula::with_variables(text, &["x", "y"]).expect(text);
            for x in [[0.7, 1.3], [1.9, 0.4]] {
                let mut g = [0.0; 2];
                formula.eval(&x, &mut g).expect("two numbers");
                let hessian = formula.hessian(&x).expect("two numbers");
                // Central differences: h² for truncation, 1e-16/h for rounding; the second ones of gradients.
                let h = 1e-5;
                for i in 0..2 {
                    let at = |step: f64| {
                        let mut x = x;
                        x[i] += step;
                        x
                    };
                    let derivative = (value_at(&mut formula, at(h)) - value_at(&mut formula, at(-h))) / (2.0 * h);
                    assert!(
                        (g[i] - derivative).abs() < 1e-7 * (1.0 + derivative.abs()),
                        "{text}: derivative {i} {} {derivative}",
                        g[i]
                    );
                    let (mut above, mut below) = ([0.0; 2], [0.0; 2]);
                    formula.eval(&at(h), &mut above).expect("two numbers");
                    formula.eval(&at(-h), &mut below).expect("two numbers");
                    for j in 0..2 {
                        let bend = (above[j] - below[j]) / (2.0 * h);
                        let found = hessian[2 * i + j];
                        assert!((found - bend).abs() < 1e-6 * (1.0 + bend.abs()), "{text}: {i}, {j}: {found} {bend}");
                    }
                }
            }
        }
    }

    fn value_at(formula: &mut Formula, x: [f64; 2]) -> f64 {
        formula.value(&x).expect("two numbers")
    }

    #[test]
    fn what_does_not_matter_has_no_slope() {
        let mut formula = Formula::parse("x*sqrt(x) + min(1, sqrt(y)) + 0*ln(y+1)").expect("a formula");
        let mut g = [0.0; 2];
        formula.eval(&[0.0, 4.0], &mut g).expect("two numbers");
        assert_eq!(g, [0.0, 0.0]);
    }

    #[test]
    fn mistakes_get_a_caret() {
        let message = |text: &str| Formula::parse(text).expect_err(text).to_string();
        assert_eq!(
            message("(1-x)^2 + "),
            "a formula must have a number, a variable, a function or ( here, but it ends\n  (1-x)^2 + \n            ^"
        );
        for (text, column, said) in [
            ("", 0, "it ends"),
            ("2x", 1, "an operator, as * for a product"),
            ("x + * y", 4, "there is '*'"),
            ("(x", 0, "this one is not closed"),
            ("x)", 1, "closes none"),
            ("sin x", 3, "( after sin"),
            ("foo(x)", 0, "there is 'foo'; known: sqrt"),
            ("x(2)", 0, "there is 'x'; known: sqrt"),
            ("pi(2)", 0, "'pi' is none; a product needs *"),
            ("sin(x, y)", 5, "sin takes one number"),
            ("min(x)", 0, "two numbers or more"),
            ("(x, y)", 2, "a comma is only for"),
            ("x $ y", 2, "there is '$'"),
            ("1.2.3", 3, "an operator"),
            (".", 0, "'.' is none"),
        ] {
            let message = message(text);
            let caret = message.lines().last().expect("a line").len() - 3;
            assert!(message.contains(said) && caret == column, "{text}: {message}");
        }
        let unknown = Formula::with_variables("x+z", &["x", "y"]).expect_err("no z").to_string();
        assert!(unknown.contains("'z'; known: x, y"), "{unknown}");
        for name in ["sin", "pi", "2x", "", "a b"] {
            assert!(Formula::with_variables("1", &[name]).is_err(), "{name}");
        }
    }

    #[test]
    fn long_and_deep_formulas_end_at_once() {
        let deep = "(".repeat(30_000) + "x" + &")".repeat(30_000);
        assert_eq!(value(&deep, &[2.0]), 2.0);
        assert!(Formula::parse(&"(".repeat(60_000)).is_err());
        assert!(Formula::parse(&"-".repeat(60_000)).is_err());
        assert!(
            Formula::parse(&"x+".repeat(500_000)).expect_err("too long").to_string().contains("1000000 bytes long")
        );
        let sum = vec!["x"; 20_000].join("+");
        assert_eq!(value(&sum, &[1.0]), 20_000.0);
    }

    #[test]
    fn conditions_compare() {
        let names = ["x", "y"];
        let holds =
            |text: &str, x: [f64; 2]| Condition::parse(text, &names).expect(text).holds(&x).expect("two numbers");
        assert!(holds("abs(y) > 1", [0.0, -2.0]) && !holds("abs(y) > 1", [0.0, 1.0]));
        assert!(holds("y >= 1", [0.0, 1.0]) && holds("x<y", [0.0, 1.0]) && holds("x+1<=y", [0.0, 1.0]));
        assert!(!holds("x < y", [f64::NAN, 1.0]));
        for (text, column) in [("y", 1), ("y > z", 4), ("0 < y < 1", 6), ("> 1", 0), ("x >", 3)] {
            let message = Condition::parse(text, &names).expect_err(text).to_string();
            assert_eq!(message.lines().last().expect("a line").len() - 3, column, "{message}");
        }
    }
}
