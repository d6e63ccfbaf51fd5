//! Parts of the code that repeats a run.

use crate::scene::Scene;

/// Numbers with a delimiter between them, in all digits.
pub(crate) fn numbers(values: &[f64], delimiter: &str) -> String {
    values.iter().map(|x| format!("{x:?}")).collect::<Vec<_>>().join(delimiter)
}

/// Quotes a word for a shell.
pub(crate) fn quote(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-=.,:+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.into()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// What a program in Rust takes from `thalweg`.
pub(crate) fn rust_types(scene: &Scene) -> &'static str {
    if scene.schedule.is_some() { "{Minimize, OptimizerSpec, Schedule}" } else { "{Minimize, OptimizerSpec}" }
}

/// The lines of a program in Rust that run a method on an objective from `start`.
pub(crate) fn rust_run(scene: &Scene, spec: &str, objective: &str) -> Vec<String> {
    let mutable = if scene.schedule.is_some() { "mut " } else { "" };
    let mut lines = vec![format!("    let {mutable}spec: OptimizerSpec = {spec:?}.parse()?;")];
    if let Some(schedule) = &scene.schedule {
        lines.push(format!("    spec.options.schedule = {schedule:?}.parse::<Schedule>()?;"));
    }
    let (norm, steps) = (scene.gradient_norm, scene.steps);
    lines.extend([
        format!("    let mut run = Minimize::<f64>::new(spec).gradient_tolerance({norm:?}).max_steps({steps});"),
        format!("    let outcome = run.run({objective}, &start)?;"),
        "    println!(\"{:?} after {} steps: {}\", outcome.x, outcome.steps, outcome.reason);".into(),
    ]);
    lines
}

/// The lines of a program in Python that run a method.
pub(crate) fn python_run(scene: &Scene, spec: &str, function: &str, start: &str, more: &[String]) -> Vec<String> {
    let mut lines = vec![
        "result = thalweg.minimize(".to_owned(),
        format!("    {function},"),
        format!("    {start},"),
        format!("    method={},", literal(spec)),
        format!("    max_steps={},", scene.steps),
        format!("    gradient_tolerance={:?},", scene.gradient_norm),
    ];
    lines.extend(scene.schedule.as_ref().map(|schedule| format!("    schedule={},", literal(schedule))));
    lines.extend(more.iter().map(|argument| format!("    {argument},")));
    lines.extend([")".to_owned(), "print(result.x.tolist(), result.nit, result.message)".into()]);
    lines
}

/// A string of Python; formulas and names have no control characters but white space.
pub(crate) fn literal(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t"))
}
