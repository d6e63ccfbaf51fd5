//! Reader of the reference trajectories in `golden/`.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use thalweg::{Element, Layout, Optimizer, OptimizerSpec, Tensor};

#[derive(Deserialize)]
pub(crate) struct Gradients {
    pub(crate) x0: Vec<f64>,
    pub(crate) gradients: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) spec: String,
    pub(crate) source: String,
    pub(crate) tensors: Vec<usize>,
    pub(crate) steps: Vec<u64>,
    pub(crate) x: Vec<Vec<f64>>,
    #[serde(default)]
    pub(crate) average: Vec<Vec<f64>>,
    #[serde(default)]
    pub(crate) schedule: Option<String>,
}

impl Case {
    pub(crate) fn spec(&self) -> OptimizerSpec {
        let mut spec: OptimizerSpec = self.spec.parse().unwrap_or_else(|error| panic!("{}: {error}", self.spec));
        if let Some(schedule) = &self.schedule {
            spec.options.schedule = schedule.parse().expect(schedule);
        }
        spec
    }

    pub(crate) fn layout(&self) -> Layout {
        let tensors = self.tensors.iter().enumerate().map(|(i, &len)| Tensor::new(format!("t{i}"), len));
        Layout { tensors: tensors.collect(), groups: Vec::new() }
    }

    pub(crate) fn optimizer<F: Element>(&self) -> Optimizer<F> {
        Optimizer::new(self.spec(), self.layout()).unwrap_or_else(|error| panic!("{}: {error}", self.spec))
    }
}

#[derive(Deserialize)]
pub(crate) struct ScheduleCase {
    pub(crate) spec: String,
    pub(crate) source: String,
    pub(crate) factors: Vec<f64>,
    #[serde(default)]
    pub(crate) losses: Vec<f64>,
}

pub(crate) static GRADIENTS: LazyLock<Gradients> = LazyLock::new(|| load("gradients"));

pub(crate) fn read(name: &str) -> Vec<Case> {
    load(name)
}

pub(crate) fn schedules() -> Vec<ScheduleCase> {
    load("schedules")
}

fn load<T: DeserializeOwned>(name: &str) -> T {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../golden/{name}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
