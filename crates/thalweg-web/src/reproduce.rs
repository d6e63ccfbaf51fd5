//! The command line, the Rust and the Python code that make the runs on the page.

use serde::Serialize;
use thalweg_problems::ProblemInstance;

use crate::code_parts::{literal, numbers, python_run, quote, rust_run, rust_types};
use crate::error::Result;
use crate::function::Function;
use crate::reproduce_table;
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
    let (function, spec) = (scene.function()?, scene.spec(method)?.to_string());
    let [shell, rust, python] = match &function {
        Function::Formula(instance) => {
            [shell(scene, instance, &spec), rust(scene, instance, &spec), python(scene, instance, &spec)]
        }
        Function::Table(table) => reproduce_table::code(scene, &table.model, function.start(), &spec),
    };
    Ok(Code { spec, shell, rust, python })
}

/// Text of the function, and the names of its variables where they are not those that it contains.
fn function<'a>(scene: &Scene, instance: &'a ProblemInstance) -> (&'a str, Option<String>) {
    if let FunctionText::Problem(_) = &scene.function {
        return (&instance.name, None);
    }
    let text = instance.formula.text();
    let contained = thalweg_problems::Formula::parse(text).map_or(0, |formula| formula.variables().len());
    let names = instance.formula.variables();
    (text, (contained < names.len()).then(|| names.join(",")))
}

/// Noise other than that of the problem itself.
fn noise(scene: &Scene, instance: &ProblemInstance) -> Option<f64> {
    let FunctionText::Problem(name) = &scene.function else { return (instance.noise > 0.0).then_some(instance.noise) };
    let own = ProblemInstance::named(name, None).map_or(0.0, |problem| problem.noise);
    (own.to_bits() != instance.noise.to_bits()).then_some(instance.noise)
}

fn shell(scene: &Scene, instance: &ProblemInstance, spec: &str) -> String {
    let (text, variables) = function(scene, instance);
    let mut parts = vec!["thalweg minimize".to_owned()];
    parts.extend(variables.map(|names| format!("--variables {names}")));
    parts.push(format!("--start={}", numbers(&instance.start, ",")));
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

fn rust(scene: &Scene, instance: &ProblemInstance, spec: &str) -> String {
    let (text, variables) = function(scene, instance);
    let start = numbers(&instance.start, ", ");
    let construction = match (&scene.function, variables) {
        (FunctionText::Problem(_), _) => {
            format!("ProblemInstance::named({text:?}, None)?.with_start(vec![{start}])?")
        }
        (_, None) => format!("ProblemInstance::from_formula(Formula::parse({text:?})?, vec![{start}])?"),
        (_, Some(names)) => {
            let names: Vec<&str> = names.split(',').collect();
            format!(
                "ProblemInstance::from_formula(\n        Formula::with_variables({text:?}, &{names:?})?,\n        \
                 vec![{start}],\n    )?"
            )
        }
    };
    let types = if matches!(scene.function, FunctionText::Problem(_)) {
        "ProblemInstance"
    } else {
        "{Formula, ProblemInstance}"
    };
    let mut lines = vec![
        format!("use thalweg::{};", rust_types(scene)),
        format!("use thalweg_problems::{types};\n"),
        "fn main() -> Result<(), Box<dyn std::error::Error>> {".to_owned(),
        format!("    let mut f = {construction};"),
    ];
    lines.extend(noise(scene, instance).map(|noise| format!("    f.noise = {noise:?};")));
    if instance.noise > 0.0 {
        lines.push(format!("    f.set_noise_seed({});", scene.seed));
    }
    lines.push("    let start = f.start.clone();".into());
    lines.extend(rust_run(scene, spec, "&mut f"));
    lines.push("    Ok(())\n}".into());
    lines.join("\n") + "\n"
}

fn python(scene: &Scene, instance: &ProblemInstance, spec: &str) -> String {
    let (text, variables) = function(scene, instance);
    let function = match variables {
        Some(names) => {
            let names: Vec<&str> = names.split(',').collect();
            format!("thalweg.Formula({}, variables={names:?})", literal(text))
        }
        None => literal(text),
    };
    let mut lines = vec!["import thalweg\n".to_owned()];
    let start = numbers(&instance.start, ", ");
    let mut more: Vec<String> = noise(scene, instance).map(|noise| format!("noise={noise:?}")).into_iter().collect();
    if instance.noise > 0.0 {
        more.push(format!("seed={}", scene.seed));
    }
    lines.extend(python_run(scene, spec, &function, &format!("[{start}]"), &more));
    lines.join("\n") + "\n"
}
