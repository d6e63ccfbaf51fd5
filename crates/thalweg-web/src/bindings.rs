//! The functions of the WebAssembly module: JSON in; JSON, text or arrays of numbers out.
//!
//! An error is thrown as the JSON of a [`PageError`].

use serde::Serialize;
use thalweg_problems::{MultistartOptions, starting_points};
use wasm_bindgen::prelude::*;

use crate::catalog::{self, Catalog};
use crate::error::{PageError, Part};
use crate::map::{self, Window};
use crate::path::{self, Path};
use crate::scene::Scene;
use crate::table_file::DroppedTable;
use crate::{regression, reproduce, step, table, tuning};

/// Result of a function that the page calls.
pub(crate) type Answer<T> = Result<T, JsValue>;

#[wasm_bindgen]
extern "C" {
    /// Receives the number of finished runs of a search, and the number that is planned.
    #[wasm_bindgen(js_namespace = globalThis, js_name = thalwegProgress)]
    fn report_progress(finished: f64, total: f64);
}

#[allow(clippy::needless_pass_by_value, reason = "the signature that map_err takes")]
pub(crate) fn thrown(error: PageError) -> JsValue {
    json(&error).into()
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data are written as JSON")
}

fn answer<T: Serialize>(result: crate::error::Result<T>) -> Answer<String> {
    result.map(|value| json(&value)).map_err(thrown)
}

fn window_of(numbers: &[f64]) -> Answer<Window> {
    match numbers {
        &[x0, x1, y0, y1] => Ok([[x0, x1], [y0, y1]]),
        _ => Err(thrown(PageError::new(Part::Page, &format!("expected four numbers, found {}", numbers.len())))),
    }
}

/// The tables of methods and problems.
#[wasm_bindgen]
pub fn catalog() -> String {
    json(&Catalog::new())
}

/// A method with its hyperparameters, as JSON.
#[wasm_bindgen(js_name = describeMethod)]
pub fn describe_method(text: &str) -> Answer<String> {
    answer(catalog::describe_method(text))
}

/// A function with its variables and its start.
#[derive(Serialize)]
struct FunctionInfo {
    name: String,
    formula: String,
    variables: Vec<String>,
    start: Vec<f64>,
    minima: Vec<Vec<f64>>,
    noise: f64,
    value: f64,
    unbounded: bool,
    /// Lowest value at the known minima.
    lowest: Option<f64>,
}

/// The function of a scene, as JSON.
#[wasm_bindgen(js_name = describeFunction)]
pub fn describe_function(scene: &str) -> Answer<String> {
    answer(Scene::parse(scene).and_then(|scene| {
        let mut instance = scene.instance()?;
        scene.schedule()?;
        Ok(FunctionInfo {
            value: instance.formula.value(&instance.start).map_err(PageError::of_function)?,
            unbounded: instance.is_unbounded_below(),
            lowest: instance.min_value(),
            name: instance.name,
            formula: instance.formula.text().into(),
            variables: instance.formula.variables().to_vec(),
            start: instance.start,
            minima: instance.minima,
            noise: instance.noise,
        })
    }))
}

/// A run of a method.
#[wasm_bindgen]
#[derive(Debug)]
pub struct PathResult(Path);

#[wasm_bindgen]
impl PathResult {
    /// How the run ended, as JSON.
    #[wasm_bindgen(getter)]
    pub fn end(&self) -> String {
        json(&self.0.end)
    }

    /// Rows of twelve numbers: step, evaluations, x, y, f, norm of the gradient, learning rate, gradient, length of the
    /// step, effective learning rates.
    #[wasm_bindgen(getter)]
    pub fn rows(&self) -> Vec<f64> {
        self.0.rows.clone()
    }
}

/// Runs a method from the start of the scene.
#[wasm_bindgen]
pub fn run(scene: &str, method: &str) -> Answer<PathResult> {
    Scene::parse(scene).and_then(|scene| path::run(&scene, method)).map(PathResult).map_err(thrown)
}

/// Contours of a function.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ContourResult(map::FlatContours);

#[wasm_bindgen]
impl ContourResult {
    /// Coordinates of all curves from 0 to 1, two numbers each.
    #[wasm_bindgen(getter)]
    pub fn points(&self) -> Vec<f32> {
        self.0.points.clone()
    }

    /// Number of points of each curve.
    #[wasm_bindgen(getter)]
    pub fn lengths(&self) -> Vec<u32> {
        self.0.lengths.clone()
    }

    /// Position, level, number of regions and number of lines of each band, from the highest down.
    #[wasm_bindgen(getter)]
    pub fn bands(&self) -> Vec<f64> {
        self.0.bands.clone()
    }
}

/// Traces the contours in a window: smallest and largest x, smallest and largest y.
#[wasm_bindgen]
pub fn contours(scene: &str, window: &[f64], nodes: usize) -> Answer<ContourResult> {
    let (scene, window) = (Scene::parse(scene).map_err(thrown)?, window_of(window)?);
    let traced = scene.instance().and_then(|instance| map::contours(&instance, window, nodes));
    traced.map(ContourResult).map_err(thrown)
}

/// Values at the nodes of a square grid, row by row from below.
#[wasm_bindgen]
pub fn heights(scene: &str, window: &[f64], nodes: usize) -> Answer<Vec<f64>> {
    let (scene, window) = (Scene::parse(scene).map_err(thrown)?, window_of(window)?);
    scene.instance().and_then(|instance| map::heights(&instance, window, nodes)).map_err(thrown)
}

/// Critical points in a window, as JSON.
#[wasm_bindgen(js_name = criticalPoints)]
pub fn critical_points(scene: &str, window: &[f64]) -> Answer<String> {
    let (scene, window) = (Scene::parse(scene).map_err(thrown)?, window_of(window)?);
    answer(scene.instance().and_then(|instance| map::critical_points(&instance, window)))
}

/// Random starts in an interval of both variables, of which the first is that of the scene: x, y, x, y, …
#[wasm_bindgen]
pub fn starts(scene: &str, count: usize, low: f64, high: f64) -> Answer<Vec<f64>> {
    let scene = Scene::parse(scene).map_err(thrown)?;
    let points = scene.instance().and_then(|instance| {
        let options = MultistartOptions { count, interval: Some([low, high]), seed: scene.seed };
        starting_points(&instance, &options).map_err(PageError::of_function)
    });
    points.map(|points| points.concat()).map_err(thrown)
}

/// One step of a method from inside, as JSON.
#[wasm_bindgen]
pub fn inspect(scene: &str, method: &str, step: f64) -> Answer<String> {
    answer(Scene::parse(scene).and_then(|scene| step::inspect(&scene, method, step as u64)))
}

/// The code that repeats a run, as JSON.
#[wasm_bindgen]
pub fn code(scene: &str, method: &str) -> Answer<String> {
    answer(Scene::parse(scene).and_then(|scene| reproduce::code(&scene, method)))
}

/// Each method, of a list in JSON, with the learning rate that the search of `thalweg compare` chooses, as JSON. The
/// global function `thalwegProgress` receives the progress.
#[wasm_bindgen]
pub fn tune(scene: &str, methods: &str) -> Answer<String> {
    let methods: Result<Vec<String>, _> = serde_json::from_str(methods);
    let methods = methods.map_err(|error| thrown(PageError::new(Part::Page, &error)))?;
    let progress = |finished: u64, total: u64| report_progress(finished as f64, total as f64);
    answer(Scene::parse(scene).and_then(|scene| tuning::tune(&scene, &methods, &progress)))
}

/// The columns of a table of delimited text, as JSON.
#[wasm_bindgen(js_name = describeTable)]
pub fn describe_table(text: &str) -> Answer<String> {
    answer(DroppedTable::parse(text).map(|table| table.describe()))
}

/// The loss of a model of a table as a formula of two weights, as JSON.
#[wasm_bindgen(js_name = tableLoss)]
pub fn table_loss(text: &str, target: &str) -> Answer<String> {
    answer(DroppedTable::parse(text).and_then(|table| regression::loss(&table, target)))
}

/// The runs of a list of methods, in JSON, as CSV.
#[wasm_bindgen]
pub fn csv(scene: &str, methods: &str) -> Answer<String> {
    let methods: Result<Vec<String>, _> = serde_json::from_str(methods);
    let methods = methods.map_err(|error| thrown(PageError::new(Part::Page, &error)))?;
    Scene::parse(scene).and_then(|scene| table::csv(&scene, &methods)).map_err(thrown)
}
