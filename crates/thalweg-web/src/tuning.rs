//! "Each at its best": the learning rates that the search of `thalweg compare` finds.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde::Serialize;
use thalweg_compare::{ComparisonPlan, Phase, ProblemBenchmark, Protocol};

use crate::error::{PageError, Part, Result};
use crate::scene::Scene;

/// A method with the learning rate that the search chose.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TunedMethod {
    /// Text form with the chosen rate.
    pub spec: String,
    /// Number of runs of the search.
    pub runs: u64,
}

/// Chooses the learning rate of each method by the protocol *rate* of `thalweg compare`: the same grid for all,
/// extended where the best rate is at its edge. The start is that of the scene, and the number of steps is its budget.
/// `on_run` receives the number of finished runs and the number that is planned, which an extended grid exceeds.
///
/// # Errors
/// What the scene or the plan refuses.
pub fn tune(scene: &Scene, methods: &[String], on_run: &(dyn Fn(u64, u64) + Sync)) -> Result<Vec<TunedMethod>> {
    let instance = scene.function()?.instance("the search")?.clone();
    scene.criteria()?;
    let specs = methods.iter().map(|text| {
        let mut spec = scene.spec(text)?;
        spec.options.schedule = thalweg::Schedule::Constant;
        Ok(spec)
    });
    let specs: Vec<thalweg::OptimizerSpec> = specs.collect::<Result<_>>()?;
    let benchmark = ProblemBenchmark { instance, steps: scene.steps };
    let finished = AtomicU64::new(0);
    let mut chosen = Vec::new();
    let total: u64 = specs.len() as u64 * plan(scene, &specs[..specs.len().min(1)])?.run_count();
    for spec in &specs {
        let runs = plan(scene, std::slice::from_ref(spec))?
            .run(&benchmark, &AtomicBool::new(false), &|_| {
                on_run(finished.fetch_add(1, Ordering::Relaxed) + 1, total);
                Ok(())
            })
            .map_err(|error| PageError::new(Part::Method, &error))?;
        let report = runs.iter().find(|run| run.phase == Phase::Report);
        let lr = report.map_or(spec.method.lr(), |run| run.lr);
        let tuned = thalweg::OptimizerSpec { method: spec.method.with_lr(lr), options: spec.options.clone() };
        chosen.push(TunedMethod { spec: tuned.to_string(), runs: runs.len() as u64 });
    }
    Ok(chosen)
}

/// Returns the plan for one method. Seed 0 is the start itself, and a function without noise needs no other.
fn plan(scene: &Scene, specs: &[thalweg::OptimizerSpec]) -> Result<ComparisonPlan> {
    Ok(ComparisonPlan {
        methods: specs.to_vec(),
        schedule: scene.schedule()?.unwrap_or(thalweg::Schedule::Constant),
        protocols: vec![Protocol::LearningRate],
        tuning_seeds: 1,
        report_seeds: 1,
        ..ComparisonPlan::default()
    })
}
