//! The functions of the WebAssembly module: JSON in; JSON, text or arrays of numbers out.
//!
//! An error is thrown as the JSON of a [`PageError`].

use std::cell::RefCell;
use std::sync::Arc;

use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::catalog::{self, Catalog};
use crate::error::{PageError, Part};
use crate::function::Function;
use crate::map::{self, Window};
use crate::path::{self, Runs};
use crate::plane::Plane;
use crate::regression::Regression;
use crate::scene::Scene;
use crate::table_file::DroppedTable;
use crate::{reproduce, step, table, tuning};

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

thread_local! {
    /// The model of the table that the page has opened: its text is not part of every call.
    static TABLE: RefCell<Option<Arc<Regression>>> = const { RefCell::new(None) };
}

/// Gives a scene the table that is open.
pub(crate) fn with_table(scene: Scene) -> Scene {
    Scene { table: TABLE.with_borrow(Clone::clone), ..scene }
}

fn scene_of(json: &str) -> crate::error::Result<Scene> {
    Scene::parse(json).map(with_table)
}

/// Reads a plane, an empty text for that of a function of two variables.
fn plane_of(json: &str) -> crate::error::Result<Option<Plane>> {
    if json.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(json).map(Some).map_err(|error| PageError::new(Part::Page, &error))
}

fn methods_of(json: &str) -> crate::error::Result<Vec<String>> {
    serde_json::from_str(json).map_err(|error| PageError::new(Part::Page, &error))
}

fn window_of(numbers: &[f64]) -> crate::error::Result<Window> {
    match numbers {
        &[x0, x1, y0, y1] => Ok([[x0, x1], [y0, y1]]),
        _ => Err(PageError::new(Part::Page, &format!("expected four numbers, found {}", numbers.len()))),
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
    answer(scene_of(scene).and_then(|scene| {
        let mut function = scene.function()?;
        scene.schedule()?;
        let start = function.start().to_vec();
        let value = function.value(&start);
        let (name, variables, noise) = (function.name().to_owned(), function.variables().to_vec(), function.noise());
        let (unbounded, lowest, formula, minima) = match function {
            Function::Formula(instance) => {
                let (unbounded, lowest) = (instance.is_unbounded_below(), instance.min_value());
                (unbounded, lowest, instance.formula.text().to_owned(), instance.minima)
            }
            Function::Table(_) => (false, None, String::new(), Vec::new()),
        };
        Ok(FunctionInfo { name, formula, variables, start, minima, noise, value, unbounded, lowest })
    }))
}

/// Runs of methods from one or more starts.
#[wasm_bindgen]
#[derive(Debug)]
pub struct RunsResult(Runs);

#[wasm_bindgen]
impl RunsResult {
    /// Number of runs, those with errors included.
    #[wasm_bindgen(getter)]
    pub fn count(&self) -> usize {
        self.0.paths.len()
    }

    /// The plane that is shown, as JSON.
    #[wasm_bindgen(getter)]
    pub fn plane(&self) -> String {
        json(&self.0.plane)
    }

    /// How a run ended, as JSON.
    pub fn end(&self, index: usize) -> Answer<String> {
        answer(self.0.paths[index].as_ref().map(|path| &path.end).map_err(Clone::clone))
    }

    /// Rows of twelve numbers: step, evaluations, x, y, f, norm of the gradient, learning rate, gradient, length of the
    /// step, effective learning rates.
    pub fn rows(&self, index: usize) -> Vec<f64> {
        self.0.paths[index].as_ref().map_or_else(|_| Vec::new(), |path| path.rows.clone())
    }
}

/// Runs methods, a list in JSON, from the start of the scene and from random ones within an interval of both variables.
/// Without a plane, that of the runs is taken.
#[wasm_bindgen]
pub fn runs(scene: &str, methods: &str, starts: usize, low: f64, high: f64, plane: &str) -> Answer<RunsResult> {
    let run = || path::runs(&scene_of(scene)?, &methods_of(methods)?, starts, [low, high], plane_of(plane)?.as_ref());
    run().map(RunsResult).map_err(thrown)
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
pub fn contours(scene: &str, plane: &str, window: &[f64], nodes: usize) -> Answer<ContourResult> {
    let trace = || map::contours(&scene_of(scene)?.function()?, plane_of(plane)?.as_ref(), window_of(window)?, nodes);
    trace().map(ContourResult).map_err(thrown)
}

/// Values at the nodes of a square grid, row by row from below.
#[wasm_bindgen]
pub fn heights(scene: &str, plane: &str, window: &[f64], nodes: usize) -> Answer<Vec<f64>> {
    let heights = || map::heights(&scene_of(scene)?.function()?, plane_of(plane)?.as_ref(), window_of(window)?, nodes);
    heights().map_err(thrown)
}

/// Critical points in a window, as JSON.
#[wasm_bindgen(js_name = criticalPoints)]
pub fn critical_points(scene: &str, window: &[f64]) -> Answer<String> {
    let find = || map::critical_points(&scene_of(scene)?.function()?, window_of(window)?);
    answer(find())
}

/// One step of a method from inside, as JSON.
#[wasm_bindgen]
pub fn inspect(scene: &str, method: &str, step: f64, plane: &str) -> Answer<String> {
    let inspect = || step::inspect(&scene_of(scene)?, method, step as u64, plane_of(plane)?.as_ref());
    answer(inspect())
}

/// The code that repeats a run, as JSON.
#[wasm_bindgen]
pub fn code(scene: &str, method: &str) -> Answer<String> {
    answer(scene_of(scene).and_then(|scene| reproduce::code(&scene, method)))
}

/// Each method, of a list in JSON, with the learning rate that the search of `thalweg compare` chooses, as JSON. The
/// global function `thalwegProgress` receives the progress.
#[wasm_bindgen]
pub fn tune(scene: &str, methods: &str) -> Answer<String> {
    let progress = |finished: u64, total: u64| report_progress(finished as f64, total as f64);
    let tune = || tuning::tune(&scene_of(scene)?, &methods_of(methods)?, &progress);
    answer(tune())
}

/// The columns of a table of delimited text, as JSON.
#[wasm_bindgen(js_name = describeTable)]
pub fn describe_table(text: &str) -> Answer<String> {
    answer(DroppedTable::parse(text).map(|table| table.describe()))
}

/// Opens a table: the loss of its model is the function of scenes that name its file and target. The model is
/// described as JSON.
#[wasm_bindgen(js_name = openTable)]
pub fn open_table(file: &str, text: &str, target: &str) -> Answer<String> {
    answer(DroppedTable::parse(text).and_then(|table| {
        let model = Regression::new(file, &table, target)?;
        let info = model.info();
        TABLE.set(Some(Arc::new(model)));
        Ok(info)
    }))
}

/// The runs of a list of methods, in JSON, as CSV.
#[wasm_bindgen]
pub fn csv(scene: &str, methods: &str) -> Answer<String> {
    let write = || table::csv(&scene_of(scene)?, &methods_of(methods)?);
    write().map_err(thrown)
}
