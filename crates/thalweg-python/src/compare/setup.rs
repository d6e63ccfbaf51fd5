//! Plan and benchmark of a comparison from keyword arguments, which have the names of the options of the program.

use std::path::Path;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use thalweg::method::Adam;
use thalweg::{Method, OptimizerSpec, Schedule};
use thalweg_compare::{ComparisonPlan, DataBenchmark, ProblemBenchmark, Protocol, parse_methods};
use thalweg_learn::fit::RefitPolicy;
use thalweg_learn::{DataSource, Error, FitConfig, Interrupt};
use thalweg_problems::{Formula, Problem, ProblemInstance};

use crate::arguments::Arguments;
use crate::arrays::vector;
use crate::error::{OrRaise, invalid, wrong_type};
use crate::formula::PyFormula;
use crate::learn::fit_config::{batch_size, local_steps};
use crate::method::spec_of;
use crate::schedule::schedule_of;

/// Steps of a run on a function.
const DEFAULT_STEPS: u64 = 5_000;
/// Epochs of a run on data.
const DEFAULT_EPOCHS: u64 = 20;
/// Extensions by which a missing file is recognized.
const DATA_EXTENSIONS: [&str; 4] = ["csv", "tsv", "txt", "gz"];
/// Largest number of seeds.
const MAX_SEEDS: u64 = 10_000;
/// Arguments that apply to functions only, and to data only.
const OF_FUNCTIONS: [&str; 3] = ["steps", "dim", "start"];
const OF_DATA: [&str; 6] = ["epochs", "batch_size", "sync_every", "workers", "loss", "l2"];

/// Returns the plan of a comparison on data or on a function.
pub(super) fn plan(arguments: &Arguments<'_>, on_data: bool) -> PyResult<ComparisonPlan> {
    let py = arguments.py();
    let defaults = ComparisonPlan::default();
    let methods = methods(arguments, on_data)?;
    if let Some(spec) = methods.iter().find(|spec| !suits(&spec.method, on_data)) {
        let name = spec.method.name();
        return Err(invalid(py, &format!("methods: {name} needs data, as it minimizes the loss over rows")));
    }
    let trials = arguments.whole::<u32>("trials", 1)?;
    let plan = ComparisonPlan {
        methods,
        schedule: arguments.get("schedule")?.map_or(Ok(Schedule::Constant), |schedule| schedule_of(&schedule))?,
        protocols: protocols(arguments, trials.is_some())?,
        trials: trials.map_or(defaults.trials, u64::from),
        tuning_seeds: seeds(arguments, "tuning_seeds")?.unwrap_or(defaults.tuning_seeds),
        report_seeds: seeds(arguments, "seeds")?.unwrap_or(defaults.report_seeds),
    };
    plan.check().or_raise(py)?;
    Ok(plan)
}

/// Returns whether a method can be run: a function has no terms.
fn suits(method: &Method, on_data: bool) -> bool {
    on_data || !method.needs_finite_sum()
}

/// Returns the methods: of a text, `all`, or a sequence.
fn methods(arguments: &Arguments<'_>, on_data: bool) -> PyResult<Vec<OptimizerSpec>> {
    let expected = "a text or a sequence of texts and Methods";
    let Some(methods) = arguments.get("methods")? else { return Ok(Vec::new()) };
    if let Ok(text) = methods.cast::<PyString>() {
        let text = text.to_str()?;
        if text == "all" {
            let all = Method::all().into_iter().chain(Method::solvers());
            return Ok(all.filter(|method| suits(method, on_data)).map(OptimizerSpec::from).collect());
        }
        return parse_methods(text).or_raise(arguments.py());
    }
    let items = methods.try_iter().map_err(|_| wrong_type("methods", expected, &methods))?;
    items
        .map(|method| {
            let method = method?;
            spec_of(&method, None, None)
        })
        .collect()
}

/// Returns the protocols, each once; a number of trials adds the one that makes them.
fn protocols(arguments: &Arguments<'_>, has_trials: bool) -> PyResult<Vec<Protocol>> {
    let mut protocols = Vec::new();
    let names = arguments.texts("protocol")?;
    let names = names.iter().flat_map(|names| names.split(',')).map(str::trim);
    for name in names.chain(has_trials.then_some("tuned")) {
        let found = Protocol::ALL.iter().find(|(known, _)| *known == name);
        let Some((_, protocol)) = found else {
            let expected = Protocol::ALL.map(|(known, _)| format!("'{known}'")).join(" or ");
            return Err(invalid(arguments.py(), &format!("protocol must be {expected}, but is '{name}'")));
        };
        if !protocols.contains(protocol) {
            protocols.push(*protocol);
        }
    }
    Ok(protocols)
}

fn seeds(arguments: &Arguments<'_>, name: &str) -> PyResult<Option<u64>> {
    let seeds = arguments.whole(name, 1)?;
    match seeds.filter(|seeds| *seeds > MAX_SEEDS) {
        Some(found) => Err(invalid(
            arguments.py(),
            &format!("{name} must be a whole number of at most {MAX_SEEDS}, but is {found}"),
        )),
        None => Ok(seeds),
    }
}

/// Returns the benchmark of a problem or a formula.
pub(super) fn problem_benchmark(subject: &Bound<'_, PyAny>, arguments: &Arguments<'_>) -> PyResult<ProblemBenchmark> {
    let py = subject.py();
    refuse(arguments, &OF_DATA, "data only, which need target=")?;
    let dim = arguments.whole("dim", 1)?;
    let of_formula = |formula: Formula| {
        if dim.is_some() {
            let reason = "the dimension of a formula is the number of its variables";
            return Err(invalid(py, &format!("dim applies to test problems only: {reason}")));
        }
        let ones = vec![1.0; formula.variables().len()];
        ProblemInstance::from_formula(formula, ones).or_raise(py)
    };
    let mut instance = if let Ok(formula) = subject.cast::<PyFormula>() {
        of_formula(formula.get().to_formula(py))?
    } else {
        let text: String = subject.str()?.extract()?;
        if Path::new(&text).is_file() || !subject.is_instance_of::<PyString>() {
            return Err(invalid(py, &format!("subject is the file '{text}': target= names the column to predict")));
        }
        if is_data_file(Path::new(&text)) {
            return Err(invalid(py, &format!("subject looks like the name of a file, but there is no file '{text}'")));
        }
        if Problem::is_meant_by(&text) {
            ProblemInstance::named(&text, dim).or_raise(py)?
        } else {
            of_formula(Formula::parse(&text).or_raise(py)?)?
        }
    };
    if let Some(start) = arguments.get("start")? {
        let start = start_of(&start, instance.formula.variables())?;
        if let Some(i) = start.iter().position(|number| !number.is_finite()) {
            let (name, found) = (&instance.formula.variables()[i], start[i]);
            return Err(invalid(py, &format!("start must be finite, but {name} is {found}")));
        }
        instance = instance.with_start(start).or_raise(py)?;
    }
    let value = instance.formula.value(&instance.start).or_raise(py)?;
    if !value.is_finite() {
        return Err(invalid(py, &format!("start must be a point where f is finite, but f = {value} there")));
    }
    Ok(ProblemBenchmark { instance, steps: arguments.whole("steps", 1)?.unwrap_or(DEFAULT_STEPS) })
}

/// Returns whether a path has the extension of a file of data.
fn is_data_file(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| DATA_EXTENSIONS.contains(&extension.as_str()))
}

/// Returns a start given as numbers in the order of the variables, or as a dict of numbers by name.
fn start_of(start: &Bound<'_, PyAny>, variables: &[String]) -> PyResult<Vec<f64>> {
    let py = start.py();
    let names = variables.join(", ");
    let Ok(numbers) = start.cast::<PyDict>() else {
        let numbers = vector(start, "start")?;
        if numbers.len() != variables.len() {
            let (expected, found) = (variables.len(), numbers.len());
            return Err(invalid(py, &format!("start must have {expected} numbers ({names}), but has {found}")));
        }
        return Ok(numbers);
    };
    let start = variables.iter().map(|name| match numbers.get_item(name)? {
        Some(number) => number.extract().map_err(|_| wrong_type(&format!("start['{name}']"), "a number", &number)),
        None => Err(invalid(py, &format!("start must have a number for each variable ({names}), but none for {name}"))),
    });
    let start: Vec<f64> = start.collect::<PyResult<_>>()?;
    if numbers.len() > start.len() {
        return Err(invalid(py, &format!("start must have one number for each variable ({names}), but has more")));
    }
    Ok(start)
}

/// Settings of the runs of a comparison on data.
pub(super) struct DataSetup {
    config: FitConfig,
    name: String,
}

impl DataSetup {
    /// Returns the settings; `name` is that of the data.
    pub(super) fn new(name: String, target: String, arguments: &Arguments<'_>) -> PyResult<Self> {
        refuse(arguments, &OF_FUNCTIONS, "test problems and formulas only; for data, use epochs=")?;
        let mut config = FitConfig::new(target);
        config.batch_size = batch_size(arguments)?;
        config.local_steps = local_steps(arguments)?;
        config.l2 = arguments.number("l2")?;
        config.loss = arguments.parsed("loss")?;
        config.epochs = Some(arguments.whole("epochs", 1)?.unwrap_or(DEFAULT_EPOCHS));
        config.refit = RefitPolicy::Never;
        // The methods of the comparison replace this one, whose batches are those of all methods of steps.
        config.method = Some(Adam::default().into());
        Ok(Self { config, name })
    }

    /// Reads and encodes the data.
    pub(super) fn prepare(&self, rows: DataSource<'_>, interrupt: Interrupt<'_>) -> Result<DataBenchmark, Error> {
        let config = &self.config;
        let data = config.prepare_until(rows, interrupt)?;
        let training = config.training_config(&data)?;
        let rows = data.train.len() + data.validation.len();
        let name = format!("{}, {rows} rows, target {}", self.name, config.target);
        let mut settings = config.fingerprint(&data)?;
        // The plan has these, and the version.
        for name in
            ["version", "method", "schedule", "epochs", "schedule_epochs", "patience", "refit", "seed", "target"]
        {
            settings.remove(name);
        }
        Ok(DataBenchmark { name, data, training, settings })
    }
}

/// Refuses arguments that have no effect.
fn refuse(arguments: &Arguments<'_>, names: &[&str], scope: &str) -> PyResult<()> {
    for name in names {
        if arguments.get(name)?.is_some() {
            return Err(invalid(arguments.py(), &format!("{name} applies to {scope}")));
        }
    }
    Ok(())
}
