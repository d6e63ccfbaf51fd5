//! The tables of methods and problems, for the choices on the page.

use serde::Serialize;
use thalweg::method::{HYPERPARAMETERS, HyperparamValue, Preset};
use thalweg::{Error, Method, OptimizerSpec};
use thalweg_plot::{page_css, series_dash};
use thalweg_problems::{Problem, ProblemInstance};

use crate::error::{PageError, Result};

/// Number of styles of series on the page.
const STYLES: usize = 16;

/// All that can be chosen.
#[derive(Debug, Serialize)]
pub struct Catalog {
    /// Version of the library.
    pub version: &'static str,
    /// Methods that minimize functions.
    pub methods: Vec<MethodInfo>,
    /// Test problems of two variables.
    pub problems: Vec<ProblemInfo>,
    /// Dash patterns by style, as lengths in pixels.
    pub dashes: Vec<Vec<f32>>,
    /// Style sheet with the colours of the pictures.
    pub css: String,
}

/// A method with its hyperparameters.
#[derive(Debug, Serialize)]
pub struct MethodInfo {
    /// Text form with all that differs from the defaults.
    pub spec: String,
    /// Name of the method.
    pub name: &'static str,
    /// The update in one line.
    pub formula: &'static str,
    /// Author, year, and number of the algorithm in the paper.
    pub source: &'static str,
    /// Hyperparameters in their order.
    pub hyperparameters: Vec<HyperparameterInfo>,
    /// Conventions of other libraries and of the paper, as text forms.
    pub presets: Vec<PresetInfo>,
    /// True for a method that runs as a whole, with a line search.
    pub solver: bool,
}

/// A hyperparameter with its value.
#[derive(Debug, Serialize)]
pub struct HyperparameterInfo {
    /// Name by which text selects it.
    pub name: &'static str,
    /// Value in the described text.
    pub value: HyperparamValue,
    /// Value unless the text gives another.
    pub default: HyperparamValue,
    /// Description without a final period.
    pub meaning: &'static str,
    /// Allowed range in words.
    pub range: &'static str,
    /// Names of the choices; empty for a number.
    pub choices: Vec<String>,
}

/// Conventions of a library for a method.
#[derive(Debug, Serialize)]
pub struct PresetInfo {
    /// Name of the library, or `paper`.
    pub name: String,
    /// The method with these conventions.
    pub spec: String,
}

/// A test problem in its smallest dimension.
#[derive(Debug, Serialize)]
pub struct ProblemInfo {
    /// Name by which text selects it.
    pub name: &'static str,
    /// The function as a formula.
    pub formula: String,
    /// Difficulty or effect that the problem illustrates.
    pub illustrates: &'static str,
    /// Start of a run.
    pub start: Vec<f64>,
    /// Parameter, if there is one.
    pub parameter: Option<ParameterInfo>,
}

/// Parameter of a problem.
#[derive(Debug, Serialize)]
pub struct ParameterInfo {
    /// Key of the parameter in `name:key=value`.
    pub name: &'static str,
    /// Value unless the text gives another.
    pub default: f64,
    /// Smallest and largest allowed value.
    pub range: [f64; 2],
    /// Description of the parameter.
    pub meaning: &'static str,
}

impl Catalog {
    /// Returns the tables of this version.
    pub fn new() -> Self {
        let solvers = Method::solvers().into_iter().filter(|method| !method.needs_finite_sum());
        let methods = Method::all().into_iter().chain(solvers).map(|method| describe(&method.into())).collect();
        let problems = Problem::ALL.iter().map(describe_problem).collect();
        let dashes = (0..STYLES).map(|style| series_dash(style).to_vec()).collect();
        Self { version: env!("CARGO_PKG_VERSION"), methods, problems, dashes, css: page_css() }
    }
}

impl Default for Catalog {
    fn default() -> Self {
        Self::new()
    }
}

/// Describes a method that is given as text.
///
/// # Errors
/// An unknown method or hyperparameter, or a number out of range.
pub fn describe_method(text: &str) -> Result<MethodInfo> {
    let spec: OptimizerSpec = text.parse().map_err(PageError::of_method)?;
    spec.check().map_err(PageError::of_method)?;
    Ok(describe(&spec))
}

fn describe(spec: &OptimizerSpec) -> MethodInfo {
    let method = spec.method;
    let default = Method::named(method.name()).expect("every method is known by its own name");
    let values = method.hyperparameters().into_iter().zip(default.hyperparameters());
    let hyperparameters = values.map(|((name, value), (_, default))| {
        let row = HYPERPARAMETERS.iter().find(|row| row.name == name).expect("the table has every hyperparameter");
        let choices = if value.as_number().is_some() { Vec::new() } else { choices(&method, name) };
        HyperparameterInfo { name, value, default, meaning: row.meaning, range: row.range(), choices }
    });
    let presets = Preset::ALL.iter().filter_map(|(name, preset)| {
        let spec = OptimizerSpec::preset(&default, *preset).ok()?;
        Some(PresetInfo { name: (*name).into(), spec: spec.to_string() })
    });
    MethodInfo {
        spec: spec.to_string(),
        name: method.name(),
        formula: method.formula(),
        source: method.source(),
        hyperparameters: hyperparameters.collect(),
        presets: presets.collect(),
        solver: method.is_solver(),
    }
}

/// Returns the choices of a hyperparameter: those that the error of an impossible one names.
fn choices(method: &Method, name: &str) -> Vec<String> {
    match method.set_text(name, "?") {
        Err(Error::Unknown { known, .. }) => known,
        other => unreachable!("expected an unknown choice of {name}, found {other:?}"),
    }
}

fn describe_problem(problem: &'static Problem) -> ProblemInfo {
    let instance = ProblemInstance::named(problem.name, None).expect("every problem is known by its own name");
    ProblemInfo {
        name: problem.name,
        formula: instance.formula.text().into(),
        illustrates: problem.illustrates,
        start: instance.start,
        parameter: problem.parameter.map(|parameter| ParameterInfo {
            name: parameter.name,
            default: parameter.default,
            range: parameter.range,
            meaning: parameter.meaning,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_described_with_its_choices_and_presets() {
        let catalog = Catalog::new();
        assert_eq!(catalog.methods.len(), Method::NAMES.len() + 1);
        let adam = catalog.methods.iter().find(|method| method.name == "adam").expect("Adam");
        let form = adam.hyperparameters.iter().find(|row| row.name == "eps_form").expect("a choice");
        assert!(form.choices.contains(&"hat".to_owned()), "{form:?}");
        let keras = adam.presets.iter().find(|preset| preset.name == "keras").expect("Keras has Adam");
        assert_eq!(keras.spec, "adam:lr=0.001,eps=1e-7,eps_form=hat,decay=decoupled");
        assert!(catalog.problems.iter().any(|problem| problem.name == "rosenbrock"));
        assert_eq!(describe_method("adam:lr=0.5").expect("a method").spec, "adam:lr=0.5");
    }
}
