//! The command line, the Rust and the Python code that make the runs on the page.

use serde::Serialize;
use thalweg_problems::ProblemInstance;

use crate::error::Result;
use crate::scene::{FunctionText, Scene};

/// Code in three languages for one method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Code {
    /// Text form of the method.
    pub spec: String,
    /// Command for a shell.
    pub shell: String,
    /// Program in Rust with the libraries.
    pub rust: String,
    /// Program in Python with the package.
    pub python: String,
}

/// Returns the code that repeats the run of a method in this scene.
///
/// # Errors
/// What the scene or the method refuses.
pub fn code(scene: &Scene, method: &str) -> Result<Code> {
    let (instance, spec) = (scene.instance()?, scene.spec(method)?.to_string());
    Ok(Code {
        shell: shell(scene, &instance, &spec),
        rust: rust(scene, &instance, &spec),
        python: python(scene, &instance, &spec),
        spec,
    })
}

/// Text of the function, and the names of its variables where they are not those that it contains.
fn function<'a>(scene: &'a Scene, instance: &'a ProblemInstance) -> (&'a str, Option<String>) {
    match &scene.function {
        FunctionText::Problem(name) => (name, None),
        FunctionText::Formula(text) => {
            let contained = thalweg_problems::Formula::parse(text).map_or(0, |formula| formula.variables().len());
            let names = instance.formula.variables();
            (text, (contained < names.len()).then(|| names.join(",")))
        }
    }
}

/// Noise other than that of the problem itself.
fn noise(scene: &Scene, instance: &ProblemInstance) -> Option<f64> {
    let FunctionText::Problem(name) = &scene.function else { return (instance.noise > 0.0).then_some(instance.noise) };
    let own = ProblemInstance::named(name, None).map_or(0.0, |problem| problem.noise);
    (own.to_bits() != instance.noise.to_bits()).then_some(instance.noise)
}

fn shell(scene: &Scene, instance: &ProblemInstance, spec: &str) -> String {
    let (text, variables) = function(scene, instance);
    let [x, y] = [instance.start[0], instance.start[1]];
    let mut parts = vec!["thalweg minimize".to_owned()];
    parts.extend(variables.map(|names| format!("--variables {names}")));
    parts.push(format!("--start={x:?},{y:?}"));
    parts.push(format!("--method {}", quote(spec)));
    if let Some(schedule) = &scene.schedule {
        parts.push(format!("--schedule {}", quote(schedule)));
    }
    parts.push(format!("--steps {} --gradient-norm {:?}", scene.steps, scene.gradient_norm));
    parts.extend(noise(scene, instance).map(|noise| format!("--noise {noise:?}")));
    if instance.noise > 0.0 {
        parts.push(format!("--seed {}", scene.seed));
    }
    parts.push("--trace path.csv".into());
    // After `--` a formula may begin with a minus sign.
    parts.push(format!("-- {}", quote(text)));
    parts.join(" ")
}

/// Quotes a word for a shell.
fn quote(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-=.,:+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.into()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

fn rust(scene: &Scene, instance: &ProblemInstance, spec: &str) -> String {
    let (text, variables) = function(scene, instance);
    let [x, y] = [instance.start[0], instance.start[1]];
    let construction = match (&scene.function, variables) {
        (FunctionText::Problem(_), _) => {
            format!("ProblemInstance::named({text:?}, None)?.with_start(vec![{x:?}, {y:?}])?")
        }
        (_, None) => format!("ProblemInstance::from_formula(Formula::parse({text:?})?, vec![{x:?}, {y:?}])?"),
        (_, Some(names)) => {
            let names: Vec<&str> = names.split(',').collect();
            format!(
                "ProblemInstance::from_formula(\n        Formula::with_variables({text:?}, &{names:?})?,\n        \
                 vec![{x:?}, {y:?}],\n    )?"
            )
        }
    };
    let types = if matches!(scene.function, FunctionText::Problem(_)) {
        "ProblemInstance"
    } else {
        "{Formula, ProblemInstance}"
    };
    let mut lines = vec![
        "use thalweg::{Minimize, Optimizer, OptimizerSpec, StopCriteria};".to_owned(),
        format!("use thalweg_problems::{types};\n"),
        "fn main() -> Result<(), Box<dyn std::error::Error>> {".into(),
        format!("    let mut f = {construction};"),
    ];
    lines.extend(noise(scene, instance).map(|noise| format!("    f.noise = {noise:?};")));
    if instance.noise > 0.0 {
        lines.push(format!("    f.set_noise_seed({});", scene.seed));
    }
    let mutable = if scene.schedule.is_some() { "mut " } else { "" };
    lines.push(format!("    let {mutable}spec: OptimizerSpec = {spec:?}.parse()?;"));
    if let Some(schedule) = &scene.schedule {
        let line = format!("{schedule:?}.parse::<thalweg::Schedule>()?.with_total_steps({})", scene.steps);
        lines.push(format!("    spec.options.schedule = {line};"));
    }
    lines.extend([
        "    let stop = StopCriteria {".to_owned(),
        format!("        gradient_tolerance: Some({:?}),", scene.gradient_norm),
        format!("        max_steps: Some({}),", scene.steps),
        "        ..StopCriteria::default()\n    };".into(),
        "    let start = f.start.clone();".into(),
        "    let mut optimizer = Optimizer::<f64>::new(spec, start.len())?;".into(),
        "    let outcome = Minimize::with_optimizer(&mut optimizer).criteria(stop).run(&mut f, &start)?;".into(),
        "    println!(\"{:?} after {} steps: {}\", outcome.x, outcome.steps, outcome.reason);".into(),
        "    Ok(())\n}".into(),
    ]);
    lines.join("\n") + "\n"
}

fn python(scene: &Scene, instance: &ProblemInstance, spec: &str) -> String {
    let (text, variables) = function(scene, instance);
    let [x, y] = [instance.start[0], instance.start[1]];
    let function = match variables {
        Some(names) => {
            let names: Vec<&str> = names.split(',').collect();
            format!("thalweg.Formula({}, variables={names:?})", literal(text))
        }
        None => literal(text),
    };
    let mut lines = vec!["import thalweg\n".to_owned()];
    if noise(scene, instance).is_some() {
        lines.push("# The noise on the gradient is an option of the program and of the library in Rust.".into());
    }
    lines.extend([
        "result = thalweg.minimize(".to_owned(),
        format!("    {function},"),
        format!("    [{x:?}, {y:?}],"),
        format!("    method={},", literal(spec)),
        format!("    max_steps={},", scene.steps),
        format!("    gradient_tolerance={:?},", scene.gradient_norm),
    ]);
    lines.extend(scene.schedule.as_ref().map(|schedule| format!("    schedule={},", literal(schedule))));
    lines.extend([")".to_owned(), "print(result.x.tolist(), result.nit, result.message)".into()]);
    lines.join("\n") + "\n"
}

/// A string of Python; formulas and names have no control characters but white space.
fn literal(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t"))
}
