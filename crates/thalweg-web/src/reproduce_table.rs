//! The code that repeats the training of a model of a table.

use thalweg::OptimizerSpec;

use crate::code_parts::{literal, numbers, python_run, quote, rust_run, rust_types};
use crate::regression::Regression;
use crate::scene::Scene;

/// Returns a command, a program in Rust and one in Python. The programs do the sums of the page in the same order; the
/// command trains the same model by the code for large tables.
pub(crate) fn code(scene: &Scene, model: &Regression, start: &[f64], spec: &str) -> [String; 3] {
    [shell(scene, model, start, spec), rust(scene, model, start, spec), python(scene, model, start, spec)]
}

/// Names of the features, without the intercept.
fn features(model: &Regression) -> &[String] {
    let count = model.weights.len() - usize::from(model.positive.is_some());
    &model.weights[..count]
}

fn shell(scene: &Scene, model: &Regression, start: &[f64], spec: &str) -> String {
    let schedule = scene.schedule.as_ref().map_or(String::new(), |text| format!(" --schedule {}", quote(text)));
    let loss = if model.positive.is_some() { "logistic" } else { "squared" };
    let mut text =
        String::from("# The same model and steps; the sums have another order, so that the last digits differ.\n");
    let decays = spec.parse().is_ok_and(|spec: OptimizerSpec| spec.method.weight_decay() != 0.0);
    if model.positive.is_some() && decays {
        text += "# Its intercept has no weight decay.\n";
    }
    if !is_zero(start) {
        text += "# It starts with weights 0.\n";
    }
    text += &format!(
        "thalweg fit {} --target {} --loss {loss} --method {}{schedule} --batch-size full --epochs {} \\\n  --val-fraction 0 \
         --l2 0 --refit never --patience 0 {}-o weights.model",
        quote(&model.file),
        quote(&model.target),
        quote(spec),
        scene.steps,
        if model.unused.is_empty() { String::new() } else { format!("--ignore {} ", quote(&model.unused.join(","))) },
    );
    text
}

fn rust(scene: &Scene, model: &Regression, start: &[f64], spec: &str) -> String {
    let (target, delimiter) = (&model.target, u32::from(model.delimiter));
    let names = features(model);
    let value = match &model.positive {
        Some(positive) => format!("if cell(target) == {positive:?} {{ 1.0 }} else {{ -1.0 }}"),
        None => "cell(target).parse::<f64>()?".into(),
    };
    let (after, term) = match &model.positive {
        Some(_) => (
            "    rows.iter_mut().for_each(|row| row.push(1.0)); // the intercept\n".to_owned(),
            "            let (margin, small) = (t * score, libm::exp(-(t * score).abs()));\n            \
             value += libm::log1p(small) + if margin < 0.0 { -margin } else { 0.0 };\n            \
             let slope = -t * if margin < 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };",
        ),
        None => (
            "    standardize(targets.iter_mut().collect());\n".to_owned(),
            "            let slope = score - t;\n            value += slope * slope / 2.0;",
        ),
    };
    let run = rust_run(scene, spec, "&mut loss").join("\n");
    format!(
        "// Dependencies: thalweg, csv and libm.
use thalweg::{types};

fn standardize(mut values: Vec<&mut f64>) {{
    let n = values.len() as f64;
    let mean = values.iter().fold(0.0, |sum, v| sum + **v) / n;
    let deviation = (values.iter().fold(0.0, |sum, v| sum + (**v - mean) * (**v - mean)) / n).sqrt();
    values.iter_mut().for_each(|v| **v = (**v - mean) / deviation);
}}

fn main() -> Result<(), Box<dyn std::error::Error>> {{
    let mut reader = csv::ReaderBuilder::new().delimiter({delimiter}).trim(csv::Trim::All).from_path({file:?})?;
    let names = reader.headers()?.clone();
    let index = |name: &str| names.iter().position(|known| known == name).expect(\"a column\");
    let features = {names:?}.map(index);
    let target = index({target:?});
    let (mut rows, mut targets) = (Vec::new(), Vec::new());
    for record in reader.records() {{
        let record = record?;
        let cell = |column: usize| &record[column];
        if cell(target).is_empty() || features.iter().any(|column| cell(*column).is_empty()) {{
            continue;
        }}
        rows.push(features.iter().map(|column| cell(*column).parse()).collect::<Result<Vec<f64>, _>>()?);
        targets.push({value});
    }}
    for feature in 0..features.len() {{
        standardize(rows.iter_mut().map(|row| &mut row[feature]).collect());
    }}
{after}    let mut loss = |w: &[f64], g: &mut [f64]| {{
        g.fill(0.0);
        let mut value = 0.0;
        for (row, t) in rows.iter().zip(&targets) {{
            let score = row.iter().zip(w).fold(0.0, |sum, (x, w)| sum + x * w);
{term}
            g.iter_mut().zip(row).for_each(|(g, x)| *g += slope * x);
        }}
        g.iter_mut().for_each(|g| *g /= rows.len() as f64);
        value / rows.len() as f64
    }};
    let start = {start};
{run}
    Ok(())
}}
",
        types = rust_types(scene),
        file = model.file,
        start = rust_start(start),
    )
}

fn is_zero(start: &[f64]) -> bool {
    start.iter().all(|w| w.to_bits() == 0)
}

fn rust_start(start: &[f64]) -> String {
    if is_zero(start) { format!("vec![0.0; {}]", start.len()) } else { format!("vec![{}]", numbers(start, ", ")) }
}

fn python_start(start: &[f64]) -> String {
    if is_zero(start) { format!("[0.0] * {}", start.len()) } else { format!("[{}]", numbers(start, ", ")) }
}

fn python(scene: &Scene, model: &Regression, start: &[f64], spec: &str) -> String {
    let list = features(model).iter().map(|name| literal(name)).collect::<Vec<_>>().join(", ");
    let (import, value, after, term) = match &model.positive {
        Some(positive) => (
            "import csv\nimport math",
            format!("1.0 if record[target] == {} else -1.0", literal(positive)),
            "for row in rows:\n    row.append(1.0)  # the intercept\n# Rounded in the same way on every machine.\n\
             exp = thalweg.Formula(\"exp(x)\")",
            "        margin, small = t * score, exp([-abs(t * score)])\n        \
             value += math.log1p(small) + (-margin if margin < 0 else 0.0)\n        \
             slope = -t * (1 / (1 + small) if margin < 0 else small / (1 + small))",
        ),
        None => (
            "import csv\nimport math",
            "float(record[target])".into(),
            "targets = standardize(targets)",
            "        slope = score - t\n        value += slope * slope / 2",
        ),
    };
    let run = python_run(scene, spec, "loss", &python_start(start), &["jac=True".into()]).join("\n");
    format!(
        "{import}

import thalweg


def total(values):
    # In this order; the sum of Python rounds in another way.
    result = 0.0
    for value in values:
        result += value
    return result


def standardize(values):
    mean = total(values) / len(values)
    deviation = math.sqrt(total((v - mean) * (v - mean) for v in values) / len(values))
    return [(v - mean) / deviation for v in values]


features, target = [{list}], {target}
with open({file}, newline=\"\", encoding=\"utf-8-sig\") as file:
    lines = csv.reader(file, delimiter={delimiter})
    names = [name.strip() for name in next(lines)]
    records = [dict(zip(names, (cell.strip() for cell in line))) for line in lines if line]
records = [record for record in records if record[target] and all(record[name] for name in features)]
targets = [{value} for record in records]
columns = [standardize([float(record[name]) for record in records]) for name in features]
rows = [list(row) for row in zip(*columns)]
{after}


def loss(w):
    w, value, gradient = w.tolist(), 0.0, [0.0] * len(w)
    for row, t in zip(rows, targets):
        score = total(x * a for x, a in zip(row, w))
{term}
        for i, x in enumerate(row):
            gradient[i] += slope * x
    return value / len(rows), [g / len(rows) for g in gradient]


{run}
",
        target = literal(&model.target),
        file = literal(&model.file),
        delimiter = literal(&model.delimiter.to_string()),
    )
}
